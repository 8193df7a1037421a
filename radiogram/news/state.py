"""What a watcher remembers: which messages were seen, and who is still to be told. A file for each list, chain and
contract.

It names inboxes and what has come into them, all of which is public, and shows which of them somebody watches: it is
for its owner alone. Of channels, which may hold secrets, it has digests.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from eth_typing import ChecksumAddress

from radiogram.errors import NewsError, StateFolderError
from radiogram.file_lock import locked
from radiogram.nested_json import parse_json
from radiogram.news.arrivals import Seen

VERSION = 1
LOCK_SECONDS = 5.0


@dataclass(frozen=True)
class Pending:
    """News that somebody is still to be told of."""

    news: str
    """Its name, 32 hex digits: the same at each attempt."""
    since: float
    """Unix time, seconds."""
    attempts: int = 0
    again_at: float = 0.0
    """Not before then: Unix time, seconds."""
    problem: str = ""
    """Why the last attempt failed."""


@dataclass(frozen=True)
class State:
    """What is known of each inbox, by address, and who is to be told, by the digest of the channel."""

    seen: dict[ChecksumAddress, Seen] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)
    looked: float | None = None
    """Of the newest block when all that was due was looked at last: Unix time, seconds."""

    def without(self, channel: str) -> State:
        """Nobody needs telling there."""
        return replace(self, pending={key: each for key, each in self.pending.items() if key != channel})

    def with_pending(self, channel: str, pending: Pending) -> State:
        return replace(self, pending=self.pending | {channel: pending})


class StateFile:
    """One State on the disk, while nobody else has it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, chain: bytes, inbox: ChecksumAddress, watch_list: Path) -> Iterator[StateFile]:
        """Of a chain, named by the hash of its first block, a contract, and a list, named by its place.

        Raises StateFolderError; LockedError while another watcher has it.
        """
        # Links are not followed: one that is pointed at another file is how a list is often put in another's place.
        place = sha256(os.fsencode(os.path.abspath(watch_list))).hexdigest()[:16]
        name = f"{chain[:8].hex()}-{inbox}-{place}"
        with locked(folder / f"{name}.lock", LOCK_SECONDS):
            yield cls(folder / f"{name}.json")

    def read(self) -> State | None:
        """None if nothing was remembered yet. Raises NewsError for what is no state."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StateFolderError(f"{self.path} can't be read: {error.strerror}") from None
        try:
            return _parse(parse_json(data))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise NewsError(
                f"{self.path} is damaged", "delete it: what came meanwhile is then not told, so look at the inboxes"
            ) from error

    def write(self, state: State) -> None:
        """All of it is on the disk when this returns, or the old one stays. Raises StateFolderError."""
        said = {
            "version": VERSION,
            "seen": {inbox: asdict(each) for inbox, each in state.seen.items()},
            "pending": {channel: asdict(each) for channel, each in state.pending.items()},
            "looked": state.looked,
        }
        new = self.path.with_suffix(".new")  # whoever writes it has the lock
        try:
            with open(new, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                json.dump(said, file)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise StateFolderError(f"{self.path} can't be written: {error.strerror}") from None


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _parse(said: Any) -> State:  # noqa: ANN401 - as the file has it
    if said["version"] != VERSION:
        raise ValueError("another version")
    seen = {
        inbox: Seen(int(e["count"]), str(e["cursor"]), tuple(map(str, e["known"]))) for inbox, e in said["seen"].items()
    }
    pending = {
        channel: Pending(str(e["news"]), float(e["since"]), int(e["attempts"]), float(e["again_at"]), str(e["problem"]))
        for channel, e in said["pending"].items()
    }
    return State(seen, pending, None if said["looked"] is None else float(said["looked"]))
