"""A register of recipients, which says whose key is whose: docs/format.md, Register of contacts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from eth_typing import ChecksumAddress

from radiogram.errors import KeyFormatError, RegisterError
from radiogram.formats.hybrid_key import check_recipient
from radiogram.formats.key_card import AddressCard
from radiogram.formats.keys import PublicKeys
from radiogram.formats.manifest import MAX_LABEL, PatientMetadata, read_patient
from radiogram.formats.public_key import fingerprint, parse_address, parse_public_key
from radiogram.nested_json import parse_json

MAX_BYTES = 32 << 20
MAX_CONTACTS = 20_000
_FORMAT, _VERSION = "radiogram-register", 1


@dataclass(frozen=True)
class Contact:
    """A key, and whose it is."""

    label: str = field(repr=False)
    """What the register's owner calls them; no two are equal but for capitals."""
    address: ChecksumAddress
    """Of the inbox."""
    public_key: bytes
    """33 bytes; what was in force when the words were compared. Of another account, if `address` had registered it."""
    hybrid_digest: bytes | None = None
    hybrid_recipient: str | None = None
    patient: PatientMetadata = field(default=PatientMetadata(), repr=False)
    """Whose images go to this key; empty: anybody's, as to a doctor."""
    compared_by: str = field(default="", repr=False)
    """Who compared the words; empty: nobody has."""
    compared_at: str = ""
    """ISO 8601 UTC."""
    has_our_card: bool = False
    """Whether they have the card of the register's owner, and so look for messages in mailboxes."""

    @property
    def words(self) -> tuple[str, ...]:
        """The six words that were compared."""
        return fingerprint(self.public_key, self.hybrid_digest)

    @property
    def said(self) -> PublicKeys | AddressCard | None:
        """What the card said of the keys, as the contract is asked with it."""
        keys = PublicKeys(self.public_key, self.hybrid_digest, self.hybrid_recipient)
        if keys.address == self.address:
            return keys
        if self.hybrid_digest and self.hybrid_recipient:
            return AddressCard(self.address, self.hybrid_digest, self.hybrid_recipient)
        return None


def encode_register(contacts: tuple[Contact, ...]) -> bytes:
    """As a JSON object, not yet encrypted."""
    value = {"format": _FORMAT, "version": _VERSION, "contacts": [_value(each) for each in contacts]}
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def parse_register(data: bytes) -> tuple[Contact, ...]:
    """The contacts of a JSON object. Raises RegisterError."""
    if len(data) > MAX_BYTES:
        raise RegisterError("that is too large for a register of contacts")
    try:
        value = parse_json(data)
        if not isinstance(value, dict) or value.get("format") != _FORMAT:
            raise RegisterError("that is not a register of contacts", "use one that was exported")
        if value.get("version") != _VERSION:
            raise RegisterError("that register is of a later version", "update this software")
        listed = value["contacts"]
        if not isinstance(listed, list):
            raise TypeError("no list")
        if len(listed) > MAX_CONTACTS:
            raise RegisterError(f"that register has more than {MAX_CONTACTS:,} contacts")
        contacts = tuple(_contact(each) for each in listed)
    except (KeyFormatError, ValueError, LookupError, TypeError, AttributeError):
        raise RegisterError("that register of contacts is damaged", "use another copy of it") from None
    if len({each.label.casefold() for each in contacts}) < len(contacts):
        raise RegisterError("that register has one label twice", "use another copy of it")
    return contacts


def check_label(label: str) -> str:
    """`label`, if a contact can be called so. Raises RegisterError."""
    if not label.strip() or label != label.strip() or not label.isprintable() or len(label) > MAX_LABEL:
        raise RegisterError(f"a label has 1 to {MAX_LABEL} printable characters", "choose another one")
    return label


def _value(contact: Contact) -> dict[str, Any]:
    value = asdict(contact)
    value |= {"public_key": "0x" + contact.public_key.hex(), "patient": contact.patient.to_json()}
    if contact.hybrid_digest:
        value["hybrid_digest"] = contact.hybrid_digest.hex()
    return {name: each for name, each in value.items() if each not in ("", None, {}, False)}


def _contact(value: dict[str, Any]) -> Contact:
    texts = {name: value.get(name, "") for name in ("compared_by", "compared_at")}
    recipient, digits = value.get("hybrid_recipient"), value.get("hybrid_digest")
    digest = bytes.fromhex(digits) if digits is not None else None
    if any(not isinstance(each, str) or len(each) > MAX_LABEL for each in texts.values()):
        raise TypeError("no text")
    if digest is not None and len(digest) != 32:
        raise ValueError("no digest")
    if recipient is not None:
        check_recipient(recipient, digest or b"")
    if type(has_our_card := value.get("has_our_card", False)) is not bool:
        raise TypeError("neither yes nor no")
    return Contact(
        check_label(value["label"]),
        parse_address(value["address"]),
        parse_public_key(value["public_key"]),
        digest,
        recipient,
        read_patient(value.get("patient")),
        **texts,
        has_our_card=has_our_card,
    )
