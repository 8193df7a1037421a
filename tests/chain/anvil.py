"""Anvil by other rules than the local chain's: as an OP stack, with other gas, blocks and finality."""

import json
import os
import re
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests
from eth_abi import encode
from eth_utils import keccak

from tests.flows.conftest import ROOT
from tests.programs import listening

PACKAGE = ROOT / "node_modules" / "@eth-optimism" / "contracts-bedrock" / "forge-artifacts"
ORACLE = "0x420000000000000000000000000000000000000F"
L1_BLOCK = "0x4200000000000000000000000000000000000015"
DEPOSITOR = "0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001"  # who alone may say what L1's prices are
GWEI = 10**9


def set_up(name: str) -> Path:
    """A folder of what set-up brings for tests; without it a test is skipped, and under CI=true it fails."""
    folder = ROOT / ".tools" / name
    if not (folder / ".set-up").exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{folder} is missing: make setup-dev")
    return folder


class Anvil:
    """A chain that runs."""

    rules = "Ecotone"
    """An OP stack's: those by which each block says what L1's prices are."""

    def __init__(self, url: str, process: psutil.Process) -> None:
        self.url, self.network, self.process = url, f"ethereum:local:{url}", process

    def ask(self, method: str, *parameters: object):
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer = requests.post(self.url, json=question, timeout=30).json()
        assert "error" not in answer, answer
        return answer["result"]

    def number(self, method: str, *parameters: object) -> int:
        return int(self.ask(method, *parameters), 16)

    def transact(self, sender: str, to: str | None, data: str) -> dict[str, str]:
        """The receipt of a transaction of an account whose key nobody has; to None, it deploys."""
        self.ask("anvil_impersonateAccount", sender)
        self.ask("anvil_setBalance", sender, hex(10**20))
        done = self.ask("eth_sendTransaction", {"from": sender, "data": data} | ({"to": to} if to else {}))
        while not (receipt := self.ask("eth_getTransactionReceipt", done)):
            time.sleep(0.01)
        assert receipt["status"] == "0x1"
        return receipt


@contextmanager
def anvil(*options: str, chain_id: int = 1337):
    program = str(ROOT / "node_modules" / ".bin" / "anvil")
    with listening([program, "--port", "0", "--host", "127.0.0.1", "--chain-id", str(chain_id), *options]) as running:
        yield Anvil(*running)


@contextmanager
def op_stack(*options: str, chain_id: int = 1337):
    """With the published code of the OP stack's contracts that have L1's prices, by Fjord's rules."""
    with anvil("--optimism", *options, chain_id=chain_id) as chain:
        for address, name in ((ORACLE, "GasPriceOracle"), (L1_BLOCK, "L1Block")):
            artifact = json.loads((PACKAGE / f"{name}.sol" / f"{name}.json").read_text())
            chain.ask("anvil_setCode", address, artifact["deployedBytecode"]["object"])
        for step in ("setEcotone()", "setFjord()"):
            chain.transact(DEPOSITOR, ORACLE, selector(step))
        set_l1_prices(chain, base_fee=20 * GWEI, blob_base_fee=GWEI)
        yield chain


def upgrade(chain: Anvil, name: str) -> None:
    """As the block does that activates Isthmus or Jovian (specs.optimism.io, Network upgrade automation)."""
    said = (set_up("vectors/op-stack") / f"{name.lower()}_upgrade_transactions.go").read_text()
    for address, contract in ((ORACLE, "gasPriceOracle"), (L1_BLOCK, "l1Block")):
        (initcode,) = re.findall(rf'{contract}{name}DeploymentBytecode += common\.FromHex\("(0x[0-9a-f]+)"\)', said)
        deployed = chain.transact(DEPOSITOR, None, initcode)["contractAddress"]
        chain.ask("anvil_setCode", address, chain.ask("eth_getCode", deployed, "latest"))
    chain.transact(DEPOSITOR, ORACLE, selector(f"set{name}()"))
    chain.rules = name


def set_l1_prices(chain: Anvil, *, base_fee: int, blob_base_fee: int, operator_fee: tuple[int, int] = (0, 0)) -> None:
    """As each block of an OP stack does (specs.optimism.io, L1 attributes), with OP Mainnet's scalars.

    `operator_fee`, a scalar and a constant, is told since Isthmus.
    """
    packed = b"".join(
        [
            *((1368).to_bytes(4), (810_949).to_bytes(4), bytes(8)),  # two scalars, place in the epoch
            *((1).to_bytes(8), (1).to_bytes(8)),  # L1's time and number
            *(base_fee.to_bytes(32), blob_base_fee.to_bytes(32), bytes(64)),
        ]
    )
    if chain.rules != "Ecotone":
        packed += operator_fee[0].to_bytes(4) + operator_fee[1].to_bytes(8)
    if chain.rules == "Jovian":
        packed += (400).to_bytes(2)  # the usual scalar of the gas that data takes in a block
    chain.transact(DEPOSITOR, L1_BLOCK, selector(f"setL1BlockValues{chain.rules}()") + packed.hex())


def selector(signature: str) -> str:
    return "0x" + keccak(text=signature)[:4].hex()


def fee_on_l1(chain: Anvil, signed: bytes) -> int:
    """What the oracle asks for a transaction, of which it adds the signature itself."""
    data = selector("getL1Fee(bytes)") + encode(["bytes"], [signed]).hex()
    return chain.number("eth_call", {"to": ORACLE, "data": data}, "latest")
