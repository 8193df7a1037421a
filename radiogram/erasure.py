"""Deletes from an IPFS node what a message led to, where the journal of sends knows it and nothing else needs it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from eth_typing import ChecksumAddress

from radiogram.chain.inbox import Inbox, Message
from radiogram.errors import ErasureError, NotSenderError
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.pins import Pins
from radiogram.outgoing.journal import Erasure, Journal
from radiogram.outgoing.uploads import Attempt, History

Holds = Literal["study", "key packet"]


@dataclass(frozen=True)
class Upload:
    """A file on IPFS that the message leads to."""

    cid: bytes
    holds: Holds
    needed_by: tuple[Attempt, ...] = ()
    """Other messages that lead to it: it stays for them."""
    is_ours: bool = True
    """Whether it was uploaded from here."""

    @property
    def stays(self) -> bool:
        return bool(self.needed_by) or not self.is_ours


@dataclass(frozen=True)
class Plan:
    """What is to be done for one message."""

    message: Message
    attempt: Attempt
    """What sent it."""
    uploads: tuple[Upload, ...]

    @property
    def goes(self) -> list[Upload]:
        return [each for each in self.uploads if not each.stays]

    @property
    def stays(self) -> list[Upload]:
        return [each for each in self.uploads if each.stays]


@dataclass(frozen=True)
class Deleted:
    """A file of which the node has no block any longer: it was asked for each that is known."""

    upload: Upload
    blocks: int
    """That were asked for."""
    found: int
    """That the node had when it was begun."""


def make_plan(history: History, inbox: Inbox, message: Message, sender: ChecksumAddress) -> Plan:
    """What the journal says of `message`. Raises NotSenderError; ErasureError if the journal does not know it."""
    if message.sender != sender:
        raise NotSenderError(
            f"only its sender can erase what a message leads to, and this one is from {message.sender}",
            "use that account",
        )
    attempt = attempt_of(history, inbox, message)
    if attempt is None:
        raise ErasureError(
            f"the journal does not know what message {message.index} to {message.recipient} leads to",
            "erase it where it was sent; what the website sent, delete on its node, and take the message back",
        )
    study, *packet = attempt.cids
    uploaded = {cid for each in history.attempts for cid in each.uploads}
    uploads = [Upload(study, "study", _others(history, attempt, study), study in uploaded)]
    uploads += [Upload(cid, "key packet", _others(history, attempt, cid)) for cid in packet]
    return Plan(message, attempt, tuple(uploads))


def attempt_of(history: History, inbox: Inbox, message: Message) -> Attempt | None:
    """What sent `message`; None if the journal does not know it."""
    place = inbox.chain, inbox.address, message.sender, message.recipient
    return next(
        (
            each
            for each in history.attempts
            if each.sealed
            and each.sealed.envelope == message.envelope
            and (each.begun.chain, each.begun.inbox, each.begun.sender, each.begun.recipient) == place
        ),
        None,
    )


def note(plan: Plan, journal: Journal) -> None:
    """Write down that it is to be done, before it is: from then on nothing counts the uploads as needed by the message.

    Raises StateFolderError.
    """
    if plan.attempt.sealed and not plan.attempt.is_erased:
        with journal.entry_with(plan.attempt.tag) as entry:
            entry.append(Erasure(int(time.time()), plan.attempt.sealed.envelope))


def find_blocks(plan: Plan, pins: Pins) -> dict[bytes, list[bytes]]:
    """The blocks of each file that is to go, by its CID. Nothing is changed.

    Raises IpfsError, also where the node does not let its pins be looked at; ErasureError if it has nothing of them and
    no earlier run has begun to delete them: it is another node then, or they were lost.
    """
    has_pin = [pins.is_pinned(each.cid) for each in plan.goes]
    blocks = {each.cid: pins.tree(each.cid) for each in plan.goes}
    has_any = any(has_pin) or any(pins.holds(block) for each in blocks.values() for block in each)
    if plan.goes and not has_any and not plan.attempt.is_erased:
        message = plan.message
        raise ErasureError(
            f"this IPFS node has nothing of what message {message.index} to {message.recipient} leads to",
            "name the node that has it; if there is none, take the message back",
        )
    return blocks


def delete(
    plan: Plan, blocks: dict[bytes, list[bytes]], pins: Pins, done: Callable[[], None] = lambda: None
) -> list[Deleted]:
    """Unpin and delete what is to go, and ask the node for each block again; `done` is called for each.

    Raises IpfsError; ErasureError where the node keeps one. What was done until then need not be done again.
    """
    deleted = []
    for upload in plan.goes:
        held = [block for block in blocks[upload.cid] if pins.holds(block)]
        pins.remove(upload.cid)
        left = []
        for block in blocks[upload.cid]:
            if pins.holds(block):
                left.append(block)
            done()
        if left or pins.is_pinned(upload.cid):
            raise ErasureError(
                f"{len(left):,} of {len(blocks[upload.cid]):,} blocks of {cid_text(upload.cid)} are still on the node, "
                "where something else has pinned them",
                "unpin that (`ipfs pin ls`), and run it again",
            )
        deleted.append(Deleted(upload, len(blocks[upload.cid]), len(held)))
    return deleted


def _others(history: History, attempt: Attempt, cid: bytes) -> tuple[Attempt, ...]:
    own = attempt.sealed
    return tuple(each for each in history.leading_to(cid) if each.sealed != own)
