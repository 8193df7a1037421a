"""Events of the inbox contract, read from the logs that a chain's node gives: a stranger's bytes until they are parsed.

Pure. Which events there are, and what of each is indexed, interfaces/IImageInbox.sol says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from radiogram.formats.public_key import compress

_WORD = 32  # bytes
_ADDRESS = 20
_MOST_INDEX = 2**39 - 1
_MOST_VERSION = 2**32 - 1
_MOST_TIME = 2**40 - 1
_MOST_NUMBER = 2**63 - 1  # of a block, of a log in it
_REASON_BYTES = 4


@dataclass(frozen=True)
class Place:
    """Where on the chain an event is."""

    block: int
    block_hash: bytes
    """32 bytes."""
    tx_hash: str
    """0x and 64 hex digits."""
    log_index: int
    time: int | None
    """Unix time of the block, where the node says it along with the event."""


@dataclass(frozen=True)
class Sent:
    """A message was put into an inbox."""

    recipient: ChecksumAddress
    sender: ChecksumAddress
    index: int


@dataclass(frozen=True)
class Acknowledged:
    """Its recipient confirmed a message."""

    recipient: ChecksumAddress
    sender: ChecksumAddress
    index: int


@dataclass(frozen=True)
class Retracted:
    """Its sender took a message back."""

    recipient: ChecksumAddress
    sender: ChecksumAddress
    index: int


@dataclass(frozen=True)
class Skipped:
    """A message of a batch was refused."""

    recipient: ChecksumAddress
    sender: ChecksumAddress
    item: int
    """Its number in the batch."""
    reason: bytes
    """The selector of the contract's error, 4 bytes."""


@dataclass(frozen=True)
class KeyRegistered:
    """An account registered a key."""

    account: ChecksumAddress
    version: int
    public_key: bytes
    """33 bytes."""
    hybrid_digest: bytes | None
    """32 bytes, if it has a hybrid key."""


@dataclass(frozen=True)
class InboxRestricted:
    """An inbox was restricted to approved senders, or opened to everyone."""

    account: ChecksumAddress
    restricted: bool
    version: int


@dataclass(frozen=True)
class SenderApproved:
    """An account approved a sender, or withdrew that."""

    account: ChecksumAddress
    sender: ChecksumAddress
    until: int
    """Unix time of the last second; 0: withdrawn."""
    version: int


Event = Sent | Acknowledged | Retracted | Skipped | KeyRegistered | InboxRestricted | SenderApproved


@dataclass(frozen=True)
class Log:
    """An event, and where it is."""

    place: Place
    event: Event


class _MalformedError(ValueError):
    pass


def _message(kind: type[Sent | Acknowledged | Retracted]) -> Callable[[list[bytes], list[bytes]], Event]:
    def read(topics: list[bytes], _: list[bytes]) -> Event:
        return kind(_address(topics[0]), _address(topics[1]), _number(topics[2], _MOST_INDEX))

    return read


def _skipped(topics: list[bytes], data: list[bytes]) -> Event:
    reason = data[0][:_REASON_BYTES]
    if any(data[0][_REASON_BYTES:]):
        raise _MalformedError
    return Skipped(_address(topics[0]), _address(topics[1]), _number(topics[2], _MOST_NUMBER), reason)


def _key_registered(topics: list[bytes], data: list[bytes]) -> Event:
    x, y, hybrid = data
    try:
        key = compress(b"\x04" + x + y)
    except ValueError:  # off the curve, where the contract takes none
        raise _MalformedError from None
    version = _number(topics[1], _MOST_VERSION)
    return KeyRegistered(_address(topics[0]), version, key, hybrid if any(hybrid) else None)


def _inbox_restricted(topics: list[bytes], data: list[bytes]) -> Event:
    return InboxRestricted(_address(topics[0]), bool(_number(data[0], 1)), _number(data[1], _MOST_VERSION))


def _sender_approved(topics: list[bytes], data: list[bytes]) -> Event:
    until, version = _number(data[0], _MOST_TIME), _number(data[1], _MOST_VERSION)
    return SenderApproved(_address(topics[0]), _address(topics[1]), until, version)


@dataclass(frozen=True)
class _Kind:
    """How an event lies in a log."""

    signature: str
    indexed: int
    """Topics beside the first."""
    words: int
    """Of data, 32 bytes each."""
    read: Callable[[list[bytes], list[bytes]], Event]

    @property
    def topic(self) -> str:
        return "0x" + keccak(text=self.signature).hex()


