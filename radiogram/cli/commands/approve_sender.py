"""Say who may send to a restricted inbox."""

import time

import click

from radiogram.cli import hints
from radiogram.cli.acts import carry_out
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.options import SignOnly, sign_only_options
from radiogram.cli.session import SendingCommand, Session
from radiogram.cli.terminal import fail


@click.command("approve_sender", cls=SendingCommand)
@click.argument("sender", required=False)
@click.option(
    "--until",
    metavar="DATE",
    help="How long: an ISO 8601 date, the whole day in UTC, or a time; or forever [default: forever].",
)
@click.option("--revoke", is_flag=True, help="Approve no longer.")
@sign_only_options
def cli(session: Session, sender: str | None, until: str | None, revoke: bool, sign_only: SignOnly | None) -> None:
    """Let SENDER (an address, ENS name, public key or key card) send to your inbox while it is restricted.

    All can see whom you approve.
    """
    from radiogram.chain.recipients import find_account
    from radiogram.formats.public_key import parse_address
    from radiogram.formats.signed_act import ApproveSender
    from radiogram.formats.unix_time import parse_until

    if revoke and until is not None:
        fail("an approval has an end or is revoked: name one of --until and --revoke")
    second = 0 if revoke else parse_until(until or "forever")
    if not revoke and second < time.time():
        fail(f"{until} is over: name a later date, or --revoke")
    sender = sender or session.terminal.ask_file("SENDER", "Sender's address or public key")
    account = session.accounts.own(RECIPIENT_INDEX)
    address = parse_address(account.address)
    approved, _ = find_account(sender, session.network.resolve_name)
    inbox = session.network.inbox()
    _, version = inbox.approval(address, approved)
    carry_out(session, inbox, ApproveSender(address, approved, second, version + 1), account, sign_only)
    if sign_only is None and not inbox.restriction(address)[0]:
        session.terminal.say(
            f"The inbox is open to everyone: approvals count once you restrict it ({hints.command('restrict_inbox')})."
        )
