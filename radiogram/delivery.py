"""Puts an envelope into an inbox exactly once, however often the command that does it was interrupted and run again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ape.api import AccountAPI
from eth_typing import ChecksumAddress

from radiogram.chain.batch import Item, send_batch
from radiogram.chain.inbox import Inbox, Message, Receipt, Recipient
from radiogram.chain.transactions import Record
from radiogram.errors import InboxError, NoMessageError, RadiogramError, StateFolderError, UnconfirmedError
from radiogram.formats.mailbox import DAY_SECONDS, LATE_DAYS
from radiogram.outgoing.journal import Arrived, BatchRecord, Begun, Dropped, Entry, Sealed

GO_ON_DAYS = 7
"""What chose a mailbox longer ago, and is not signed, is not gone on with: it is to have time to come into a block."""
GO_ON = "run the same command again, which waits for it and sends nothing twice"


@dataclass(frozen=True)
class Delivery:
    """A message that is in its recipient's inbox."""

    sealed: Sealed
    arrived: Arrived
    was_begun: bool
    """Whether an earlier run had made the envelope, and was interrupted."""
    was_sent: bool
    """Whether an earlier run had put it there, so that this one has sent nothing."""


@dataclass(frozen=True)
class Ready:
    """What an entry has: an envelope, and perhaps that it is in the inbox already."""

    entry: Entry
    sealed: Sealed
    was_begun: bool
    """As Delivery has it."""
    arrived: Arrived | None
    """Where an earlier run had put it there."""


def prepare(
    seal: Callable[[ChecksumAddress], Sealed],
    place: Callable[[], ChecksumAddress],
    key_version: int,
    entry: Entry,
    *,
    sender: ChecksumAddress,
    inbox: Inbox,
    again: bool,
    in_mailbox: bool,
    is_kept: Callable[[Sealed], bool],
) -> Ready:
    """Go on where `entry` ends, up to an envelope; from the beginning, with `seal`, if it has none, or an end and
    `again` is asked for.

    `place` chooses the inbox of what is begun, a mailbox perhaps, and `seal` is told it; `key_version` is that of its
    key in force. `is_kept` tells whether IPFS still has what an envelope leads to. Raises InboxError and its others,
    StateFolderError and what `seal` raises.
    """
    is_another = again and entry.arrived is not None
    before = None if is_another else _message(entry, inbox)
    if before and not before.retracted and not again and entry.sealed and entry.arrived and is_kept(entry.sealed):
        return Ready(entry, entry.sealed, was_begun=False, arrived=entry.arrived)
    goes_on = before is None and not is_another and _can_go_on(entry, key_version, inbox, is_kept)
    was_begun = goes_on and entry.arrived is None
    sealed = entry.sealed if goes_on else None
    if sealed is None:
        recipient = place()
        begun = int(time.time()), inbox.chain, inbox.address, sender, recipient
        entry.append(Begun(*begun, inbox.had(recipient), in_mailbox))
        try:
            sealed = seal(recipient)
        except BaseException:
            with suppress(StateFolderError):
                entry.append(Dropped())  # nothing was sent, and nothing is left to be finished
            raise
        entry.append(sealed)
    return Ready(entry, sealed, was_begun=was_begun, arrived=None)


def put(ready: Ready, sender: AccountAPI, inbox: Inbox) -> Delivery:
    """Put the envelope into the inbox, unless it is there.

    Raises InboxError and its others, StateFolderError; UnconfirmedError where the message may still come.
    """
    arrived = ready.arrived or _put(ready.entry, sender, inbox)
    return Delivery(ready.sealed, arrived, was_begun=ready.was_begun, was_sent=ready.arrived is not None)


def put_all(batch: Sequence[Ready], sender: AccountAPI, inbox: Inbox, gas: int) -> list[Delivery | RadiogramError]:
    """The same for many, each with an entry in a journal: those for which nothing was signed yet go by one transaction,
    which may use so much gas.

    For each, in their order, what `put` returns or raises. Raises only what is no RadiogramError.
    """
    fresh = [each for each in batch if each.arrived is None and not list(each.entry)]
    done = _put_together(fresh, sender, inbox, gas) if len(fresh) > 1 else {}
    unconfirmed: dict[str, UnconfirmedError] = {}  # what one message waited for in vain, others need not wait for
    for ready in batch:
        signed = [each.tx_hash for each in ready.entry][-1:]
        if ready.entry.tag in done:
            continue
        try:
            if signed and signed[0] in unconfirmed:
                raise unconfirmed[signed[0]]
            done[ready.entry.tag] = put(ready, sender, inbox)
        except RadiogramError as error:
            done[ready.entry.tag] = error
            if isinstance(error, UnconfirmedError):
                unconfirmed[error.tx_hash] = error
    return [done[each.entry.tag] for each in batch]


