"""Checks each row of a day's list, before anything leaves: the study is there, the recipient is known, and the images
may go to them, as `send_image` checks them where nobody is asked. What would need a word typed is refused in its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from radiogram.cli import hints, patient_check, transfers
from radiogram.cli.outbox import kept
from radiogram.cli.register import sending
from radiogram.cli.register.opened import labelled
from radiogram.cli.sending import Wishes
from radiogram.cli.session import Session
from radiogram.cli.terminal import Terminal, fail

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.batch.day_list import ListRow
    from radiogram.chain.inbox import Inbox, Recipient
    from radiogram.dicom.metadata import Overview
    from radiogram.formats.key_card import AddressCard
    from radiogram.formats.keys import PublicKeys
    from radiogram.formats.register import Contact
    from radiogram.formats.source_files import SourceFile
    from radiogram.outbox.store import Outbox, Waiting
    from radiogram.transfer import Progress

    Account = tuple[ChecksumAddress, PublicKeys | AddressCard | None]

T = TypeVar("T")
_ALONE = "send this one alone, without --batch"


@dataclass(frozen=True)
class Row:
    """A study that may go to its recipient."""

    line: int
    found: list[SourceFile] = field(repr=False)
    waiting: Waiting | None
    """In the outbox, if it is there."""
    recipient: Recipient
    contact: Contact | None = field(repr=False)
    overview: Overview | None = field(repr=False)
    in_mailbox: bool
    label: str
    """What the sender calls itself."""

    @property
    def bytes(self) -> int:
        return sum(each.bytes for each in self.found)


@dataclass(frozen=True)
class Refused:
    """A row that is not sent, and why."""

    line: int
    text: str
    kind: str
    """Of the error, for the audit log: no text of its own."""

    @classmethod
    def by(cls, line: int, error: Exception) -> Refused:
        if isinstance(error, click.ClickException):
            return cls(line, error.format_message(), "Refused")
        return cls(line, hints.line(error), type(error).__name__)


class _OfARow(Terminal):
    """Where a row is checked: nobody is asked, no bar is shown, and what is noted names the line."""

    def __init__(self, session: Session, line: int) -> None:
        super().__init__(as_json=True, yes=True)
        self._session, self._line = session, line

    def note(self, text: str) -> None:
        self._session.terminal.note(f"line {self._line}: {text}")

    @contextmanager
    def progress(self, label: str, total_bytes: int) -> Iterator[Progress]:
        yield lambda _: None


class Checks:
    """Those of one list."""

    def __init__(
        self, session: Session, folder: Path, wishes: Wishes, inbox: Inbox, contacts: Sequence[Contact]
    ) -> None:
        """`folder` is the list's, which its paths start from."""
        self._session, self._folder, self._wishes = session, folder, wishes
        self.inbox = inbox
        """Which knows the recipients, once they were checked."""
        self._contacts = contacts
        self._is_looked_at = session.terminal.can_ask  # not to be asked while a bar is shown
        self._lines: dict[tuple[str, str], int] = {}

    @cached_property
    def outbox(self) -> tuple[Outbox, bytes]:
        """The account's, and its secret; opened when a row names a study of it."""
        return kept.opened(self._session)

    def check_all(self, listed: Sequence[ListRow], told: Callable[[], None]) -> list[Row | Refused]:
        """Each row, in their order; `told` as each is done. Raises ChainUnreachable."""
        named = [self._or_refused(row, self._account) for row in listed]
        accounts = [each[0] for each in named if not isinstance(each, Refused)]
        self.inbox = self.inbox.looked_up(accounts)
        checked: list[Row | Refused] = []
        for row, account in zip(listed, named, strict=True):
            if isinstance(account, Refused):
                checked.append(account)
            else:
                checked.append(self._or_refused(row, partial(self._checked, account)))
            told()
        return checked

    @staticmethod
    def _or_refused(row: ListRow, do: Callable[[ListRow], T]) -> T | Refused:
        from radiogram.errors import RadiogramError

        try:
            return do(row)
        except (RadiogramError, click.ClickException) as error:
            return Refused.by(row.line, error)

    def _account(self, row: ListRow) -> Account:
        from radiogram.formats.key_file import is_file

        card = self._folder / row.recipient
        named = row.recipient
        if labelled(self._contacts, named) is None and is_file(card):
            named = str(card)
        return sending.find_account(self._session, named, self._contacts)

    def _checked(self, account: Account, row: ListRow) -> Row:
        from radiogram import transfer

        terminal = _OfARow(self._session, row.line)
        label = transfers.checked_label(row.label or self._wishes.label, "the label")
        found, waiting = self._study(row.study)
        recipient = self.inbox.recipient(*account)
        if recipient.hybrid_digest and not recipient.hybrid_recipient:
            recipient = transfer.complete(recipient, self._session.network.ipfs_to_add())
        self._refuse_twice(row, waiting, recipient)
        overview = patient_check.look_at(terminal, found)
        contact = sending.hold_against(terminal, self._contacts, recipient, overview)
        if contact is None and self._is_looked_at:
            fail(f"this key is not in your register: add it (contacts add), or {_ALONE}")
        if overview and not overview.is_of_one_patient:
            fail(f"the images are {patient_check.not_of_one_patient(overview)}: if this is meant, {_ALONE}")
        patient_check.agree(terminal, overview, several_studies=self._wishes.several_studies)
        in_mailbox = self._wishes.mailbox
        if in_mailbox is None:
            in_mailbox = sending.has_our_card(self._contacts, recipient)
        return Row(row.line, found, waiting, recipient, contact, overview, in_mailbox, label)

    def _study(self, named: str) -> tuple[list[SourceFile], Waiting | None]:
        """The files of a path, or of a study of the outbox."""
        from radiogram.formats.source_files import find_files
        from radiogram.outbox.opened import files_of

        path = self._folder / named
        is_id = len(named) >= kept.SHOWN and all(each in "0123456789abcdef" for each in named.lower())
        if not is_id or path.exists():
            if is_id and any(each.name.startswith(named.lower()) for each in self._waiting()):
                fail(f"{named} is both a path and a study of the outbox: write ./{named} for the path")
            return find_files([path]), None
        outbox, secret = self.outbox
        study = kept.called(outbox, named)
        if not study.is_complete:
            fail("the study is still arriving: wait, or send this one alone (outbox send --incomplete)")
        return list(files_of(study, secret)), study

    def _waiting(self) -> Sequence[Waiting]:
        try:
            return self.outbox[0].studies()
        except click.ClickException:  # there is none
            return []

    def _refuse_twice(self, row: ListRow, waiting: Waiting | None, recipient: Recipient) -> None:
        study = waiting.name if waiting else str((self._folder / row.study).resolve())
        line = self._lines.setdefault((study, recipient.address), row.line)
        if line != row.line:
            fail(f"the same study to the same recipient as line {line}: leave one of them out")
