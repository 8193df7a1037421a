"""The inbox contract, compiled: address, ABI and init code, all constants of ImageInbox.json: nothing is compiled here.

Beside it is what a compiler makes that of. tools/abi.py makes both from contracts/, and `make check` compares them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ape.contracts import ContractContainer, ContractInstance
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from ethpm_types import ContractType

__all__ = ["Source", "address", "at", "initcode", "source"]


@dataclass(frozen=True)
class Source:
    """What the init code is compiled of."""

    standard_json: dict[str, Any]
    """Solc's input, with the text of each file and the settings."""
    compiler: str
    """As `0.8.37+commit.f401782d`."""
    identifier: str
    """Which contract of the input it is: `PATH:NAME`."""


@cache
def _compiled() -> dict[str, Any]:
    return _packaged("ImageInbox.json")


def _packaged(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(resources.files("radiogram.chain").joinpath(name).read_text(encoding="utf-8"))
    return value


@cache
def _container() -> ContractContainer:
    return ContractContainer(ContractType.model_validate(_compiled()))


def initcode() -> bytes:
    """What deploys the contract; its address hangs on these bytes alone (radiogram.chain.deployment)."""
    return bytes.fromhex(_compiled()["deploymentBytecode"]["bytecode"][2:])


def address() -> ChecksumAddress:
    """Where the contract is, on every chain."""
    return to_checksum_address(_compiled()["address"])


def source() -> Source:
    """For whoever verifies that the code is that of the source."""
    compiled = _compiled()
    return Source(_packaged("ImageInbox.input.json"), compiled["compilerVersion"], compiled["contractIdentifier"])


def at(address: ChecksumAddress) -> ContractInstance:
    """The contract at its address on the connected chain."""
    return _container().at(address, detect_proxy=False)  # it is none: a node need not be asked
