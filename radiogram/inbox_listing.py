"""Lists what the messages of an inbox hold: each is opened, and no more of its study is fetched than the manifest.

A message that can't be opened or fetched is listed too, with the reason.
"""

from __future__ import annotations

import json
import os
import queue
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge
from pathlib import Path

from eth_typing import ChecksumAddress

from radiogram import transfer
from radiogram.chain.inbox import Inbox, Message
from radiogram.errors import (
    BundleError,
    CiphertextError,
    EnvelopeError,
    IpfsError,
    IpfsRefused,
    IpfsTooLarge,
    KeyFormatError,
    KeyPacketError,
    LongListError,
    NoHybridSecretError,
    PacketContextError,
    RadiogramError,
    WrongContextError,
    WrongHybridKeyError,
    WrongKeyError,
)
from radiogram.ipfs.client import Ipfs
from radiogram.transfer import ManifestPreview, Opened, OpenedEnvelope

WORKERS = 8
PATIENCE_SECONDS = 30.0  # in which no message was read and none failed; then the rest is given up
RETRACTED = "taken back by its sender"
_PROBLEMS: tuple[tuple[type[RadiogramError], str], ...] = (
    (WrongKeyError, "sealed to another key"),
    (WrongContextError, "copied from another place"),
    (EnvelopeError, "not a message of Radiogram's"),
    (NoHybridSecretError, "needs the key file with the 24 words"),
    (WrongHybridKeyError, "sealed to another key"),
    (PacketContextError, "copied from another place"),
    (KeyPacketError, "its key packet is damaged"),
    (KeyFormatError, "sealed to another key"),
    (IpfsRefused, "the IPFS node refuses"),
    (IpfsTooLarge, "not of the size announced"),
    (IpfsError, "not reachable now"),
    (CiphertextError, "damaged"),
    (LongListError, "its list of files is too long to show here: retrieve it"),
    (BundleError, "damaged, or of a newer version"),
)


@dataclass(frozen=True)
class Row:
    """One message, and what it holds or, in a few words, why that is not known."""

    message: Message
    opened: Opened | None = None
    preview: ManifestPreview | None = None
    problem: str = ""


def open_rows(
    messages: Iterable[Message],
    open_envelope: Callable[[Message], OpenedEnvelope],
    ipfs: Ipfs,
    done: Callable[[], None] = lambda: None,
    patience: float = PATIENCE_SECONDS,
    passed_over: Callable[[Message], str] = lambda _: "",
) -> list[Row]:
    """A row for each message, in their order; `done` is called after each. Retracted messages are not opened, nor those
    for which `passed_over` says why.

    `open_envelope` is called here, as it may ask for a passphrase; what needs IPFS is done on threads.

    If for `patience` seconds no fetch ends, those that are left are given up.
    """
    rows: list[Row] = []
    waiting: dict[int, tuple[Message, OpenedEnvelope]] = {}
    for place, message in enumerate(messages):
        row, envelope = _open(message, open_envelope, passed_over)
        rows.append(row)
        if envelope:
            waiting[place] = message, envelope
    for place, row in _in_parallel(waiting, ipfs, patience):
        rows[place] = row
        waiting.pop(place)
        done()
    return rows


def problem_of(error: RadiogramError) -> str:
    """Why a message could not be opened or read, in a few words."""
    return next((problem for kind, problem in _PROBLEMS if isinstance(error, kind)), "can't be read")


def select_messages(
    inbox: Inbox,
    recipient: ChecksumAddress,
    since: datetime | None,
    sender: ChecksumAddress | None,
    mail: Iterable[Message] = (),
) -> list[Message]:
    """The messages since a moment and of a sender, or of any, newest first; older pages are not read.

    `mail` are those that are in mailboxes, newest first.
    """
    messages = []
    for message in merge(mail, inbox.messages(recipient), key=lambda each: each.sent_at, reverse=True):
        if since and message.sent_at < since:
            break
        if sender in (None, message.sender):
            messages.append(message)
    return messages


def parse_since(text: str, now: datetime) -> datetime:
    """The moment that `2026-11-01` (in UTC) or `7d` (days before `now`) names. Raises ValueError."""
    if days := re.fullmatch(r"([0-9]{1,5})d", text.strip()):
        return now - timedelta(days=int(days[1]))
    return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC)


class LastSeen:
    """Which message of an inbox the user has seen last; kept in a small file, of public numbers only."""

    def __init__(self, path: Path, chain_id: int, inbox: ChecksumAddress, recipient: ChecksumAddress) -> None:
        self._path, self._key = path, f"{chain_id}/{inbox}/{recipient}"

    def is_new(self, message: Message, count: int) -> bool:
        """Whether `message` came after the last one seen, and is neither acknowledged nor retracted.

        An inbox that now has `count` messages and once had more is on a local chain that began anew: all of it is new.
        """
        seen = self._read().get(self._key, 0)
        return message.index >= (seen if seen <= count else 0) and message.status == "sent"

    def note(self, count: int) -> None:
        """All `count` messages have been seen. Where that can't be written, they stay new."""
        passing = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            passing.write_text(json.dumps(self._read() | {self._key: count}, indent=1) + "\n")
            passing.replace(self._path)
        except OSError:
            passing.unlink(missing_ok=True)

    def _read(self) -> dict[str, int]:
        try:
            value = json.loads(self._path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return {k: v for k, v in value.items() if type(v) is int} if isinstance(value, dict) else {}


def _open(
    message: Message, open_envelope: Callable[[Message], OpenedEnvelope], passed_over: Callable[[Message], str]
) -> tuple[Row, OpenedEnvelope | None]:
    """The row as it is if IPFS does not answer; and the envelope, if it opens."""
    if message.retracted:
        return Row(message, problem=RETRACTED), None
    if why := passed_over(message):
        return Row(message, problem=why), None
    try:
        envelope = open_envelope(message)
        opened = None if envelope.has_packet else envelope.opened(None)
    except RadiogramError as error:
        return Row(message, problem=problem_of(error)), None
    return Row(message, opened, problem="not reachable now"), envelope


def _in_parallel(
    waiting: dict[int, tuple[Message, OpenedEnvelope]], ipfs: Ipfs, patience: float
) -> Iterator[tuple[int, Row]]:
    """Place and row of each, in the order in which they end.

    The threads are daemons, so that one that hangs does not keep the process from ending.
    """
    tasks: queue.SimpleQueue[tuple[int, tuple[Message, OpenedEnvelope]]] = queue.SimpleQueue()
    results: queue.SimpleQueue[tuple[int, Row]] = queue.SimpleQueue()
    for task in waiting.items():
        tasks.put(task)

    def work() -> None:
        while True:
            try:
                place, (message, envelope) = tasks.get_nowait()
            except queue.Empty:
                return
            results.put((place, _read(message, envelope, ipfs)))

    for _ in range(min(WORKERS, len(waiting))):
        threading.Thread(target=work, name="read-manifest", daemon=True).start()
    for _ in range(len(waiting)):
        try:
            yield results.get(timeout=patience)
        except queue.Empty:
            return


def _read(message: Message, envelope: OpenedEnvelope, ipfs: Ipfs) -> Row:
    opened = None
    try:
        opened = envelope.opened(ipfs)
        return Row(message, opened, transfer.read_manifest(opened.reference, ipfs=ipfs))
    except RadiogramError as error:
        return Row(message, opened, problem=problem_of(error))
    except Exception:  # one bad message must not hide the others
        return Row(message, opened, problem="can't be read")
