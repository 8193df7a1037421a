"""The files that a study is made of: found, and read once for their digests.

Nothing holds a whole file in memory, unless it is asked to.
"""

from __future__ import annotations

import builtins
import hashlib
import mimetypes
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import xxhash

from radiogram.errors import StudyError
from radiogram.formats.kept_manifest import FOLDER
from radiogram.formats.manifest import FileEntry, Manifest, StudyMetadata, check_names

READ_BYTES = 128 << 10  # larger blocks are given back to the system and faulted in anew each time: twice as slow
DIGEST_BYTES = 8 << 20  # of one buffer, used again; so large that whoever works beside seldom has to hand over Python
_PREAMBLE_BYTES = 132  # and the prefix DICM, its last four (DICOM PS3.10, 7.1)


@dataclass(frozen=True)
class SourceFile:
    """A file to send, as it was found."""

    name: str
    """In the bundle."""
    path: Path
    seen: tuple[int, int, int]
    """What changes when the file does: size in bytes, time of change in nanoseconds, inode."""
    checksum: builtins.bytes = field(default=b"", kw_only=True, repr=False, compare=False)
    """XXH3 (128 bits) of what was digested; empty before."""
    held: list[builtins.bytes] = field(default_factory=list, kw_only=True, repr=False, compare=False)
    """All of it in blocks, if it was digested to be held; until `read_blocks` gives them."""

    @property
    def bytes(self) -> int:
        return self.seen[0]

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Its bytes, from the first on, all of which are to be read. Raises StudyError if it is not as it was found."""
        with self.path.open("rb", buffering=0) as stream:
            if stamp(os.fstat(stream.fileno())) != self.seen:
                raise _changed(self.path)
            yield stream

    def head(self, count: int) -> builtins.bytes:
        """Its first bytes, `count` at most."""
        with self.path.open("rb") as stream:
            return stream.read(count)

    @property
    def header_source(self) -> Path | builtins.bytes:
        """What a DICOM header can be read from."""
        return self.path


@dataclass(frozen=True)
class Study:
    """Files that were read and digested once, ready to be bundled."""

    manifest: Manifest
    sources: tuple[SourceFile, ...]
    """In the order of `manifest.files`."""

    @property
    def plaintext_bytes(self) -> int:
        """Size of the files together, in bytes."""
        return self.manifest.plaintext_bytes

    def with_metadata(self, sender_label: str, studies: tuple[StudyMetadata, ...]) -> Study:
        """The same study, whose manifest also says who sends it and what its DICOM files say of themselves."""
        return replace(self, manifest=replace(self.manifest, sender_label=sender_label, studies=studies))

    def in_order(self, order: Sequence[int]) -> Study:
        """The same study, whose files are bundled in another order: the places of all of them, each once."""
        files, sources = self.manifest.files, self.sources
        manifest = replace(self.manifest, files=tuple(files[place] for place in order))
        return Study(manifest, tuple(sources[place] for place in order))


def find_files(paths: list[Path]) -> list[SourceFile]:
    """The files at `paths`, and all files below those that are folders. Raises StudyError for what can't be sent."""
    if not paths:
        raise StudyError("nothing to send", "name a file or a folder")
    found = [item for path in paths for item in _walk(path)]
    check_names([name for name, _ in found], StudyError)
    return [_found(name, path) for name, path in found]


def read_files(
    found: list[SourceFile], progress: Callable[[int], None] = lambda _: None, *, hold: bool = False
) -> Study:
    """The same files, digested. `progress` is told how many bytes have been read since it was last called.

    With `hold` they are read once: what was digested stays in memory until it is bundled.
    Raises StudyError, for a file that changed since it was found too.
    """
    buffer = bytearray(0 if hold else DIGEST_BYTES)
    digested = [_digest(file, progress, memoryview(buffer)) for file in found]
    entries, sources = tuple(entry for entry, _ in digested), tuple(source for _, source in digested)
    return Study(Manifest(datetime.now(UTC).isoformat(timespec="seconds"), entries), sources)


def read_study(paths: list[Path], progress: Callable[[int], None] = lambda _: None) -> Study:
    """The files at and below `paths`, digested. Raises StudyError."""
    return read_files(find_files(paths), progress)


