"""What `history` tells: a line for each thing that happened, the same for programs, and how far it can be relied on."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from radiogram.cli.wording import counted, printable, short

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.chain.events import Event, KeyRegistered, SenderApproved, Skipped
    from radiogram.chain.history import History, Row
    from radiogram.formats.keys import PublicKeys

HEADING = f"{'Time (UTC)':19}  {'Block':>9}  {'Transaction':15}  What"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet may take for a formula."""
_REASONS = ("BadEnvelope(uint256)", "StaleKey(address,uint32)", "NotApproved(address,address,uint40)")


@dataclass(frozen=True)
class Words:
    """What people are called, and which keys are known."""

    account: ChecksumAddress
    """Whose history it is."""
    names: Mapping[str, str]
    """Those that the user gave to accounts, by address."""
    keys: PublicKeys | None = None
    """Of the key file that was named."""

    def who(self, address: str) -> str:
        """The user's own name for an account, with its short address; otherwise the address."""
        return f"{printable(name)} ({short(address)})" if (name := self.names.get(address)) else address

    def is_in_file(self, event: KeyRegistered) -> bool | None:
        """Whether a key is that of the key file; None without one."""
        if self.keys is None:
            return None
        return (event.public_key, event.hybrid_digest) == (self.keys.public_key, self.keys.hybrid_digest)


def lines(history: History, words: Words) -> list[str]:
    """The list for a person."""
    if not history.rows:
        return []
    return [HEADING, *(f"{_where(row)}  {statement(row, words)}" for row in history.rows)]


def statement(row: Row, words: Words) -> str:
    """What happened, in a sentence without its end."""
    said = _statement(row.event, words)
    match row.basis:
        case "state":
            return f"{said} (by the contract's state: the node gives no event of it)"
        case "contradicted":
            return f"NOT TO BE BELIEVED, the contract's state says otherwise: {said}"
    return said


def notes(history: History) -> list[str]:
    """How far the list can be relied on, where that is not as far as possible."""
    said = []
    if history.first_block > history.wanted_first_block:
        said.append(
            f"The chain's node gives no events before block {history.first_block:,} (it says: {history.refusal}). "
            "Of the time before, the contract's state tells which messages came and what holds now. Messages that "
            "this account sent then, and earlier keys, settings and approvals, may be missing."
        )
    elif count := len(history.without_event):
        said.append(
            f"Of {count:,} of these the chain's node gives no event: it has dropped old ones, or leaves some out. The "
            "contract's state has them all the same."
        )
    if history.untold:
        said.append(f"There is no event of {'; '.join(history.untold)}: what they were is not known.")
    if count := len(history.contradicted):
        said.append(
            f"Of what the chain's node gives, {counted(count, 'event')} can't be, by the contract's state: the node is "
            "faulty, or lies. Ask another one (--network)."
        )
    if history.left_out:
        logs = counted(history.left_out, "log")
        said.append(f"Left out: {logs} of the chain's node that are no events of this account, or not in the chain.")
    return said


def fields(row: Row, words: Words) -> dict[str, Any]:
    """What programs get: the same members for each, null where one does not apply, or is not known."""
    from radiogram.chain.events import InboxRestricted, KeyRegistered, SenderApproved, Skipped
    from radiogram.formats.unix_time import iso

    event, place = row.event, row.place
    owner = str(getattr(event, "recipient", None) or getattr(event, "account", None))
    sender = getattr(event, "sender", None)
    key = event if isinstance(event, KeyRegistered) else None
    approved = event if isinstance(event, SenderApproved) else None
    return {
        "event": type(event).__name__,
        "time": None if row.time is None else iso(row.time),
        "block": place.block if place else None,
        "tx_hash": place.tx_hash if place else None,
        "log_index": place.log_index if place else None,
        "account": owner,
        "account_name": words.names.get(owner),
        "sender": sender,
        "sender_name": words.names.get(sender) if sender else None,
        "index": getattr(event, "index", None),
        "version": getattr(event, "version", None),
        "public_key": "0x" + key.public_key.hex() if key else None,
        "hybrid_digest": "0x" + key.hybrid_digest.hex() if key and key.hybrid_digest else None,
        "in_key_file": words.is_in_file(key) if key else None,
        "restricted": event.restricted if isinstance(event, InboxRestricted) else None,
        "until": iso(approved.until) if approved and approved.until else None,
        "reason": _reason(event) if isinstance(event, Skipped) else None,
        "basis": row.basis,
        "text": statement(row, words),
    }


