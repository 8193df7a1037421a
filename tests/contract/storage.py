"""The one storage slot that the contract keeps of an account: docs/contract.md, State."""

from __future__ import annotations

from typing import NamedTuple

from eth_utils import keccak, to_checksum_address
from web3 import Web3

from tests.contract.strategies import MAX_VERSION

KEY_VERSION, RESTRICTION, KEY_IS_ODD, COUNT = 160, 188, 216, 217  # where they begin, in bits


class AccountSlot(NamedTuple):
    newest: str
    key_version: int
    restriction: int
    key_is_odd: bool
    count: int


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
    versions = (word >> place & MAX_VERSION for place in (KEY_VERSION, RESTRICTION))
    return AccountSlot(newest, *versions, bool(word >> KEY_IS_ODD & 1), word >> COUNT)


def write_word(web3: Web3, contract: str, position: bytes, word: int) -> None:
    """Sets a storage slot by hand: for what would take too many transactions."""
    method = "anvil_setStorageAt" if web3.client_version.startswith("anvil") else "evm_setAccountStorageAt"
    value = "0x" + word.to_bytes(32, "big").hex()
    reply = web3.provider.make_request(method, [contract, "0x" + position.hex(), value])  # type: ignore[arg-type]
    assert not reply.get("error"), reply


def set_field(web3: Web3, contract: str, account: str, offset: int, bits: int, value: int) -> None:
    """Sets one field of an account's slot by hand."""
    word = read_word(web3, contract, account) & ~(2**bits - 1 << offset) | value << offset
    write_word(web3, contract, slot_position(account), word)
