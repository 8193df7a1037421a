"""The outbox on the disk, as far as no key is needed: what arrives is put in, counted, and taken out.

    outbox/ADDRESS/outbox.json      account, recipient, key of names
    outbox/ADDRESS/receiver.json    when a study is complete, and when it has waited too long
    outbox/ADDRESS/incoming/        what is on its way in, encrypted; empty while nothing receives
    outbox/ADDRESS/incoming-web/    the same, of what comes by DICOMweb
    outbox/ADDRESS/studies/STUDY/   a study: INSTANCE-CONTENT.age each, SERIES.series a record of each series
    outbox/ADDRESS/refused/         records of what was not kept

All is for its owner alone. In names, a UID stands as its keyed digest.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from eth_typing import ChecksumAddress

from radiogram.dicom.instance import Instance
from radiogram.errors import OtherInstanceError, OutboxError, StateFolderError
from radiogram.file_lock import lock
from radiogram.formats.outbox import NAME_KEY_BYTES, OutboxKey, Refused, parse_outbox_key, series_record
from radiogram.outbox.arrival import Arrival, Whole, folder_to_disk, write_private

DEFAULT_QUIET = 60.0  # seconds
DEFAULT_KEEP_DAYS = 30.0
MOST_REFUSED = 1000  # records; of more, the oldest go
_PATIENCE = 30.0  # seconds for another command to let go
_ENDED = "ended"  # the file in a study that says that whoever brought it has said that it is all


class Door(StrEnum):
    """By which instances come in. Of each, one process at a time has it; the folder is for what is on its way."""

    RECEIVER = "incoming"
    WEB = "incoming-web"


@dataclass(frozen=True)
class Waiting:
    """A study as far as it shows without a key."""

    folder: Path
    instances: tuple[Path, ...]
    """Those that are kept, in the order in which they arrived."""
    last: float
    """When the last of them arrived, in seconds since 1970."""
    is_complete: bool

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def records(self) -> list[Path]:
        return sorted(self.folder.glob("*.series"))


class Outbox:
    """The outbox of one account."""

    def __init__(self, folder: Path) -> None:
        """Of what is there. Raises OutboxError."""
        self.folder = folder
        self._studies, self._incoming, self._refused = (folder / name for name in ("studies", "incoming", "refused"))
        self._gate = threading.Lock()
        self._places: dict[str, Path] = {}  # of instances, by the digests of their UIDs; some may be gone
        self._seen: dict[str, int] = {}  # when the folders of studies had changed, as they were looked at
        try:
            self.key = parse_outbox_key((folder / "outbox.json").read_bytes())
        except FileNotFoundError:
            raise OutboxError(f"there is no outbox at {folder}") from None
        except OSError as error:
            raise OutboxError(f"{folder} can't be read: {error.strerror}") from None

    @staticmethod
    def make(folder: Path, account: ChecksumAddress, recipient: str) -> Outbox:
        """A new one, which whoever has the secret to `recipient` opens. Raises StateFolderError."""
        key = OutboxKey(account, recipient, secrets.token_bytes(NAME_KEY_BYTES))
        try:
            for each in (folder.parent, folder, *(folder / name for name in ("studies", "incoming", "refused"))):
                each.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(folder / "outbox.json", key.to_bytes())
        except OSError as error:
            raise _unwritable(folder, error) from None
        return Outbox(folder)

    # ---- receiving

    def set_terms(self, quiet: float, keep_days: float) -> None:
        """Studies are complete after `quiet` seconds without another instance, and may wait for so many days.

        Raises StateFolderError.
        """
        terms = {"quiet_seconds": quiet, "keep_days": keep_days}
        try:
            write_private(self.folder / "receiver.json", json.dumps(terms).encode())
        except OSError as error:
            raise _unwritable(self.folder, error) from None

    @contextmanager
    def receiving(self, door: Door = Door.RECEIVER) -> Iterator[None]:
        """While this process, and no other, puts something in by that door. Raises LockedError, StateFolderError."""
        with self._locked("web.lock" if door == Door.WEB else "receiver.lock", patience=0.0):
            self._incoming = self.folder / door
            try:
                self._incoming.mkdir(mode=0o700, exist_ok=True)
                self._wipe_incoming()
                with self._locked("lock"):
                    self._look_again()
            except OSError as error:
                raise _unwritable(self.folder, error) from None
            try:
                yield
            finally:
                self._wipe_incoming()

    def arrival(self) -> Arrival:
        """Somewhere to write an instance to, as it comes."""
        return Arrival(self._incoming / f"{secrets.token_hex(16)}.part", self.key.recipient)

    def keep(self, whole: Whole, instance: Instance) -> bool:
        """Put in what has arrived, for good; whether it was not there before.

        Raises OtherInstanceError if another one of its UID is there, StateFolderError if there is no room.
        """
        name, content = self.key.instance_name(instance.uid), self.key.content_name(whole.sha256)
        folder = self._studies / self.key.study_name(instance.study_uid)
        try:
            with self._gate, self._locked("lock"):
                self._look_again()
                held = self._places.get(name)
                if held and held.exists():
                    if held.parent == folder and held.stem == f"{name}-{content}":
                        os.utime(folder)
                        return False
                    raise OtherInstanceError("another instance of the same SOP Instance UID is kept")
                if not folder.exists():
                    folder.mkdir(mode=0o700)
                    folder_to_disk(self._studies)
                (folder / _ENDED).unlink(missing_ok=True)
                record = folder / f"{self.key.series_name(instance.series_uid)}.series"
                if not record.exists():
                    write_private(record, self.key.seal(series_record(instance.study)))
                place = folder / f"{name}-{content}.age"
                whole.path.rename(place)
                self._places[name] = place
                # Not the file system's clock: of two changes within one of its ticks, the second would not be seen.
                self._seen[folder.name] = now = time.time_ns()
                os.utime(folder, ns=(now, now))
                folder_to_disk(folder)
                return True
        except OSError as error:
            raise _unwritable(folder, error) from None

    def refuse(self, refused: Refused) -> None:
        """Keep a record of what was not kept, if there is room; of many, the newest."""
        with suppress(OSError):
            place = self._refused / f"{time.time_ns():020d}-{secrets.token_hex(4)}.age"
            write_private(place, self.key.seal(refused.to_bytes()))
            for each in self.refusals()[:-MOST_REFUSED]:
                each.unlink()

    def touch(self, study_uids: Iterable[str]) -> None:
        """Of these studies something is still on its way."""
        for uid in study_uids:
            with suppress(OSError):
                os.utime(self._studies / self.key.study_name(uid))

    def end(self, study_uids: Iterable[str]) -> None:
        """Whoever brought these studies has said that this is all."""
        for uid in study_uids:
            with suppress(OSError):
                write_private(self._studies / self.key.study_name(uid) / _ENDED, b"")

    # ---- what is there

    def studies(self) -> list[Waiting]:
        """All that wait, the newest last. Raises OutboxError."""
        try:
            found = [self._waiting(Path(each.path)) for each in os.scandir(self._studies) if each.is_dir()]
        except OSError as error:
            raise OutboxError(f"{self.folder} can't be read: {error.strerror}") from None
        return sorted((each for each in found if each.instances), key=lambda each: (each.last, each.name))

    def study(self, name: str) -> Waiting | None:
        """That of this name, if it waits. Raises OutboxError."""
        folder = self._studies / name
        try:
            found = self._waiting(folder) if folder.is_dir() else None
        except OSError as error:
            raise OutboxError(f"{self.folder} can't be read: {error.strerror}") from None
        return found if found and found.instances else None

    def instance(self, study: str, name: str) -> Path:
        """Where an instance of these names is, or would be."""
        return self._studies / study / f"{name}.age"

    def refusals(self) -> list[Path]:
        """Records of what was not kept, the newest last."""
        return sorted(self._refused.glob("*.age"))

    def remove(self, study: Waiting) -> None:
        """Take out of a study what `study` has; what has arrived since then stays. Raises StateFolderError."""
        try:
            with self._gate, self._locked("lock"):
                for each in study.instances:
                    each.unlink(missing_ok=True)
                if study.folder.exists() and not any(study.folder.glob("*.age")):
                    shutil.rmtree(study.folder)
                folder_to_disk(self._studies)
        except OSError as error:
            raise _unwritable(study.folder, error) from None

    def expire(self, before: float) -> int:
        """Delete the studies of which nothing has arrived since that time (seconds since 1970); how many.

        Raises StateFolderError.
        """
        old = [each for each in self.studies() if each.is_complete and each.last < before]
        for each in old:
            self.remove(each)
        return len(old)

    def forget_refusals(self) -> int:
        """How many there were. Raises StateFolderError."""
        records = self.refusals()
        try:
            for each in records:
                each.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self.folder, error) from None
        return len(records)

    def _waiting(self, folder: Path) -> Waiting:
        times = {each: each.stat().st_mtime_ns for each in folder.glob("*.age")}
        instances = tuple(sorted(times, key=lambda each: (times[each], each.name)))
        last = max(times.values(), default=0) / 1e9
        is_quiet = time.time() - max(last, folder.stat().st_mtime) >= self.quiet
        return Waiting(folder, instances, last, is_quiet or (folder / _ENDED).exists())

    @property
    def quiet(self) -> float:
        """After how many seconds without another instance a study is complete, as the receiver has it."""
        return self._term("quiet_seconds", DEFAULT_QUIET)

    @property
    def keep_days(self) -> float:
        """How many days a study may wait, as the receiver has it."""
        return self._term("keep_days", DEFAULT_KEEP_DAYS)

    def _term(self, name: str, otherwise: float) -> float:
        try:
            return float(json.loads((self.folder / "receiver.json").read_bytes())[name])
        except (OSError, ValueError, LookupError, TypeError):
            return otherwise

    def _look_again(self) -> None:
        """Where instances are, in the folders that others have changed since the last look."""
        for each in os.scandir(self._studies):
            changed = each.stat().st_mtime_ns
            if each.is_dir() and self._seen.get(each.name) != changed:
                self._seen[each.name] = changed
                self._places |= {path.name.partition("-")[0]: path for path in Path(each.path).glob("*.age")}

    def _wipe_incoming(self) -> None:
        for each in self._incoming.glob("*"):
            with suppress(OSError):
                each.unlink()

    @contextmanager
    def _locked(self, name: str, patience: float = _PATIENCE) -> Iterator[None]:
        try:
            gate = os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unwritable(self.folder, error) from None
        try:
            lock(gate, self.folder / name, patience)
            yield
        finally:
            os.close(gate)


def _unwritable(folder: Path, error: OSError) -> StateFolderError:
    return StateFolderError(f"{folder} can't be written: {error.strerror}")
