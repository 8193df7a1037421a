"""The chain of the local network: Ganache, kept in one folder, run when needed.

It listens on 127.0.0.1 only, on a free port, and is shared by every process that uses the same folder
(radiogram.devnet.shared_daemon). Nothing of it reaches a network, and nothing is written outside the folder.
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


@contextlib.contextmanager
def local_chain(home: Path) -> Iterator[str]:
    """The JSON-RPC URL of the Ganache chain kept in `home/ganache`; it runs at least until the exit.

    Chain id 1337, hardfork Shanghai, Ape's ten test accounts. Raises NodeError if Ganache is missing
    or does not start.
    """
    folder = home.resolve() / "ganache"

    def command(ports: list[int]) -> list[str]:
        binary = find_program("ganache", Path("node_modules", ".bin"))
        options = {
            "--server.host": "127.0.0.1",
            "--server.port": ports[0],
            "--database.dbPath": folder / "db",
            "--chain.hardfork": "shanghai",
            "--chain.chainId": CHAIN_ID,
            "--chain.networkId": CHAIN_ID,
            "--wallet.mnemonic": TEST_MNEMONIC,
            "--wallet.totalAccounts": TEST_ACCOUNTS,
            "--wallet.defaultBalance": TEST_BALANCE,
        }
        return [binary, *(str(part) for option in options.items() for part in option), "--logging.quiet"]

    def answers(ports: list[int]) -> bool:
        question = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
        return answers_http(ports[0], "/", json.dumps(question))

    # Ganache prints the accounts' private keys when it starts, --logging.quiet or not.
    with SharedDaemon(folder, "Ganache", command, answers, keep_output=False) as ports:
        yield f"http://127.0.0.1:{ports[0]}"
