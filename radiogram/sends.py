"""Everything that was sent from a state folder: by commands, and by pages of the website.

Pages send by a wallet, and their journal is the browser's. So the server writes down what a page is about to send,
before the wallet is asked: as the journal of sends does (radiogram.outgoing.journal), in a folder beside it, Begun and
Sealed; then perhaps Erasure. Nobody but the page goes on with it. Whether it was sent, the chain tells, by sender and
envelope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eth_typing import ChecksumAddress

from radiogram.chain.inbox import PAGE_MESSAGES, Inbox, Message
from radiogram.outgoing.journal import Arrived, Begun, Journal, Purpose, Sealed
from radiogram.outgoing.uploads import Attempt, History, read_history

COMMANDS, PAGES = "outgoing", "website"
"""Folders in the state folder."""
Name = tuple[ChecksumAddress, ChecksumAddress, bytes]
"""What a message is known by, wherever in its inbox it is: recipient, sender, envelope."""


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


def journal_of(attempt: Attempt, folder: Path, waits: Callable[[], None] = lambda: None) -> Journal:
    """Where the state folder has it. `waits` as Journal has it."""
    return Journal(folder / (PAGES if isinstance(attempt, PageSend) else COMMANDS), waits)


def name_of(attempt: Attempt) -> Name:
    """That of the message which is to come of it."""
    return attempt.begun.recipient, attempt.begun.sender, attempt.sealed.envelope if attempt.sealed else b""


def find_messages(attempts: Iterable[Attempt], inbox: Inbox) -> dict[Name, Message]:
    """The messages that came of these, where they are now; each inbox is read once, as far back as its first.

    Raises InboxError.
    """
    by_recipient: dict[ChecksumAddress, list[Attempt]] = {}
    for each in attempts:
        by_recipient.setdefault(each.begun.recipient, []).append(each)
    found: dict[Name, Message] = {}
    for recipient, sent in by_recipient.items():
        sought = {name_of(each) for each in sent}
        first = min(each.begun.since for each in sent)
        first -= PAGE_MESSAGES  # a chain that was reorganised may have it earlier
        for message in inbox.messages(recipient):
            if message.index < first or not sought:
                break
            if (name := (recipient, message.sender, message.envelope)) in sought:
                sought.remove(name)
                found[name] = message
    return found


def _looked_up(sends: Sequence[PageSend], inbox: Inbox) -> list[PageSend]:
    """Each with the message that came of it."""
    found = find_messages(sends, inbox)
    return [
        replace(each, arrived=Arrived.of(message.index, None)) if (message := found.get(name_of(each))) else each
        for each in sends
    ]
