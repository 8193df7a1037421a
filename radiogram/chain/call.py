"""Asks a contract that may be anybody's: what it answers is bytes, whatever it is."""

from __future__ import annotations

from ape.api import ProviderAPI
from eth_typing import ChecksumAddress
from web3.exceptions import ContractLogicError, Web3RPCError

from radiogram.chain.inbox import reading

GAS = 5_000_000
"""What the contract may use: one that burns all it gets would keep a node busy."""
_FAILURES = ("revert", "invalidopcode", "outofgas")


def answer_of(provider: ProviderAPI, contract: ChecksumAddress, data: bytes, block: int | None = None) -> bytes:
    """What `contract` answers, as it was after a block, or is now; nothing from one that fails, or has no code.

    Raises ChainUnreachable, and InboxError where the node refuses.
    """
    with reading():
        try:
            at = "latest" if block is None else block
            return bytes(provider.web3.eth.call({"to": contract, "data": data, "gas": GAS}, at))
        except ContractLogicError:
            return b""
        except Web3RPCError as error:  # as nodes say it: "out of gas", "EVM error OutOfGas"
            said = str(error).lower().replace(" ", "")
            if any(failure in said for failure in _FAILURES):
                return b""
            raise
