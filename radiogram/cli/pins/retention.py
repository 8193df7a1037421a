"""How long a study is kept: until its recipient has acknowledged it, and so many days more. Nothing goes unasked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from radiogram.cli import erasing, hints
from radiogram.cli.session import Session
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox
    from radiogram.cli.pins.studies import Study
    from radiogram.cli.terminal import Terminal

_DAY = 86_400  # seconds


class Retention:
    """That which the list of homes sets. `keep_days` None: what was sent is kept until somebody erases it."""

    def __init__(self, keep_days: int | None) -> None:
        self._keep_days = keep_days

    def find_times(self, studies: Sequence[Study], inbox: Inbox, terminal: Terminal) -> None:
        """Find out when those that are acknowledged were, by the events of the contract."""
        from radiogram.errors import InboxError

        asked = [study for study in studies if study.status == "acknowledged"] if self._keep_days is not None else []
        for sender in sorted({study.begun.sender for study in asked}):
            try:
                times = _times(inbox, sender, terminal)
            except InboxError as error:
                terminal.note(f"When messages were acknowledged is not known: {hints.line(error)}")
                return
            for study in asked:
                if study.begun.sender == sender:
                    study.acknowledged_at = times.get((study.begun.recipient, study.arrived.index))

    def kept_until(self, study: Study) -> int | None:
        """Unix time; None while that is open."""
        if self._keep_days is None or study.acknowledged_at is None:
            return None
        return study.acknowledged_at + self._keep_days * _DAY

    def is_over(self, study: Study) -> bool:
        until = self.kept_until(study)
        return until is not None and until <= time.time()

    def offer(self, studies: Sequence[Study], inbox: Inbox, session: Session) -> int:
        """Ask the person at the terminal whether to erase what is kept no longer, then of each.

        Returns how many could not be erased that should; of each it is said why.
        """
        from radiogram.errors import RadiogramError

        over = [study for study in studies if self.is_over(study)]
        what = f"What {counted(len(over), 'acknowledged message')} led to is kept no longer"
        if not over or not session.terminal.agrees(f"{what}. Go through it, to erase it?"):
            return 0
        failed = 0
        for study in over:
            stays = f"message {study.arrived.index} to {study.begun.recipient} stays"
            if not session.accounts.has(study.begun.sender):
                session.terminal.note(
                    f"{stays}: its sender {study.begun.sender} is no account here; `ape accounts import` takes over a "
                    "wallet's"
                )
                continue
            try:
                message = inbox.message(study.begun.recipient, study.arrived.index)
                sender, file = session.accounts.named(study.begun.sender), erasing.receipt_file(message)
                erasing.erase(session, inbox, message, sender, file, is_offered=True)
            except (RadiogramError, click.ClickException) as error:
                failed += 1
                session.terminal.note(f"{stays}: {_why(error)}")
        return failed


def _why(error: Exception) -> str:
    from radiogram.errors import OutputError, StateFolderError, one_line

    match error:
        case click.ClickException():
            return error.message
        case OutputError() if not isinstance(error, StateFolderError):
            return one_line(error.message, f"`{hints.command('erase')}` takes a name for its receipt")
        case _:
            return hints.line(error)


def _times(inbox: Inbox, sender: ChecksumAddress, terminal: Terminal) -> dict[tuple[ChecksumAddress, int], int]:
    """When each of the account's messages was acknowledged, by recipient and index. Raises InboxError."""
    from radiogram.chain.events import Acknowledged
    from radiogram.chain.history import read_history

    with terminal.whole("Reading events") as told:
        rows = read_history(inbox, sender, None, told).rows
    return {
        (row.event.recipient, row.event.index): row.time
        for row in rows
        if isinstance(row.event, Acknowledged)
        and row.event.sender == sender
        and row.time is not None
        and row.basis == "event and state"
    }