_KINDS = (
    _Kind("Sent(address,address,uint256)", 3, 0, _message(Sent)),
    _Kind("Acknowledged(address,address,uint256)", 3, 0, _message(Acknowledged)),
    _Kind("Retracted(address,address,uint256)", 3, 0, _message(Retracted)),
    _Kind("Skipped(address,address,uint256,bytes4)", 3, 1, _skipped),
    _Kind("KeyRegistered(address,uint32,bytes32,bytes32,bytes32)", 2, 3, _key_registered),
    _Kind("InboxRestricted(address,bool,uint32)", 1, 2, _inbox_restricted),
    _Kind("SenderApproved(address,address,uint40,uint32)", 2, 2, _sender_approved),
)
_BY_TOPIC = {kind.topic: kind for kind in _KINDS}
_OF_SENDERS = (Sent, Acknowledged, Retracted, Skipped, SenderApproved)
_OF_MAIL = (Sent, Retracted)


def _topics(events: tuple[type[Event], ...]) -> list[str]:
    names = {event.__name__ for event in events}
    return [kind.topic for kind in _KINDS if kind.signature.partition("(")[0] in names]


def _word(address: ChecksumAddress) -> str:
    return "0x" + bytes.fromhex(address[2:]).rjust(_WORD, b"\0").hex()


def filters(account: ChecksumAddress) -> list[list[Any]]:
    """The topics to ask for, so that every event that names `account`, and no other, comes: as the owner of an inbox,
    and as a sender.
    """
    return [[list(_BY_TOPIC), _word(account)], [_topics(_OF_SENDERS), None, _word(account)]]


def concerns(event: Event, account: ChecksumAddress) -> bool:
    """Whether it names `account` so that `filters` asks for it."""
    owner = event.recipient if isinstance(event, Sent | Acknowledged | Retracted | Skipped) else event.account
    return owner == account or (isinstance(event, _OF_SENDERS) and event.sender == account)


def sender_filters(sender: ChecksumAddress) -> list[list[Any]]:
    """The topics to ask for, so that all messages that `sender` sent or took back come, and nothing else."""
    return [[_topics(_OF_MAIL), None, _word(sender)]]


def is_of_sender(event: Event, sender: ChecksumAddress) -> bool:
    """Whether `sender_filters` asks for it."""
    return isinstance(event, _OF_MAIL) and event.sender == sender


def parse_log(raw: Any, inbox: ChecksumAddress) -> Log | None:  # noqa: ANN401 - JSON
    """The event in one object of a reply to `eth_getLogs`.

    None if it is another contract's, one that a reorganisation has taken out of the chain, or not in a block yet.
    Raises ValueError for what the contract at `inbox` can't have emitted.
    """
    if not isinstance(raw, Mapping):
        raise ValueError("a log is an object")
    try:
        if to_checksum_address(_hex(raw.get("address"), _ADDRESS)) != inbox or raw.get("removed") is True:
            return None
        if raw.get("blockNumber") is None or raw.get("blockHash") is None:
            return None
        return Log(_place(raw), _event(raw))
    except (ValueError, IndexError):
        raise ValueError("not a log of the inbox contract") from None


def _event(raw: Mapping[str, Any]) -> Event:
    said = raw.get("topics")
    if not isinstance(said, list):
        raise _MalformedError
    topics = [_hex(each, _WORD) for each in said]
    kind = _BY_TOPIC.get("0x" + topics[0].hex())
    if kind is None or len(topics) != 1 + kind.indexed:
        raise _MalformedError
    data = _hex(raw.get("data"), kind.words * _WORD)
    return kind.read(topics[1:], [data[start : start + _WORD] for start in range(0, len(data), _WORD)])


def _place(raw: Mapping[str, Any]) -> Place:
    time = raw.get("blockTimestamp")
    return Place(
        block=quantity(raw.get("blockNumber"), _MOST_NUMBER),
        block_hash=_hex(raw.get("blockHash"), _WORD),
        tx_hash="0x" + _hex(raw.get("transactionHash"), _WORD).hex(),
        log_index=quantity(raw.get("logIndex"), _MOST_NUMBER),
        time=None if time is None else quantity(time, _MOST_NUMBER),
    )


def _hex(value: object, size: int) -> bytes:
    if not isinstance(value, str) or not re.fullmatch("0x([0-9a-fA-F]{2})*", value) or len(value) != 2 + 2 * size:
        raise _MalformedError
    return bytes.fromhex(value[2:])


def quantity(value: object, most: int = _MOST_NUMBER) -> int:
    """A number as JSON-RPC has it. Raises ValueError."""
    if not isinstance(value, str) or not re.fullmatch("0x[0-9a-fA-F]{1,16}", value) or int(value, 16) > most:
        raise _MalformedError
    return int(value, 16)


def _address(word: bytes) -> ChecksumAddress:
    if any(word[:-_ADDRESS]):
        raise _MalformedError
    return to_checksum_address(word[-_ADDRESS:])


def _number(word: bytes, most: int) -> int:
    number = int.from_bytes(word, "big")
    if number > most:
        raise _MalformedError
    return number
