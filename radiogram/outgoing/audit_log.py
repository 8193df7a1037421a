"""The audit log: what was sent, for whoever must account for it. Nothing of a patient, and no name of a file, is in it.

`audit.jsonl` in the state folder, 0600: a line of JSON a study (docs/reliability.md has its members), appended and on
the disk before anybody is told of the study, never changed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from eth_typing import ChecksumAddress

from radiogram.errors import StateFolderError
from radiogram.file_lock import lock
from radiogram.outgoing.journal import append

NAME = "audit.jsonl"
PATIENCE = 30.0  # seconds: a line is written in a moment
SENT, SENT_BEFORE, REFUSED = "sent", "sent before", "refused"


@dataclass(frozen=True)
class Audited:
    """What became of one study."""

    outcome: str
    """SENT, SENT_BEFORE (by an earlier run, and not again) or REFUSED."""
    chain_id: int
    contract: ChecksumAddress
    sender: ChecksumAddress
    line: int | None = None
    """Of the day's list."""
    inbox: ChecksumAddress | None = None
    """Which holds the message: the recipient's own, or a mailbox, of which only the two can tell whose it is."""
    index: int | None = None
    cid: str | None = None
    packet_cid: str | None = None
    """Of the key packet."""
    ciphertext_bytes: int | None = None
    files: int | None = None
    """How many."""
    tx_hash: str | None = None
    error: str | None = None
    """The kind of what refused it, and never its text."""


class AuditLog:
    """That of one state folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def check(self) -> None:
        """Raises StateFolderError if it can't be written, as far as is known before."""
        with self._opened():
            pass

    def add(self, entries: Sequence[Audited]) -> None:
        """Put them on the disk, if there are any. Raises StateFolderError."""
        if not entries:
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        lines = [json.dumps({"time": now} | asdict(each)).encode() + b"\n" for each in entries]
        with self._opened() as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - 1))
            cut = file.read() not in (b"", b"\n")  # the machine stopped in a line
            append(file, b"\n" * cut + b"".join(lines))

    @contextmanager
    def _opened(self) -> Iterator[FileIO]:
        """For this process alone. Raises StateFolderError; LockedError once another has it for PATIENCE seconds."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            with FileIO(descriptor, "a+") as file:
                lock(descriptor, self.path, PATIENCE)
                yield file
        except OSError as error:
            raise StateFolderError(f"{self.path} can't be written: {error.strerror}") from None
