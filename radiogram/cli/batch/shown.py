"""What a command tells of a day's list: a table to be looked at before it goes, and a line or object for each study."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from radiogram.cli import fee, report
from radiogram.cli.session import Session
from radiogram.cli.terminal import Terminal
from radiogram.cli.wording import counted, short, size

if TYPE_CHECKING:
    from ape.api import ProviderAPI

    from radiogram.chain.inbox import Inbox
    from radiogram.cli.batch.rows import Refused, Row
    from radiogram.formats.source_files import Study
    from radiogram.transfer import Sent

TABLE_COLUMNS = 132  # characters; narrower terminals get lines
HEADINGS = ("Line", "Patient", "Born", "Study", "Files", "Recipient", "Words compared")


def table(terminal: Terminal, rows: Sequence[Row]) -> None:
    """Whose images go to whom, where there is somebody to look at it; in lines, where there is no room for a table."""
    if not terminal.can_ask or not rows:
        return
    room = shutil.get_terminal_size()
    if room.columns < TABLE_COLUMNS:
        for row in rows:
            terminal.say(*_lines(cells(row)))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(
        file=sys.stdout, highlight=False, markup=False, emoji=False, width=room.columns, height=room.lines
    )
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in HEADINGS:
        grid.add_column(heading, overflow="fold")  # nothing of whose images they are is cut
    for row in rows:
        grid.add_row(*cells(row))
    console.print(grid)


def _lines(cells: tuple[str, ...]) -> list[str]:
    line, patient, born, study, files, recipient, compared = cells
    return [
        f"line {line:<5}{patient}{born and f', born {born}'}",
        f"          {study and f'{study} · '}{files}",
        f"          to {recipient}, words compared: {compared}",
    ]


def cells(row: Row) -> tuple[str, ...]:
    """As HEADINGS."""
    from radiogram.dicom.display import clean, shown_date, shown_name, shown_study

    overview, contact = row.overview, row.contact
    if overview is None:
        patient, born, study = "NOT KNOWN: no DICOM", "", ""
    else:
        patient = shown_name(overview.patient.name) or clean(overview.patient.id) or "NOT NAMED IN THE IMAGES"
        born = shown_date(overview.patient.birth_date)
        study = "; ".join(shown_study(each) for each in overview.studies)
        if overview.unidentified:
            patient += f" ({overview.unidentified:,} WITHOUT NAME AND ID)"
    recipient = clean(contact.label) if contact else "NEW KEY"
    compared = f"{clean(contact.compared_by)}, {contact.compared_at[:10]}" if contact and contact.compared_by else "NO"
    where = ", a mailbox" * row.in_mailbox
    files = f"{counted(len(row.found), 'file')}, {size(row.bytes)}"
    return str(row.line), patient, born, study, files, f"{recipient} ({short(row.recipient.address)}{where})", compared


def fields(session: Session, inbox: Inbox, row: Row, study: Study, sent: Sent) -> dict[str, Any]:
    """Of a study that was sent: those of send_image, and its line of the list."""
    about = {"in_register": row.contact is not None} | report.study_fields(study, sent)
    return {"line": row.line} | report.sent_fields(session.network, inbox, sent) | about


def line(row: Row, sent: Sent) -> str:
    """The same for a person."""
    verb = "sent before" if sent.was_sent else "sent"
    what = f"{counted(len(row.found), 'file')}, {size(row.bytes)}"
    return f"line {row.line}  {verb}, {what}, to {sent.recipient.address}, {report.sent_as(sent)}"


def refuse(terminal: Terminal, refused: Refused) -> None:
    terminal.result_line({"line": refused.line, "error": refused.text})
    terminal.say(f"line {refused.line}  NOT SENT: {refused.text.removeprefix('not sent: ')}")


def summary(provider: ProviderAPI, sent: Sequence[Sent], refused: int) -> str:
    """Of all rows: how many, and what they cost."""
    new = [each for each in sent if not each.was_sent]
    receipts = [each.receipt for each in new if each.receipt]
    said = [f"{counted_studies(len(new))} sent"]
    said += [f"{len(sent) - len(new):,} sent before"] * (len(sent) > len(new))
    said += [f"{refused:,} NOT SENT"] * bool(refused)
    if receipts:
        paid, gas = sum(each.fee_wei for each in receipts), sum(each.gas_used for each in receipts)
        transactions = counted(len({each.tx_hash for each in receipts}), "transaction")
        said.append(f"fee {fee.amount(provider, paid, f'{gas:,} gas', transactions)}")
    return ", ".join(said)


def studies(rows: Sequence[Row]) -> str:
    """How many, and how large they are."""
    return f"{counted_studies(len(rows))}, {size(sum(each.bytes for each in rows))}"


def counted_studies(count: int) -> str:
    """`1 study`, `200 studies`."""
    return f"{count:,} stud{'y' if count == 1 else 'ies'}"
