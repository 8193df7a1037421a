"""What a person hands over for others to seal to, a card (file) or a key code (line): docs/format.md, Key card."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from eth_typing import ChecksumAddress

from radiogram.errors import HybridDigestError, KeyFormatError
from radiogram.formats.hybrid_key import check_recipient, hybrid_digest, parse_hybrid_recipient
from radiogram.formats.key_file import parse_json_object, read_small_text
from radiogram.formats.keys import PublicKeys
from radiogram.formats.public_key import address_of, parse_address, parse_public_key, shorten

_CODE = re.compile(r"(?P<public_key>0[23][0-9a-fA-F]{64}):(?P<digest>[0-9a-fA-F]{64})")
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class AddressCard:
    """Of an account that has registered its keys: the contract says which, and here is what does not fit there."""

    address: ChecksumAddress
    hybrid_digest: bytes
    hybrid_recipient: str


def read_card(path: Path) -> PublicKeys | AddressCard:
    """What is on a key card. Raises KeyFormatError; HybridRecipientError and HybridDigestError for its hybrid key."""
    text = read_small_text(path)
    if not text.lstrip().startswith("{"):
        return parse_key_code(text)
    card = parse_json_object(text, path)
    public_key, address = _text(card, "public_key", path), _text(card, "address", path)
    digest, recipient = _hybrid(card, path)
    if public_key is None:
        if address is None or digest is None or recipient is None:
            raise KeyFormatError(f"{path} is not a key card: it has no public_key")
        return AddressCard(parse_address(address), digest, recipient)
    key = parse_public_key(public_key)
    if address is not None and parse_address(address) != address_of(key):
        raise KeyFormatError(f"{path} is damaged: its address does not belong to its public key", "ask for it again")
    return PublicKeys(key, digest, recipient)


def encode_card(keys: PublicKeys | AddressCard) -> bytes:
    """A key card with all that is known of `keys`, as a JSON object."""
    card: dict[str, str] = {"address": keys.address}
    if isinstance(keys, PublicKeys):
        card["public_key"] = "0x" + keys.public_key.hex()
    if keys.hybrid_digest:
        card["hybrid_digest"] = keys.hybrid_digest.hex()
    if keys.hybrid_recipient:
        card["hybrid_recipient"] = keys.hybrid_recipient
    return json.dumps(card, indent=1).encode() + b"\n"


def parse_key_code(text: str) -> PublicKeys:
    """What a key code says, a public key alone included. Raises KeyFormatError."""
    text = text.strip()
    if ":" not in text:
        return PublicKeys(parse_public_key(text))
    found = _CODE.fullmatch(text)
    if not found:
        raise KeyFormatError(
            f"{shorten(text)} is not a key code: it should be 66 hex digits, a colon and 64 more", "copy it again"
        )
    return PublicKeys(parse_public_key(found["public_key"]), bytes.fromhex(found["digest"]))


def key_code(keys: PublicKeys) -> str:
    """In lower case; a QR code holds it in capitals."""
    return ":".join(part.hex() for part in (keys.public_key, keys.hybrid_digest) if part)


def _hybrid(card: dict[str, object], path: Path) -> tuple[bytes | None, str | None]:
    """Digest and recipient of the hybrid key, as far as the card has them."""
    recipient, digits = _text(card, "hybrid_recipient", path), _text(card, "hybrid_digest", path)
    if digits is not None and not _DIGEST.fullmatch(digits):
        raise HybridDigestError(f"{path} is damaged: its hybrid_digest should be 64 hex digits", "ask for it again")
    digest = bytes.fromhex(digits) if digits else None
    if recipient is None:
        return digest, None
    if digest:
        check_recipient(recipient, digest)
    else:
        parse_hybrid_recipient(recipient)
    return hybrid_digest(recipient), recipient


def _text(card: dict[str, object], member: str, path: Path) -> str | None:
    value = card.get(member)
    if value is not None and not isinstance(value, str):
        raise KeyFormatError(f"{path} is not a key card: its {member} is no text", "ask for it again")
    return value
