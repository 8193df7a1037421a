"""The keys that open the messages of one inbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.accounts import keys_in_file
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.session import Session

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox, Message
    from radiogram.contacts.sealed_list import Sign
    from radiogram.contacts.store import SenderLogsFile
    from radiogram.formats.clinics import Clinic
    from radiogram.formats.keys import Keys, PublicKeys
    from radiogram.transfer import OpenedEnvelope


class Keyring:
    """The keys at hand for one person's inbox, each had when it is first needed."""

    def __init__(
        self, session: Session, key_file: Path | None, of: str | None, account: AccountAPI | None = None
    ) -> None:
        """`key_file` takes the place of the account's keys; `of` says whose inbox it is, if not theirs."""
        from radiogram.formats.public_key import parse_address

        self._session, self._account = session, account
        self.in_file = keys_in_file(key_file) if key_file else None
        """Those of the key file, if one was named."""
        self._own: bytes | None = None
        self._derived: bytes | None = None
        self.sealed_to: dict[ChecksumAddress, Keys] = {}
        """By mailboxes, the keys that what is in them is sealed to."""
        if of:
            self.recipient = parse_address(of)
        elif self.in_file:
            self.recipient = owner_of(session, self.in_file.public(), session.network.inbox())
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

    def clinics(self) -> tuple[Clinic, ...]:
        """Those whose cards the owner of these keys has checked."""
        from radiogram.cli.clinics.opened import known_clinics

        return known_clinics(self._session, self.in_file)

    def mailbox_logs(self) -> tuple[SenderLogsFile, Sign]:
        """What they keep of their clinics' messages, and what signs for it."""
        from radiogram.cli.clinics.opened import logs_of

        return logs_of(self._session, self.in_file)

    def candidates(self, inbox: Inbox) -> list[Keys]:
        """All keys at hand that something may be sealed to."""
        from radiogram.errors import KeyFormatError
        from radiogram.formats.keys import Keys
        from radiogram.formats.public_key import parse_address

        if self.in_file:
            return [self.in_file]
        accounts, found = self._session.accounts, []
        account = self._account or accounts.own(RECIPIENT_INDEX)
        if accounts.has_private_key(account):
            self._own = self._own or accounts.private_key(account)
            found.append(Keys(self._own))
        if inbox.key(parse_address(account.address)).version:
            with suppress(KeyFormatError):  # what is registered was not derived, and is in a file
                self._derived = self._derived or accounts.derived_key(account, self._own)
                found.append(Keys(self._derived))
        return found

    def public_keys(self, inbox: Inbox) -> PublicKeys | None:
        """What messages are sealed to now, as far as can be said without asking for a passphrase."""
        from radiogram.formats.keys import Keys, PublicKeys

        registered = inbox.key(self.recipient)
        if registered.version:
            return PublicKeys(registered.public_key, registered.hybrid_digest)
        own = Keys(self._own) if self._own else None
        held = [keys.public() for keys in (self.in_file, own) if keys]
        return next((keys for keys in held if keys.address == self.recipient), None)

    def _keys(self, message: Message) -> Iterator[Keys]:
        """Those of its mailbox; the key file's alone; or the account's own and, for a registered key, the one derived
        from its signature.
        """
        from radiogram.errors import WrongKeyError
        from radiogram.formats.keys import Keys

        if message.recipient in self.sealed_to:
            yield self.sealed_to[message.recipient]
            return
        if self.in_file:
            yield self.in_file
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


def owner_of(session: Session, keys: PublicKeys, inbox: Inbox) -> ChecksumAddress:
    """Whose inbox the keys in a file are for: the account of --account; otherwise the one that they determine.

    On a local network it is the account that commands take by themselves, if that one has registered these very keys.
    """
    from radiogram.formats.public_key import parse_address

    if not (session.accounts.chosen or session.network.is_local):
        return keys.address
    account = parse_address(session.accounts.own(RECIPIENT_INDEX).address)
    if session.accounts.chosen:
        return account
    return account if inbox.key(account).public_key == keys.public_key else keys.address
