"""Confirm receipt of a message."""

import click

from radiogram.cli.acts import carry_out
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.options import MessageName, SignOnly, message_argument, sign_only_options
from radiogram.cli.session import Command, Session
from radiogram.cli.terminal import fail


@click.command("acknowledge", cls=Command)
@message_argument
@sign_only_options
def cli(session: Session, name: str | None, sign_only: SignOnly | None) -> None:
    """Mark message INDEX of your inbox as received, for its sender and everyone else to see. It can't be undone."""
    from radiogram.formats.public_key import parse_address
    from radiogram.formats.signed_act import Acknowledge

    account = session.accounts.own(RECIPIENT_INDEX)
    recipient = parse_address(account.address)
    name = name or session.terminal.ask_index(MessageName())
    if name.startswith("m"):
        fail(f"message {name} is in a mailbox, whose key nobody has: tell its sender otherwise that it has arrived")
    index = int(name)
    inbox = session.network.inbox()
    message = inbox.message(recipient, index)
    carry_out(session, inbox, Acknowledge(recipient, index, message.cursor), account, sign_only)
