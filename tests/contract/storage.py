"""The one storage slot that the contract keeps of an account: docs/contract.md, State."""

from __future__ import annotations

from typing import NamedTuple

from eth_utils import keccak, to_checksum_address
from web3 import Web3

KEY_VERSION_OFFSET = 216  # bits


class AccountSlot(NamedTuple):
    newest: str
    count: int
    key_version: int
    key_prefix: int
    restriction: int


def slot_position(account: str) -> bytes:
    """Where `_slots[account]` lies: a mapping in slot 0."""
    return keccak(bytes(12) + bytes.fromhex(account[2:]) + bytes(32))


def read_word(web3: Web3, contract: str, account: str) -> int:
    """The slot as one number of 256 bits."""
    word = web3.eth.get_storage_at(contract, int.from_bytes(slot_position(account), "big"))  # type: ignore[arg-type]
    return int.from_bytes(word, "big")


def read_slot(web3: Web3, contract: str, account: str) -> AccountSlot:
    word = read_word(web3, contract, account)
    newest = to_checksum_address((word % 2**160).to_bytes(20, "big"))
    return AccountSlot(newest, word >> 160 & 2**56 - 1, word >> 216 & 0xFFFF, word >> 232 & 0xFF, word >> 240)