def as_csv(history: History, words: Words) -> str:
    """RFC 4180, with a line of names. No cell begins as a formula does: an apostrophe stands before one that would."""
    rows = [fields(row, words) for row in history.rows]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows([_cell(each[column]) for column in _COLUMNS] for each in rows)
    return text.getvalue()


_COLUMNS = (
    *("event", "time", "block", "tx_hash", "log_index", "account", "account_name", "sender", "sender_name", "index"),
    *("version", "public_key", "hybrid_digest", "in_key_file", "restricted", "until", "reason", "basis", "text"),
)


def _cell(value: Any) -> str:  # noqa: ANN401 - of JSON
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = printable(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _where(row: Row) -> str:
    from radiogram.formats.unix_time import when

    time = "not known" if row.time is None else when(row.time).removesuffix(" UTC")
    place = row.place
    block, transaction = (f"{place.block:,}", f"{place.tx_hash[:14]}…") if place else ("", "")
    return f"{time:19}  {block:>9}  {transaction:15}"


def _statement(event: Event, words: Words) -> str:
    from radiogram.chain.events import (
        Acknowledged,
        InboxRestricted,
        KeyRegistered,
        Retracted,
        SenderApproved,
        Sent,
        Skipped,
    )

    match event:
        case Sent() | Acknowledged() | Retracted() if event.recipient != words.account:
            to = f"message {event.index} to {words.who(event.recipient)}"
            done = {Sent: "sent", Acknowledged: "acknowledged by its recipient", Retracted: "taken back"}
            return f"{to}: {done[type(event)]}"
        case Sent() | Acknowledged() | Retracted():
            of = f"message {event.index} from {words.who(event.sender)}"
            done = {Sent: "received", Acknowledged: "acknowledged", Retracted: "taken back by its sender"}
            return f"{of}: {done[type(event)]}"
        case Skipped():
            people = f"from {words.who(event.sender)} to {words.who(event.recipient)}"
            return f"a message {people} was refused: {_reason(event)}"
        case KeyRegistered():
            return _key(event, words)
        case InboxRestricted():
            return f"the inbox takes messages from {'approved senders only' if event.restricted else 'everyone'}"
        case SenderApproved():
            return _approval(event, words)
    raise TypeError(event)


def _key(event: KeyRegistered, words: Words) -> str:
    from radiogram.formats.public_key import fingerprint

    kind = "quantum-safe" if event.hybrid_digest else "not quantum-safe"
    spoken = " ".join(fingerprint(event.public_key, event.hybrid_digest))
    in_file = {True: ", the key file's", False: ", not the key file's", None: ""}[words.is_in_file(event)]
    return f"key version {event.version} was registered, {kind}{in_file}; its words: {spoken}"


def _approval(event: SenderApproved, words: Words) -> str:
    from radiogram.formats.unix_time import when

    end = when(event.until)
    how = f"approved {'for ever' if end == 'forever' else f'until {end}'}" if event.until else "no longer approved"
    if event.account == words.account:
        return f"sender {words.who(event.sender)}: {how}"
    return f"this account, as a sender: {how} by {words.who(event.account)}"


def _reason(event: Skipped) -> str:
    from eth_utils.crypto import keccak

    known = {keccak(text=each)[:4]: each.partition("(")[0] for each in _REASONS}
    return known.get(event.reason, f"0x{event.reason.hex()}")
