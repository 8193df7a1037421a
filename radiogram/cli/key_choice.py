"""Which key an account registers: one that is named, a fresh one, or one of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.accounts import key_in_file, new_passphrase
from radiogram.cli.network import RECIPIENT_INDEX
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from ape.api import AccountAPI

Save = Callable[[], None]
"""Puts a fresh key where it is kept. To be called once nothing else can fail, and before anything is sealed to it."""


@dataclass(frozen=True)
class KeyChoice:
    """What the options say; nothing: the account's own key."""

    public_key: str | None
    """In hex."""
    key_file: Path | None
    new_key: Path | None
    """The file that a fresh private key goes to."""
    derived: bool
    """From a signature of the account."""


def chosen_key(session: Session, choice: KeyChoice) -> tuple[bytes, Save]:
    """The public key (33 bytes), and how it is saved. Raises KeyFormatError, OutputError."""
    from radiogram.formats.public_key import parse_public_key, public_key_of

    if sum(option not in (None, False) for option in astuple(choice)) > 1:
        fail("an account has one key at a time: name one of --public-key, --key-file, --new-key and --derived")
    if choice.public_key is not None:
        return parse_public_key(choice.public_key), _nothing
    if choice.key_file is not None:
        return public_key_of(key_in_file(choice.key_file)), _nothing
    if choice.new_key is not None:
        return _fresh(session, choice.new_key)
    account = session.accounts.own(RECIPIENT_INDEX)
    if choice.derived:
        return public_key_of(_derived(session, account)), _nothing
    hint = "register another, with --derived, --new-key, --key-file or --public-key"
    return public_key_of(session.accounts.private_key(account, hint)), _nothing


def _nothing() -> None:
    """The key is kept already."""


def _fresh(session: Session, file: Path) -> tuple[bytes, Save]:
    from radiogram.formats.key_file import encode_key_file
    from radiogram.formats.seed import keys_of_words, new_seed_words
    from radiogram.output import files

    files.refuse_existing(file)
    words = new_seed_words()
    content = encode_key_file(words, new_passphrase(file, session.terminal))

    def save() -> None:
        files.write_new(file, content, mode=0o600)
        session.terminal.note(
            f"The words of the new key are in {file}: keep a copy, nothing else opens what is sealed to it."
        )

    return keys_of_words(words).public().public_key, save


def _derived(session: Session, account: AccountAPI) -> bytes:
    """The private key that the account derives, and can derive again."""
    if bytes(session.network.provider.get_code(account.address)):
        fail(f"{account.address} has code on this chain, so no key can be derived from its signature: use --new-key")
    accounts = session.accounts
    private_key = accounts.private_key(account) if accounts.has_private_key(account) else None
    return accounts.derived_key(account, private_key, twice=True)
