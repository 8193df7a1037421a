"""Everything that was sent from a state folder: by commands, and by pages of the website.

Pages send by a wallet, and their journal is the browser's. So the server writes down what a page is about to send,
before the wallet is asked: as the journal of sends does (radiogram.outgoing.journal), in a folder beside it, Begun and
Sealed; then perhaps Erasure. Nobody but the page goes on with it. Whether it was sent, the chain tells, by sender and
envelope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eth_typing import ChecksumAddress

from radiogram.chain.inbox import PAGE_MESSAGES, Inbox
from radiogram.outgoing.journal import Arrived, Begun, Journal, Purpose, Sealed
from radiogram.outgoing.uploads import Attempt, History, read_history

COMMANDS, PAGES = "outgoing", "website"
"""Folders in the state folder."""


@dataclass(frozen=True)
class PageSend(Attempt):
    """One of a page. What is handed on has no CID of its study (b""): the server is not told it."""

    @property
    def cids(self) -> tuple[bytes, ...]:
        return tuple(filter(None, super().cids))

    @property
    def uploads(self) -> tuple[bytes, ...]:
        return self.cids

    @property
    def is_unfinished(self) -> bool:
        """Never: no command can finish it."""
        return False


@dataclass(frozen=True)
class Sends:
    """What a state folder knows."""

    history: History
    """Of commands; and of pages, what arrived, or was for a chain that nobody looked at."""
    unsent: Sequence[PageSend]
    """What pages were about to send and the chain has not: it was never sent, or is still to come."""


def record(folder: Path, begun: Begun, sealed: Sealed) -> None:
    """Write down what a page is about to send, in the state folder; once, however often it says so.

    Raises StateFolderError: it is not to be sent then.
    """
    purpose = Purpose(begun.chain, begun.inbox, begun.sender, begun.recipient, b"", sealed.envelope, b"")
    with Journal(folder / PAGES).entry(purpose) as entry:
        if entry.sealed is None:
            entry.append(begun)
            entry.append(sealed)


def read_sends(folder: Path, inbox: Inbox | None = None) -> Sends:
    """All that the state folder knows. Raises InboxError.

    `inbox` is asked what came of what pages were about to send on its chain. Of other chains, and without it, nobody
    knows: it counts as what may have been sent.
    """
    commands, pages = read_history(folder / COMMANDS), read_history(folder / PAGES)
    known = {each.sealed.envelope for each in commands.attempts if each.sealed}
    here: list[PageSend] = []
    elsewhere: list[PageSend] = []
    for each in pages.attempts:
        if each.sealed and each.sealed.envelope not in known:
            is_here = inbox and (each.begun.chain, each.begun.inbox) == (inbox.chain, inbox.address)
            (here if is_here else elsewhere).append(PageSend(**vars(each)))
    looked_up = _looked_up(here, inbox) if inbox else []
    arrived = [each for each in looked_up if each.arrived]
    unreadable, cut_lines = commands.unreadable + pages.unreadable, commands.cut_lines + pages.cut_lines
    history = History([*commands.attempts, *elsewhere, *arrived], unreadable, cut_lines)
    return Sends(history, [each for each in looked_up if not each.arrived])


def journal_of(attempt: Attempt, folder: Path) -> Journal:
    """Where the state folder has it."""
    return Journal(folder / (PAGES if isinstance(attempt, PageSend) else COMMANDS))


def _looked_up(sends: Iterable[PageSend], inbox: Inbox) -> list[PageSend]:
    """Each with the message that came of it; each inbox is read once, as far back as its first."""
    by_recipient: dict[ChecksumAddress, list[PageSend]] = {}
    for each in sends:
        by_recipient.setdefault(each.begun.recipient, []).append(each)
    found = []
    for recipient, said in by_recipient.items():
        indices = _indices(said, recipient, inbox)
        for each in said:
            index = indices.get(_message(each))
            found.append(each if index is None else replace(each, arrived=Arrived.of(index, None)))
    return found


def _indices(
    said: Sequence[PageSend], recipient: ChecksumAddress, inbox: Inbox
) -> dict[tuple[ChecksumAddress, bytes], int]:
    sought = {_message(each) for each in said}
    first = min(each.begun.since for each in said) - PAGE_MESSAGES  # a chain that was reorganised may have it earlier
    indices: dict[tuple[ChecksumAddress, bytes], int] = {}
    for message in inbox.messages(recipient):
        if message.index < first or len(indices) == len(sought):
            break
        if (named := (message.sender, message.envelope)) in sought:
            indices.setdefault(named, message.index)
    return indices


def _message(send: PageSend) -> tuple[ChecksumAddress, bytes]:
    return send.begun.sender, send.sealed.envelope if send.sealed else b""
