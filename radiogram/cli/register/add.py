"""Adds somebody to the register of recipients."""

from pathlib import Path

import click

from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.options import NamedPath
from radiogram.cli.register import entries, opened, sending
from radiogram.cli.session import Command, Session
from radiogram.cli.terminal import fail


@click.command("add", cls=Command)
@click.argument("card")
@click.option("--label", metavar="TEXT", help="What you call them [default: asked for].")
@click.option("--like", metavar="PATH", type=NamedPath(), multiple=True, help="The patient whom these images name.")
@click.option("--patient", type=NamedPath(), help="The patient, in a JSON object: name, birth_date, id, issuer.")
@click.option("--anybody", is_flag=True, help="The key of a doctor or clinic: images of anybody may go to it.")
@click.option("--compared-by", metavar="NAME", help="Who compared the words [default: you, where you are asked them].")
@click.option(
    "--has-our-card",
    is_flag=True,
    help="They have checked your clinic's card, here or on the website: send into mailboxes.",
)
@click.option("--replace", is_flag=True, help="In place of the contact with this label.")
def add(
    session: Session,
    card: str,
    label: str | None,
    like: tuple[Path, ...],
    patient: Path | None,
    anybody: bool,
    compared_by: str | None,
    has_our_card: bool,
    replace: bool,
) -> None:
    """Add the owner of CARD: a key card, card link, key code or public key, or an address that has registered a key.

    On a terminal the words of the key are asked for, and the patient, unless --like, --patient or --anybody says it.
    """
    from radiogram.chain.recipients import find_recipient
    from radiogram.contacts.check import is_identified
    from radiogram.formats.manifest import PatientMetadata

    terminal = session.terminal
    if sum((bool(like), patient is not None, anybody)) > 1:
        fail("name the patient once: by --like, by --patient, or by --anybody")
    account = session.accounts.own(SENDER_INDEX)
    recipient = find_recipient(card, session.network.inbox(), session.network.resolve_name)
    if compared_by is None and terminal.can_ask:
        sending.introduce(terminal, recipient.words)
        compared_by = entries.this_person()
    label = label or terminal.ask("--label", "What you call them")
    if like:
        found = entries.patient_in(terminal, like)
    elif patient:
        found = entries.patient_of_file(patient)
    elif anybody or not terminal.can_ask:
        found = PatientMetadata()
    else:
        found = entries.asked_patient(terminal)
    if not anybody and not is_identified(found):
        fail("it does not say whose key it is: give an ID, or name and birth date; or --anybody")
    contact = entries.new_contact(label, recipient, found, compared_by or "", has_our_card=has_our_card)
    opened.add(session, account, contact, replace=replace)
    terminal.result(entries.fields(contact))
    terminal.say(*entries.lines(contact))
