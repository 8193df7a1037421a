"""The studies that the journals say were sent: what of each is to be kept, its status, and who keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from radiogram.cli.homes import files_of

if TYPE_CHECKING:
    from radiogram.chain.inbox import Inbox
    from radiogram.ipfs.homes.keeping import Seen
    from radiogram.ipfs.homes.place import File
    from radiogram.outgoing.journal import Arrived, Begun, Sealed
    from radiogram.outgoing.uploads import History

GONE = "not on the chain"


@dataclass
class Study:
    """A message, and what was uploaded for it."""

    begun: Begun
    sealed: Sealed
    arrived: Arrived
    files: list[File]
    status: str
    """As a message has it; GONE where the chain has it no more."""
    is_repeated: bool
    """Whether the same was sent again since; of what pages send, nobody knows."""
    by_website: bool
    seen: Sequence[Seen] = field(default=())
    was_repaired: bool = False
    acknowledged_at: int | None = None
    """Unix time; None where it was not, or nobody says when."""

    def is_short(self, wanted: int) -> bool:
        """Whether fewer homes keep it than should; what was taken back, or lost and sent again, none need to keep."""
        counts = self.status in ("sent", "acknowledged") and not (self.is_repeated and not self.held_by)
        return counts and len(self.held_by) < wanted

    @property
    def held_by(self) -> list[Seen]:
        return [each for each in self.seen if each.trouble is None]

    @property
    def missing(self) -> list[Seen]:
        return [each for each in self.seen if each.trouble]


def sent_studies(history: History, inbox: Inbox) -> list[Study]:
    """Those of this chain that are not erased, oldest first. Raises InboxError."""
    from radiogram.sends import PageSend

    found = []
    for each in history.attempts:
        begun, sealed, arrived = each.begun, each.sealed, each.arrived
        if not (sealed and arrived) or each.is_erased or (begun.chain, begun.inbox) != (inbox.chain, inbox.address):
            continue
        if files := files_of(sealed):
            status, by_website = _status(inbox, begun, sealed, arrived), isinstance(each, PageSend)
            found.append(Study(begun, sealed, arrived, files, status, each.is_repeated, by_website))
    return sorted(found, key=lambda study: (study.begun.at, study.arrived.index))


def _status(inbox: Inbox, begun: Begun, sealed: Sealed, arrived: Arrived) -> str:
    from radiogram.errors import NoMessageError

    try:
        message = inbox.message(begun.recipient, arrived.index)
    except NoMessageError:
        return GONE
    return message.status if message.envelope == sealed.envelope else GONE
