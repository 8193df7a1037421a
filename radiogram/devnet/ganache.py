"""The chain of the local network: Ganache, kept in one folder, run when needed.

It listens on 127.0.0.1 only, on a free port, answers no web page (local_rpc.mjs), and is shared by every process that
uses the same folder (radiogram.devnet.shared_daemon). Nothing of it reaches a network, and nothing is written outside
the folder.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from radiogram.devnet.program import answers_http, find_program
from radiogram.devnet.shared_daemon import SharedDaemon

CHAIN_ID = 1337
# Ape's test accounts: anyone knows their keys. They are what `ape` offers on a local network.
TEST_MNEMONIC = "test test test test test test test test test test test junk"
TEST_ACCOUNTS = 10
TEST_BALANCE = 10_000  # Ether each, as on Ape's own test chain
SERVER = Path(__file__).with_name("local_chain.mjs")
"""Ganache's own answers any web page."""


@contextlib.contextmanager
def local_chain(home: Path, *, leave_unused: bool = False) -> Iterator[str]:
    """The JSON-RPC URL of the Ganache chain kept in `home/ganache`; it runs at least until the exit.

    Chain id 1337, hardfork Shanghai, Ape's ten test accounts. Raises NodeError if Ganache is missing
    or does not start.
    """
    folder = home.resolve() / "ganache"

    def command(ports: list[int]) -> list[str]:
        options = {
            "logging": {"quiet": True},
            "database": {"dbPath": str(folder / "db")},
            "chain": {"hardfork": "shanghai", "chainId": CHAIN_ID, "networkId": CHAIN_ID},
            "wallet": {
                "mnemonic": TEST_MNEMONIC,
                "totalAccounts": TEST_ACCOUNTS,
                "defaultBalance": TEST_BALANCE,
            },
        }
        ganache = find_program("ganache", Path("node_modules", ".bin"))
        return [find_program("node"), str(SERVER), ganache, str(ports[0]), json.dumps(options)]

    def answers(ports: list[int]) -> bool:
        question = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
        return answers_http(ports[0], "/", json.dumps(question))

    with SharedDaemon(folder, "Ganache", command, answers, keep_output=False, leave_unused=leave_unused) as ports:
        yield f"http://127.0.0.1:{ports[0]}"
