"""A study as one byte stream, and back: docs/format.md, Bundle.

An uncompressed POSIX (PAX) tar: `manifest.json`, `manifest.sig`, then `files/…` bit for bit, in the manifest's
order. Writing and reading both stream; nothing holds a whole file in memory.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from radiogram.errors import BundleError, LongListError, OutputFolderError
from radiogram.formats import tar
from radiogram.formats.manifest import MANIFEST_LIMIT, FileEntry, Manifest, parse_manifest
from radiogram.formats.padding import padded_bundle_bytes
from radiogram.formats.source_files import READ_BYTES, Study, read_blocks

MANIFEST_NAME = "manifest.json"
SIGNATURE_NAME = "manifest.sig"
FILES_PREFIX = "files/"
PREVIEW_MANIFEST_LIMIT = 8 << 20  # bytes, some 48,000 files: one that is made for that takes 200 MB of memory to parse
SIGNATURE_BYTES = 65
UNPACK_BYTES = 512 << 10  # that are read and digested at a time
WRITE_BYTES = 128 << 10  # that are written at a time: some systems take longer for more
DISK_BYTES = 32 << 20  # after which the system is to begin to bring them to the disk


def signing_text(manifest: bytes) -> str:
    """What the sender signs (EIP-191 personal message): it names the manifest, which names every file's digest."""
    return f"Radiogram: I sent these images.\nManifest SHA-256: {hashlib.sha256(manifest).hexdigest()}"


def check_signature(signature: bytes) -> None:
    """Raises BundleError for one that is neither empty nor of its size. Whose it is does not matter here."""
    if len(signature) not in (0, SIGNATURE_BYTES):
        raise BundleError("the sender's signature is damaged", "do not trust these files, ask the sender")


def pieces(
    study: Study, signature: bytes, progress: Callable[[int], None] = lambda _: None, *, padded: bool = False
) -> Iterator[bytes]:
    """The bundle, in pieces; `padded` to a length that says less of the study (docs/format.md, Length of a bundle).
    Raises StudyError, when it comes to it, if a file changed since it was digested.
    """
    members = _members(study, signature, progress)
    return _with_padding(members) if padded else members


@dataclass(frozen=True)
class BundleHeader:
    """What stands before the files of a bundle."""

    manifest: Manifest
    manifest_bytes: bytes
    signature: bytes
    """The sender's EIP-191 signature (r ‖ s ‖ v, 65 bytes) over signing_text(manifest_bytes); empty if unsigned."""


def read_bundle_header(bundle: BinaryIO) -> BundleHeader:
    """The header of `bundle`, of which little more is read: no file is looked at.

    Raises BundleError; LongListError for a list that `unpack` may take, and that is too long to be read beside others.
    """
    with _refusing_damage():
        return _read_header(bundle, PREVIEW_MANIFEST_LIMIT)


def unpack(
    bundle: BinaryIO,
    folder: Path,
    accept: Callable[[list[str]], None] = lambda _: None,
    progress: Callable[[int], None] = lambda _: None,
) -> BundleHeader:
    """Write the files of `bundle` into the empty `folder`, each checked against the manifest; returns its header.

    `accept` is shown the names first, and may raise to stop before anything is written.

    Takes regular files only, at the very names the manifest lists, in its order, and nothing else.
    Raises BundleError; what lies in `folder` then is not to be kept.
    """
    buffer = memoryview(bytearray(UNPACK_BYTES))
    with _refusing_damage():
        header = _read_header(bundle, MANIFEST_LIMIT)
        accept([entry.name for entry in header.manifest.files])
        for entry in header.manifest.files:
            member = tar.next_member(bundle)
            if member != tar.Member(FILES_PREFIX + entry.name, entry.bytes):
                raise BundleError(
                    f"{entry.name} is not in the bundle as it was listed", "ask the sender to send it again"
                )
            _write_file(tar.read_pieces(bundle, entry.bytes, buffer), entry, folder, progress)
        if tar.next_member(bundle) is not None:
            raise BundleError("the bundle holds more than its list of files: it was not made by Radiogram")
        tar.read_end(bundle, buffer)  # which is authenticated too
    return header


# ---- writing


def _members(study: Study, signature: bytes, progress: Callable[[int], None]) -> Iterator[bytes]:
    """The tar stream, in pieces."""
    manifest = study.manifest.to_bytes()
    for name, content in ((MANIFEST_NAME, manifest), (SIGNATURE_NAME, signature)):
        yield tar.header(name, len(content)) + content + tar.padding(len(content))
    for source, _ in zip(study.sources, study.manifest.files, strict=True):
        yield tar.header(FILES_PREFIX + source.name, source.bytes)
        for block in read_blocks(source):
            yield block
            progress(len(block))
        yield tar.padding(source.bytes)
    yield bytes(2 * tar.BLOCK_BYTES)


def _with_padding(pieces: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        yield piece
    rest = padded_bundle_bytes(size) - size
    while rest:
        yield bytes(min(rest, READ_BYTES))
        rest -= min(rest, READ_BYTES)


# ---- reading


@contextmanager
def _refusing_damage() -> Iterator[None]:
    try:
        yield
    except EOFError:
        raise BundleError("the bundle is cut short", "fetch it again") from None
    except (tarfile.TarError, UnicodeError) as error:
        # Its text is not repeated: it may quote a file's name.
        raise BundleError(
            f"the bundle is damaged ({type(error).__name__})", "ask the sender to send it again"
        ) from error


def _read_header(bundle: BinaryIO, limit: int) -> BundleHeader:
    manifest = _small_member(bundle, MANIFEST_NAME, limit)
    signature = _small_member(bundle, SIGNATURE_NAME, SIGNATURE_BYTES)
    check_signature(signature)
    return BundleHeader(parse_manifest(manifest), manifest, signature)


def _small_member(bundle: BinaryIO, name: str, limit: int) -> bytes:
    member = tar.next_member(bundle)
    if member is None or member.name != name or (member.size > limit and name != MANIFEST_NAME):
        raise BundleError(f"the bundle has no {name} where it should be: it was not made by Radiogram")
    if member.size > limit:
        raise LongListError(
            f"the bundle's list of files is too long: {member.size:,} bytes, of at most {limit:,}",
            "ask the sender to send it in parts",
        )
    return tar.read_content(bundle, member.size)


def _write_file(content: Iterator[memoryview], entry: FileEntry, folder: Path, progress: Callable[[int], None]) -> None:
    place = folder / entry.name
    digest = hashlib.sha256()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as stream:
            begun = 0
            for piece in content:
                digest.update(piece)
                for start in range(0, len(piece), WRITE_BYTES):
                    stream.write(piece[start : start + WRITE_BYTES])
                progress(len(piece))
                if stream.tell() - begun >= DISK_BYTES:
                    _begin_sync(stream.fileno(), begun, stream.tell() - begun)
                    begun = stream.tell()
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise OutputFolderError(f"{entry.name} can't be written: {error.strerror}", "make room") from None
    if digest.hexdigest() != entry.sha256:
        raise BundleError(f"{entry.name} is not what the sender listed (SHA-256 differs)", "ask for it again")


def _begin_sync(descriptor: int, start: int, size: int) -> None:
    """Have the system begin to bring a part of a file to the disk, so that little of it is left for fsync to wait for.

    Linux does that when it is told that the part is not needed soon. Elsewhere nothing is done, or can be.
    """
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(descriptor, start, size, os.POSIX_FADV_DONTNEED)
