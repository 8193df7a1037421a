"""Everything that touched the messages and keys of an account: the events of the inbox contract beside its state.

State is what counts. An event that it contradicts is told of as one that is not to be believed; a message, key or
status of which there is no event is told of from state, which a node has that has forgotten old events (EIP-4444).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal, Protocol

from eth_typing import ChecksumAddress

from radiogram.chain.event_logs import REORDERED, EventLogs
from radiogram.chain.events import (
    Acknowledged,
    Event,
    InboxRestricted,
    KeyRegistered,
    Log,
    Place,
    Retracted,
    SenderApproved,
    Sent,
    Skipped,
    concerns,
    filters,
)
from radiogram.chain.inbox import LAST_SECOND, Inbox, Message, not_as_it_should
from radiogram.errors import InboxError
from radiogram.formats.signed_act import KeyOnRecord

Basis = Literal["event and state", "event", "state", "contradicted"]
"""What says so. An event alone: of what state does not keep, such as earlier keys and messages that were refused."""
_ATTEMPTS = 3  # to read the newest blocks before they change


class State(Protocol):
    """What is asked of the contract (radiogram.chain.inbox.Inbox)."""

    def messages(self, recipient: ChecksumAddress) -> Iterator[Message]: ...
    def key(self, account: ChecksumAddress) -> KeyOnRecord: ...
    def restriction(self, account: ChecksumAddress) -> tuple[bool, int]: ...
    def approval(self, account: ChecksumAddress, sender: ChecksumAddress) -> tuple[int, int]: ...


@dataclass(frozen=True)
class Row:
    """One thing that happened."""

    event: Event
    time: int | None
    """Unix time; None: state says that it happened, not when."""
    place: Place | None
    """None: there is no event."""
    basis: Basis


@dataclass(frozen=True)
class History:
    """That of one account."""

    rows: list[Row]
    """Newest first; what has no time, last."""
    first_block: int
    """The oldest block of which the node gives events."""
    last_block: int
    wanted_first_block: int
    """The oldest that was asked for."""
    refusal: str
    """What the node says where it gives no events of older blocks; "": it gives all that were asked for."""
    left_out: int
    """What the node gave and was no event that had been asked for."""
    untold: list[str]
    """Earlier keys and settings, in words, of which there is no event: state knows how many there were, and no more."""

    @property
    def is_complete(self) -> bool:
        """Whether there is an event of all that state knows, as far back as was asked for."""
        return self.first_block <= self.wanted_first_block and not self.without_event and not self.untold

    @property
    def contradicted(self) -> list[Row]:
        return [row for row in self.rows if row.basis == "contradicted"]

    @property
    def without_event(self) -> list[Row]:
        return [row for row in self.rows if row.basis == "state"]


def read_history(
    inbox: Inbox,
    account: ChecksumAddress,
    since: int | None,
    told: Callable[[float], None] = lambda _: None,
) -> History:
    """All of it, or since a Unix time. `told`, again and again: what part of it has been read.

    Raises InboxError and its others.
    """
    events = EventLogs(inbox.provider, inbox.address, filters(account), partial(concerns, account=account))
    newest = events.newest()
    wanted = events.first_with_code(newest) if since is None else events.first_since(since, newest)
    settled = max(wanted - 1, newest.number - REORDERED)  # up to there blocks are not read again
    blocks = _Part(told, 0.0, 2 * (newest.number + 1 - wanted))  # each is asked about twice

    old, first = events.read(wanted, settled, blocks)
    left_out = events.left_out
    for _ in range(_ATTEMPTS):
        events.left_out, newest = left_out, events.newest()
        tip, tip_first = events.read(settled + 1, newest.number, blocks)
        if events.refusal and tip_first > newest.number >= wanted:
            raise InboxError(f"the chain's node refuses to say what happened: {events.refusal}", "use another node")
        times = events.times([*old, *tip], settled, _Part(told, 1 / 3, len(old) + len(tip)))
        logs = [log for log in (*old, *tip) if log.place.block_hash in times]
        rows, untold = compare(account, logs, times, inbox.at_block(newest.number), since, told)
        if events.has(newest):
            gone = len(old) + len(tip) - len(logs)
            first = max(first, tip_first if tip_first > settled + 1 else 0)
            return History(rows, first, newest.number, wanted, events.refusal, events.left_out + gone, untold)
    raise not_as_it_should("changes the newest blocks while they are read")


class _Part:
    """Tells how far a third of the work is, which begins at `start`, and has `total` steps."""

    def __init__(self, told: Callable[[float], None], start: float, total: int) -> None:
        self._told, self._start, self._total, self._done = told, start, total, 0

    def __call__(self, steps: int = 1) -> None:
        self._done += steps
        self._told(self._start + min(1.0, self._done / max(1, self._total)) / 3)


def compare(
    account: ChecksumAddress,
    logs: Iterable[Log],
    times: Mapping[bytes, int],
    state: State,
    since: int | None,
    told: Callable[[float], None] = lambda _: None,
) -> tuple[list[Row], list[str]]:
    """A row for each of `logs` and for what `state` knows besides, newest first; and what is known of neither.

    `times` are Unix times of blocks by their hashes; `told` as read_history has it, for the last third.
    """
    ordered = sorted(logs, key=lambda log: (log.place.block, log.place.log_index))
    made = _Comparison(account, state, since, ordered, told)
    rows = []
    for log in ordered:
        time = times[log.place.block_hash]
        rows.append(Row(log.event, time, log.place, made.basis(log.event, time)))
    rows += made.without_event()
    return sorted(rows, key=_order, reverse=True), made.untold()


def _order(row: Row) -> tuple[int, int, int]:
    place = row.place
    return (-1 if row.time is None else row.time, place.block if place else 0, place.log_index if place else 0)


class _Comparison:
    """Events, in the order of the chain, beside state. What is asked of state is asked once."""

    def __init__(
        self,
        account: ChecksumAddress,
        state: State,
        since: int | None,
        logs: Sequence[Log],
        told: Callable[[float], None],
    ) -> None:
        self._account, self._state, self._since = account, state, since
        self._told: set[_Name] = set()  # what events that are believed have said
        self._messages = self._read_messages([log.event for log in logs], told)
        self._approvals: dict[tuple[ChecksumAddress, ChecksumAddress], tuple[int, int]] = {}

    def basis(self, event: Event, time: int) -> Basis:
        """What is to be made of an event in a block of that time."""
        said = self._by_state(event, time)
        if isinstance(event, Skipped) or said == "contradicted":
            return said
        if _name(event) in self._told:  # it happens once
            return "contradicted"
        self._told.add(_name(event))
        return said

    def without_event(self) -> Iterator[Row]:
        """What state knows to have happened, and no event tells of."""
        for message in self._messages.values():
            people = message.recipient, message.sender, message.index
            is_told = _name(Sent(*people)) in self._told
            if message.recipient == self._account and self._is_in_period(message):
                if not is_told:
                    yield Row(Sent(*people), _sent_at(message), None, "state")
            elif not is_told:
                continue
            for kind, is_so in ((Acknowledged, message.acknowledged), (Retracted, message.retracted)):
                if is_so and _name(kind(*people)) not in self._told:
                    yield Row(kind(*people), None, None, "state")
        for event in self._in_force():
            if _name(event) not in self._told:
                yield Row(event, None, None, "state")

    def untold(self) -> list[str]:
        """Versions before those in force of which there is no event, in words."""
        found = []
        for event in self._in_force():
            subject = _name(event)[:-1]
            told = {each[-1] for each in self._told if each[:-1] == subject}
            if spans := _gaps(told, event.version):
                found.append(f"{_subject(event)}, version {spans}")
        return found

    # ---- state

    def _by_state(self, event: Event, time: int) -> Basis:
        match event:
            case Skipped():
                return "event"
            case Sent() | Acknowledged() | Retracted():
                message = self._messages.get((event.recipient, event.index))
                is_so = message and message.sender == event.sender and _says(message, event, time)
                return "event and state" if is_so else "contradicted"
            case InboxRestricted() if event.restricted != bool(event.version % 2):
                return "contradicted"
        now = self._now(event)
        if not 0 < event.version <= now.version or (event.version == now.version and event != now):
            return "contradicted"
        return "event and state" if event == now else "event"

    def _now(self, event: _Versioned) -> _Versioned:
        """What state says of the same thing."""
        match event:
            case KeyRegistered():
                return KeyRegistered(event.account, self._key.version, self._key.public_key, self._key.hybrid_digest)
            case InboxRestricted():
                return InboxRestricted(event.account, *self._restriction)
        return SenderApproved(event.account, event.sender, *self._approval(event.account, event.sender))

    def _in_force(self) -> Iterator[_Versioned]:
        """What state says of keys and settings. Not of a period: they may be older."""
        if self._since is not None:
            return
        key, (restricted, changes) = self._key, self._restriction
        if key.version:
            yield KeyRegistered(self._account, key.version, key.public_key, key.hybrid_digest)
        if changes:
            yield InboxRestricted(self._account, restricted, changes)
        for people, (until, version) in self._approvals.items():
            if version:
                yield SenderApproved(*people, until, version)

    def _read_messages(
        self, events: Sequence[Event], told: Callable[[float], None]
    ) -> dict[tuple[ChecksumAddress, int], Message]:
        """Those of the account's inbox in the period, and all that events tell of."""
        lowest: dict[ChecksumAddress, int] = {}
        for event in events:
            if isinstance(event, Sent | Acknowledged | Retracted):
                lowest[event.recipient] = min(event.index, lowest.get(event.recipient, event.index))
        found: dict[tuple[ChecksumAddress, int], Message] = {}
        inboxes = {self._account: 0} | lowest
        done = _Part(told, 2 / 3, len(inboxes))
        for recipient in inboxes:
            for message in self._state.messages(recipient):
                is_wanted = recipient == self._account and self._is_in_period(message)
                if not is_wanted and message.index < lowest.get(recipient, message.index + 1):
                    break
                found[recipient, message.index] = message
            done()
        return found

    def _is_in_period(self, message: Message) -> bool:
        return self._since is None or _sent_at(message) >= self._since

    @cached_property
    def _key(self) -> KeyOnRecord:
        return self._state.key(self._account)

    @cached_property
    def _restriction(self) -> tuple[bool, int]:
        return self._state.restriction(self._account)

    def _approval(self, account: ChecksumAddress, sender: ChecksumAddress) -> tuple[int, int]:
        if (account, sender) not in self._approvals:
            self._approvals[account, sender] = self._state.approval(account, sender)
        return self._approvals[account, sender]


