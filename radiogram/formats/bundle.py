"""A study as one byte stream, and back: docs/format.md, Bundle.

An uncompressed POSIX (PAX) tar: `manifest.json`, `manifest.sig`, then `files/…` bit for bit, in the manifest's
order. Writing and reading both stream; nothing holds a whole file in memory.
"""

from __future__ import annotations

import hashlib
import io
import mimetypes
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from radiogram.errors import BundleError, OutputError, StudyError
from radiogram.formats.manifest import FileEntry, Manifest, StudyFacts, check_names, parse_manifest

MANIFEST_NAME = "manifest.json"
SIGNATURE_NAME = "manifest.sig"
FILES_PREFIX = "files/"
READ_BYTES = 128 << 10  # larger blocks are given back to the system and faulted in anew each time: twice as slow
MANIFEST_LIMIT = 64 << 20  # bytes
PEEK_BYTES = 16 << 10  # read at a time where only the beginning is wanted
PEEK_MANIFEST_LIMIT = 8 << 20  # bytes; tens of thousands of files
SIGNATURE_BYTES = 65
HEADER_LIMIT = 64 << 10  # bytes of one member's PAX header


@dataclass(frozen=True)
class Found:
    """A file to send, as it was found."""

    name: str
    """In the bundle."""
    path: Path
    seen: tuple[int, int, int]
    """What changes when the file does: size in bytes, time of change in nanoseconds, inode."""

    @property
    def bytes(self) -> int:
        return self.seen[0]


@dataclass(frozen=True)
class _Source:
    """A file to send, and how it looked when it was digested."""

    path: Path
    entry: FileEntry
    seen: tuple[int, int, int]


@dataclass(frozen=True)
class Study:
    """Files that were read and digested once, ready to be bundled."""

    manifest: Manifest
    _sources: tuple[_Source, ...]

    @property
    def plaintext_bytes(self) -> int:
        """Size of the files together, in bytes."""
        return self.manifest.plaintext_bytes

    def saying(self, sender_label: str, studies: tuple[StudyFacts, ...]) -> Study:
        """The same, with what a list shows of it in its manifest."""
        return replace(self, manifest=replace(self.manifest, sender_label=sender_label, studies=studies))


def find_files(paths: list[Path]) -> list[Found]:
    """The files at `paths`, and all files below those that are folders. Raises StudyError for what can't be sent."""
    if not paths:
        raise StudyError("nothing to send: name a file or a folder")
    found = [item for path in paths for item in _walk(path)]
    check_names([name for name, _ in found], StudyError)
    return [_found(name, path) for name, path in found]


def read_files(found: list[Found], progress: Callable[[int], None] = lambda _: None) -> Study:
    """The same files, digested. `progress` is told how many bytes have been read since it was last called.

    Raises StudyError, for a file that changed since it was found too.
    """
    sources = tuple(_digest(file, progress) for file in found)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return Study(Manifest(created, tuple(source.entry for source in sources)), sources)


def read_study(paths: list[Path], progress: Callable[[int], None] = lambda _: None) -> Study:
    """The files at and below `paths`, digested. Raises StudyError."""
    return read_files(find_files(paths), progress)


def signing_text(manifest: bytes) -> str:
    """What the sender signs (EIP-191 personal message): it names the manifest, which names every file's digest."""
    return f"Radiogram: I sent these images.\nManifest SHA-256: {hashlib.sha256(manifest).hexdigest()}"


def open_bundle(study: Study, signature: bytes, progress: Callable[[int], None] = lambda _: None) -> BinaryIO:
    """The bundle as a stream to read. Reading raises StudyError if a file changed since it was digested."""
    return cast(BinaryIO, io.BufferedReader(_IteratorReader(_members(study, signature, progress)), READ_BYTES))


@dataclass(frozen=True)
class Unpacked:
    """A bundle that was read to its end and found to be what its manifest says."""

    manifest: Manifest
    manifest_bytes: bytes
    signature: bytes
    """The sender's EIP-191 signature (r ‖ s ‖ v, 65 bytes) over signing_text(manifest_bytes); empty if unsigned."""


@dataclass(frozen=True)
class Beginning:
    """What stands before the files of a bundle, none of which has been looked at."""

    manifest: Manifest
    manifest_bytes: bytes
    signature: bytes


def read_beginning(bundle: BinaryIO) -> Beginning:
    """The manifest and signature of `bundle`, of which little more is read. Raises BundleError."""
    with _refusing_damage(), _opened(bundle, PEEK_BYTES) as tar:
        return _beginning(tar, iter(tar), PEEK_MANIFEST_LIMIT)


def unpack(
    bundle: BinaryIO,
    folder: Path,
    accept: Callable[[list[str]], None] = lambda _: None,
    progress: Callable[[int], None] = lambda _: None,
) -> Unpacked:
    """Write the files of `bundle` into the empty `folder`, each checked against the manifest.

    `accept` is shown the names first, and may raise to stop before anything is written.

    Takes regular files only, at the very names the manifest lists, in its order, and nothing else.
    Raises BundleError; what lies in `folder` then is not to be kept.
    """
    with _refusing_damage(), _opened(bundle, READ_BYTES) as tar:
        members = iter(tar)
        beginning = _beginning(tar, members, MANIFEST_LIMIT)
        manifest = beginning.manifest
        accept([entry.name for entry in manifest.files])
        for entry in manifest.files:
            _write_member(tar, next(members, None), entry, folder, progress)
        if next(members, None) is not None:
            raise BundleError("the bundle holds more than its list of files: it was not made by Radiogram")
    while bundle.read(READ_BYTES):
        pass  # what lies behind the tar is authenticated too
    return Unpacked(manifest, beginning.manifest_bytes, beginning.signature)


