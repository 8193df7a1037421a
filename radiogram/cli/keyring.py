"""What the scripts that open a message share: whose inbox, which message, with which private key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from radiogram.cli.session import RECIPIENT_INDEX, Session

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.chain.inbox import Inbox, Message
    from radiogram.formats.envelope import EnvelopeContents
    from radiogram.transfer import Received

F = TypeVar("F", bound=Callable[..., Any])


def opening(command: F) -> F:
    """The options that say whose inbox it is, and what opens it."""
    command = click.option("--of", metavar="ADDRESS", help="Whose inbox [default: that of --account].")(command)
    return click.option(
        "--key-file",
        type=click.Path(path_type=Path),
        help="Open with the private key in this file (64 hex digits, or a V3 keystore), not with the account's.",
    )(command)


class Opener:
    """The private keys at hand for one person's inbox, each had when it is first needed."""

    def __init__(
        self, session: Session, key_file: Path | None, of: str | None, account: AccountAPI | None = None
    ) -> None:
        from radiogram.formats.key_file import read_private_key
        from radiogram.formats.public_key import address_of, parse_address, public_key_of

        self._session, self._account = session, account
        self._named = read_private_key(key_file, session.ask_passphrase(str(key_file))) if key_file else None
        self._own: bytes | None = None
        self._derived: bytes | None = None
        if of:
            self.recipient = parse_address(of)
        elif self._named and not session.account_name and not session.chain.is_local:
            self.recipient = address_of(public_key_of(self._named))
        else:
            self.recipient = parse_address(session.account(RECIPIENT_INDEX).address)

    def open(self, message: Message, inbox: Inbox) -> EnvelopeContents:
        """What its envelope says, by the first key that opens it.

        Raises WrongKeyError if none does, and EnvelopeError and its others.
        """
        from radiogram import transfer
        from radiogram.errors import WrongKeyError

        refusal: WrongKeyError | None = None
        for private_key in self._keys(message):
            try:
                return transfer.open_message(message, private_key, inbox)
            except WrongKeyError as error:
                refusal = refusal or error
        raise refusal or WrongKeyError("there is no private key to open the message with", "name one with --key-file")

    def public_key(self, inbox: Inbox) -> bytes | None:
        """The 33 bytes that messages are sealed to now, as far as can be said without asking for a passphrase."""
        from radiogram.formats.public_key import address_of, public_key_of

        version, registered = inbox.key(self.recipient)
        held = [public_key_of(key) for key in (self._named, self._own) if key]
        return registered if version else next((key for key in held if address_of(key) == self.recipient), None)

    def _keys(self, message: Message) -> Iterator[bytes]:
        """The key file's alone; or the account's own and, for a registered key, the one derived from its signature."""
        from radiogram.errors import WrongKeyError

        if self._named:
            yield self._named
            return
        account = self._account or self._session.account(RECIPIENT_INDEX)
        if self._session.has_private_key(account):
            self._own = self._own or self._session.private_key(account)
            yield self._own
        elif not message.key_version:
            raise WrongKeyError(f"account {account.alias!r} never shows its private key", "open it with --key-file")
        if message.key_version and account.address == message.recipient:
            self._derived = self._derived or self._session.derived_key(account, self._own)
            yield self._derived


def open_one(
    session: Session, index: int | None, key_file: Path | None, of: str | None
) -> tuple[Inbox, Message, EnvelopeContents]:
    """Message `index`, or the newest that was not taken back, opened."""
    opener = Opener(session, key_file, of)
    inbox = session.inbox()
    message = inbox.newest(opener.recipient) if index is None else inbox.message(opener.recipient, index)
    if message.retracted:
        session.note(f"The sender has taken message {message.index} back: ask whether it was meant for you.")
    return inbox, message, opener.open(message, inbox)


def say_origin(session: Session, message: Message, received: Received) -> None:
    """Who sent it, when, and who vouches for it."""
    session.say(f"Message {message.index} from {message.sender}, sent {message.sent_at:%Y-%m-%d %H:%M:%S} UTC")
    if received.signed_by == message.sender:
        session.say("Exactly what the sender signed")
    elif received.signed_by:
        session.say(f"Handed on by {message.sender}; exactly what {received.signed_by} signed")
    else:
        session.say("Not signed by its sender; exactly what was encrypted")
