"""Send images to a patient."""

from pathlib import Path

import click

from radiogram.cli import mailboxes, patient_check, report, transfers
from radiogram.cli.network import SENDER_INDEX
from radiogram.cli.options import again_option, mailbox_option, paths_argument
from radiogram.cli.register import sending
from radiogram.cli.register.opened import contacts_of
from radiogram.cli.session import Command, Session
from radiogram.cli.wording import counted, size


@click.command("send_image", cls=Command)
@paths_argument
@click.option(
    "--to",
    metavar="RECIPIENT",
    help="The patient: a label of your register (contacts), a key card file, a card link, a key code, a public key in "
    "hex (33, 64 or 65 bytes), or an address or ENS name that has registered a key.",
)
@click.option("--several-studies", is_flag=True, help="The files are of several studies, and that is meant.")
@click.option("--several-patients", is_flag=True, help="The files are of several patients, and that is meant.")
@click.option(
    "--label",
    metavar="TEXT",
    envvar="RADIOGRAM_SENDER_LABEL",
    show_envvar=True,
    help="What you call yourself, for the patient's list: a clinic's name, of at most 100 characters. It is encrypted "
    "with the images.",
)
@click.option(
    "--no-facts",
    is_flag=True,
    help="Leave out what the patient's list shows before the images are fetched: patient, study and series, as the "
    "DICOM files have them. It is encrypted with the images otherwise.",
)
@mailbox_option
@again_option
def cli(
    session: Session,
    paths: tuple[Path, ...],
    to: str | None,
    several_studies: bool,
    several_patients: bool,
    label: str | None,
    no_facts: bool,
    mailbox: bool | None,
    again: bool,
) -> None:
    """Encrypt files or a study folder, add them to IPFS, and put the encrypted hash into the patient's inbox.

    A command that is run again sends nothing twice: one that was interrupted is gone on with. Quantum-safe, where the
    patient's key is: never less than the card promises.

    The register of recipients (contacts) is looked at: another patient's images to a key that is in it are refused, and
    another key for a patient who is. On a terminal, a key that is not in it is introduced: its owner reads its words.

    DICOM files are looked at first: on a terminal you are shown whose they are and whose key they go to, and asked.
    Files of several patients or studies are refused where nobody can be asked, unless --several-patients or
    --several-studies is given.
    """
    from radiogram import transfer
    from radiogram.formats.source_files import find_files

    terminal, network, label = session.terminal, session.network, transfers.checked_label(label or "")
    chosen = list(paths) or [Path(terminal.ask("PATH", "Image or study folder"))]
    to = to or terminal.ask("--to", "Patient's key card, or public key")
    found = find_files(chosen)
    inbox = network.inbox()
    sender = session.accounts.own(SENDER_INDEX)
    contacts = contacts_of(session, sender)
    recipient = sending.find_recipient(session, to, contacts, inbox)
    mailbox = sending.has_our_card(contacts, recipient) if mailbox is None else mailbox
    fee = transfers.expected_fee(session, recipient, sender, inbox, to_mailbox=mailbox)
    ipfs = network.ipfs_to_add()
    recipient = transfer.complete(recipient, ipfs)
    overview = patient_check.look_at(terminal, found)
    patient_check.show(terminal, sender, recipient, overview, to_mailbox=mailbox)
    contact = sending.hold_against(terminal, contacts, recipient, overview)
    patient_check.agree(terminal, overview, several_patients=several_patients, several_studies=several_studies)
    terminal.confirm(f"Send {counted(len(found), 'file')}, {size(sum(f.bytes for f in found))}{fee and f', {fee}'}?")

    sender = session.accounts.unlocked(sender)
    studies = overview.studies if overview and not no_facts else ()
    study = transfers.read(session, found).with_metadata(label, studies)
    choose = mailboxes.chooser(session, sender, recipient, inbox) if mailbox else None
    sent = transfers.send(session, study, recipient, sender, inbox, ipfs, again=again, choose_mailbox=choose)
    terminal.done = report.done(sent)
    about = {"in_register": contact is not None} | report.study_fields(study, sent)
    terminal.result(report.sent_fields(network, inbox, sent) | about)
    verb = "Sent before:" if sent.was_sent else "Sent"
    terminal.say(
        f"{verb} {counted(len(found), 'file')}, {size(study.plaintext_bytes)}, {report.sent_as(sent)}",
        *report.sent_lines(sent),
    )
    if contact is None:
        sending.offer(session, sender, recipient, overview)
