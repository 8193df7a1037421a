"""Checks files on a disk against the manifests beside them: docs/format.md, Manifest beside files.

Nothing is asked of anybody. Whose signature it is, the caller decides.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from radiogram.errors import BundleError, VerificationError
from radiogram.formats.bundle import SIGNATURE_BYTES, check_signature
from radiogram.formats.kept_manifest import (
    EXPORTED_MANIFEST,
    EXPORTED_SIGNATURE,
    FOLDER,
    MANIFEST_ENDING,
    kept_names,
)
from radiogram.formats.manifest import MANIFEST_LIMIT, FileEntry, Manifest, parse_manifest

MADE_BY_EXPORT = ("DICOMDIR", "README.TXT", "INDEX.HTM", "IHE_PDI", "FHIR.JSN")
"""Beside exported files, and not of the study: nobody signed them."""
EXPORTED_FOLDERS = ("DICOM", "OTHER")
_READ_BYTES = 1 << 20
Progress = Callable[[int], None]


@dataclass(frozen=True)
class KeptManifest:
    """What a sender said of files, as it lies beside them."""

    manifest: Manifest
    manifest_bytes: bytes = field(repr=False)
    signature: bytes
    """65 bytes; empty if nobody signed."""


def read_manifests(folder: Path) -> list[KeptManifest]:
    """Those beside the files of `folder`, each a study. Raises VerificationError."""
    if not folder.is_dir():
        raise VerificationError(f"{folder} is no folder", "name the one that the images were put into")
    if _is_export(folder):
        return [_kept(folder / EXPORTED_MANIFEST, folder / EXPORTED_SIGNATURE)]
    found = []
    for path in sorted((folder / FOLDER).glob(f"*{MANIFEST_ENDING}")):
        kept = _kept(path, path.with_suffix(".sig"))
        if kept_names(kept.manifest_bytes)[0] != f"{FOLDER}/{path.name}":
            raise VerificationError(f"{path} is not the manifest that was received", "retrieve the images again")
        found.append(kept)
    if not found:
        raise VerificationError(
            f"{folder} has no manifest beside its files, so nobody can say what was signed",
            "retrieve the images again, or export them again",
        )
    return found


def check_files(folder: Path, manifests: list[KeptManifest], progress: Progress = lambda _: None) -> None:
    """Every file is there as its manifest says, and none besides. Raises VerificationError, for the first that differs.

    `progress` is told how many bytes have been read since it was last called.
    """
    if _is_export(folder):
        _check_export(folder, manifests[0].manifest.files, progress)
        return
    names = set()
    for kept in manifests:
        names |= {*kept_names(kept.manifest_bytes)}
        for entry in kept.manifest.files:
            _check_file(folder, entry, progress)
            names.add(entry.name)
    for name in _names_below(folder):
        if name not in names:
            raise _surplus(name)


def _check_file(folder: Path, entry: FileEntry, progress: Progress) -> None:
    found = _digest(folder, entry.name, progress)
    if found is None:
        raise VerificationError(f"{entry.name} is missing", "retrieve the images again")
    if found != (entry.bytes, entry.sha256):
        raise VerificationError(f"{entry.name} is not what was signed", "do not use it, retrieve the images again")


def _check_export(folder: Path, entries: tuple[FileEntry, ...], progress: Progress) -> None:
    """In an export files have other names, so that each is found by its digest."""
    left = Counter((entry.bytes, entry.sha256) for entry in entries)
    for name in _names_below(folder):
        top, _, inner = name.partition("/")
        if name in (EXPORTED_MANIFEST, EXPORTED_SIGNATURE) or top in MADE_BY_EXPORT:
            continue
        if top not in EXPORTED_FOLDERS or not inner:
            raise _surplus(name)
        found = _digest(folder, name, progress)
        if found is None or not left[found]:
            raise VerificationError(f"{name} is not what was signed", "do not use it, export the images again")
        left[found] -= 1
    for entry in entries:
        if left[entry.bytes, entry.sha256]:
            raise VerificationError(f"{entry.name} is missing", "export the images again")


def _surplus(name: str) -> VerificationError:
    return VerificationError(f"{name} is not in the manifest: nobody signed it", "take it out of the folder")


def _is_export(folder: Path) -> bool:
    return os.path.lexists(folder / EXPORTED_MANIFEST)


def _kept(path: Path, signature: Path) -> KeptManifest:
    content, signed = _small(path, MANIFEST_LIMIT), _small(signature, SIGNATURE_BYTES)
    try:
        check_signature(signed)
        return KeptManifest(parse_manifest(content), content, signed)
    except BundleError as error:
        raise VerificationError(f"{path} is not a manifest: {error.message}", error.hint) from error


def _small(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise VerificationError(f"{path} can't be read: {error.strerror}") from None
    if len(content) > limit:
        raise VerificationError(f"{path} is too large: it was not made by Radiogram")
    return content


def _names_below(folder: Path) -> Iterator[str]:
    """All that is no folder, sorted, by paths relative to `folder`; links are not followed."""

    def refuse(error: OSError) -> None:
        raise VerificationError(f"{error.filename} can't be read: {error.strerror}")

    names = []
    for place, folders, files in os.walk(folder, onerror=refuse):
        here = Path(place)
        links = [each for each in folders if (here / each).is_symlink()]
        names += [(here / each).relative_to(folder).as_posix() for each in (*files, *links)]
    yield from sorted(names)


def _digest(folder: Path, name: str, progress: Progress) -> tuple[int, str] | None:
    """Bytes and SHA-256 of a regular file; None if there is none, or a link on the way."""
    digest, size = hashlib.sha256(), 0
    path = folder
    try:
        for part in name.split("/"):
            path /= part
            if path.is_symlink():
                return None
        with open(
            path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
        ) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return None
            while block := stream.read(_READ_BYTES):
                digest.update(block)
                size += len(block)
                progress(len(block))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise VerificationError(f"{name} can't be read: {error.strerror}") from None
    return size, digest.hexdigest()
