"""A folder in which files appear: each is taken in as if it had come by C-STORE, and deleted once that is for good."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from radiogram.dicom.header import missing_head, read_header, refusals
from radiogram.dicom.instance import HEAD_BYTES, read_instance
from radiogram.errors import CiphertextError, InstanceError, PreviewError, StateFolderError
from radiogram.formats.outbox import Refused
from radiogram.formats.source_files import READ_BYTES, stamp
from radiogram.outbox.store import Outbox

Stamp = tuple[int, int, int]


@dataclass
class _Seen:
    stamp: Stamp
    since: float
    """When it was first seen so, by the monotonic clock."""
    is_refused: bool = False


class WatchedFolder:
    """Looked at now and then. A file that is refused stays, and is told once."""

    def __init__(self, folder: Path, outbox: Outbox, quiet: float, note: Callable[[str], None]) -> None:
        """A file is taken when it has not changed for `quiet` seconds."""
        self._folder, self._outbox, self._quiet, self._note = folder, outbox, quiet, note
        self._seen: dict[Path, _Seen] = {}

    def look(self) -> None:
        """Take what is ready."""
        found = dict(_files(self._folder))
        self._seen = {path: seen for path, seen in self._seen.items() if path in found}
        for path, now in found.items():
            seen = self._seen.get(path)
            if seen is None or seen.stamp != now:
                self._seen[path] = _Seen(now, time.monotonic())
            elif not seen.is_refused and time.monotonic() - seen.since >= self._quiet:
                seen.is_refused = not self._take(path, now)
                seen.since = time.monotonic()  # where there was no room, it is tried again after as long

    def _take(self, path: Path, seen: Stamp) -> bool:
        """Whether nothing is to be said against it: it is in the outbox, or there was no room now."""
        try:
            with path.open("rb", buffering=0) as stream:
                self._keep(stream, seen)
            path.unlink()
        except (PreviewError, InstanceError) as error:
            self._note(f"Refused {path}: {error.message}")
            at = datetime.now(UTC).isoformat(timespec="seconds")
            self._outbox.refuse(Refused(at, str(path), error.message))
            return False
        except (OSError, CiphertextError, StateFolderError) as error:
            why = getattr(error, "strerror", None) or getattr(error, "message", "")
            self._note(f"{path} is not taken yet: {why}")
        return True

    def _keep(self, stream: BinaryIO, seen: Stamp) -> None:
        head = stream.read(HEAD_BYTES)
        instance = read_instance(head)
        before, start = _missing(head)
        arrival = self._outbox.arrival()
        try:
            arrival.write(before)
            arrival.write(head[start:])
            while block := stream.read(READ_BYTES):
                arrival.write(block)
            whole = arrival.finish()
            if stamp(os.fstat(stream.fileno())) != seen:
                raise OSError(0, "it changes")
            self._outbox.keep(whole, instance)
        finally:
            arrival.discard()


def _missing(head: bytes) -> tuple[bytes, int]:
    """What a file without a preamble needs before the data set that starts at that byte; nothing and 0 for others."""
    if head[128:132] == b"DICM":
        return b"", 0
    with refusals():
        return missing_head(head, read_header(head, ["SOPClassUID", "SOPInstanceUID"])[1])


def _files(folder: Path) -> Iterator[tuple[Path, Stamp]]:
    """Regular files below the folder; links are not followed."""
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(place, name)
            with suppress(OSError):
                if path.is_file() and not path.is_symlink():
                    yield path, stamp(path.stat())
