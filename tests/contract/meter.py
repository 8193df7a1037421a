"""Transactions at fixed times, and what they cost; values that are the same in every run."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from eth_utils import keccak, to_checksum_address
from web3 import Web3
from web3.contract import Contract

from tests.contract.audited import ROOT
from tests.contract.nodes import START

RELEASED = ROOT / "radiogram" / "chain" / "ImageInbox.json"
TRANSACTION_CAP = 2**24  # EIP-7825: the most gas that a transaction may ask for


def released() -> tuple[Any, str]:
    """ABI and init code of the contract."""
    made = json.loads(RELEASED.read_text())
    return made["abi"], made["deploymentBytecode"]["bytecode"]


def envelope(size: int, seed: bytes = b"an envelope") -> bytes:
    return b"\x02" + hashlib.shake_256(seed).digest(size - 1)


def address(seed: str) -> str:
    return to_checksum_address(keccak(text=seed)[:20])


class Meter:
    """Sends transactions at fixed times and says what they cost."""

    def __init__(self, web3: Web3, most: int = TRANSACTION_CAP) -> None:
        """`most` gas is what each asks for."""
        self.web3 = web3
        self.most = most
        self.accounts = web3.eth.accounts
        self.now = START

    def cost(self, call: Any, caller: int = 0) -> int:
        return int(self._receipt(call, caller)["gasUsed"])

    def deploy(self, abi: Any, bytecode: str, *arguments: Any) -> tuple[Contract, int]:
        receipt = self._receipt(self.web3.eth.contract(abi=abi, bytecode=bytecode).constructor(*arguments), 0)
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=abi), int(receipt["gasUsed"])

    def _receipt(self, call: Any, caller: int) -> Any:
        self.now += 12
        self.web3.provider.make_request("evm_setNextBlockTimestamp", [self.now])  # type: ignore[arg-type]
        digest = call.transact({"from": self.accounts[caller], "gas": self.most})
        receipt = self.web3.eth.wait_for_transaction_receipt(digest, poll_latency=0.01)
        assert receipt["status"] == 1
        return receipt
