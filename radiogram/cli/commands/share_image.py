"""Hand images on to a doctor."""

from pathlib import Path

import click

from radiogram.cli import homes, report, transfers
from radiogram.cli.message_choice import open_message
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.options import MessageName, again_option, deidentify_options, keyring_options, message_argument
from radiogram.cli.part import Wanted, fetch_part, temporary_folder
from radiogram.cli.register import sending
from radiogram.cli.register.opened import contacts_of
from radiogram.cli.session import SendingCommand, Session
from radiogram.cli.terminal import fail


@click.command("share_image", cls=SendingCommand)
@message_argument
@click.option("--to", metavar="RECIPIENT", help="The doctor, named as send_image takes them.")
@click.option(
    "--only",
    metavar="SERIES",
    multiple=True,
    help="Hand on this series alone: its number, its UID, or the end of its UID. May be given several times.",
)
@click.option("--deidentify", is_flag=True, help="Hand on copies of the DICOM images that do not name the patient.")
@deidentify_options
@again_option
@keyring_options
def cli(
    session: Session,
    name: str | None,
    to: str | None,
    only: tuple[str, ...],
    deidentify: bool,
    force_pixels: bool,
    leave_out: bool,
    again: bool,
    key_file: Path | None,
    of: str | None,
) -> None:
    """Hand the images of message INDEX on: the key to them is sealed to RECIPIENT, and they are not uploaded again.

    With --only or --deidentify a new study is made of some of them, signed by you, encrypted and uploaded. Files that
    are not DICOM, such as a report, are left out of it.

    What was handed on can't be taken back.
    """
    from radiogram import transfer

    terminal, network, accounts = session.terminal, session.network, session.accounts
    if not deidentify and (force_pixels or leave_out):
        option = "--force-pixels" if force_pixels else "--leave-out"
        fail(f"{option} belongs to --deidentify: add that, or leave this out")
    wanted = Wanted(only, deidentify, force_pixels, leave_out)
    name = name or terminal.ask_index(MessageName())
    to = to or terminal.ask_file("--to", "Doctor's key card, or public key")
    chosen = open_message(session, name, key_file, of)
    inbox, reference = chosen.inbox, chosen.opened.reference
    sender = accounts.own(RECIPIENT_INDEX)
    contacts = contacts_of(session, sender)
    recipient = sending.find_recipient(session, to, contacts, inbox)
    contact = sending.hold_against(terminal, contacts, recipient, None)
    if recipient.address == chosen.owner:
        fail(f"{recipient.address} has message {name} already: name somebody else with --to")
    ipfs = network.ipfs_to_add() if recipient.hybrid_digest or not wanted.is_whole else None
    keep, recipient = homes.keeper(session, ipfs), transfer.complete(recipient, ipfs)
    safety = report.recipient_safety(recipient)
    fee = transfers.expected_fee(session, recipient, sender, inbox)
    question = f"From {sender.address}\nTo   {recipient.address}\n{safety}\nHand on {{}}"
    question += f"{fee and f' {fee}'}? It can't be taken back."

    if wanted.is_whole:
        part, shared = None, f"message {name}"
        terminal.confirm(question.format(shared))
        payer = accounts.unlocked(sender)
        sent = transfers.share(session, reference, recipient, payer, inbox, ipfs, again=again, keep=keep)
    else:
        with temporary_folder() as folder:
            part = fetch_part(session, reference, wanted, folder)
            shared = f"{part.described}, of message {name}"
            if terminal.can_ask:
                terminal.say(*part.lines())
            terminal.confirm(question.format(shared))
            payer, ipfs = accounts.unlocked(sender), ipfs or network.ipfs_to_add()
            identity = wanted.identity(reference.cid)
            going = (session, part.study, recipient, payer, inbox, ipfs)
            sent = transfers.send(*going, overview=part.overview, again=again, identity=identity, keep=keep)
    terminal.done = report.done(sent)
    about_part = part.fields() | {"ciphertext_bytes": sent.ciphertext_bytes} if part else {}
    terminal.result(report.sent_fields(network, inbox, sent) | {"in_register": contact is not None} | about_part)
    terminal.say(f"Handed {shared}{',' * bool(part)} on to {recipient.address}, as message {sent.index}")
    if part and not terminal.can_ask:
        terminal.say(*part.lines())
    terminal.say(report.fee_line(network, sent.receipt, "Fee "), safety, *report.earlier_run_lines(sent))
