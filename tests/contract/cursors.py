"""What the contract promises of its cursors, computed here once more: docs/contract.md, State."""

from __future__ import annotations

from eth_utils import keccak, to_checksum_address

INIT = "80600a3d393df3"  # after 61 and the size: returns what follows


def code_of(key_version: int, sent_at: int, sender: str, previous: str, envelope: bytes) -> bytes:
    """The bytes of a message's data contract."""
    numbers = key_version.to_bytes(4, "big") + (sent_at % 2**40).to_bytes(5, "big")
    return numbers + bytes.fromhex(sender[2:]) + bytes.fromhex(previous[2:]) + envelope


def address_of(inbox: str, recipient: str, index: int, code: bytes) -> str:
    """Where a data contract with this code is, of message `index`: CREATE2 by the contract `inbox`."""
    init = b"\x61" + len(code).to_bytes(2, "big") + bytes.fromhex(INIT) + code
    salt = bytes.fromhex(recipient[2:]) + index.to_bytes(12, "big")
    return to_checksum_address(keccak(b"\xff" + bytes.fromhex(inbox[2:]) + salt + keccak(init))[12:])


def phantom(inbox: str, recipient: str, index: int) -> str:
    """The address that a message without any byte would have: there is none, and so no code."""
    return address_of(inbox, recipient, index, b"")
