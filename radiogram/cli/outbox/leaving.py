"""Sends studies of the outbox, and takes out what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from radiogram.cli import hints
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.outbox import kept, shown
from radiogram.cli.register.opened import contacts_of
from radiogram.cli.sending import Wishes, send_files
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail
from radiogram.cli.wording import counted
from radiogram.errors import RadiogramError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radiogram.formats.register import Contact
    from radiogram.outbox.opened import SealedFile


def send_one(session: Session, name: str | None, to: str | None, wishes: Wishes, *, incomplete: bool) -> dict[str, Any]:
    """The study of that ID, to whom `to` names; what is missing is asked for. The fields of the result."""
    from radiogram.outbox.opened import files_of, said_by

    terminal = session.terminal
    outbox, secret = kept.opened(session)
    study = kept.called(outbox, name or terminal.ask("ID", "ID of the study"))
    if not study.is_complete and not incomplete:
        fail("the study is still arriving: wait, or add --incomplete")
    if to is None:
        contacts = contacts_of(session, session.accounts.own(SENDER_INDEX))
        labels = shown.suggested(said_by(study, secret), contacts) if terminal.can_ask else []
        question = "Patient's label, key card, or public key"
        to = terminal.ask_or_default(question, labels[0]) if len(labels) == 1 else terminal.ask_file("--to", question)
    fields = send_files(session, files_of(study, secret), to, wishes)
    outbox.remove(study)
    return fields


def send_known(session: Session, wishes: Wishes) -> dict[str, Any]:
    """Every complete study whose images surely are those of one contact, whose words were compared. The others stay."""
    from radiogram.outbox.opened import files_of

    outbox, secret = kept.opened(session)
    contacts = contacts_of(session, session.accounts.own(SENDER_INDEX))
    sent, left = [], []
    for study in outbox.studies():
        name = study.name[: kept.SHOWN]
        if not study.is_complete:
            left.append({"id": name, "reason": "it is still arriving"})
            continue
        try:
            files = files_of(study, secret)
            contact = _surely(files, contacts)
            sent.append({"id": name} | send_files(session, files, contact.label, wishes))
            outbox.remove(study)
        except (RadiogramError, click.ClickException) as error:  # the others are sent all the same
            reason = hints.line(error) if isinstance(error, RadiogramError) else error.format_message()
            left.append({"id": name, "reason": reason})
    session.terminal.say(
        f"{counted(len(sent), 'message')} sent", *(f"{each['id']}  stays: {each['reason']}" for each in left)
    )
    return {"sent": sent, "left": left}


def _surely(files: Sequence[SealedFile], contacts: Sequence[Contact]) -> Contact:
    """Whose they are, if every image says so and the words of their key were compared; stops otherwise."""
    from radiogram.contacts.check import is_same_patient
    from radiogram.dicom.metadata import study_overview

    overview = study_overview(file.header_source for file in files)
    if overview.unidentified or overview.unreadable or overview.others or not overview.is_of_one_patient:
        fail("not every image says that it is of one and the same patient")
    same = [each for each in contacts if all(is_same_patient(each.patient, one) for one in overview.patients)]
    if len(same) != 1:
        fail(f"the register has {'several keys' if same else 'no key'} of this patient")
    if not same[0].compared_by:
        fail("nobody has compared the words of this patient's key")
    return same[0]
