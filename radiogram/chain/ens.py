"""Records of ENS names (EIP-137), from the registry and the resolver that it names.

web3's own look-up goes by a contract that may have it ask other servers, which would learn of it. Here the chain's node
alone is asked (radiogram.chain.call); names whose records lie elsewhere than on the chain are not found.
"""

from __future__ import annotations

from ape.api import ProviderAPI
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from radiogram.chain.call import answer_of

REGISTRY = to_checksum_address("0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e")
"""The same on every chain that has ENS."""
_NOBODY = to_checksum_address(bytes(20))


class EnsRecords:
    """Those of one chain."""

    def __init__(self, provider: ProviderAPI) -> None:
        self._provider = provider

    def address(self, name: str) -> ChecksumAddress | None:
        """Whose name it is; None if nobody's. Raises ChainUnreachable."""
        found = self._record(name, "addr(bytes32)", "address")
        return to_checksum_address(found) if found and to_checksum_address(found) != _NOBODY else None

    def text(self, name: str, key: str) -> str:
        """A text record; empty if there is none. Raises ChainUnreachable."""
        return str(self._record(name, "text(bytes32,string)", "string", key) or "")

    def _record(self, name: str, function: str, kind: str, *keys: str) -> str | None:
        node = _node(name)
        if node is None:
            return None
        resolver = self._asked(REGISTRY, "resolver(bytes32)", "address", node)
        if not resolver or to_checksum_address(resolver) == _NOBODY:
            return None
        return self._asked(to_checksum_address(resolver), function, kind, node, *keys)

    def _asked(self, contract: ChecksumAddress, function: str, kind: str, *values: bytes | str) -> str | None:
        """None from an account without code, or a contract that refuses or answers something else."""
        data = keccak(text=function)[:4] + encode(["bytes32", "string"][: len(values)], values)
        try:
            (value,) = decode([kind], answer_of(self._provider, contract, data))
        except (DecodingError, UnicodeDecodeError, OverflowError):
            return None
        return str(value)


def _node(name: str) -> bytes | None:
    """Of a name as ENSIP-15 has it; None for what is no name."""
    from ens.exceptions import ENSException  # type: ignore[import-untyped]
    from ens.utils import raw_name_to_hash  # type: ignore[import-untyped]

    try:
        return bytes(raw_name_to_hash(name)) if "." in name else None
    except (ENSException, ValueError, TypeError, UnicodeError):
        return None
