"""What became of the rows of a day's list: into the audit log, then to whoever reads, then out of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from radiogram.cli import audit, hints
from radiogram.cli.batch import shown
from radiogram.cli.batch.rows import Checks, Refused, Row
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail
from radiogram.errors import StateFolderError

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.chain.inbox import Inbox
    from radiogram.formats.source_files import Study
    from radiogram.outbox.store import Waiting
    from radiogram.outgoing.audit_log import Audited
    from radiogram.transfer import Sent

MOST_NAMED = 20  # lines, in an error


class Results:
    """Those of one list."""

    def __init__(self, session: Session, inbox: Inbox, sender: AccountAPI, checks: Checks, rows: int) -> None:
        self._session, self._inbox, self._sender, self._checks, self._rows = session, inbox, sender, checks, rows
        self._log = session.audit_log()
        self._sent: list[Sent] = []
        self._refused: list[int] = []
        self.studies: dict[int, Study] = {}
        """By lines: what was read of each."""

    def refuse(self, refused: Sequence[Refused]) -> None:
        """Rows that are not tried. Raises StateFolderError if the audit log can't be written."""
        self._log.add([self._audited(each) for each in refused])
        for each in refused:
            self._refused.append(each.line)
            shown.refuse(self._session.terminal, each)

    def told(self, done: Sequence[tuple[Row, Sent | Exception]]) -> None:
        """What became of some. Raises StateFolderError if the audit log can't be written: nobody is told then."""
        outcomes = [(row, Refused.by(row.line, each) if isinstance(each, Exception) else each) for row, each in done]
        self._log.add([self._entry(row, each) for row, each in outcomes])
        for row, each in outcomes:
            study = self.studies.pop(row.line, None)
            if isinstance(each, Refused):
                self._refused.append(row.line)
                shown.refuse(self._session.terminal, each)
            elif study:
                self._tell(row, each, study)

    def _tell(self, row: Row, sent: Sent, study: Study) -> None:
        terminal = self._session.terminal
        self._sent.append(sent)
        terminal.done = f"{shown.counted_studies(len(self._sent))} of the list were sent"
        if row.waiting:
            self._take_out(row.line, row.waiting)
        terminal.result_line(shown.fields(self._session, self._inbox, row, study, sent))
        terminal.say(shown.line(row, sent))

    def _take_out(self, line: int, study: Waiting) -> None:
        """Of the outbox, as it was sent."""
        outbox, _ = self._checks.outbox
        try:
            outbox.remove(study)
        except StateFolderError as error:
            self._session.terminal.note(f"line {line}: it was sent, and stays in the outbox: {hints.line(error)}")

    def end(self, again: bool) -> None:
        """The sum for a person; stops with one line if any row was not sent. `again`: of second copies."""
        self._session.terminal.say(shown.summary(self._session.network.provider, self._sent, len(self._refused)))
        if self._refused:
            lines = sorted(self._refused)
            more = f" and {len(lines) - MOST_NAMED:,} more" * (len(lines) > MOST_NAMED)
            way_out = "run the same command again, which sends nothing twice"
            if again:
                way_out = "send these alone: --again would send the others once more"
            fail(
                f"{len(lines):,} of {shown.counted_studies(self._rows)} not sent (line{'s' * (len(lines) > 1)} "
                f"{', '.join(map(str, lines[:MOST_NAMED]))}{more}): mend that, and {way_out}"
            )

    def _entry(self, row: Row, done: Sent | Refused) -> Audited:
        if isinstance(done, Refused):
            return self._audited(done)
        return audit.audited(self._inbox, done, len(row.found), row.line)

    def _audited(self, refused: Refused) -> Audited:
        from radiogram.formats.public_key import parse_address
        from radiogram.outgoing.audit_log import REFUSED, Audited

        sender = parse_address(self._sender.address)
        inbox = self._inbox
        return Audited(REFUSED, inbox.chain_id, inbox.address, sender, refused.line, error=refused.kind)
