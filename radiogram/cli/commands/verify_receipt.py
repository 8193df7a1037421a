"""Check a receipt."""

from pathlib import Path

import click

from radiogram.cli import receipts
from radiogram.cli.options import NamedPath
from radiogram.cli.session import Command, Session
from radiogram.cli.terminal import fail


@click.command("verify_receipt", cls=Command)
@click.argument("file", required=False, type=NamedPath())
def cli(session: Session, file: Path | None) -> None:
    """Check the receipt in FILE: who has signed it, and of which message on the chain it is.

    One of an arrival (acknowledge --receipt) is held against your register, and, where the message is in a mailbox,
    against your mailbox key: that tells whose mailbox it is. One of an erasure (erase) must be its sender's.
    """
    from radiogram.formats.receipt import ARRIVAL, MAX_BYTES, parse_receipt

    terminal = session.terminal
    file = file or Path(terminal.ask_file("FILE", "Receipt"))
    try:
        with file.open("rb") as stream:
            receipt = parse_receipt(stream.read(MAX_BYTES + 1))
    except OSError as error:
        fail(f"{file} can't be read: {error.strerror}")
    inbox = session.network.inbox()
    message = receipts.named_message(receipt, inbox)
    contact, is_theirs = None, receipt.account == message.sender
    if receipt.kind == ARRIVAL:
        contact, is_theirs = receipts.contact_of(session, receipt, message, inbox)
    elif not is_theirs:
        fail(f"the receipt is signed by {receipt.account}, and the message was sent by {message.sender}")
    did = "has received" if receipt.kind == ARRIVAL else "has erased, as the receipt says,"
    terminal.result(
        {
            "format": receipt.kind,
            "account": receipt.account,
            "label": contact.label if contact else None,
            "is_theirs": is_theirs,
            "recipient": receipt.recipient,
            "index": receipt.index,
            "sender": message.sender,
            "sent_at": message.sent_at.isoformat(),
            "made_at": receipt.made_at,
        }
    )
    who = f"{contact.label} ({receipt.account})" if contact else receipt.account
    terminal.say(
        f"{who} {did} message {receipt.index} of {receipt.recipient}, sent {message.sent_at:%Y-%m-%d %H:%M:%S} UTC",
        f"Signed, by its own clock, {receipt.made_at}",
        *(
            []
            if is_theirs
            else ["WHETHER IT WAS FOR THEM IS NOT KNOWN HERE: anybody can sign for a message on the chain"]
        ),
    )
