"""What senders need of keys that an account registers: the card file, and the hybrid recipient on IPFS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from radiogram.cli import hints
from radiogram.cli.session import Session
from radiogram.cli.terminal import fail

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.formats.keys import PublicKeys


def card_bytes(keys: PublicKeys, account: ChecksumAddress, name: str = "") -> bytes:
    """The card of `account`, which registers `keys`: they are its own, or the contract says which."""
    from radiogram.formats.key_card import AddressCard, encode_card

    if keys.address == account:
        return encode_card(keys, name)
    if keys.hybrid_digest and not keys.hybrid_recipient:
        fail("a key code does not hold what a card needs: name the key card or the key file instead")
    if not keys.hybrid_digest or not keys.hybrid_recipient:
        fail(f"there is nothing to put on a card: the address {account} is all that a sender needs of this key")
    return encode_card(AddressCard(account, keys.hybrid_digest, keys.hybrid_recipient), name)


def place_of_card(card: Path | None, new_key: Path | None) -> Path | None:
    """Where the card goes: where it is said, or beside a new key file."""
    return card or (card_beside(new_key) if new_key else None)


def card_beside(key_file: Path) -> Path:
    """Where the card of a key file lies."""
    return key_file.with_name(f"{key_file.stem}.card.json")


def publish_recipient(session: Session, keys: PublicKeys, card: Path | None) -> None:
    """Put the hybrid recipient on IPFS, where senders find it by what the contract says; or say that they don't."""
    from radiogram import transfer
    from radiogram.errors import RadiogramError

    if not keys.hybrid_digest:
        return
    needed = f"the card {card}" if card else "a card with the hybrid recipient"
    if not keys.hybrid_recipient:
        session.terminal.note(f"Senders need {needed}: a key code does not hold all of the quantum-safe key.")
        return
    try:
        transfer.publish_recipient(keys.hybrid_recipient, session.network.ipfs_to_add())
    except (RadiogramError, click.ClickException) as error:
        why = hints.line(error) if isinstance(error, RadiogramError) else error.format_message()
        session.terminal.note(f"The quantum-safe key is not on IPFS ({why}): senders need {needed}.")
