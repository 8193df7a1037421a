"""Confirm receipt of a message."""

from pathlib import Path

import click

from radiogram.cli import receipts
from radiogram.cli.acts import carry_out
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.options import MessageName, NamedPath, SignOnly, message_argument, sign_only_options
from radiogram.cli.session import SendingCommand, Session
from radiogram.cli.terminal import fail


@click.command("acknowledge", cls=SendingCommand)
@message_argument
@click.option(
    "--receipt",
    "file",
    type=NamedPath(),
    help="Put nothing on the chain: sign a receipt into a new FILE, for the sender alone (verify_receipt). For what is "
    "in a mailbox there is no other way.",
)
@click.option("--key-file", type=NamedPath(), help="With --receipt: sign by the keys in this file, not by the account.")
@sign_only_options
def cli(
    session: Session, name: str | None, file: Path | None, key_file: Path | None, sign_only: SignOnly | None
) -> None:
    """Mark message INDEX of your inbox as received, for its sender and everyone else to see. It can't be undone.

    With --receipt only those to whom you give the file see it.
    """
    from radiogram.formats.public_key import parse_address
    from radiogram.formats.signed_act import Acknowledge

    if file and sign_only:
        fail("--receipt and --sign-only can't be both: leave one out")
    if key_file and not file:
        fail("--key-file belongs to --receipt: add that, or leave this out")
    name = name or session.terminal.ask_index(MessageName())
    if file:
        receipts.write_arrival(session, name, file, key_file)
        return
    if name.startswith("m"):
        fail(f"message {name} is in a mailbox, whose key nobody has: add --receipt FILE, and give that to its sender")
    account = session.accounts.own(RECIPIENT_INDEX)
    recipient = parse_address(account.address)
    inbox = session.network.inbox()
    message = inbox.message(recipient, int(name))
    carry_out(session, inbox, Acknowledge(recipient, message.index, message.cursor), account, sign_only)
