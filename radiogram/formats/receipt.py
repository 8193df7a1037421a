"""Receipts that people sign and hand on as JSON files: of an arrival, and of an erasure. docs/format.md, Receipts.

Pure: values and bytes in and out, no keys.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eth_typing import ChecksumAddress

from radiogram.errors import KeyFormatError, ReceiptError
from radiogram.formats.public_key import parse_address
from radiogram.formats.signature import signer_of
from radiogram.nested_json import members_once, parse_json

ARRIVAL, ERASURE = "radiogram-arrival-receipt", "radiogram-erasure-receipt"
VERSION = 1
MAX_BYTES = 1 << 20
_STATED = {ARRIVAL: "Radiogram: I have received these images.", ERASURE: "Radiogram: I deleted what this receipt says."}
_SIGNS = {ARRIVAL: "account", ERASURE: "sender"}
_ARRIVAL_MEMBERS = {"format", "version", "made_at", "chain_id", "inbox", "account", "recipient", "index", "cursor"}


@dataclass(frozen=True)
class SignedReceipt:
    """A receipt that the account which it names has signed."""

    kind: str
    """ARRIVAL or ERASURE."""
    account: ChecksumAddress
    """Who signed: who received the images; or who sent and erased them."""
    chain_id: int
    inbox: ChecksumAddress
    """The contract."""
    recipient: ChecksumAddress
    """Whose inbox, or which mailbox, the message is in."""
    index: int
    cursor: ChecksumAddress
    made_at: str
    """ISO 8601 UTC, by the signer's clock."""
    value: Mapping[str, Any] = field(repr=False)
    """The whole object."""


def arrival(
    chain_id: int,
    inbox: ChecksumAddress,
    account: ChecksumAddress,
    message: tuple[ChecksumAddress, int, ChecksumAddress],
    made_at: str,
) -> dict[str, Any]:
    """That `account` has received a message, which is named by recipient, index and cursor; not signed yet."""
    recipient, index, cursor = message
    return {
        "format": ARRIVAL,
        "version": VERSION,
        "made_at": made_at,
        "chain_id": chain_id,
        "inbox": inbox,
        "account": account,
        "recipient": recipient,
        "index": index,
        "cursor": cursor,
    }


def signing_text(receipt: Mapping[str, Any]) -> str:
    """What its account signs (EIP-191), over all members but the signature."""
    value = {name: each for name, each in receipt.items() if name != "signature"}
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)  # RFC 8785, for our values
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return f"{_STATED[receipt['format']]}\nReceipt SHA-256: {digest}"


def to_bytes(receipt: Mapping[str, Any], signature: bytes) -> bytes:
    """The file. `signature`: 65 bytes r ‖ s ‖ v; b"" from an account that can't sign."""
    value = {**receipt, "signature": "0x" + signature.hex() if signature else None}
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


def parse_receipt(raw: bytes) -> SignedReceipt:
    """The receipt in a file. Raises ReceiptError for what is none, or is not signed by the account that it names."""
    if len(raw) > MAX_BYTES:
        raise ReceiptError("that is too large for a receipt", "ask for it again")
    try:
        value = parse_json(raw, object_pairs_hook=members_once)
        if not isinstance(value, dict) or value.get("format") not in _STATED:
            raise ReceiptError("that is not a receipt", "ask for it again")
        if type(value.get("version")) is not int or value["version"] != VERSION:
            raise ReceiptError("that receipt is of a later version", "update this software")
        receipt = _receipt(value)
        text, signature = signing_text(value), _signature(value["signature"])
    except (KeyFormatError, ValueError, LookupError, TypeError, RecursionError):
        raise ReceiptError("that receipt is damaged", "ask for it again") from None
    if signature is None:
        raise ReceiptError("that receipt is not signed", "anybody can have written it")
    if signer_of(text, signature) != receipt.account:
        raise ReceiptError(
            f"that receipt is not signed by {receipt.account}, whom it names", "do not trust it: ask for it again"
        )
    return receipt


def _receipt(value: dict[str, Any]) -> SignedReceipt:
    kind = value["format"]
    if kind == ARRIVAL and set(value) - {"signature"} != _ARRIVAL_MEMBERS:
        raise ValueError("other members")
    addresses = [_address(value[name]) for name in (_SIGNS[kind], "inbox", "recipient", "cursor")]
    account, inbox, recipient, cursor = addresses
    made_at = value["made_at"]
    if not isinstance(made_at, str) or not re.fullmatch(r"[0-9T:.+Z-]{1,40}", made_at):
        raise ValueError("no time")
    numbers = _number(value["chain_id"]), _number(value["index"])
    return SignedReceipt(kind, account, numbers[0], inbox, recipient, numbers[1], cursor, made_at, value)


def _address(value: object) -> ChecksumAddress:
    if not isinstance(value, str):
        raise TypeError("no text")
    return parse_address(value)


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise TypeError("no number")
    return value


def _signature(value: object) -> bytes | None:
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch("0x([0-9a-f]{2})*", value):
        raise ValueError("not hex")
    return bytes.fromhex(value[2:])
