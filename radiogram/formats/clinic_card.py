"""A clinic's card, signed by its account: docs/format.md, Clinic card.

Pure: values and bytes in and out, no keys.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from eth_account.messages import _hash_eip191_message, encode_defunct
from eth_typing import ChecksumAddress

from radiogram.errors import ClinicCardError, KeyFormatError
from radiogram.formats.manifest import MAX_LABEL
from radiogram.formats.public_key import address_of, parse_address, parse_public_key
from radiogram.formats.signature import signer_of
from radiogram.nested_json import members_once, parse_json

FORMAT, VERSION = "radiogram-clinic-card", 1
MAX_BYTES = 16_384
MAX_SIGNATURE_BYTES = 4096
MAX_SITE = 253  # characters of a host name (RFC 1035, 2.3.4, without the last dot)
MAILBOX_KEY_NUMBER = 65_535
"""Which of the keys that an account derives from its signatures the mailbox key is: the last one."""
WELL_KNOWN = "/.well-known/radiogram.json"
ENS_RECORD = "radiogram.card"
"""The key of the text record of an ENS name that holds a card or a card link."""
_MEMBERS = {"format", "version", "label", "address", "mailbox_key", "signature"}
_PART = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SITE = re.compile(rf"(?:{_PART}\.)+(?!\d+\Z){_PART}")
_LINK = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:[^#\s]*)?#clinic=([A-Za-z0-9_-]+)")
Accepts = Callable[[ChecksumAddress, bytes, bytes], bool]
"""Whether an account's contract takes a signature of 32 bytes for its own (ERC-1271)."""


@dataclass(frozen=True)
class ClinicCard:
    """Who a clinic says it is, and the key that its account certifies."""

    label: str
    """What it calls itself: a claim until it was checked."""
    address: ChecksumAddress
    """The account that sends, and has signed this."""
    mailbox_key: bytes
    """33 bytes, of another account than `address`."""
    site: str = ""
    """Host name of its website; empty if it has none."""
    signature: bytes = b""
    """65 bytes r ‖ s ‖ v (EIP-191), or what the account's contract takes (ERC-1271)."""

    def signed(self, signature: bytes) -> ClinicCard:
        """The same with its signature."""
        return replace(self, signature=signature)

    def to_bytes(self) -> bytes:
        """The file."""
        return json.dumps(self._value() | self._signature(), indent=1, ensure_ascii=False).encode() + b"\n"

    def link(self, site: str) -> str:
        """The link that opens the website at `site` with this card: browsers do not tell it what follows the #."""
        code = base64.urlsafe_b64encode(_canonical(self._value() | self._signature())).decode().replace("=", "")
        return f"{site.rstrip('/')}/open.html#clinic={code}"

    def signing_text(self) -> str:
        """What the account signs (EIP-191 personal message), over all members but the signature."""
        digest = hashlib.sha256(_canonical(self._value())).hexdigest()
        return f"Radiogram: this is the card of my clinic.\nCard SHA-256: {digest}"

    def check_signature(self, accepts: Accepts = lambda *_: False) -> None:
        """Raises ClinicCardError unless the account has signed; `accepts` is asked if it is not its key's signature."""
        text = self.signing_text()
        if signer_of(text, self.signature) == self.address:
            return
        digest = bytes(_hash_eip191_message(encode_defunct(text=text)))
        if not accepts(self.address, digest, self.signature):
            raise ClinicCardError(
                f"the clinic's card is not signed by its account, {self.address}", "ask the clinic for its card again"
            )

    def _value(self) -> dict[str, Any]:
        value = {
            "format": FORMAT,
            "version": VERSION,
            "label": self.label,
            "address": self.address,
            "mailbox_key": "0x" + self.mailbox_key.hex(),
        }
        return value | ({"site": self.site} if self.site else {})

    def _signature(self) -> dict[str, str]:
        return {"signature": "0x" + self.signature.hex()}


def parse_clinic_card(raw: bytes) -> ClinicCard:
    """The card in a file, or in the text of a card link. Its signature is not checked. Raises ClinicCardError."""
    if len(raw) > MAX_BYTES:
        raise ClinicCardError("that is too large for a clinic's card", "ask the clinic for it again")
    try:
        text = raw.decode()
        return _card(parse_json(_json_in(text), object_pairs_hook=members_once))
    except (ValueError, KeyFormatError, TypeError, RecursionError):
        raise ClinicCardError("that is not a clinic's card, or it is damaged", "ask the clinic for it again") from None


def new_clinic_card(label: str, address: ChecksumAddress, mailbox_key: bytes, site: str = "") -> ClinicCard:
    """A card that is not signed yet. Raises ClinicCardError, and says which part can't stand on a card."""
    site = site.lower()
    if not _is_label(label):
        raise ClinicCardError(f"a clinic's label has 1 to {MAX_LABEL} printable characters", "choose another one")
    if site and not is_site(site):
        raise ClinicCardError(f"{site} is not the host name of a website", "write it as clinic.example")
    if address_of(mailbox_key) == address:
        raise ClinicCardError("the mailbox key can't be the account's own key", "derive another one")
    return ClinicCard(label, address, mailbox_key, site)


def is_site(text: str) -> bool:
    """Whether it is a host name of several parts, in lower case (RFC 1123, 2.1; others in Punycode)."""
    return len(text) <= MAX_SITE and _SITE.fullmatch(text) is not None


def _card(value: Any) -> ClinicCard:  # noqa: ANN401 - JSON
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ClinicCardError("that is not a clinic's card", "ask the clinic for it again")
    if type(value.get("version")) is not int or value["version"] != VERSION:
        raise ClinicCardError("that clinic's card is of a later version", "update this software")
    if set(value) - {"site"} != _MEMBERS:
        raise ValueError("other members")
    address = parse_address(str(value["address"]))
    if address != value["address"]:
        raise ValueError("another spelling")
    card = new_clinic_card(value["label"], address, parse_public_key(_hex(value["mailbox_key"], 33).hex()))
    site, signature = value.get("site", ""), _hex(value["signature"])
    if ("site" in value and not is_site(site)) or not 0 < len(signature) <= MAX_SIGNATURE_BYTES:
        raise ValueError("no site, or no signature")
    return ClinicCard(card.label, card.address, card.mailbox_key, site, signature)


def _json_in(text: str) -> bytes:
    """Of a card link what follows `#clinic=`; of a file all."""
    found = _LINK.fullmatch(text.strip())
    if not found:
        return text.encode()
    return base64.b64decode(found[1] + "=" * (-len(found[1]) % 4), altchars=b"-_")


def _is_label(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= MAX_LABEL and text == text.strip() and text.isprintable()


def _hex(text: object, size: int | None = None) -> bytes:
    if not isinstance(text, str) or not re.fullmatch("0x(?:[0-9a-f]{2})*", text):
        raise ValueError("no bytes")
    data = binascii.unhexlify(text[2:])
    if size not in (None, len(data)):
        raise ValueError("another number of bytes")
    return data


def _canonical(value: dict[str, Any]) -> bytes:
    """RFC 8785, for our values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
