"""Restrict an inbox to approved senders, or open it again."""

import click

from radiogram.cli.acts import carry_out
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.options import SignOnly, sign_only_options
from radiogram.cli.session import SendingCommand, Session


@click.command("restrict_inbox", cls=SendingCommand)
@click.option("--open", "opened", is_flag=True, help="Take messages from everyone again.")
@sign_only_options
def cli(session: Session, opened: bool, sign_only: SignOnly | None) -> None:
    """Take messages from approved senders only (see approve_sender)."""
    from radiogram.formats.public_key import parse_address
    from radiogram.formats.signed_act import RestrictInbox

    account = session.accounts.own(RECIPIENT_INDEX)
    address = parse_address(account.address)
    inbox = session.network.inbox()
    _, version = inbox.restriction(address)
    carry_out(session, inbox, RestrictInbox(address, not opened, version + 1), account, sign_only)
