"""Reads a key card, the file in which a person hands over a public key: docs/format.md, Key card."""

from __future__ import annotations

from pathlib import Path

from radiogram.errors import KeyFormatError
from radiogram.formats.key_file import parse_json_object, read_small_text
from radiogram.formats.public_key import address_of, parse_address, parse_public_key


def read_key_card(path: Path) -> bytes:
    """The public key (33 bytes) on a key card: docs/format.md, Key card. Raises KeyFormatError."""
    text = read_small_text(path)
    if not text.lstrip().startswith("{"):
        return parse_public_key(text)
    card = parse_json_object(text, path)
    public_key = card.get("public_key")
    if not isinstance(public_key, str):
        raise KeyFormatError(f"{path} is not a key card: it has no public_key")
    key = parse_public_key(public_key)
    address = card.get("address")
    if address is not None and (not isinstance(address, str) or parse_address(address) != address_of(key)):
        raise KeyFormatError(f"{path} is damaged: its address does not belong to its public key", "ask for it again")
    return key
