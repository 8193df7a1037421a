"""The list that `inbox --open` prints: a table where there is room for one, otherwise a few lines a message."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from radiogram.cli.signer import signer_of
from radiogram.cli.wording import counted, short, size

if TYPE_CHECKING:
    from rich.console import Console

    from radiogram.formats.manifest import Manifest
    from radiogram.inbox_listing import Row

TABLE_COLUMNS = 132  # characters; narrower terminals get lines
PLAIN_COLUMNS = 1000  # where there is no terminal: a line a message
HEADINGS = ("Index", "", "From", "Sent (UTC)", "Patient", "Study", "Images", "Size", "Status", "Quantum-safe")


@dataclass(frozen=True)
class Line:
    """A row as text."""

    is_new: bool
    cells: tuple[str, ...]
    """As `HEADINGS`."""


def line(row: Row, name: str, is_new: bool, aliases: Mapping[str, str], checked: Collection[str] = ()) -> Line:
    """What is shown of a row.

    `name` is how commands call the message, `aliases` are the names by which the user knows accounts, `checked` those
    of clinics.
    """
    message = row.message
    if row.preview:
        manifest = row.preview.manifest
        held = (patient(manifest), study(manifest), images(manifest), size(manifest.plaintext_bytes))
    else:
        held = (f"({row.problem})", "", "", size(row.opened.reference.ciphertext_bytes) if row.opened else "")
    sent_at = f"{message.sent_at:%d-%b-%Y %H:%M}"
    safe = "" if row.opened is None else "yes" if row.opened.is_quantum_safe else "no"
    return Line(
        is_new,
        (name, "new" * is_new, origin(row, aliases, checked), sent_at, *held, message.status, safe),
    )


def origin(row: Row, aliases: Mapping[str, str], checked: Collection[str] = ()) -> str:
    """The name of a checked clinic; the user's own for the sender; or its short address, with what the study's maker
    calls itself, as a claim.
    """
    from radiogram.dicom.display import clean

    sender = row.message.sender
    if sender in checked:
        return aliases[sender]
    if alias := aliases.get(sender):
        return f"{alias} ({short(sender)})"
    label = clean(row.preview.manifest.sender_label) if row.preview else ""
    if not row.preview or not label:
        return short(sender)
    signer = signer_of(row.preview.signed_by, row.message, aliases)
    if signer.is_sender:
        return f"{short(sender)}, calls itself “{label}”"
    if signer.is_known:
        return f"{short(sender)}, hands on from {signer.name}"
    return f"{short(sender)}, says that it is from “{label}”"


def patient(manifest: Manifest) -> str:
    """Each patient once."""
    from radiogram.dicom.display import shown_patient

    return "; ".join(dict.fromkeys(filter(None, (shown_patient(each.patient) for each in manifest.studies))))


def study(manifest: Manifest) -> str:
    """Modality, date and description of each study; without any, the names of the files."""
    from radiogram.dicom.display import clean, shown_study

    if not manifest.studies:
        names = [clean(file.name) for file in manifest.files[:2]]
        rest = len(manifest.files) - len(names)
        return ", ".join(names) + f" and {counted(rest, 'more file')}" * (rest > 0)
    shown = [shown_study(each) for each in manifest.studies[:2]]
    rest = len(manifest.studies) - len(shown)
    return "; ".join(shown) + f"; and {rest} more" * (rest > 0)


def images(manifest: Manifest) -> str:
    """How much it is."""
    from radiogram.dicom.display import shown_counts

    return "; ".join(shown_counts(each) for each in manifest.studies[:2]) or counted(len(manifest.files), "file")


def show(lines: list[Line]) -> None:
    """Print the list, new messages in bold."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else PLAIN_COLUMNS)
    if console.width >= TABLE_COLUMNS:
        _as_table(console, lines)
    else:
        _as_lines(console, lines)


def _as_table(console: Console, lines: list[Line]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in HEADINGS:
        is_free = heading in ("From", "Patient", "Study", "Images")
        table.add_column(
            heading, justify="right" if heading in ("Index", "Size") else "left", no_wrap=not is_free, overflow="fold"
        )
    for each in lines:
        table.add_row(*map(Text, each.cells), style="bold" if each.is_new else "")
    console.print(table)


def _as_lines(console: Console, lines: list[Line]) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for each in lines:
        index, new, sender, sent_at, whose, what, much, bytes_, status, safe = each.cells
        told = (
            " ".join(filter(None, (new, whose))),
            _parts(what, much, bytes_),
            _parts(sender, sent_at, status, {"yes": "quantum-safe", "no": "not quantum-safe"}.get(safe, "")),
        )
        grid.add_row(Text(index), Text("\n".join(filter(None, told))), style="bold" if each.is_new else "")
    console.print(grid)


def _parts(*parts: str) -> str:
    return " · ".join(filter(None, parts))
