"""Finds whom a technologist means: from a key code, a key card, an address or a name, to keys to seal to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from eth_typing import ChecksumAddress

from radiogram.chain.inbox import Inbox, Recipient
from radiogram.errors import KeyFormatError, NoRecipientError
from radiogram.formats.key_card import AddressCard, is_card_link, parse_card_text, read_card, refuse_secret
from radiogram.formats.key_file import is_file
from radiogram.formats.keys import PublicKeys
from radiogram.formats.public_key import parse_address, shorten

_KEY_LIKE = 40  # signs, of which the shortest, an address, has so many


def find_recipient(text: str, inbox: Inbox, resolve_name: Callable[[str], str | None]) -> Recipient:
    """The recipient that `text` names, with the keys that the inbox contract takes messages under.

    A key code (a public key alone included), card link or key card (file) determines its account; an address or ENS
    name must have registered a key. A key that the account has registered takes the place of its own. Of a hybrid key
    the digest may be all that is known (radiogram/transfer.py, complete). Raises KeyFormatError, NoKeyError.
    """
    return inbox.recipient(*find_account(text, resolve_name))


def is_key_or_address(text: str) -> bool:
    """Whether it has the form of an address, a public key, a key code or a card link, so that it is nobody's name."""
    return is_card_link(text) or re.fullmatch(rf"(0[xX])?[0-9a-fA-F:]{{{_KEY_LIKE},}}", text.strip()) is not None


def find_account(
    text: str, resolve_name: Callable[[str], str | None]
) -> tuple[ChecksumAddress, PublicKeys | AddressCard | None]:
    """The account that `text` names, and what it says of its keys. Raises KeyFormatError; NoRecipientError for what is
    not even like a key, an address or the name of a file.
    """
    text = text.strip()
    refuse_secret(text)
    digits = text.removeprefix("0x").removeprefix("0X")
    if re.fullmatch(r"[0-9a-fA-F]{40}", digits):
        return parse_address("0x" + digits), None
    if not re.fullmatch(r"[0-9a-fA-F]*", digits) and not is_card_link(text):
        if is_file(Path(text)):
            card = read_card(Path(text))
            return card.address, card
        if "/" in text or text.endswith((".json", ".txt")):
            raise KeyFormatError(f"{text} does not exist", "check the name of the key card")
        if "." in text:
            address = resolve_name(text)
            if not address:
                raise KeyFormatError(f"{text} is no file, and no ENS name on this network", "ask for the key card")
            return parse_address(address), None
    if not is_card_link(text) and ":" not in text and (len(text) < _KEY_LIKE or " " in text):
        raise NoRecipientError(f"{shorten(text)} is no key, no address and no file", "ask for the key card")
    keys = parse_card_text(text).keys
    return keys.address, keys