_Versioned = KeyRegistered | InboxRestricted | SenderApproved
_Name = tuple[Any, ...]


def _name(event: Event) -> _Name:
    """What happens once: which message it is of, or which version it makes; the number at the end."""
    match event:
        case Sent() | Acknowledged() | Retracted():
            return type(event), event.recipient, event.index
        case Skipped():
            return type(event), event.recipient, event.sender, event.item
        case SenderApproved():
            return type(event), event.account, event.sender, event.version
    return type(event), event.account, event.version


def _subject(event: Event) -> str:
    match event:
        case KeyRegistered():
            return "keys"
        case SenderApproved():
            return f"approvals of {event.sender} by {event.account}"
    return "restrictions of the inbox"


def _gaps(told: set[Any], last: int) -> str:
    """Of the numbers from 1 to below `last` those that are not told, in words."""
    spans, start = [], 1
    for number in [*sorted(each for each in told if each < last), last]:
        if number > start:
            spans.append(str(start) if number == start + 1 else f"{start} to {number - 1}")
        start = number + 1
    return ", ".join(spans)


def _sent_at(message: Message) -> int:
    return int(message.sent_at.timestamp())


def _says(message: Message, event: Sent | Acknowledged | Retracted, time: int) -> bool:
    """Whether state says so of the message: it was sent in a block of that time, or has that mark."""
    match event:
        case Acknowledged():
            return message.acknowledged
        case Retracted():
            return message.retracted
    return _sent_at(message) == min(time % 2**40, LAST_SECOND)  # which are the contract's bounds, and a datetime's
