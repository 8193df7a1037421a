"""Where the contract keeps a message: an address that commits to all of it but the status (docs/contract.md, State)."""

from __future__ import annotations

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

_INIT = bytes.fromhex("80600a3d393df3")  # after 61 and the size: returns what follows


def cursor_of(
    inbox: ChecksumAddress, recipient: ChecksumAddress, index: int, fields: tuple[int, int, str, bytes], previous: str
) -> bytes:
    """The cursor of message `index`, 20 bytes, by CREATE2 (EIP-1014).

    `fields` are key version, Unix time, sender and envelope; `previous` is the cursor of the message before it, 0 for
    the first. Raises OverflowError for a number that the contract has no room for.
    """
    key_version, sent_at, sender, envelope = fields
    numbers = key_version.to_bytes(4, "big") + sent_at.to_bytes(5, "big")
    code = numbers + address_bytes(sender) + address_bytes(previous) + envelope
    salt = address_bytes(recipient) + index.to_bytes(12, "big")
    init = b"\x61" + len(code).to_bytes(2, "big") + _INIT + code
    return keccak(b"\xff" + address_bytes(inbox) + salt + keccak(init))[12:]


def address_bytes(address: str) -> bytes:
    """20 bytes."""
    return bytes.fromhex(address[2:])
