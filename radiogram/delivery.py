"""Puts an envelope into an inbox exactly once, however often the command that does it was interrupted and run again."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ape.api import AccountAPI
from eth_typing import ChecksumAddress

from radiogram.chain.inbox import Inbox, Message, Receipt, Recipient
from radiogram.errors import InboxError, NoMessageError, StateFolderError, UnconfirmedError
from radiogram.outgoing.journal import Arrived, Begun, Dropped, Entry, Sealed

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


def deliver(
    seal: Callable[[ChecksumAddress], Sealed],
    place: Callable[[], ChecksumAddress],
    key_version: int,
    entry: Entry,
    *,
    sender: AccountAPI,
    inbox: Inbox,
    again: bool,
    is_kept: Callable[[Sealed], bool],
) -> Delivery:
    """Go on where `entry` ends; from the beginning, with `seal`, if it has none, or an end and `again` is asked for.

    `place` chooses the inbox of what is begun, and `seal` is told it; `key_version` is that of its key in force.
    `is_kept` tells whether IPFS still has what an envelope leads to. Raises InboxError and its others, StateFolderError
    and what `seal` raises; UnconfirmedError where the message may still come.
    """
    before = _message(entry, inbox)
    if before and not before.retracted and not again and entry.sealed and entry.arrived and is_kept(entry.sealed):
        return Delivery(entry.sealed, entry.arrived, was_begun=False, was_sent=True)
    goes_on = before is None and not (again and entry.arrived) and _can_go_on(entry, key_version, is_kept)
    was_begun = goes_on and entry.arrived is None
    sealed = entry.sealed if goes_on else None
    if sealed is None:
        recipient = place()
        begun = int(time.time()), inbox.chain, inbox.address, sender.address, recipient
        entry.append(Begun(*begun, inbox.count(recipient)))
        try:
            sealed = seal(recipient)
        except BaseException:
            with suppress(StateFolderError):
                entry.append(Dropped())  # nothing was sent, and nothing is left to be finished
            raise
        entry.append(sealed)
    return Delivery(sealed, _put(entry, sender, inbox), was_begun=was_begun, was_sent=False)


def go_on(entry: Entry, sender: AccountAPI, inbox: Inbox) -> Arrived:
    """Finish what an earlier run has begun, of which the envelope is made: `sender` is the account that it is from.

    Raises InboxError and its others; UnconfirmedError where the message may still come.
    """
    return _put(entry, sender, inbox)


def look(entry: Entry, inbox: Inbox) -> Arrived | None:
    """Whether what an earlier run has begun came into the inbox after all. Raises InboxError."""
    if entry.begun and entry.sealed and list(entry):
        index = inbox.find(entry.begun.recipient, entry.sealed.envelope, entry.begun.since)
        return None if index is None else _arrived(entry, index, None)
    return None


def _put(entry: Entry, sender: AccountAPI, inbox: Inbox) -> Arrived:
    begun, sealed = entry.begun, entry.sealed
    if not (begun and sealed):
        raise InboxError("the study was not uploaded to its end", "send it again")
    recipient = Recipient(begun.recipient, b"", sealed.key_version)
    try:
        return _arrived(entry, *inbox.send(recipient, sealed.envelope, sender, entry, begun.since))
    except UnconfirmedError as error:
        raise UnconfirmedError(error.message, error.tx_hash, GO_ON) from error
    except (KeyboardInterrupt, SystemExit) as stopped:
        if list(entry):
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


def _can_go_on(entry: Entry, key_version: int, is_kept: Callable[[Sealed], bool]) -> bool:
    """Whether the envelope is still good: for the key in force, and to something that can be fetched."""
    if not (entry.begun and entry.sealed) or entry.sealed.key_version != key_version:
        return False
    return bool(list(entry)) or is_kept(entry.sealed)
