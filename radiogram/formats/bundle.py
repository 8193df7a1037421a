"""A study as one byte stream, and back: docs/format.md, Bundle.

An uncompressed POSIX (PAX) tar: `manifest.json`, `manifest.sig`, then `files/…` bit for bit, in the manifest's
order. Writing and reading both stream; nothing holds a whole file in memory.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from radiogram.errors import BundleError, OutputFolderError
from radiogram.formats.manifest import FileEntry, Manifest, parse_manifest
from radiogram.formats.padding import padded_bundle_bytes
from radiogram.formats.source_files import READ_BYTES, Study, read_blocks

MANIFEST_NAME = "manifest.json"
SIGNATURE_NAME = "manifest.sig"
FILES_PREFIX = "files/"
MANIFEST_LIMIT = 32 << 20  # bytes
PREVIEW_READ_BYTES = 16 << 10  # at a time, where only the header is wanted
PREVIEW_MANIFEST_LIMIT = 8 << 20  # bytes; tens of thousands of files
SIGNATURE_BYTES = 65
PAX_HEADER_LIMIT = 64 << 10  # bytes


def signing_text(manifest: bytes) -> str:
    """What the sender signs (EIP-191 personal message): it names the manifest, which names every file's digest."""
    return f"Radiogram: I sent these images.\nManifest SHA-256: {hashlib.sha256(manifest).hexdigest()}"


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
    """The header of `bundle`, of which little more is read: no file is looked at. Raises BundleError."""
    with _refusing_damage(), _opened(bundle, PREVIEW_READ_BYTES) as tar:
        return _read_header(tar, iter(tar), PREVIEW_MANIFEST_LIMIT)


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
    with _refusing_damage(), _opened(bundle, READ_BYTES) as tar:
        members = iter(tar)
        header = _read_header(tar, members, MANIFEST_LIMIT)
        accept([entry.name for entry in header.manifest.files])
        for entry in header.manifest.files:
            _write_member(tar, next(members, None), entry, folder, progress)
        if next(members, None) is not None:
            raise BundleError("the bundle holds more than its list of files: it was not made by Radiogram")
    while bundle.read(READ_BYTES):
        pass  # what lies behind the tar is authenticated too
    return header


# ---- writing


def _members(study: Study, signature: bytes, progress: Callable[[int], None]) -> Iterator[bytes]:
    """The tar stream, in pieces."""
    manifest = study.manifest.to_bytes()
    for name, content in ((MANIFEST_NAME, manifest), (SIGNATURE_NAME, signature)):
        yield _tar_header(name, len(content)) + content + _padding(len(content))
    for source, _ in zip(study.sources, study.manifest.files, strict=True):
        yield _tar_header(FILES_PREFIX + source.name, source.bytes)
        for block in read_blocks(source):
            yield block
            progress(len(block))
        yield _padding(source.bytes)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _with_padding(pieces: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        yield piece
    rest = padded_bundle_bytes(size) - size
    while rest:
        yield bytes(min(rest, READ_BYTES))
        rest -= min(rest, READ_BYTES)


def _tar_header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT)  # names in UTF-8


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


# ---- reading


class _StrictTarInfo(tarfile.TarInfo):
    """Refuses every kind of member but a plain file, before tarfile acts on it.

    tarfile would follow links, expand sparse files (10 KB to 5 TB), hold a PAX header of any size in memory, and take
    seconds to minutes for one that is made for that.
    """

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type != tarfile.XHDTYPE or not 0 <= self.size <= PAX_HEADER_LIMIT:
            return self._file(tar)
        records = _pax_records(_read_blocks(tar, self.size))
        file = self.frombuf(_read_blocks(tar, tarfile.BLOCKSIZE), "utf-8", "strict")
        file.name = records.get("path", file.name)
        if "size" in records:
            file.size = _pax_size(records["size"])
        return file._file(tar)

    def _file(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or self.size < 0:
            raise BundleError("the bundle holds something other than files: it was not made by Radiogram")
        member: tarfile.TarInfo = self._proc_builtin(tar)  # type: ignore[attr-defined]
        return member


def _read_blocks(tar: tarfile.TarFile, size: int) -> bytes:
    """The next `size` bytes, and what fills their last block passed over."""
    if tar.fileobj is None:
        raise EOFError
    return bytes(tar.fileobj.read(size + -size % tarfile.BLOCKSIZE))[:size]


def _pax_records(raw: bytes) -> dict[str, str]:
    """What an extended header says (POSIX.1-2001): `LENGTH KEY=VALUE\\n`, whose length counts all of itself."""
    records = {}
    start = 0
    while start < len(raw):
        digits = raw[start : start + 8].partition(b" ")[0]
        end = start + int(digits) if digits.isdigit() else start
        key, _, value = raw[start + len(digits) + 1 : end].partition(b"=")
        if not value.endswith(b"\n") or end > len(raw):
            raise tarfile.HeaderError
        if key.startswith(b"GNU.sparse"):
            raise BundleError("the bundle holds a sparse file: it was not made by Radiogram")
        records[key.decode()] = value[:-1].decode()
        start = end
    return records


def _pax_size(digits: str) -> int:
    if not re.fullmatch(r"[0-9]{1,16}", digits):
        raise tarfile.HeaderError
    return int(digits)


def _opened(bundle: BinaryIO, step: int) -> tarfile.TarFile:
    return tarfile.open(fileobj=bundle, mode="r|", bufsize=step, tarinfo=_StrictTarInfo)


@contextmanager
def _refusing_damage() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, UnicodeError, EOFError) as error:
        # Its text is not repeated: it may quote a file's name.
        raise BundleError(
            f"the bundle is damaged ({type(error).__name__})", "ask the sender to send it again"
        ) from error


def _read_header(tar: tarfile.TarFile, members: Iterator[tarfile.TarInfo], limit: int) -> BundleHeader:
    manifest = _small_member(tar, next(members, None), MANIFEST_NAME, limit)
    signature = _small_member(tar, next(members, None), SIGNATURE_NAME, SIGNATURE_BYTES)
    return BundleHeader(parse_manifest(manifest), manifest, signature)


def _small_member(tar: tarfile.TarFile, member: tarfile.TarInfo | None, name: str, limit: int) -> bytes:
    if member is None or member.name != name or member.size > limit:
        raise BundleError(f"the bundle has no {name} where it should be: it was not made by Radiogram")
    return b"".join(_blocks(tar, member))


def _write_member(
    tar: tarfile.TarFile,
    member: tarfile.TarInfo | None,
    entry: FileEntry,
    folder: Path,
    progress: Callable[[int], None],
) -> None:
    if member is None or member.name != FILES_PREFIX + entry.name or member.size != entry.bytes:
        raise BundleError(f"{entry.name} is not in the bundle as it was listed", "ask the sender to send it again")
    place = folder / entry.name
    digest = hashlib.sha256()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as stream:
            for block in _blocks(tar, member):
                digest.update(block)
                stream.write(block)
                progress(len(block))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise OutputFolderError(f"{entry.name} can't be written: {error.strerror}", "make room") from None
    if digest.hexdigest() != entry.sha256:
        raise BundleError(f"{entry.name} is not what the sender listed (SHA-256 differs)", "ask for it again")


def _blocks(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    stream = tar.extractfile(member)
    if stream is None:
        raise BundleError(f"{member.name} is not a file: the bundle was not made by Radiogram")
    left = member.size
    while left:
        block = stream.read(min(READ_BYTES, left))
        if not block:
            raise BundleError("the bundle is cut short", "fetch it again")
        left -= len(block)
        yield block
