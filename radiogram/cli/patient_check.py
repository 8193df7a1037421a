"""What a sender looks at before images go: whose they are, and whether the files agree on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from radiogram.cli import mailboxes, report
from radiogram.cli.terminal import Terminal, fail
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.chain.inbox import Recipient
    from radiogram.dicom.metadata import Overview
    from radiogram.formats.source_files import SourceFile

MOST_SHOWN = 10  # values or studies on the screen


def look_at(terminal: Terminal, found: list[SourceFile]) -> Overview | None:
    """What the DICOM files say of themselves, each header read once; None if there is no DICOM file."""
    candidates = [file for file in found if _may_be_dicom(file)]
    if not candidates:
        return None
    from radiogram.dicom.metadata import study_overview

    with terminal.progress("Looking at the images", sum(file.bytes for file in candidates)) as progress:
        headers = (file.header_source for file in candidates)
        overview = study_overview(headers, lambda place: progress(candidates[place].bytes))
    said = dict(zip((file.name for file in candidates), overview.by_file, strict=True))
    by_file = tuple(said.get(file.name) for file in found)
    overview = replace(overview, others=overview.others + len(found) - len(candidates), by_file=by_file)
    if overview.unreadable:
        files = counted(len(overview.unreadable), "DICOM file")
        terminal.note(f"{files} can't be read here: sent all the same, bit for bit, but not checked.")
    return overview


def agree(
    terminal: Terminal, overview: Overview | None, *, several_patients: bool = False, several_studies: bool = False
) -> None:
    """Go on if the files are of one patient and one study, or if it is said that they are not, by an option or by the
    person at the terminal, who types a word for it where patients differ.

    Whoever sends several patients' images sends several studies. The refusal holds nothing that the files say.
    """
    if overview is None or several_patients:
        return
    if not overview.is_of_one_patient:
        if terminal.can_ask:
            terminal.confirm_by_word("Do the images of SEVERAL PATIENTS all go to this one recipient?", "several")
            return
        what, apart, option = not_of_one_patient(overview), "each patient's images", "patients"
    elif not overview.is_of_one_study and not several_studies:
        if terminal.can_ask:
            terminal.confirm("Do these studies all go to this one recipient?")
            return
        what, apart, option = f"of {len(overview.studies)} studies", "each study", "studies"
    else:
        return
    fail(f"the images are {what}: nothing was sent; send {apart} apart, or add --several-{option} if this is meant")


def not_of_one_patient(overview: Overview) -> str:
    """That, and in what the files differ; nothing of what they say."""
    differing = _listed([each.attribute for each in overview.differences])
    return f"not all of one patient ({differing} {'differs' if len(overview.differences) == 1 else 'differ'})"


def show(
    terminal: Terminal, sender: AccountAPI, recipient: Recipient, overview: Overview | None, *, to_mailbox: bool
) -> None:
    """Who sends to whom, whose images and what, where there is somebody to look at it."""
    if not terminal.can_ask:
        return
    terminal.say(
        f"From     {sender.address}",
        f"To       {recipient.address}",
        report.recipient_safety(recipient),
        *([mailboxes.INTO_MAILBOX] if to_mailbox else []),
    )
    for label, lines in _rows(overview):
        for place, line in enumerate(lines):
            terminal.say(f"{'' if place else label:<8} {line}")
    if overview is None:
        return
    if not overview.is_of_one_patient:
        terminal.say(f"The files do not agree: {_listed([each.attribute for each in overview.differences])}.")
    if not overview.is_of_one_study:
        terminal.say(f"The files are of {len(overview.studies)} studies.")


def _rows(overview: Overview | None) -> list[tuple[str, list[str]]]:
    from radiogram.dicom.display import shown_counts, shown_date, shown_name, shown_study

    if overview is None:
        return [("Patient", ["not known: none of the files is DICOM. Make sure that they are the patient's"])]
    differing = {
        each.attribute: [f"{value} ({counted(count, 'file')})" for value, count in each.values]
        for each in overview.differences
    }
    name, born = shown_name(overview.patient.name), shown_date(overview.patient.birth_date)
    rows = [
        ("Patient", differing.get("name", [name or "not named in the images. Make sure that they are the patient's"])),
        ("Born", differing.get("birth date", [born or "not said in the images"])),
        ("Sex", differing.get("sex", [])),
        ("ID", differing.get("patient id", [overview.patient.id or "not said in the images"])),
        ("Issuer", differing.get("issuer of patient id", [overview.patient.issuer or "not said in the images"])),
        ("Study", [" · ".join(filter(None, (shown_study(each), shown_counts(each)))) for each in overview.studies]),
        ("Files", [_files(overview)]),
    ]
    return [(label, _most(lines)) for label, lines in rows]


def _files(overview: Overview) -> str:
    """How many there are of which kind, and how many of them may be anybody's."""
    said = "each says whose it is"
    if overview.unidentified:
        said = f"{overview.unidentified:,} WITHOUT NAME AND ID"
    others = f", and {counted(overview.others, 'file')} not DICOM" * (overview.others > 0)
    return f"{overview.files:,} DICOM ({said}){others}"


def _most(lines: list[str]) -> list[str]:
    rest = len(lines) - MOST_SHOWN
    return [*lines[:MOST_SHOWN], f"and {rest:,} more"] if rest > 0 else lines


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _may_be_dicom(file: SourceFile) -> bool:
    """A guess that rules most other files out, without a DICOM library."""
    try:
        head = file.head(132)
    except OSError:  # said when it is read as a whole
        return False
    return head[128:] == b"DICM" or head[:2] in (b"\x02\0", b"\x08\0", b"\0\x02", b"\0\x08")
