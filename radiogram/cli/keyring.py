"""The keys that open the messages of one inbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.accounts import keys_in_file
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.session import Session
from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.chain.inbox import Inbox, Message
    from radiogram.errors import RadiogramError
    from radiogram.formats.keys import Keys, PublicKeys
    from radiogram.transfer import Opened, OpenedEnvelope

MOST_NAMED = 5  # messages in one line


class Keyring:
    """The keys at hand for one person's inbox, each had when it is first needed."""

    def __init__(
        self, session: Session, key_file: Path | None, of: str | None, account: AccountAPI | None = None
    ) -> None:
        """`key_file` takes the place of the account's keys; `of` says whose inbox it is, if not the account's."""
        from radiogram.formats.public_key import parse_address

        self._session, self._account = session, account
        self._in_file = keys_in_file(key_file) if key_file else None
        self._own: bytes | None = None
        self._derived: bytes | None = None
        if of:
            self.recipient = parse_address(of)
        elif self._in_file and not session.accounts.chosen and not session.network.is_local:
            self.recipient = self._in_file.public().address
        else:
            self.recipient = parse_address(session.accounts.own(RECIPIENT_INDEX).address)

    def open_envelope(self, message: Message, inbox: Inbox) -> OpenedEnvelope:
        """Its envelope, by the first key that opens it.

        Raises WrongKeyError if none does, and EnvelopeError and its others.
        """
        from radiogram import transfer
        from radiogram.errors import EnvelopeError, RadiogramError, WrongKeyError

        refusal: WrongKeyError | None = None
        for keys in self._keys(message):
            try:
                return transfer.open_envelope(message, keys, inbox)
            except WrongKeyError as error:
                refusal = refusal or error
            except RadiogramError:
                raise
            except Exception as error:  # whatever a library makes of bytes that anybody may send
                raise EnvelopeError("this message can't be read: it is not one of Radiogram's") from error
        raise refusal or WrongKeyError("there is no private key to open the message with", "name one with --key-file")

    @property
    def in_file(self) -> PublicKeys | None:
        """Those of the key file, if one was named."""
        return self._in_file.public() if self._in_file else None

    def public_keys(self, inbox: Inbox) -> PublicKeys | None:
        """What messages are sealed to now, as far as can be said without asking for a passphrase."""
        from radiogram.formats.keys import Keys, PublicKeys

        registered = inbox.key(self.recipient)
        if registered.version:
            return PublicKeys(registered.public_key, registered.hybrid_digest)
        own = Keys(self._own) if self._own else None
        held = [keys.public() for keys in (self._in_file, own) if keys]
        return next((keys for keys in held if keys.address == self.recipient), None)

    def _keys(self, message: Message) -> Iterator[Keys]:
        """The key file's alone; or the account's own and, for a registered key, the one derived from its signature."""
        from radiogram.errors import WrongKeyError
        from radiogram.formats.keys import Keys

        if self._in_file:
            yield self._in_file
            return
        accounts = self._session.accounts
        account = self._account or accounts.own(RECIPIENT_INDEX)
        if accounts.has_private_key(account):
            self._own = self._own or accounts.private_key(account)
            yield Keys(self._own)
        elif not message.key_version:
            raise WrongKeyError(f"account {account.alias!r} never shows its private key", "open it with --key-file")
        if message.key_version and account.address == message.recipient:
            self._derived = self._derived or accounts.derived_key(account, self._own)
            yield Keys(self._derived)


def open_message(
    session: Session, index: int | None, key_file: Path | None, of: str | None
) -> tuple[Inbox, Message, Opened]:
    """Message `index`, or the newest that was not taken back and opens; which were passed over is said."""
    keyring = Keyring(session, key_file, of)
    inbox = session.network.inbox()
    if index is None:
        return inbox, *_newest_that_opens(session, keyring, inbox)
    message = inbox.message(keyring.recipient, index)
    if message.retracted:
        session.terminal.note(f"The sender has taken message {message.index} back: ask whether it was meant for you.")
    return inbox, message, _opened(session, keyring, inbox, message)


def _newest_that_opens(session: Session, keyring: Keyring, inbox: Inbox) -> tuple[Message, Opened]:
    """Anybody can send what does not open. Raises what was wrong with the newest, if none opens.

    What a message names and is not to be had now is not passed over: it may be the images that are waited for.
    """
    from radiogram.errors import EnvelopeError, KeyPacketError, OtherPacketError

    refusals: list[tuple[int, RadiogramError]] = []
    for message in inbox.standing(keyring.recipient):
        try:
            opened = _opened(session, keyring, inbox, message)
        except OtherPacketError:  # the node's doing
            raise
        except (EnvelopeError, KeyPacketError) as error:
            refusals.append((message.index, error))
        else:
            if refusals:
                session.terminal.note(_passed_over(refusals))
            return message, opened
    raise refusals[0][1]


def _passed_over(refusals: list[tuple[int, RadiogramError]]) -> str:
    from radiogram.inbox_listing import problem_of

    named = [f"{index} ({problem_of(error)})" for index, error in refusals[:MOST_NAMED]]
    more = ["…"] * (len(refusals) > MOST_NAMED)
    number = counted(len(refusals), "newer message")
    return f"Passed over {number} that this key does not open: {', '.join(named + more)}"


def _opened(session: Session, keyring: Keyring, inbox: Inbox, message: Message) -> Opened:
    envelope = keyring.open_envelope(message, inbox)
    return envelope.opened(session.network.ipfs_to_read() if envelope.has_packet else None)
