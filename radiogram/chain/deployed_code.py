"""The code that the inbox contract has on a chain, to the byte: what a node shows at its address is compared to it.

It is the end of the init code, but for five values that the constructor writes into it (docs/contract.md, Where it
runs): those of EIP-712, which name the chain and the contract.
"""

from __future__ import annotations

from eth_utils.crypto import keccak

from radiogram.chain import contract

_CONSTRUCTOR_BYTES = 287
_PLACE = b"\x7f" + bytes(32)  # PUSH32, of a value that is written when the contract is deployed
_PLACES = 5
_DOMAIN = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_NAME, _VERSION = keccak(b"ImageInbox"), keccak(b"1")


def deployed_code(chain_id: int) -> bytes:
    """7,662 bytes."""
    chain, place = chain_id.to_bytes(32, "big"), bytes.fromhex(contract.address()[2:]).rjust(32, b"\0")
    separator = keccak(_DOMAIN + _NAME + _VERSION + chain + place)
    pieces = contract.initcode()[_CONSTRUCTOR_BYTES:].split(_PLACE, _PLACES)
    values = [separator, place, chain, _NAME, _VERSION]  # in the order of the code
    return b"".join(b"\x7f" + value + piece for value, piece in zip([b"", *values], pieces, strict=True))[1:]
