"""Which keys an account registers: those that are named, fresh ones, or one of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.accounts import keys_in_file, new_passphrase
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.formats.keys import PublicKeys

Save = Callable[[], None]
"""Puts fresh keys where they are kept. To be called once nothing else can fail, before anything is sealed to them."""


@dataclass(frozen=True)
class KeyChoice:
    """What the options say; nothing: the account's own key."""

    public_key: str | None
    """A public key in hex, a key code, or a key card's file."""
    key_file: Path | None
    new_key: Path | None
    """The file that the words of a fresh seed go to."""
    derived: bool
    """From a signature of the account."""


@dataclass(frozen=True)
class ChosenKeys:
    """What is to be registered."""

    keys: PublicKeys
    save: Save
    kind: str
    """What kind of key it is, for a sentence that says why it is not quantum-safe."""


def chosen_keys(session: Session, choice: KeyChoice) -> ChosenKeys:
    """Raises KeyFormatError, OutputError."""
    from radiogram.formats.keys import Keys

    if sum(option not in (None, False) for option in astuple(choice)) > 1:
        fail("an account has one key at a time: name one of --public-key, --key-file, --new-key and --derived")
    if choice.public_key is not None:
        return ChosenKeys(_public_keys(choice.public_key), _nothing, "a public key alone")
    if choice.key_file is not None:
        return ChosenKeys(keys_in_file(choice.key_file).public(), _nothing, "a private key that is not of a seed")
    if choice.new_key is not None:
        return _fresh(session, choice.new_key)
    account = session.accounts.own(RECIPIENT_INDEX)
    if choice.derived:
        return ChosenKeys(Keys(_derived(session, account)).public(), _nothing, "a key derived from a signature")
    hint = "register another, with --derived, --new-key, --key-file or --public-key"
    own = Keys(session.accounts.private_key(account, hint))
    return ChosenKeys(own.public(), _nothing, "an account's own key")


def _nothing() -> None:
    """The key is kept already."""


def _public_keys(text: str) -> PublicKeys:
    from radiogram.formats.key_card import parse_card_text, read_card
    from radiogram.formats.key_file import is_file
    from radiogram.formats.keys import PublicKeys

    keys = read_card(Path(text)) if is_file(Path(text)) else parse_card_text(text).keys
    if not isinstance(keys, PublicKeys):
        fail(f"{text} is the card of {keys.address}, which has registered its keys: it holds no public key")
    return keys


def _fresh(session: Session, file: Path) -> ChosenKeys:
    from radiogram.formats.key_file import encode_key_file
    from radiogram.formats.seed import keys_of_words, new_seed_words
    from radiogram.output import files

    files.check_place(file)
    words = new_seed_words()
    content = encode_key_file(words, new_passphrase(file, session.terminal))

    def save() -> None:
        files.write_new(file, content, mode=0o600)
        session.terminal.note(
            f"The 24 words of the new keys are in {file}: keep a copy, nothing else opens what is sealed to them."
        )

    return ChosenKeys(keys_of_words(words).public(), save, "a key of a seed")


def _derived(session: Session, account: AccountAPI) -> bytes:
    """The private key that the account derives, and can derive again."""
    if bytes(session.network.provider.get_code(account.address)):
        fail(f"{account.address} has code on this chain, so no key can be derived from its signature: use --new-key")
    accounts = session.accounts
    private_key = accounts.private_key(account) if accounts.has_private_key(account) else None
    return accounts.derived_key(account, private_key, twice=True)
