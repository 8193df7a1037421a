"""Hand images on to a doctor."""

from pathlib import Path

import click

from scripts._cli import RECIPIENT_INDEX, Command, Session, fail, sent_fields
from scripts._opening import open_one, opening


@click.command(cls=Command)
@click.argument("index", required=False, type=click.IntRange(min=0))
@click.option("--to", metavar="RECIPIENT", help="The doctor, named as send_image takes them.")
@opening
def cli(session: Session, index: int | None, to: str | None, key_file: Path | None, of: str | None) -> None:
    """Hand the images of message INDEX on: the key to them is sealed to RECIPIENT, and nothing is uploaded again.

    What was handed on can't be taken back.
    """
    from radiogram import transfer
    from radiogram.inbox import ether
    from radiogram.recipients import find_recipient

    index = session.ask_index() if index is None else index
    to = to or session.ask("--to", "Doctor's public key")
    inbox, message, contents = open_one(session, index, key_file, of)
    sender = session.account(RECIPIENT_INDEX)
    recipient = find_recipient(to, inbox, session.chain.resolve_name)
    if recipient.address == message.recipient:
        fail(f"{recipient.address} has message {index} already: name somebody else with --to")
    fee = inbox.expected_fee(recipient, sender)
    session.confirm(
        f"From {sender.address}\nTo   {recipient.address}\n"
        f"Hand on message {index} for a fee of about {ether(fee)}? It can't be taken back."
    )
    sent = transfer.share(contents, recipient, sender=session.unlocked(sender), inbox=inbox)
    receipt = sent.receipt
    session.result(sent_fields(session, inbox, sent))
    session.say(f"Handed message {index} on to {recipient.address}, as message {receipt.index}")
    session.say(f"Fee  {ether(receipt.fee_wei)} ({receipt.gas_used:,} gas), transaction {receipt.tx_hash}")
