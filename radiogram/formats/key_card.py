"""What a person hands over for others to seal to: a key card, a card link or a key code: docs/format.md, Key card."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from eth_typing import ChecksumAddress

from radiogram.errors import HybridDigestError, KeyFormatError
from radiogram.formats.hybrid_key import check_recipient, hybrid_digest, parse_hybrid_recipient
from radiogram.formats.key_file import is_secret, parse_json_object, read_small_text
from radiogram.formats.keys import PublicKeys
from radiogram.formats.manifest import MAX_LABEL
from radiogram.formats.public_key import address_of, parse_address, parse_public_key, shorten

_CODE = re.compile(r"(?P<public_key>0[23][0-9a-fA-F]{64}):(?P<digest>[0-9a-fA-F]{64})")
_LINK = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:[^#\s]*)?#(?P<members>\S*)")
_MOST_MEMBERS = 20
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class AddressCard:
    """Of an account that has registered its keys: the contract says which, and here is what does not fit there."""

    address: ChecksumAddress
    hybrid_digest: bytes
    hybrid_recipient: str


@dataclass(frozen=True)
class Card:
    """What its owner hands over."""

    keys: PublicKeys | AddressCard
    name: str = ""
    """What the owner chose to put in: a claim, to be cleaned and shown as one."""


def read_card(path: Path) -> PublicKeys | AddressCard:
    """The keys on the key card in a file.

    Raises KeyFormatError; HybridRecipientError and HybridDigestError for its hybrid key.
    """
    return read_named_card(path).keys


def read_named_card(path: Path) -> Card:
    """The same, with its owner's name."""
    text = read_small_text(path)
    refuse_secret(text, str(path))
    if not text.lstrip().startswith("{"):
        return parse_card_text(text)
    card = parse_json_object(text, path)
    public_key, address = _text(card, "public_key", path), _text(card, "address", path)
    name = _name(card.get("name"))
    digest, recipient = _hybrid(card, path)
    if public_key is None:
        if address is None or digest is None or recipient is None:
            raise KeyFormatError(f"{path} is not a key card: it has no public_key")
        return Card(AddressCard(parse_address(address), digest, recipient), name)
    key = parse_public_key(public_key)
    if address is not None and parse_address(address) != address_of(key):
        raise KeyFormatError(f"{path} is damaged: its address does not belong to its public key", "ask for it again")
    keys = PublicKeys(key, digest, recipient)
    _check_words(keys, _text(card, "words", path), str(path))
    return Card(keys, name)


def encode_card(keys: PublicKeys | AddressCard, name: str = "") -> bytes:
    """A key card with all that is known of `keys`, and its owner's name if there is one, as a JSON object."""
    value: dict[str, str] = {"name": name} if name else {}
    value["address"] = keys.address
    if isinstance(keys, PublicKeys):
        value["public_key"] = "0x" + keys.public_key.hex()
        value["words"] = " ".join(keys.words)
    if keys.hybrid_digest:
        value["hybrid_digest"] = keys.hybrid_digest.hex()
    if keys.hybrid_recipient:
        value["hybrid_recipient"] = keys.hybrid_recipient
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"


def refuse_secret(text: str, what: str = "that") -> None:
    """Raises KeyFormatError if `text` is what a key file holds, which its owner has handed over then."""
    if is_secret(text) and not is_card_link(text):
        raise KeyFormatError(
            f"{what} is a key file, which opens images",
            "never hand it over, the key card (FILE.card.json) is for that; who has done so should make new keys",
        )


def is_card_link(text: str) -> bool:
    """Whether it has the form of a card link; what it says is not looked at."""
    return _LINK.fullmatch(text.strip()) is not None


def parse_card_text(text: str) -> Card:
    """A card link or key code, a public key alone included. Raises KeyFormatError."""
    refuse_secret(text)
    found = _LINK.fullmatch(text.strip())
    if not found:
        return Card(parse_key_code(text))
    try:
        members = parse_qs(found["members"], keep_blank_values=True, errors="strict", max_num_fields=_MOST_MEMBERS)
    except ValueError:
        raise KeyFormatError(f"{shorten(text)} is a damaged card link", "copy it again") from None
    if len(members.get("card", ())) != 1 or any(len(values) > 1 for values in members.values()):
        raise KeyFormatError(f"{shorten(text)} is not a card link: it should say `card` once", "copy it again")
    said = {name: values[0] for name, values in members.items()}
    keys = parse_key_code(said["card"])
    _check_words(keys, said.get("words", "").replace("-", " ") or None, "the card link")
    return Card(keys, _name(said.get("name")))


def card_link(site: str, keys: PublicKeys, name: str = "") -> str:
    """The link that opens the website at `site` with this card; browsers do not tell the site what follows the #."""
    said = {"card": key_code(keys), "words": "-".join(keys.words)} | ({"name": name} if name else {})
    return f"{site.rstrip('/')}/send.html#{urlencode(said, safe=':')}"


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


def _name(value: object) -> str:
    """A name of another type, or too long, is none: what a card is for stays usable."""
    return value if isinstance(value, str) and len(value) <= MAX_LABEL else ""


def _check_words(keys: PublicKeys, said: str | None, what: str) -> None:
    if said is not None and said.lower().split() != list(keys.words):
        raise KeyFormatError(f"{what} is damaged: its words are not those of its key", "ask for it again")


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
