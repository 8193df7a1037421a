"""Asks the contract of an account whether a signature is the account's (ERC-1271), as of a block."""

from __future__ import annotations

from ape.api import ProviderAPI
from eth_abi.abi import encode
from eth_typing import ChecksumAddress

from radiogram.chain.call import answer_of

_YES = bytes.fromhex("1626ba7e")
"""The selector of isValidSignature(bytes32,bytes), and its answer."""


def is_taken(
    provider: ProviderAPI, account: ChecksumAddress, digest: bytes, signature: bytes, block: int | None = None
) -> bool:
    """Whether `account` takes the signature for its own of 32 bytes, as it was after a block, or is now.

    An account without code, one that refuses and one that fails take none. Raises ChainUnreachable.
    """
    data = _YES + encode(["bytes32", "bytes"], [digest, signature])
    return answer_of(provider, account, data, block)[:32] == _YES.ljust(32, b"\0")
