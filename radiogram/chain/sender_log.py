"""What a sender has sent and taken back, from the events of the inbox contract.

The node is asked for all of it, so that it does not learn which of the messages the reader looks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from eth_typing import ChecksumAddress

from radiogram.chain.cursor import address_bytes
from radiogram.chain.event_logs import REORDERED, EventLogs
from radiogram.chain.events import Log, Retracted, Sent, is_of_sender, sender_filters
from radiogram.chain.inbox import Inbox, not_as_it_should
from radiogram.errors import InboxError
from radiogram.formats.sender_log import Logged, Place, SenderLog

_ATTEMPTS = 3  # to read the newest blocks before they change
Told = Callable[[float], None]
"""Told, again and again, what part has been read: 0 to 1."""


def read_sender_log(
    inbox: Inbox, sender: ChecksumAddress, kept: SenderLog | None, told: Told = lambda _: None
) -> tuple[SenderLog, SenderLog]:
    """All of it up to now; and the part that no reorganisation changes any more, to be kept for the next time.

    Raises InboxError and its others, also where the node gives no event at all.
    """
    events = _events_of(inbox, sender)
    newest = events.newest()
    log = kept or SenderLog(inbox.chain, inbox.address, sender, first := events.first_with_code(newest), first)
    settled = max(log.next_block - 1, newest.number - REORDERED)
    blocks = _Blocks(told, newest.number + 1 - log.next_block)
    before = log
    if settled >= log.next_block:
        # Where the node has forgotten all of these, the next run asks again: another node may have them.
        before = _read_on(events, log, settled, settled, blocks)
        log = log if before.first_block > settled else before
    for _ in range(_ATTEMPTS):
        whole = _read_on(events, before, newest.number, settled, blocks) if newest.number > settled else before
        if whole.first_block > newest.number:
            raise _refused(events)
        if events.has(newest):
            return whole, log
        newest = events.newest()
    raise not_as_it_should("changes the newest blocks while they are read")


def nothing_read(inbox: Inbox, sender: ChecksumAddress) -> SenderLog:
    """Of a sender of whom no event was had."""
    return SenderLog(inbox.chain, inbox.address, sender, 0, 0)


def sent_since(inbox: Inbox, sender: ChecksumAddress, moment: int) -> set[bytes]:
    """The recipients, 20 bytes each, of all that was sent in blocks of that Unix time and later. Raises InboxError."""
    events = _events_of(inbox, sender)
    newest = events.newest()
    first = events.first_since(moment, newest)
    logs, oldest = events.read(first, newest.number) if first <= newest.number else ([], first)
    if oldest > first:
        raise _refused(events)
    return {address_bytes(log.event.recipient) for log in logs if isinstance(log.event, Sent)}


class _Blocks:
    """Tells what part of `total` blocks has been read."""

    def __init__(self, told: Told, total: int) -> None:
        self._told, self._total, self._done = told, total, 0

    def __call__(self, blocks: int) -> None:
        self._done += blocks
        self._told(min(1.0, self._done / max(1, self._total)))


def _events_of(inbox: Inbox, sender: ChecksumAddress) -> EventLogs:
    return EventLogs(inbox.provider, inbox.address, sender_filters(sender), partial(is_of_sender, sender=sender))


def _read_on(events: EventLogs, log: SenderLog, last: int, settled: int, told: Callable[[int], None]) -> SenderLog:
    """`log` with the events up to block `last`. Its first block is the one after that if the node gives none."""
    found, first = events.read(log.next_block, last, told)
    times = events.times(found, settled)
    inside = [each for each in found if each.place.block_hash in times]
    extended = log.extended(
        tuple(_sent(_ordered(inside), times)),
        frozenset(_place(each.event) for each in inside if isinstance(each.event, Retracted)),
        last + 1,
    )
    is_whole = first == log.next_block  # otherwise the node has forgotten the blocks before `first`
    return extended if is_whole else replace(extended, first_block=first, has_gap=True)


def _ordered(logs: Iterable[Log]) -> list[Log]:
    return sorted(logs, key=lambda log: (log.place.block, log.place.log_index))


def _sent(logs: Iterable[Log], times: dict[bytes, int]) -> Iterable[Logged]:
    for log in logs:
        if isinstance(log.event, Sent):
            yield Logged(_place(log.event), times[log.place.block_hash])


def _place(event: Sent | Retracted) -> Place:
    return Place(address_bytes(event.recipient), event.index)


def _refused(events: EventLogs) -> InboxError:
    return InboxError(f"the chain's node refuses to say what happened: {events.refusal}", "use another node")
