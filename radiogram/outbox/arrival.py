"""An instance on its way in. It is encrypted as it comes: nothing of it is ever on the disk in the clear."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from radiogram.dicom.instance import HEAD_BYTES, content_start
from radiogram.formats.ciphertext import BUFFER_BYTES, encrypt_to


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
        self._recipient = recipient
        self._head = bytearray()
        self._digest: hashlib._Hash | None = None  # from HEAD_BYTES on
        self._failure: Exception | None = None
        self._ended = threading.Lock()
        read_end, write_end = os.pipe()
        self._pipe = os.fdopen(write_end, "wb", buffering=BUFFER_BYTES)
        self._plaintext = os.fdopen(read_end, "rb", buffering=BUFFER_BYTES)
        self._thread = threading.Thread(target=self._encrypt, name="encrypt", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> int:
        """All of it is taken, whatever happens."""
        if self._digest:
            self._digest.update(data)
        else:
            self._head += data
            if len(self._head) >= HEAD_BYTES:
                self._digest = _content_digest(bytes(self._head))
        with suppress(OSError, ValueError):  # the other end has given up, and says why
            self._pipe.write(data)
        return len(data)

    def finish(self) -> Whole:
        """Once all was written: it is on the disk for good, under a name that is not yet its own.

        Raises OSError, CiphertextError; the file is gone then.
        """
        self._end()
        if self._failure:
            self.discard()
            raise self._failure
        head = bytes(self._head)
        return Whole(self.path, head, (self._digest or _content_digest(head)).digest())

    def discard(self) -> None:
        """It is not wanted: nothing of it is left. More than once, and after `finish`, it does no harm."""
        self._end()
        with suppress(OSError):
            self.path.unlink()

    def _end(self) -> None:
        with self._ended:
            with suppress(OSError):
                self._pipe.close()
            self._thread.join()

    def _encrypt(self) -> None:
        with self._plaintext:
            try:
                with open(self.path, "xb", opener=_private) as sink:
                    encrypt_to(self._plaintext, sink, self._recipient)
                    to_disk(sink)
            except Exception as error:
                self._failure = error


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
