"""What the scripts that open a message share: whose inbox, which message, with which private key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scripts._cli import RECIPIENT_INDEX, Session

if TYPE_CHECKING:
    from radiogram.envelope import Contents
    from radiogram.inbox import Inbox, Message

F = TypeVar("F", bound=Callable[..., Any])


def opening(command: F) -> F:
    """The options that say whose inbox it is, and what opens it."""
    command = click.option("--of", metavar="ADDRESS", help="Whose inbox [default: that of --account].")(command)
    return click.option(
        "--key-file",
        type=click.Path(path_type=Path),
        help="Open with the private key in this file (64 hex digits, or a V3 keystore), not with the account's.",
    )(command)


def open_one(
    session: Session, index: int | None, key_file: Path | None, of: str | None
) -> tuple[Inbox, Message, Contents]:
    """Message `index`, or the newest that was not taken back, opened."""
    from radiogram import transfer
    from radiogram.keys import address_of, parse_address, public_key_of, read_private_key

    private_key = read_private_key(key_file, session.ask_passphrase(str(key_file))) if key_file else None
    if of:
        recipient = parse_address(of)
    elif private_key and not session.account_name and not session.chain.is_local:
        recipient = address_of(public_key_of(private_key))
    else:
        recipient = parse_address(session.account(RECIPIENT_INDEX).address)
    inbox = session.inbox()
    message = inbox.newest(recipient) if index is None else inbox.message(recipient, index)
    if message.retracted:
        session.note(f"The sender has taken message {message.index} back: ask whether it was meant for you.")
    if private_key is None:
        private_key = session.private_key(session.account(RECIPIENT_INDEX))
    return inbox, message, transfer.open_message(message, private_key, inbox)
