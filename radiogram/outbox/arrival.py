"""An instance on its way in. It is encrypted as it comes: nothing of it is ever on the disk in the clear."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from radiogram.dicom.instance import HEAD_BYTES, content_start
from radiogram.formats.ciphertext import encryptor_to


@dataclass(frozen=True)
class Whole:
    """What came to its end, and is on the disk, encrypted."""

    path: Path
    head: bytes = field(repr=False)
    """At least its first HEAD_BYTES, or all of it, in the clear."""
    sha256: bytes
    """Of transfer syntax and data set (docs/format.md, Outbox), not of what whoever wrote the file has added."""


class Arrival:
    """Written to as a file is. An error shows at the end: whoever writes, in the middle of a message, can't use it."""

    def __init__(self, path: Path, recipient: str) -> None:
        """`path` is free, and the instance goes there, encrypted to `recipient` (X25519, `age1…`)."""
        self.path = path
        self._encryptor = encryptor_to(recipient)
        self._head = bytearray()
        self._digest: hashlib._Hash | None = None  # from HEAD_BYTES on
        self._failure: OSError | None = None
        self._sink: BinaryIO | None = None
        with self._noting_failure():
            self._sink = open(path, "xb", opener=_private)  # noqa: SIM115 - until the end

    def write(self, data: bytes) -> int:
        """All of it is taken, whatever happens."""
        if self._digest:
            self._digest.update(data)
        else:
            self._head += data
            if len(self._head) >= HEAD_BYTES:
                self._digest = _content_digest(bytes(self._head))
        if self._sink and not self._failure:
            with self._noting_failure():
                self._sink.write(self._encryptor.update(data))
        return len(data)

    def finish(self) -> Whole:
        """Once all was written: it is on the disk for good, under a name that is not yet its own.

        Raises OSError, also where another thread has discarded it; the file is gone then.
        """
        if self._sink and not self._failure:
            with self._noting_failure(), self._sink as sink:
                sink.write(self._encryptor.finalize())
                to_disk(sink)
        if self._failure:
            self.discard()
            raise self._failure
        head = bytes(self._head)
        return Whole(self.path, head, (self._digest or _content_digest(head)).digest())

    def discard(self) -> None:
        """It is not wanted: nothing of it is left. More than once, and after `finish`, it does no harm."""
        with suppress(OSError):
            if self._sink:
                self._sink.close()
        with suppress(OSError):
            self.path.unlink()

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._failure = error
        except ValueError:  # of a file that is closed
            self._failure = OSError("it was discarded")


def _content_digest(head: bytes) -> hashlib._Hash:
    transfer_syntax, start = content_start(head)
    digest = hashlib.sha256(transfer_syntax.encode() + b"\0")
    digest.update(head[start:])
    return digest


def to_disk(stream: BinaryIO) -> None:
    """What was written to `stream` survives a loss of power."""
    stream.flush()
    os.fsync(stream.fileno())


def folder_to_disk(folder: Path) -> None:
    """The names in `folder` do."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_private(path: Path, data: bytes) -> None:
    """`data` in a file at `path`, for its owner alone, on the disk for good: all of it, or what was there before."""
    new = path.with_suffix(".new")
    with open(new, "wb", opener=_private) as sink:
        sink.write(data)
        to_disk(sink)
    new.replace(path)
    folder_to_disk(path.parent)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
