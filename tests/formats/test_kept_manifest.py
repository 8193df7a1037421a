"""Where manifest and signature lie beside files: docs/format.md, Manifest beside files."""

import hashlib

from radiogram.formats.kept_manifest import EXPORTED_MANIFEST, EXPORTED_SIGNATURE, FOLDER, kept_names


def test_the_names_beside_files_are_those_of_the_format():
    digest = hashlib.sha256(b"{}").hexdigest()
    assert kept_names(b"{}") == (f".radiogram-manifests/{digest}.json", f".radiogram-manifests/{digest}.sig")
    assert FOLDER == ".radiogram-manifests"
    assert (EXPORTED_MANIFEST, EXPORTED_SIGNATURE) == ("MANIFEST.JSN", "MANIFEST.SIG")
