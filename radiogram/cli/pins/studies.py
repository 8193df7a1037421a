"""The studies that the journals say were sent: what of each is to be kept, its status, and who keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from radiogram.cli.homes import files_of

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox, Message
    from radiogram.ipfs.homes.keeping import Seen
    from radiogram.ipfs.homes.place import File
    from radiogram.outgoing.journal import Arrived, Begun, Sealed
    from radiogram.outgoing.uploads import Attempt, History
    from radiogram.sends import Name

GONE = "not on the chain"


@dataclass
class Study:
    """A message, and what was uploaded for it."""

    attempt: Attempt
    """What sent it, as the journal has it."""
    begun: Begun
    sealed: Sealed
    arrived: Arrived
    """Where the chain has it now."""
    files: list[File]
    status: str
    """As a message has it; GONE where the chain has it no more."""
    by_website: bool
    seen: Sequence[Seen] = field(default=())
    was_repaired: bool = False
    acknowledged_at: int | None = None
    """Unix time; None where it was not, or nobody says when."""
    is_erased: bool = False
    """Whether it has been erased meanwhile."""

    def is_short(self, wanted: int) -> bool:
        """Whether fewer homes keep it than should; what was taken back, or lost and sent again, none need to keep.

        What is gone from the chain is kept: it may come back, and is sent again by the same envelope.
        """
        is_lost = self.status == GONE or not self.held_by
        needless = self.status == "retracted" or (self.attempt.is_repeated and is_lost)
        return not needless and len(self.held_by) < wanted

    @property
    def is_gone(self) -> bool:
        """Whether the chain has it no more, and the same was not sent again since."""
        return self.status == GONE and not self.attempt.is_repeated

    @property
    def held_by(self) -> list[Seen]:
        return [each for each in self.seen if each.trouble is None]

    @property
    def missing(self) -> list[Seen]:
        return [each for each in self.seen if each.trouble]


def sent_studies(history: History, inbox: Inbox) -> list[Study]:
    """Those of this chain that are not erased, oldest first. Raises InboxError."""
    from radiogram.sends import PageSend, name_of

    place = inbox.chain, inbox.address
    sent = [each for each in history.attempts if each.arrived and not each.is_erased]
    sent = [each for each in sent if (each.begun.chain, each.begun.inbox) == place]
    messages, found = _messages(sent, inbox), []
    for each in sent:
        begun, sealed, arrived = each.begun, each.sealed, each.arrived
        if sealed and arrived and (files := files_of(sealed)):
            message = messages.get(name_of(each))
            status = message.status if message else GONE
            arrived = replace(arrived, index=message.index) if message else arrived
            found.append(Study(each, begun, sealed, arrived, files, status, isinstance(each, PageSend)))
    return sorted(found, key=lambda study: (study.begun.at, study.arrived.index))


def _messages(sent: Sequence[Attempt], inbox: Inbox) -> dict[Name, Message]:
    """Those that the chain has, also where a reorganisation has moved them. Raises InboxError.

    Several of one inbox are read a page at a time; one alone is asked for where it was, which takes less.
    """
    from radiogram.sends import find_messages, name_of

    of_recipient = Counter(each.begun.recipient for each in sent)
    alone = [each for each in sent if of_recipient[each.begun.recipient] == 1]
    found = {name_of(each): message for each in alone if (message := _in_its_place(each, inbox))}
    return found | find_messages([each for each in sent if name_of(each) not in found], inbox)


def _in_its_place(attempt: Attempt, inbox: Inbox) -> Message | None:
    from radiogram.errors import NoMessageError
    from radiogram.sends import name_of

    try:
        message = inbox.message(attempt.begun.recipient, attempt.arrived.index if attempt.arrived else 0)
    except NoMessageError:
        return None
    return message if (message.recipient, message.sender, message.envelope) == name_of(attempt) else None
