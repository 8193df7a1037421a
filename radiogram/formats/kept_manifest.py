"""Where the manifest of a study lies beside its files, once they are unpacked: docs/format.md, Manifest beside files.

So whoever has the folder can check later what was signed.
"""

from __future__ import annotations

import hashlib

FOLDER = ".radiogram-manifests"
"""In the folder of the files: each study that was received there has a manifest in it, named by its SHA-256."""
MANIFEST_ENDING, SIGNATURE_ENDING = ".json", ".sig"
EXPORTED_MANIFEST, EXPORTED_SIGNATURE = "MANIFEST.JSN", "MANIFEST.SIG"
"""The same beside a DICOMDIR, in names as media have them (ISO 9660, level 1)."""


def kept_names(manifest: bytes) -> tuple[str, str]:
    """Paths of manifest and signature, relative to the folder of the files."""
    stem = f"{FOLDER}/{hashlib.sha256(manifest).hexdigest()}"
    return stem + MANIFEST_ENDING, stem + SIGNATURE_ENDING