def go_on(entry: Entry, sender: AccountAPI, inbox: Inbox) -> Arrived:
    """Finish what an earlier run has begun, of which the envelope is made: `sender` is the account that it is from.

    Raises InboxError and its others; UnconfirmedError where the message may still come.
    """
    return _put(entry, sender, inbox)


def too_late(entry: Entry) -> InboxError | None:
    """Why it is to be sealed anew: it chose a mailbox so long ago that what comes there now might not be found.

    What is signed may be on its way, and has as long as readers look back.
    """
    days = LATE_DAYS if list(entry) else GO_ON_DAYS
    if entry.begun and entry.begun.in_mailbox and time.time() - entry.begun.at > days * DAY_SECONDS:
        why = f"its mailbox was chosen more than {days} days ago, and may not be looked into"
        return InboxError(why, "send it again")
    return None


def look(entry: Entry, inbox: Inbox) -> Arrived | None:
    """Whether what an earlier run has begun came into the inbox after all. Raises InboxError."""
    if entry.begun and entry.sealed and list(entry):
        index = inbox.find(entry.begun.recipient, entry.sealed.envelope, entry.begun.since)
        return None if index is None else _arrived(entry, index, None)
    return None


def _put(entry: Entry, sender: AccountAPI, inbox: Inbox) -> Arrived:
    begun, sealed = _made(entry)
    recipient = Recipient(begun.recipient, b"", sealed.key_version)
    with _told_how_to_go_on(entry):
        return _arrived(entry, *inbox.send(recipient, sealed.envelope, sender, entry, begun.since))


def _put_together(
    batch: Sequence[Ready], sender: AccountAPI, inbox: Inbox, gas: int
) -> dict[str, Delivery | RadiogramError]:
    """By one transaction; what came of each, by the tag of its entry."""
    record, items = BatchRecord([each.entry for each in batch]), []
    for each in batch:
        begun, sealed = _made(each.entry)
        items.append(Item(Recipient(begun.recipient, b"", sealed.key_version), sealed.envelope, begun.since))
    try:
        with _told_how_to_go_on(record):
            outcomes = send_batch(inbox, items, sender, record, gas)
    except RadiogramError as error:
        return {each.entry.tag: error for each in batch}
    done: dict[str, Delivery | RadiogramError] = {}
    for ready, outcome in zip(batch, outcomes, strict=True):
        if isinstance(outcome, InboxError):
            done[ready.entry.tag] = outcome
        else:
            arrived = _arrived(ready.entry, *outcome)
            done[ready.entry.tag] = Delivery(ready.sealed, arrived, was_begun=ready.was_begun, was_sent=False)
    return done


def _made(entry: Entry) -> tuple[Begun, Sealed]:
    if not (entry.begun and entry.sealed):
        raise InboxError("the study was not uploaded to its end", "send it again")
    return entry.begun, entry.sealed


@contextmanager
def _told_how_to_go_on(record: Record) -> Iterator[None]:
    """Whoever stops a send that may have left, and who reads that it may still come, is told how to go on."""
    try:
        yield
    except UnconfirmedError as error:
        raise UnconfirmedError(error.message, error.tx_hash, GO_ON) from error
    except (KeyboardInterrupt, SystemExit) as stopped:
        if list(record):
            stopped.add_note(GO_ON[0].upper() + GO_ON[1:])
        raise


def _arrived(entry: Entry, index: int, receipt: Receipt | None) -> Arrived:
    arrived = Arrived.of(index, receipt)
    with suppress(StateFolderError):  # the next run will see it on the chain
        entry.append(arrived)
    return arrived


def _message(entry: Entry, inbox: Inbox) -> Message | None:
    """What arrived, if the chain still has it: it may have been reorganised."""
    if not (entry.begun and entry.sealed and entry.arrived):
        return None
    with suppress(NoMessageError):
        message = inbox.message(entry.begun.recipient, entry.arrived.index)
        if message.envelope == entry.sealed.envelope:
            return message
    return None


def _can_go_on(entry: Entry, key_version: int, inbox: Inbox, is_kept: Callable[[Sealed], bool]) -> bool:
    """Whether the envelope is still good: for the key in force, in time, and to something that can be fetched."""
    if not (entry.begun and entry.sealed) or entry.sealed.key_version != key_version:
        return False
    if too_late(entry):
        return look(entry, inbox) is not None
    return bool(list(entry)) or is_kept(entry.sealed)
