"""The inbox contract, compiled: ABI and creation code from ImageInbox.json, so that nobody needs a compiler to use it.

tools/abi.py makes that file from contracts/, and `make check` compares the two.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from ape.contracts import ContractContainer, ContractInstance
from eth_typing import ChecksumAddress
from ethpm_types import ContractType

__all__ = ["at", "initcode"]


@cache
def _container() -> ContractContainer:
    compiled = resources.files("radiogram.chain").joinpath("ImageInbox.json").read_text(encoding="utf-8")
    return ContractContainer(ContractType.model_validate_json(compiled))


def initcode() -> bytes:
    """What deploys the contract; its address hangs on these bytes alone (radiogram.chain.deployment)."""
    return bytes(_container().contract_type.get_deployment_bytecode() or b"")


def at(address: ChecksumAddress) -> ContractInstance:
    """The contract at its address on the connected chain."""
    return _container().at(address)
