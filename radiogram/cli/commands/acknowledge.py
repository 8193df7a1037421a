"""Confirm receipt of a message."""

import click

from radiogram.cli.acts import carry_out, signable
from radiogram.cli.session import RECIPIENT_INDEX, Command, Session


@click.command("acknowledge", cls=Command)
@click.argument("index", required=False, type=click.IntRange(min=0))
@signable
def cli(session: Session, index: int | None, sign_only: str | None, valid_for: float) -> None:
    """Mark message INDEX of your inbox as received, for its sender and everyone else to see. It can't be undone."""
    from radiogram.formats.public_key import parse_address
    from radiogram.formats.signed_act import Acknowledge

    account = session.account(RECIPIENT_INDEX)
    act = Acknowledge(parse_address(account.address), session.ask_index() if index is None else index)
    carry_out(session, session.inbox(), act, account, sign_only, valid_for)
