"""The inbox contract, compiled: address, ABI and init code, all constants of ImageInbox.json: nothing is compiled here.

tools/abi.py makes that file from contracts/, and `make check` compares the two.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from ape.contracts import ContractContainer, ContractInstance
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from ethpm_types import ContractType

__all__ = ["address", "at", "initcode"]


@cache
def _compiled() -> dict[str, Any]:
    text = resources.files("radiogram.chain").joinpath("ImageInbox.json").read_text(encoding="utf-8")
    compiled: dict[str, Any] = json.loads(text)
    return compiled


@cache
def _container() -> ContractContainer:
    return ContractContainer(ContractType.model_validate(_compiled()))


def initcode() -> bytes:
    """What deploys the contract; its address hangs on these bytes alone (radiogram.chain.deployment)."""
    return bytes.fromhex(_compiled()["deploymentBytecode"]["bytecode"][2:])


def address() -> ChecksumAddress:
    """Where the contract is, on every chain."""
    return to_checksum_address(_compiled()["address"])


def at(address: ChecksumAddress) -> ContractInstance:
    """The contract at its address on the connected chain."""
    return _container().at(address)
