"""Finds whom a technologist means: from a public key, a key card, an address or a name, to a key to seal to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from eth_typing import ChecksumAddress

from radiogram.chain.inbox import Inbox, Recipient
from radiogram.errors import KeyFormatError
from radiogram.formats.key_card import read_key_card
from radiogram.formats.public_key import address_of, parse_address, parse_public_key


def find_recipient(text: str, inbox: Inbox, resolve_name: Callable[[str], str | None]) -> Recipient:
    """The recipient that `text` names, with the key that the inbox contract takes messages under.

    A public key (hex) or key card (file) determines its account; an address or ENS name must have registered a key.
    A key that the account has registered takes the place of its own. Raises KeyFormatError, NoKeyError.
    """
    return inbox.recipient(*find_account(text, resolve_name))


def find_account(text: str, resolve_name: Callable[[str], str | None]) -> tuple[ChecksumAddress, bytes | None]:
    """The account that `text` names, and its own public key (33 bytes) where `text` says it. Raises KeyFormatError."""
    text = text.strip()
    digits = text.removeprefix("0x").removeprefix("0X")
    if re.fullmatch(r"[0-9a-fA-F]{40}", digits):
        return parse_address("0x" + digits), None
    if not re.fullmatch(r"[0-9a-fA-F]*", digits):
        if Path(text).is_file():
            return _by_public_key(read_key_card(Path(text)))
        if "/" in text or text.endswith((".json", ".txt")):
            raise KeyFormatError(f"{text} does not exist", "check the name of the key card")
        if "." in text:
            address = resolve_name(text)
            if not address:
                raise KeyFormatError(f"{text} is no file, and no ENS name on this network", "ask for the public key")
            return parse_address(address), None
    return _by_public_key(parse_public_key(text))


def _by_public_key(public_key: bytes) -> tuple[ChecksumAddress, bytes]:
    return address_of(public_key), public_key
