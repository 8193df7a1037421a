"""Deletes from all homes what a message led to, where the journal of sends knows it and nothing else needs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from eth_typing import ChecksumAddress

from radiogram.chain.inbox import Inbox, Message
from radiogram.errors import ErasureError, IpfsRefused, NotSenderError
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.homes.home import Home
from radiogram.ipfs.homes.keeping import places
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
    """A file of which a node has no block any longer: it was asked for each that is known."""

    node: str
    """Its URL."""
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
            "erase it where it was sent, or where the website was served; what a published copy of its pages sent, "
            "delete on its node, and take the message back",
        )
    uploaded = {cid for each in history.attempts for cid in each.uploads}
    uploads = [
        Upload(cid, _holds(attempt, cid), _others(history, attempt, cid), cid in uploaded) for cid in attempt.cids
    ]
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


@dataclass(frozen=True)
class Reach:
    """Where it can be deleted, and where not."""

    nodes: tuple[Pins, ...]
    services: tuple[Home, ...] = ()
    """That are told to keep it no longer: they delete in their own time."""
    closed: tuple[str, ...] = ()
    """URLs of nodes that do not let us look."""


def find_reach(plan: Plan, homes: Sequence[Home]) -> Reach:
    """What can be done at each home; the first is our own node, of which the rest would be little. Raises IpfsError."""
    nodes, closed = [], []
    for number, (_, place) in enumerate(places(homes)):
        if place.pins is None:
            continue
        try:
            for upload in plan.goes:
                place.pins.is_pinned(upload.cid)
            nodes.append(place.pins)
        except IpfsRefused:
            if not number:
                raise
            closed.append(place.url)
    return Reach(tuple(nodes), tuple(each for each in homes if each.is_service), tuple(closed))


def find_blocks(plan: Plan, nodes: Sequence[Pins]) -> dict[bytes, list[bytes]]:
    """The blocks of each file that is to go, by its CID, as far as one of the nodes knows them. Nothing is changed.

    Raises IpfsError, also where a node does not let its pins be looked at; ErasureError if none has anything of them
    and no earlier run has begun to delete them: it is another node then, or they were lost.
    """
    blocks: dict[bytes, list[bytes]] = {}
    for each in plan.goes:
        trees = [pins.tree(each.cid) for pins in nodes]
        blocks[each.cid] = max(trees, key=len, default=[each.cid])
    if plan.goes and not plan.attempt.is_erased and not any(_has_any(pins, blocks) for pins in nodes):
        message = plan.message
        raise ErasureError(
            f"this IPFS node has nothing of what message {message.index} to {message.recipient} leads to",
            "name the node that has it; if there is none, take the message back",
        )
    return blocks


def _has_any(pins: Pins, blocks: dict[bytes, list[bytes]]) -> bool:
    return any(map(pins.is_pinned, blocks)) or any(pins.holds(block) for each in blocks.values() for block in each)


def delete(
    plan: Plan, blocks: dict[bytes, list[bytes]], reach: Reach, done: Callable[[], None] = lambda: None
) -> list[Deleted]:
    """Have it unpinned and deleted, and ask each node for each block again; `done` is called for each.

    Raises IpfsError; ErasureError where a node keeps one. What was done until then need not be done again.
    """
    for service in reach.services:  # first, as it would have its nodes pin anew what they lose
        for upload in plan.goes:
            service.forget(upload.cid)
    return [_delete(upload, blocks[upload.cid], pins, done) for pins in reach.nodes for upload in plan.goes]


def _delete(upload: Upload, blocks: list[bytes], pins: Pins, done: Callable[[], None]) -> Deleted:
    held = [block for block in blocks if pins.holds(block)]
    pins.remove(upload.cid, blocks)
    left = []
    for block in blocks:
        if pins.holds(block):
            left.append(block)
        done()
    if left or pins.is_pinned(upload.cid):
        raise ErasureError(
            f"{len(left):,} of {len(blocks):,} blocks of {cid_text(upload.cid)} are still on the node {pins.url}, "
            "where something else has pinned them",
            "unpin that (`ipfs pin ls`), and run it again",
        )
    return Deleted(pins.url, upload, len(blocks), len(held))


def _holds(attempt: Attempt, cid: bytes) -> Holds:
    return "study" if attempt.sealed and cid == attempt.sealed.cid else "key packet"


def _others(history: History, attempt: Attempt, cid: bytes) -> tuple[Attempt, ...]:
    own = attempt.sealed
    return tuple(each for each in history.leading_to(cid) if each.sealed != own)
