"""What can go wrong, and what Ganache's error replies mean.

ProviderError (Ape's)
└── GanacheError            the node cannot be used; the message says the way out
    └── PortTakenError      another program listens on the port
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ape.exceptions import ProviderError, TransactionError
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from web3.exceptions import ContractLogicError, Web3RPCError

VM_PREFIX = "VM Exception while processing transaction: "
ERROR_STRING = bytes.fromhex("08c379a0")  # selector of Solidity's Error(string)


class GanacheError(ProviderError):
    """The node cannot be started, joined or used."""


class PortTakenError(GanacheError):
    """Another program listens on the port that the node was to have."""


class NodeFault(NamedTuple):
    """An error reply: `message` without its prefixes; `revert` the reverting code's bytes, or None."""

    message: str
    revert: bytes | None


def read_fault(exception: Exception) -> NodeFault:
    """Returns what the node said. Ganache hands the bytes of a revert to eth_call as text, and to
    eth_estimateGas as the `result` of an object; web3 keeps them in either of two places.
    """
    response: Any = getattr(exception, "rpc_response", None) or {}
    error = response.get("error", {}) if isinstance(exception, Web3RPCError) else {}
    message = error.get("message") or str(exception.args[0] if exception.args else exception)
    message = message.removeprefix("execution reverted: ").removeprefix(VM_PREFIX)
    data = error.get("data", getattr(exception, "data", None))
    if isinstance(data, Mapping):
        data = data.get("result")
    if not isinstance(data, str) or not data.startswith("0x"):
        data = "0x"
    reverted = isinstance(exception, ContractLogicError) or message.startswith("revert")
    return NodeFault(message, bytes.fromhex(data[2:]) if reverted else None)


def revert_message(revert: bytes) -> str:
    """Returns what Ape shows and matches: the reason of a `require`; for a custom error or a panic its
    bytes in hex, which Ape's compilers turn into the error's own class; Ape's default for no bytes.
    """
    if revert.startswith(ERROR_STRING):
        try:
            return str(decode(["string"], revert[4:])[0]) or TransactionError.DEFAULT_MESSAGE
        except (DecodingError, UnicodeDecodeError):
            pass  # not a reason after all: show the bytes
    return "0x" + revert.hex() if revert else TransactionError.DEFAULT_MESSAGE
