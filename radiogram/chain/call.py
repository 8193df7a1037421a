"""Asks a contract that may be anybody's: what it answers is bytes, whatever it is.

web3's own call is not used: it reads what a contract refuses with, fails at what it can't read, and asks the servers
that a contract names there (EIP-3668), which would learn of it.
"""

from __future__ import annotations

from typing import Any

from ape.api import ProviderAPI
from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3.exceptions import Web3RPCError
from web3.types import RPCEndpoint

from radiogram.chain.inbox import reading

GAS = 5_000_000
"""What the contract may use: one that burns all it gets would keep a node busy."""
_REVERTED = 3  # the code of an error, as geth has it
_FAILURES = (
    *("revert", "invalidopcode", "outofgas", "stackunderflow", "stacklimit", "invalidjump", "outofbounds"),  # geth
    *("evmerror", "vmexception", "vmexecutionerror"),  # Anvil; Ganache and Hardhat; Nethermind
)


def answer_of(provider: ProviderAPI, contract: ChecksumAddress, data: bytes, block: int | None = None) -> bytes:
    """What `contract` answers, as it was after a block, or is now; nothing from one that fails, or has no code.

    Raises ChainUnreachable, and InboxError where the node refuses.
    """
    call = {"to": contract, "data": "0x" + data.hex(), "gas": hex(GAS)}
    with reading():
        try:
            at = "latest" if block is None else hex(block)
            return bytes(HexBytes(provider.web3.manager.request_blocking(RPCEndpoint("eth_call"), [call, at])))
        except Web3RPCError as error:
            if _is_of_the_contract((error.rpc_response or {}).get("error")):
                return b""
            raise


def _is_of_the_contract(error: Any) -> bool:  # noqa: ANN401 - as the node wrote it
    """Whether the contract failed, as nodes say it: "out of gas", "EVM error OutOfGas", "Reverted 0x" in its data."""
    if not isinstance(error, dict):
        return False
    said = f"{error.get('message')}{error.get('data')}".lower().replace(" ", "")
    return error.get("code") == _REVERTED or any(failure in said for failure in _FAILURES)