def read_blocks(source: SourceFile) -> Iterator[bytes]:
    """The bytes of a file that was digested: those that are held, once. Raises StudyError if they are others now.

    Whether they are is seen by a checksum, not by SHA-256 once more: it guards against a file that is still written to,
    not against whoever makes one for that. Those who receive it hold it against its SHA-256.
    """
    if source.held:
        blocks = source.held.copy()
        source.held.clear()
        yield from blocks
        return
    checksum = xxhash.xxh3_128()
    try:
        with source.open() as stream:
            left = source.bytes
            while left:
                block = stream.read(min(READ_BYTES, left))
                if not block:
                    raise _changed(source.path)
                left -= len(block)
                checksum.update(block)
                yield block
            if checksum.digest() != source.checksum:
                raise _changed(source.path)
    except OSError as error:
        raise StudyError(f"{source.path} can't be read: {error.strerror}") from None


def _found(name: str, path: Path) -> SourceFile:
    try:
        if not path.is_file():
            raise StudyError(f"{path} is not a regular file", "leave it out")
        return SourceFile(name, path, stamp(path.stat()))
    except OSError as error:
        raise StudyError(f"{path} can't be read: {error.strerror}") from None


def _walk(path: Path) -> Iterator[tuple[str, Path]]:
    """(name in the bundle, path) of each file at or below `path`, sorted by name."""
    base = Path(os.path.abspath(path)).parent
    if not os.path.lexists(path):
        raise StudyError(f"{path} does not exist", "check the name")
    if not path.is_dir():
        yield path.name, path
        return

    files = list(_files_below(path))
    if not files:
        raise StudyError(f"{path} is empty", "choose a folder that holds the images")
    for file in sorted(files):
        yield Path(os.path.abspath(file)).relative_to(base).as_posix(), file


def _files_below(folder: Path) -> Iterator[Path]:
    """All files below a folder, links within it followed."""
    root = os.path.realpath(folder)
    # Folders to look into, each with the real paths of those on the way there and its own.
    left: list[tuple[Path, tuple[str, ...]]] = [(folder, (root,))]
    while left:
        folder, way = left.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            raise StudyError(f"{folder} can't be read: {error.strerror}") from None
        for entry in entries:
            path = Path(entry.path)
            if entry.name == FOLDER and entry.is_dir(follow_symlinks=False):  # of what was received, signed by others
                continue
            if entry.is_symlink():
                _check_link(path, root, way)
            if entry.is_dir():
                left.append((path, (*way, os.path.realpath(path))))
            else:
                yield path


def _check_link(link: Path, root: str, way: tuple[str, ...]) -> None:
    if not link.exists():
        raise StudyError(f"{link} is a link to nothing", "remove it")
    target = os.path.realpath(link)
    if target in way:
        raise StudyError(f"{link} is a link to a folder that it lies in", "remove it")
    if os.path.commonpath([target, root]) != root:
        raise StudyError(f"{link} is a link to {target}, outside of {root}", "name that too, or copy it there")


def _digest(file: SourceFile, progress: Callable[[int], None], buffer: memoryview) -> tuple[FileEntry, SourceFile]:
    """The file read into `buffer`, time and again; or held, if that is empty."""
    digest, checksum, held, head = hashlib.sha256(), xxhash.xxh3_128(), list[bytes](), b""
    try:
        with file.open() as stream:
            size = 0
            for piece in _pieces(stream, buffer):
                head = head or bytes(piece[:_PREAMBLE_BYTES])
                size += len(piece)
                if size > file.bytes:
                    raise StudyError(
                        f"{file.path} holds more than the {file.bytes} bytes that its size says",
                        "copy it, and send the copy",
                    )
                digest.update(piece)
                checksum.update(piece)
                if isinstance(piece, bytes):
                    held.append(piece)
                progress(len(piece))
            if size < file.bytes:
                raise _changed(file.path)
    except OSError as error:
        raise StudyError(f"{file.path} can't be read: {error.strerror}") from None
    entry = FileEntry(file.name, file.bytes, digest.hexdigest(), _media_type(file.name, head))
    return entry, replace(file, checksum=checksum.digest(), held=held)


def _pieces(stream: BinaryIO, buffer: memoryview) -> Iterator[bytes | memoryview]:
    if buffer:
        while count := stream.readinto(buffer):  # type: ignore[attr-defined]
            yield buffer[:count]
    else:
        yield from iter(lambda: stream.read(READ_BYTES), b"")


def stamp(status: os.stat_result) -> tuple[int, int, int]:
    """What `SourceFile.seen` has of a file."""
    return status.st_size, status.st_mtime_ns, status.st_ino


def _changed(path: Path) -> StudyError:
    return StudyError(f"{path} changed while it was being sent: nothing was sent", "try again")


def _media_type(name: str, head: bytes) -> str:
    if head[-4:] == b"DICM" and len(head) == _PREAMBLE_BYTES:
        return "application/dicom"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
