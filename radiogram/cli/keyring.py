"""The private keys that open the messages of one inbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.accounts import key_in_file
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.session import Session

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.chain.inbox import Inbox, Message
    from radiogram.formats.key_reference import KeyReference


class Keyring:
    """The private keys at hand for one person's inbox, each had when it is first needed."""

    def __init__(
        self, session: Session, key_file: Path | None, of: str | None, account: AccountAPI | None = None
    ) -> None:
        """`key_file` takes the place of the account's keys; `of` says whose inbox it is, if not the account's."""
        from radiogram.formats.public_key import address_of, parse_address, public_key_of

        self._session, self._account = session, account
        self._in_file = key_in_file(key_file) if key_file else None
        self._own: bytes | None = None
        self._derived: bytes | None = None
        if of:
            self.recipient = parse_address(of)
        elif self._in_file and not session.accounts.chosen and not session.network.is_local:
            self.recipient = address_of(public_key_of(self._in_file))
        else:
            self.recipient = parse_address(session.accounts.own(RECIPIENT_INDEX).address)

    def open(self, message: Message, inbox: Inbox) -> KeyReference:
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

        registered = inbox.key(self.recipient)
        held = [public_key_of(key) for key in (self._in_file, self._own) if key]
        if registered.version:
            return registered.public_key
        return next((key for key in held if address_of(key) == self.recipient), None)

    def _keys(self, message: Message) -> Iterator[bytes]:
        """The key file's alone; or the account's own and, for a registered key, the one derived from its signature."""
        from radiogram.errors import WrongKeyError

        if self._in_file:
            yield self._in_file
            return
        accounts = self._session.accounts
        account = self._account or accounts.own(RECIPIENT_INDEX)
        if accounts.has_private_key(account):
            self._own = self._own or accounts.private_key(account)
            yield self._own
        elif not message.key_version:
            raise WrongKeyError(f"account {account.alias!r} never shows its private key", "open it with --key-file")
        if message.key_version and account.address == message.recipient:
            self._derived = self._derived or accounts.derived_key(account, self._own)
            yield self._derived


def open_message(
    session: Session, index: int | None, key_file: Path | None, of: str | None
) -> tuple[Inbox, Message, KeyReference]:
    """Message `index`, or the newest that was not taken back, opened."""
    keyring = Keyring(session, key_file, of)
    inbox = session.network.inbox()
    message = inbox.newest(keyring.recipient) if index is None else inbox.message(keyring.recipient, index)
    if message.retracted:
        session.terminal.note(f"The sender has taken message {message.index} back: ask whether it was meant for you.")
    return inbox, message, keyring.open(message, inbox)
