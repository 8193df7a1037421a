"""The journal of sends: each step is on the disk before it is taken, so that a send can be finished after a crash.

A folder with a file for each send, `<tag>.jsonl`, 0600: a line of JSON a step, appended and fsynced, never changed.
`step` is the name of one of the classes below, the other members are its fields, bytes in hex:

    Begun, Sealed, SignedTransaction (as often as one was signed), Arrived or Dropped; then perhaps anew, or Erasure

The bytes of a transaction that sends many (a batch) are in `batches/<hash>`, once all of them have it: without that
file it has not left, and counts as never signed.

The envelope is sealed, and the rest is public or will be: no content key, image or patient is in it, and the tag does
not tell what was sent (Purpose.tag).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, fields, replace
from io import FileIO
from pathlib import Path
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from radiogram.chain.inbox import Receipt
from radiogram.chain.transactions import SignedTransaction
from radiogram.errors import StateFolderError

_DOMAIN = b"radiogram journal 1"
_SUFFIX = ".jsonl"


@dataclass(frozen=True)
class Purpose:
    """What is to be sent from whom to whom: the same each time that a command is run."""

    chain: bytes
    """Hash of its first block, 32 bytes: chains for development begin anew under the same chain id."""
    inbox: ChecksumAddress
    sender: ChecksumAddress
    recipient: ChecksumAddress
    recipient_key: bytes
    """What is sealed to: the public key, and the digest of the hybrid key if there is one."""
    contents: bytes
    """Tells this study from all others."""
    secret: bytes
    """Known to the sender alone. Where it is b"", whoever has the journal and a study can tell whether it was sent."""

    @property
    def tag(self) -> str:
        """64 hex digits: HMAC-SHA256 of all that, under the secret."""
        parts = [self.chain]
        parts += [bytes.fromhex(address[2:]) for address in (self.inbox, self.sender, self.recipient)]
        parts += [hashlib.sha256(each).digest() for each in (self.recipient_key, self.contents)]
        return hmac.new(self.secret, _DOMAIN + b"".join(parts), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Begun:
    """A run has begun it."""

    at: int
    """Unix time, seconds."""
    chain: bytes
    """As Purpose has it, and the addresses too."""
    inbox: ChecksumAddress
    sender: ChecksumAddress
    recipient: ChecksumAddress
    since: int
    """How many messages the inbox had."""
    in_mailbox: bool = False
    """Whether `recipient` is a mailbox, chosen then. Older versions did not say."""


@dataclass(frozen=True)
class Sealed:
    """The study is on IPFS, and this envelope is to come into the inbox."""

    cid: bytes
    ciphertext_bytes: int
    packet_cid: bytes | None
    key_version: int
    envelope: bytes
    has_uploaded: bool = True
    """Whether the study was put on IPFS for it; False where one that was there is handed on."""


@dataclass(frozen=True)
class Arrived:
    """The message is in the inbox; empty and 0 where its transaction is none of those that were signed here."""

    index: int
    tx_hash: str
    gas_used: int
    fee_wei: int

    @classmethod
    def of(cls, index: int, receipt: Receipt | None) -> Arrived:
        return cls(index, receipt.tx_hash, receipt.gas_used, receipt.fee_wei) if receipt else cls(index, "", 0, 0)

    @property
    def receipt(self) -> Receipt | None:
        return Receipt(None, self.tx_hash, self.gas_used, self.fee_wei) if self.tx_hash else None


@dataclass(frozen=True)
class Dropped:
    """It is not to be finished: what had arrived before it was begun is what there is."""


@dataclass(frozen=True)
class Erasure:
    """What a message led to is to be deleted from IPFS, and the message taken back."""

    at: int
    """Unix time, seconds."""
    envelope: bytes
    """The message's."""


Step = Begun | Sealed | SignedTransaction | Arrived | Dropped | Erasure
_KINDS: tuple[type[Step], ...] = (Begun, Sealed, SignedTransaction, Arrived, Dropped, Erasure)
_STEPS: dict[str, type[Step]] = {kind.__name__: kind for kind in _KINDS}


class Entry:
    """One send, as the journal has it: what is None has not happened. Also a Record of signed transactions.

    Without a file, it lasts as long as the process.
    """

    def __init__(self, file: FileIO | None = None) -> None:
        self._file = file
        self.begun: Begun | None = None
        self.sealed: Sealed | None = None
        self.arrived: Arrived | None = None
        self.erased: set[bytes] = set()
        """Envelopes of messages of it: what they lead to is to be deleted, or was."""
        self._signed: list[SignedTransaction] = []
        self._before: tuple[Begun | None, Sealed | None, Arrived | None, list[SignedTransaction]] | None = None
        if file is None:
            return
        file.seek(0)
        for line in file.readall().splitlines():
            with suppress(ValueError, LookupError, TypeError):  # a line that was cut short when the machine stopped
                self._take(parse_step(line))

    @property
    def tag(self) -> str:
        return Path(str(self._file.name)).stem if self._file else ""

    @property
    def batches(self) -> Path | None:
        """Where the bytes of batches are; None where nothing is kept."""
        return Path(str(self._file.name)).parent / "batches" if self._file else None

    def __iter__(self) -> Iterator[SignedTransaction]:
        for each in self._signed:
            if each.raw:
                yield each
            elif self.batches and (raw := _raw(self.batches, each.tx_hash)):
                yield replace(each, raw=raw)

    def append(self, step: Step, /) -> None:
        """Put it on the disk. Raises StateFolderError; it is as if nothing had been written then."""
        if self._file:
            line = json.dumps({"step": type(step).__name__} | asdict(step), default=bytes.hex).encode()
            append(self._file, b"\n" + line + b"\n")  # a line of its own, whatever was cut short before it
        self._take(step)

    def _take(self, step: Step) -> None:
        match step:
            case Begun():
                self._before = self.begun, self.sealed, self.arrived, self._signed
                self._forget()
                self.begun = step
            case Sealed():
                self.sealed = step
            case SignedTransaction():
                self._signed.append(step)
            case Arrived():
                self.arrived = step
            case Erasure():
                self.erased.add(step.envelope)
            case Dropped():
                self._forget()
                if self._before and self._before[2]:
                    self.begun, self.sealed, self.arrived, self._signed = self._before

    def _forget(self) -> None:
        self.begun = self.sealed = self.arrived = None
        self._signed = []