# ---- writing


def _found(name: str, path: Path) -> Found:
    try:
        if not path.is_file():
            raise StudyError(f"{path} is not a regular file: leave it out")
        return Found(name, path, _look(path.stat()))
    except OSError as error:
        raise StudyError(f"{path} can't be read: {error.strerror}") from None


def _walk(path: Path) -> Iterator[tuple[str, Path]]:
    """(name in the bundle, path) of each file at or below `path`, sorted by name."""
    base = Path(os.path.abspath(path)).parent
    if not os.path.lexists(path):
        raise StudyError(f"{path} does not exist: check the name")
    if not path.is_dir():
        yield path.name or Path(os.path.abspath(path)).name, path
        return

    def refuse(error: OSError) -> None:
        raise StudyError(f"{error.filename} can't be read: {error.strerror}")

    files = [Path(top) / name for top, _, names in os.walk(path, onerror=refuse) for name in names]
    if not files:
        raise StudyError(f"{path} is empty: choose a folder that holds the images")
    for file in sorted(files):
        yield Path(os.path.abspath(file)).relative_to(base).as_posix(), file


def _digest(file: Found, progress: Callable[[int], None]) -> _Source:
    digest = hashlib.sha256()
    try:
        with file.path.open("rb", buffering=0) as stream:
            if _look(os.fstat(stream.fileno())) != file.seen:
                raise _changed(file.path)
            head = stream.read(READ_BYTES)
            block = head
            while block:
                digest.update(block)
                progress(len(block))
                block = stream.read(READ_BYTES)
    except OSError as error:
        raise StudyError(f"{file.path} can't be read: {error.strerror}") from None
    entry = FileEntry(file.name, file.bytes, digest.hexdigest(), _media_type(file.name, head))
    return _Source(file.path, entry, file.seen)


def _look(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino


def _changed(path: Path) -> StudyError:
    return StudyError(f"{path} changed while it was being sent: nothing was sent; try again")


def _media_type(name: str, head: bytes) -> str:
    if head[128:132] == b"DICM":  # DICOM PS3.10, 7.1
        return "application/dicom"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _members(study: Study, signature: bytes, progress: Callable[[int], None]) -> Iterator[bytes]:
    """The tar stream, in pieces."""
    manifest = study.manifest.to_bytes()
    for name, content in ((MANIFEST_NAME, manifest), (SIGNATURE_NAME, signature)):
        yield _header(name, len(content)) + content + _padding(len(content))
    for source in study._sources:
        yield _header(FILES_PREFIX + source.entry.name, source.entry.bytes)
        for block in _content(source):
            yield block
            progress(len(block))
        yield _padding(source.entry.bytes)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _content(source: _Source) -> Iterator[bytes]:
    try:
        with source.path.open("rb", buffering=0) as stream:
            if _look(os.fstat(stream.fileno())) != source.seen:
                raise _changed(source.path)
            left = source.entry.bytes
            while left:
                block = stream.read(min(READ_BYTES, left))
                if not block:
                    raise _changed(source.path)
                left -= len(block)
                yield block
            if _look(os.fstat(stream.fileno())) != source.seen:
                raise _changed(source.path)
    except OSError as error:
        raise StudyError(f"{source.path} can't be read: {error.strerror}") from None


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


class _IteratorReader(io.RawIOBase):
    """A readable stream over pieces of bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


# ---- reading


class _StrictTarInfo(tarfile.TarInfo):
    """Refuses every kind of member but a plain file, before tarfile acts on it.

    tarfile would follow links, expand sparse files (10 KB to 5 TB), and hold a PAX header of any size in memory.
    """

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type == tarfile.XHDTYPE and self.size <= HEADER_LIMIT:
            pass
        elif self.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise BundleError("the bundle holds something other than files: it was not made by Radiogram")
        member: tarfile.TarInfo = super()._proc_member(tar)  # type: ignore[misc]
        if member.issparse():
            raise BundleError("the bundle holds a sparse file: it was not made by Radiogram")
        return member


def _opened(bundle: BinaryIO, step: int) -> tarfile.TarFile:
    return tarfile.open(fileobj=bundle, mode="r|", bufsize=step, tarinfo=_StrictTarInfo)


@contextmanager
def _refusing_damage() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, UnicodeError, EOFError) as error:
        raise BundleError(f"the bundle is damaged ({error}): ask the sender to send it again") from None


def _beginning(tar: tarfile.TarFile, members: Iterator[tarfile.TarInfo], limit: int) -> Beginning:
    manifest = _small_member(tar, next(members, None), MANIFEST_NAME, limit)
    signature = _small_member(tar, next(members, None), SIGNATURE_NAME, SIGNATURE_BYTES)
    return Beginning(parse_manifest(manifest), manifest, signature)


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
        raise BundleError(f"{entry.name} is not in the bundle as it was listed: ask the sender to send it again")
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
        raise OutputError(
            f"{entry.name} can't be written: {error.strerror}; make room, or choose another --out"
        ) from None
    if digest.hexdigest() != entry.sha256:
        raise BundleError(f"{entry.name} is not what the sender listed (SHA-256 differs): ask for it again")


def _blocks(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    stream = tar.extractfile(member)
    if stream is None:
        raise BundleError(f"{member.name} is not a file: the bundle was not made by Radiogram")
    left = member.size
    while left:
        block = stream.read(min(READ_BYTES, left))
        if not block:
            raise BundleError("the bundle is cut short: fetch it again")
        left -= len(block)
        yield block
