"""The other chain of the local network: Anvil, kept in one folder, run when needed, as Ganache is.

Anvil itself keeps its chain in memory: anvil_chain.mjs, which stands before it, writes each block to a file before
anybody is told of it. It ends with that process, however that ends, by the guard of ape-ganache.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from ape_ganache.program import guarded

from radiogram.devnet.ganache import CHAIN_ID, TEST_ACCOUNTS, TEST_BALANCE, TEST_MNEMONIC
from radiogram.devnet.program import answers_http, find_program
from radiogram.devnet.shared_daemon import SharedDaemon

SERVER = Path(__file__).with_name("anvil_chain.mjs")


@contextlib.contextmanager
def local_chain(home: Path, *, leave_unused: bool = False) -> Iterator[str]:
    """The JSON-RPC URL of the Anvil chain kept in `home/anvil`; it runs at least until the exit.

    Chain id, rules and accounts are those of the Ganache chain, and it is another chain. Raises NodeError if Anvil is
    missing or does not start.
    """
    folder = home.resolve() / "anvil"

    def command(ports: list[int]) -> list[str]:
        anvil = find_program("anvil", Path("node_modules", ".bin"))
        options = {
            "host": "127.0.0.1",
            "port": 0,  # of its own: nobody is told of it
            "chain-id": CHAIN_ID,
            "hardfork": "shanghai",
            "mnemonic": TEST_MNEMONIC,
            "accounts": TEST_ACCOUNTS,
            "balance": TEST_BALANCE,
        }
        given = [f"--{name}={value}" for name, value in options.items()]
        server = [find_program("node"), str(SERVER), str(folder / "state"), str(ports[0])]
        return [*server, *guarded([anvil, *given, "--no-cors", "--no-request-size-limit"])]

    def answers(ports: list[int]) -> bool:
        question = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
        return answers_http(ports[0], "/", json.dumps(question))

    with SharedDaemon(folder, "Anvil", command, answers, keep_output=False, leave_unused=leave_unused) as ports:
        yield f"http://127.0.0.1:{ports[0]}"