class BatchRecord:
    """The transactions that send what several entries have sealed: a Record of all of them at once.

    Each entry has it before the first can leave, and only then are its bytes there (`batches`). So a run that finds one
    of them hands over the transaction for all; and none does before all have it.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    def __iter__(self) -> Iterator[SignedTransaction]:
        return iter(self._entries[0])

    def append(self, transaction: SignedTransaction, /) -> None:
        """Raises StateFolderError: it may not leave then."""
        folders = {folder for entry in self._entries if (folder := entry.batches)}
        for entry in self._entries:
            entry.append(replace(transaction, raw=b"") if entry.batches else transaction)
        for folder in folders:
            _write_raw(folder, transaction)


class Journal:
    """That of one state folder, for all accounts and chains. `waits` is told when another process has an entry."""

    def __init__(self, folder: Path, waits: Callable[[], None] = lambda: None) -> None:
        self.folder = folder
        self.waits = waits

    @contextmanager
    def entry(self, purpose: Purpose) -> Iterator[Entry]:
        """The entry of `purpose`, a new one perhaps, for this process alone. Raises StateFolderError."""
        with self.entry_with(purpose.tag) as entry:
            yield entry

    @contextmanager
    def entry_with(self, tag: str) -> Iterator[Entry]:
        """The same by its tag."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = self._open(self.folder / f"{tag}{_SUFFIX}")
        except OSError as error:
            raise StateFolderError(f"{self.folder} can't be written: {error.strerror}") from None
        with file:
            if not _lock(file):
                self.waits()
                fcntl.flock(file, fcntl.LOCK_EX)
            yield Entry(file)

    def knows(self, chain: bytes, inbox: ChecksumAddress, sender: ChecksumAddress, recipient: ChecksumAddress) -> bool:
        """Whether anything was sent, or begun to be, from the one to the other."""
        return recipient in self.recipients(chain, inbox, sender)

    def recipients(self, chain: bytes, inbox: ChecksumAddress, sender: ChecksumAddress) -> set[ChecksumAddress]:
        """Whose inboxes the account has sent to, or begun to, from this computer."""
        begun = (_read(path).begun for path in self.folder.glob(f"*{_SUFFIX}"))
        return {
            each.recipient for each in begun if each and (each.chain, each.inbox, each.sender) == (chain, inbox, sender)
        }

    @contextmanager
    def unfinished(self) -> Iterator[list[Entry]]:
        """The entries that were begun and not ended, and that no process works on now; oldest first."""
        with ExitStack() as held:
            entries = []
            for path in self.folder.glob(f"*{_SUFFIX}"):
                with suppress(OSError):
                    file = held.enter_context(self._open(path))
                    if _lock(file):
                        entries.append(Entry(file))
            begun = [(entry.begun.at, entry) for entry in entries if entry.begun and not entry.arrived]
            yield [entry for _, entry in sorted(begun, key=lambda each: each[0])]

    @staticmethod
    def _open(path: Path) -> FileIO:
        return FileIO(path, "a+", opener=lambda name, _: os.open(name, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600))


@contextmanager
def entry_of(journal: Journal | None, purpose: Purpose) -> Iterator[Entry]:
    """The journal's, or one that is not kept."""
    with journal.entry(purpose) if journal else nullcontext(Entry()) as entry:
        yield entry


def _read(path: Path) -> Entry:
    try:
        with FileIO(path) as file:
            return Entry(file)
    except OSError:
        return Entry()


def _lock(file: FileIO) -> bool:
    """Whether no other process has it; the kernel frees it when it is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def append(file: FileIO, data: bytes) -> None:
    """All of it, and on the disk; or nothing. Raises StateFolderError."""
    try:
        end = file.seek(0, os.SEEK_END)
        try:
            if file.write(data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file)
        except OSError:
            file.truncate(end)
            raise
    except OSError as error:
        raise StateFolderError(f"{file.name} can't be written: {error.strerror}") from None


def _write_raw(folder: Path, transaction: SignedTransaction) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder / transaction.tx_hash, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with FileIO(descriptor, "w") as file:
            append(file, transaction.raw)
        above = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(above)
        finally:
            os.close(above)
    except OSError as error:
        raise StateFolderError(f"{folder} can't be written: {error.strerror}") from None


def _raw(folder: Path, tx_hash: str) -> bytes:
    """The bytes of that transaction, if they are there and whole."""
    try:
        raw = (folder / tx_hash).read_bytes()
    except OSError:
        return b""
    return raw if "0x" + keccak(raw).hex() == tx_hash else b""


def parse_step(line: bytes) -> Step:
    """Raises ValueError, LookupError or TypeError for a line that is not whole."""
    values: dict[str, Any] = json.loads(line)
    kind = _STEPS[values.pop("step")]
    in_hex = {field.name for field in fields(kind) if "bytes" in str(field.type)}
    values |= {name: bytes.fromhex(values[name]) for name in in_hex if values[name] is not None}
    return kind(**values)
