"""What a contact is made of, and how it is shown."""

from __future__ import annotations

import getpass
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli import patient_check
from radiogram.cli.terminal import Terminal, fail

if TYPE_CHECKING:
    from radiogram.chain.inbox import Recipient
    from radiogram.formats.manifest import PatientMetadata
    from radiogram.formats.register import Contact


def this_person() -> str:
    """Who sits at the terminal, as the computer calls them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in containers
        return f"user {os.getuid()}"


def new_contact(
    label: str, recipient: Recipient, patient: PatientMetadata, compared_by: str, *, has_our_card: bool = False
) -> Contact:
    """Of a recipient whose words were compared just now, unless nobody has."""
    from radiogram.formats.register import Contact, check_label

    return Contact(
        check_label(label),
        recipient.address,
        recipient.public_key,
        recipient.hybrid_digest,
        recipient.hybrid_recipient,
        patient,
        compared_by,
        f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}" if compared_by else "",
        has_our_card,
    )


def asked_patient(terminal: Terminal) -> PatientMetadata:
    """Whose key it is, from the person at the terminal."""
    from radiogram.formats.manifest import PatientMetadata, is_date

    questions = ("Family^Given name, as in the images", "Birth date (YYYY-MM-DD)", "Patient ID", "Issuer of the ID")
    name, born, number, issuer = (terminal.ask_or_default(each, "") for each in questions)
    if born and not is_date(born):
        fail("that is not a date: it should look like 1962-03-14")
    return PatientMetadata(name, born, "", number, issuer)


def patient_in(terminal: Terminal, images: tuple[Path, ...]) -> PatientMetadata:
    """Whose images these are."""
    from radiogram.formats.source_files import find_files

    overview = patient_check.look_at(terminal, find_files(list(images)))
    if overview is None or not overview.is_of_one_patient:
        fail("--like should name DICOM images of one patient")
    return overview.patient


def patient_of_file(file: Path) -> PatientMetadata:
    """Whose key it is, from a JSON object as the manifest has it."""
    from radiogram.formats.key_file import parse_json_object, read_small_text
    from radiogram.formats.manifest import read_patient

    return read_patient(parse_json_object(read_small_text(file), file))


def fields(contact: Contact) -> dict[str, object]:
    """For --json."""
    from radiogram.formats.register import encode_register

    listed: dict[str, object] = json.loads(encode_register((contact,)))["contacts"][0]
    return listed | {"words": list(contact.words)}


def lines(contact: Contact) -> list[str]:
    """For a person."""
    from radiogram.dicom.display import shown_patient

    patient = contact.patient
    number = " ".join(filter(None, (patient.id and f"ID {patient.id}", patient.issuer and f"of {patient.issuer}")))
    whose = ", ".join(filter(None, (shown_patient(patient), number)))
    by = f"compared by {contact.compared_by}, {contact.compared_at[:10]}" if contact.compared_by else "NOT COMPARED"
    return [
        contact.label,
        f"  Patient  {whose or 'anybody: the images are not held against it'}",
        f"  Address  {contact.address}",
        f"  Words    {' '.join(contact.words)} ({by})",
        *(["  Mailbox  has our card: sent to in mailboxes"] if contact.has_our_card else []),
    ]
