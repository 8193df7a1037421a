"""Compiles the contracts that only tests need, outside the project's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import solcx

from tests.contract.audited import SOLC_VERSION

CONTRACTS = Path(__file__).parent / "contracts"


def compile_file(name: str) -> dict[str, Any]:
    """Of each contract in a file of `contracts/`: `abi`, and `bytecode` and `runtime` as hex."""
    output = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {name: {"content": (CONTRACTS / name).read_text()}},
            "settings": {
                "evmVersion": "shanghai",
                "optimizer": {"enabled": True, "runs": 300},
                "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}},
            },
        },
        solc_version=SOLC_VERSION,
    )
    return {
        contract: {
            "abi": made["abi"],
            "bytecode": "0x" + made["evm"]["bytecode"]["object"],
            "runtime": "0x" + made["evm"]["deployedBytecode"]["object"],
        }
        for contract, made in output["contracts"][name].items()
    }
