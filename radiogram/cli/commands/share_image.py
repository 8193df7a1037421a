"""Hand images on to a doctor."""

from pathlib import Path

import click

from radiogram.cli.keyring import open_one, opening
from radiogram.cli.part import Wanted, fetch_part, temporary_folder
from radiogram.cli.session import RECIPIENT_INDEX, Command, Session, fail, sent_fields


@click.command("share_image", cls=Command)
@click.argument("index", required=False, type=click.IntRange(min=0))
@click.option("--to", metavar="RECIPIENT", help="The doctor, named as send_image takes them.")
@click.option(
    "--only",
    metavar="SERIES",
    multiple=True,
    help="Hand on this series alone: its number, its UID, or the end of its UID. May be given several times.",
)
@click.option("--deidentify", is_flag=True, help="Hand on copies of the DICOM images that do not name the patient.")
@click.option(
    "--force-pixels",
    is_flag=True,
    help="With --deidentify, take pictures of kinds that often show the patient's name, too. Look at them first.",
)
@opening
def cli(
    session: Session,
    index: int | None,
    to: str | None,
    only: tuple[str, ...],
    deidentify: bool,
    force_pixels: bool,
    key_file: Path | None,
    of: str | None,
) -> None:
    """Hand the images of message INDEX on: the key to them is sealed to RECIPIENT, and nothing is uploaded again.

    With --only or --deidentify a new study is made of some of them, signed by you, encrypted and uploaded. Files that
    are not DICOM, such as a report, are left out of it.

    What was handed on can't be taken back.
    """
    from radiogram import transfer
    from radiogram.chain.inbox import ether
    from radiogram.chain.recipients import find_recipient

    if force_pixels and not deidentify:
        fail("--force-pixels belongs to --deidentify: add that, or leave this out")
    wanted = Wanted(only, deidentify, force_pixels)
    index = session.ask_index() if index is None else index
    to = to or session.ask("--to", "Doctor's public key")
    inbox, message, contents = open_one(session, index, key_file, of)
    sender = session.account(RECIPIENT_INDEX)
    recipient = find_recipient(to, inbox, session.chain.resolve_name)
    if recipient.address == message.recipient:
        fail(f"{recipient.address} has message {index} already: name somebody else with --to")
    fee = inbox.expected_fee(recipient, sender)

    def confirm(what: str) -> None:
        session.confirm(
            f"From {sender.address}\nTo   {recipient.address}\n"
            f"Hand on {what} for a fee of about {ether(fee)}? It can't be taken back."
        )

    if wanted.is_whole:
        confirm(f"message {index}")
        sent, part = transfer.share(contents, recipient, sender=session.unlocked(sender), inbox=inbox), None
    else:
        ipfs = session.ipfs("sender")
        with temporary_folder() as folder:
            part = fetch_part(session, contents, wanted, folder)
            if session.can_ask:
                session.say("\n".join(part.lines()))
            confirm(f"{part.described}, of message {index}")
            sender = session.unlocked(sender)
            with session.progress("Encrypting and uploading", part.study.plaintext_bytes) as progress:
                sent = transfer.send(
                    part.study,
                    recipient,
                    sender=sender,
                    sign=lambda text: session.sign(sender, text),
                    inbox=inbox,
                    ipfs=ipfs,
                    progress=progress,
                )
    receipt = sent.receipt
    about_part = part.fields() | {"ciphertext_bytes": sent.ciphertext_bytes} if part else {}
    session.result(sent_fields(session, inbox, sent) | about_part)
    what = f"{part.described}, of message {index}," if part else f"message {index}"
    session.say(f"Handed {what} on to {recipient.address}, as message {sent.index}")
    if part and not session.can_ask:
        session.say("\n".join(part.lines()))
    session.say(f"Fee  {ether(receipt.fee_wei)} ({receipt.gas_used:,} gas), transaction {receipt.tx_hash}")
