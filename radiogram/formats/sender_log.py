"""What the chain has told of the messages of one sender, as a reader keeps it: docs/format.md, Mailboxes.

Pure. Kept, it is a JSON object that only its owner opens; what is in it the chain can tell anew.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from typing import Any

from eth_typing import ChecksumAddress

from radiogram.errors import KeyFormatError, RegisterError
from radiogram.formats.public_key import parse_address
from radiogram.nested_json import parse_json

MAX_BYTES = 128 << 20
_FORMAT, _VERSION = "radiogram-sender-logs", 1
_ADDRESS, _NUMBER, _PLACE = 20, 5, 25  # bytes


@dataclass(frozen=True, order=True)
class Place:
    """Where the contract has a message."""

    recipient: bytes
    """20 bytes: whose inbox, or a mailbox."""
    index: int


@dataclass(frozen=True)
class Logged:
    """One that was sent."""

    place: Place
    time: int
    """Unix time of its block."""


@dataclass(frozen=True)
class KeptMessage:
    """One that was had from the contract, and does not change but for its status."""

    place: Place
    sent_at: int
    """Unix time."""
    key_version: int
    cursor: ChecksumAddress
    envelope: bytes


@dataclass(frozen=True)
class SenderLog:
    """All that a sender sent and took back, from one block to another."""

    chain: bytes
    """Hash of its first block, 32 bytes."""
    inbox: ChecksumAddress
    """The contract."""
    sender: ChecksumAddress
    first_block: int
    """The oldest from which there is no gap."""
    next_block: int
    """The first that was not read."""
    sent: tuple[Logged, ...] = ()
    """In the order of the chain."""
    retracted: frozenset[Place] = frozenset()
    messages: tuple[KeptMessage, ...] = field(default=(), repr=False)
    """Those of them that are the reader's."""
    seen: int = 0
    """Unix time of the newest of them that the reader has seen."""
    has_gap: bool = False
    """Whether the node had forgotten what was before `first_block`, and nobody has looked for it in the state."""

    @property
    def whose(self) -> tuple[bytes, ChecksumAddress, ChecksumAddress]:
        """Chain, contract and sender."""
        return self.chain, self.inbox, self.sender

    def extended(self, sent: tuple[Logged, ...], retracted: frozenset[Place], next_block: int) -> SenderLog:
        """The same with what came after it."""
        known = {each.place for each in self.sent}  # what was found in the state
        sent = tuple(each for each in sent if each.place not in known)
        return replace(self, sent=self.sent + sent, retracted=self.retracted | retracted, next_block=next_block)

    def with_found(self, found: tuple[KeptMessage, ...], retracted: frozenset[Place]) -> SenderLog:
        """The same with messages that were found in the state, of which there may be no event."""
        known = {each.place for each in self.sent}
        new = [Logged(each.place, each.sent_at) for each in found if each.place not in known]
        sent = sorted([*self.sent, *new], key=lambda each: each.time)  # others of one time keep their order
        held = {each.place for each in self.messages}
        messages = self.messages + tuple(each for each in found if each.place not in held)
        retracted |= self.retracted
        return replace(self, sent=tuple(sent), messages=messages, retracted=retracted, has_gap=False)


def encode_logs(logs: tuple[SenderLog, ...]) -> bytes:
    """As a JSON object, not yet encrypted."""
    return json.dumps({"format": _FORMAT, "version": _VERSION, "logs": [_value(each) for each in logs]}).encode()


def parse_logs(data: bytes) -> tuple[SenderLog, ...]:
    """Raises RegisterError."""
    try:
        value = parse_json(data)
        if (value["format"], value["version"]) != (_FORMAT, _VERSION):
            raise ValueError("another format")
        return tuple(_log(each) for each in value["logs"])
    except (KeyFormatError, ValueError, LookupError, TypeError, AttributeError):
        raise RegisterError("what is kept of mailboxes is damaged", "remove that file: it is made anew") from None


def _value(log: SenderLog) -> dict[str, Any]:
    return {
        "chain": log.chain.hex(),
        "inbox": log.inbox,
        "sender": log.sender,
        "first_block": log.first_block,
        "next_block": log.next_block,
        "sent": _text(b"".join(_bytes(each.place) + each.time.to_bytes(_NUMBER, "big") for each in log.sent)),
        "retracted": _text(b"".join(_bytes(each) for each in sorted(log.retracted))),
        "messages": [
            [_text(_bytes(each.place)), each.sent_at, each.key_version, each.cursor, _text(each.envelope)]
            for each in log.messages
        ],
        "seen": log.seen,
        "has_gap": log.has_gap,
    }


def _log(value: dict[str, Any]) -> SenderLog:
    first, following, seen = (int(value[name]) for name in ("first_block", "next_block", "seen"))
    return SenderLog(
        bytes.fromhex(value["chain"]),
        parse_address(value["inbox"]),
        parse_address(value["sender"]),
        first,
        following,
        tuple(Logged(_place(each), _number(each[_PLACE:])) for each in _pieces(value["sent"], _PLACE + _NUMBER)),
        frozenset(_place(each) for each in _pieces(value["retracted"], _PLACE)),
        tuple(_message(*each) for each in value["messages"]),
        seen,
        bool(value["has_gap"]),
    )


def _message(place: str, sent_at: int, key_version: int, cursor: str, envelope: str) -> KeptMessage:
    [at] = _pieces(place, _PLACE)
    return KeptMessage(
        _place(at), int(sent_at), int(key_version), parse_address(cursor), base64.b64decode(envelope, validate=True)
    )


def _pieces(text: str, size: int) -> list[bytes]:
    data = base64.b64decode(text, validate=True)
    if len(data) % size:
        raise ValueError("cut short")
    return [data[start : start + size] for start in range(0, len(data), size)]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(place: Place) -> bytes:
    return place.recipient + place.index.to_bytes(_NUMBER, "big")


def _place(data: bytes) -> Place:
    return Place(data[:_ADDRESS], _number(data[_ADDRESS:_PLACE]))


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")
