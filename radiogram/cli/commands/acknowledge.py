"""Confirm receipt of a message."""

import click

from radiogram.cli.acts import carry_out
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.options import SignOnly, index_argument, sign_only_options
from radiogram.cli.session import Command, Session


@click.command("acknowledge", cls=Command)
@index_argument
@sign_only_options
def cli(session: Session, index: int | None, sign_only: SignOnly | None) -> None:
    """Mark message INDEX of your inbox as received, for its sender and everyone else to see. It can't be undone."""
    from radiogram.formats.public_key import parse_address
    from radiogram.formats.signed_act import Acknowledge

    account = session.accounts.own(RECIPIENT_INDEX)
    recipient = parse_address(account.address)
    index = session.terminal.ask_index() if index is None else index
    inbox = session.network.inbox()
    message = inbox.message(recipient, index)
    carry_out(session, inbox, Acknowledge(recipient, index, message.cursor), account, sign_only)
