"""The outbox with its key: what studies say of themselves, and their instances as files to send, decrypted as they are
read. Nothing is written.
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from radiogram.dicom.instance import HEAD_BYTES
from radiogram.errors import CiphertextError, OutboxError
from radiogram.formats.ciphertext import open_decrypted, plaintext_bytes
from radiogram.formats.manifest import StudyMetadata
from radiogram.formats.outbox import Refused, open_record, parse_refused, parse_series_record
from radiogram.formats.source_files import SourceFile, stamp
from radiogram.outbox.store import Outbox, Waiting


@dataclass(frozen=True)
class SealedFile(SourceFile):
    """An instance of an outbox. `seen` is of the encrypted file."""

    size: int
    """Decrypted, in bytes."""
    secret: bytes = field(repr=False)

    @property
    def bytes(self) -> int:
        return self.size

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Raises OutboxError for one that is damaged."""
        with super().open() as ciphertext, self._decrypted(ciphertext) as plaintext:
            yield plaintext

    def head(self, count: int) -> builtins.bytes:
        with super().open() as ciphertext, self._decrypted(ciphertext, partly=True) as plaintext:
            return plaintext.read(count)

    @property
    def header_source(self) -> builtins.bytes:
        return self.head(HEAD_BYTES)

    @contextmanager
    def _decrypted(self, ciphertext: BinaryIO, *, partly: bool = False) -> Iterator[BinaryIO]:
        try:
            with open_decrypted(ciphertext, self.secret, partly=partly) as plaintext:
                yield plaintext
        except CiphertextError:
            raise OutboxError(f"{self.path} is damaged", "have it sent again, and `outbox forget` this study") from None


def files_of(study: Waiting, secret: bytes) -> list[SealedFile]:
    """Its instances, named in the order in which they arrived. Raises OutboxError."""
    return [_file(path, f"study/{place:05}.dcm", secret) for place, path in enumerate(study.instances, 1)]


def file_named(outbox: Outbox, study: str, instance: str, secret: bytes) -> SealedFile | None:
    """The instance of these names; None if it does not wait any more. Raises OutboxError."""
    path = outbox.instance(study, instance)
    return _file(path, f"study/{instance}.dcm", secret) if path.exists() else None


def said_by(study: Waiting, secret: bytes) -> StudyMetadata:
    """What the first instance of each of its series says. Raises OutboxError."""
    records = [_opened(path, secret) for path in study.records]
    found = [parse_series_record(each) for each in records]
    if not found:
        return StudyMetadata()
    series = sorted((one for each in found for one in each.series), key=lambda one: (one.number or 0, one.uid))
    return replace(found[0], series=tuple(series))


def refused(outbox: Outbox, secret: bytes) -> list[Refused]:
    """What was not kept, the newest last. Raises OutboxError."""
    return [parse_refused(_opened(path, secret)) for path in outbox.refusals()]


def _file(path: Path, name: str, secret: bytes) -> SealedFile:
    try:
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            size = plaintext_bytes(stream, status.st_size)
    except CiphertextError:
        raise OutboxError(f"{path} is damaged", "have it sent again, and `outbox forget` this study") from None
    except OSError as error:
        raise OutboxError(f"{path} can't be read: {error.strerror}") from None
    return SealedFile(name, path, stamp(status), size, secret)


def _opened(path: Path, secret: bytes) -> bytes:
    try:
        return open_record(path.read_bytes(), secret)
    except OSError as error:
        raise OutboxError(f"{path} can't be read: {error.strerror}") from None
