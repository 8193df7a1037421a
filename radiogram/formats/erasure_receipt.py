"""The receipt of an erasure, a JSON file that its sender signs: docs/format.md, Erasure receipt.

Pure: values and bytes in and out, no keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

FORMAT = "radiogram-erasure-receipt"
VERSION = 1
STAYS = ("the message, with its envelope, on the chain",)
NOT_KNOWN = (
    "copies of the ciphertext on other IPFS nodes, gateways, caches and backups",
    "what the recipient has received, and handed on",
)


def signing_text(receipt: Mapping[str, Any]) -> str:
    """What the sender signs (EIP-191), over all members but the signature."""
    value = {name: each for name, each in receipt.items() if name != "signature"}
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)  # RFC 8785, for our values
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return f"Radiogram: I deleted what this receipt says.\nReceipt SHA-256: {digest}"


def to_bytes(receipt: Mapping[str, Any], signature: bytes) -> bytes:
    """The file. `signature`: 65 bytes r ‖ s ‖ v; b"" from an account that can't sign."""
    value = {**receipt, "signature": "0x" + signature.hex() if signature else None}
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"
