"""The embedded default: a private chain and a private IPFS node, kept in one folder, run when needed.

Both listen on 127.0.0.1 only, on free ports, and are shared by every process that uses the same
folder (radiogram.daemon). Nothing of them reaches a network, and nothing is written outside the folder.
"""

import contextlib
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radiogram.daemon import SharedDaemon
from radiogram.errors import NodeError

CHAIN_ID = 1337
# Ape's test accounts: anyone knows their keys. They are what `ape` offers on a local network.
TEST_MNEMONIC = "test test test test test test test test test test test junk"
TEST_ACCOUNTS = 10
TEST_BALANCE = 10_000  # Ether each, as on Ape's own test chain

OLDEST_KUBO = (0, 40)

# Every way in which a Kubo node would look for others, answer them, or tell anyone about itself.
_PRIVATE_KUBO: dict[str, dict[str, Any]] = {
    "AutoConf": {"Enabled": False},
    "AutoTLS": {"Enabled": False},
    "Bitswap": {"Libp2pEnabled": False, "ServerEnabled": False},
    "Discovery": {"MDNS": {"Enabled": False}},
    "DNS": {"Resolvers": {}},
    "Gateway": {"NoFetch": True, "NoDNSLink": True},
    "HTTPRetrieval": {"Enabled": False},
    "Ipns": {"DelegatedPublishers": []},
    "Plugins": {"Plugins": {"telemetry": {"Disabled": True}}},
    "Provide": {"Enabled": False},
    "Routing": {"Type": "none", "DelegatedRouters": []},
    "Swarm": {"DisableNatPortMap": True, "RelayClient": {"Enabled": False}},
    "Version": {"SwarmCheckEnabled": False},
    # A block that went bad on disk ends a download with an error, instead of being served as good.
    "Datastore": {"HashOnRead": True},
}


@dataclass(frozen=True)
class LocalIpfs:
    """Where the local node listens: its RPC and its gateway, as URLs without a path."""

    api: str
    gateway: str


@contextlib.contextmanager
def local_chain(home: Path) -> Iterator[str]:
    """The JSON-RPC URL of the Ganache chain kept in `home/ganache`; it runs at least until the exit.

    Chain id 1337, hardfork Shanghai, Ape's ten test accounts. Raises NodeError if Ganache is missing
    or does not start.
    """
    folder = home.resolve() / "ganache"

    def command(ports: list[int]) -> list[str]:
        binary = _binary("ganache", "GANACHE_BIN", Path("node_modules", ".bin"))
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
        return _post(ports[0], "/", json.dumps(question))

    # Ganache prints the accounts' private keys when it starts, --logging.quiet or not.
    with SharedDaemon(folder, "Ganache", command, answers, keep_output=False) as ports:
        yield f"http://127.0.0.1:{ports[0]}"


@contextlib.contextmanager
def local_ipfs(home: Path) -> Iterator[LocalIpfs]:
    """The Kubo node kept in `home/ipfs`, offline; it runs at least until the exit.

    Raises NodeError if `ipfs` is missing, too old, or does not start.
    """
    folder = home.resolve() / "ipfs"
    repo = folder / "repo"

    def command(ports: list[int]) -> list[str]:
        binary = _kubo()
        if not repo.exists():
            _create_repo(binary, repo)
        _configure(repo, *ports)
        return [binary, f"--repo-dir={repo}", "daemon", "--offline", "--migrate"]

    def answers(ports: list[int]) -> bool:
        # The gateway listens last; the CID is the empty file, which needs no block.
        return _post(ports[0], "/api/v0/version") and _post(ports[1], "/ipfs/bafkqaaa", method="HEAD")

    with SharedDaemon(folder, "Kubo", command, answers, port_count=2) as (api, gateway):
        yield LocalIpfs(f"http://127.0.0.1:{api}", f"http://127.0.0.1:{gateway}")


def _binary(name: str, variable: str, *folders: Path) -> str:
    """The program: as the variable says, or on PATH, or beside this Python, or in one of the folders."""
    named = os.environ.get(variable)
    if named:
        found = shutil.which(named)
    else:
        places = [os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent), *map(str, folders)]
        found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        raise NodeError(f"no program {named or name!r}: run `make setup`, or set {variable}")
    return str(Path(found).absolute())


def _kubo() -> str:
    """The `ipfs` program, recent enough for the commands and settings used here."""
    binary = _binary("ipfs", "IPFS_BIN")
    said = _run(binary, "version", "--number")
    version = re.match(r"(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < OLDEST_KUBO:
        oldest = ".".join(map(str, OLDEST_KUBO))
        raise NodeError(f"{binary} is not Kubo {oldest} or later ({said[:40]!r}): run `make setup`, or set IPFS_BIN")
    return binary


def _create_repo(binary: str, repo: Path) -> None:
    """Makes an empty repository, whole or not at all."""
    new = repo.with_name("repo.new")
    shutil.rmtree(new, ignore_errors=True)
    _run(binary, f"--repo-dir={new}", "init", "--empty-repo", "--profile=test")
    new.rename(repo)


def _configure(repo: Path, api: int, gateway: int) -> None:
    """Writes our settings and ports into the repository's config, which keeps its key and datastore.

    Pins are kept and nothing is collected: the daemon runs without --enable-gc, so StorageMax has no say.
    """
    path = repo / "config"
    config = json.loads(path.read_text())
    for section, settings in _PRIVATE_KUBO.items():
        config[section] = {**config.get(section, {}), **settings}
    config["Bootstrap"] = []
    config["Addresses"] = {
        "Swarm": [],
        "API": f"/ip4/127.0.0.1/tcp/{api}",
        "Gateway": f"/ip4/127.0.0.1/tcp/{gateway}",
    }
    new = path.with_name("config.new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(config, indent=2))
    new.replace(path)


def _run(binary: str, *arguments: str) -> str:
    """What the program prints. Raises NodeError with its last line if it fails or can't be run."""
    try:
        done = subprocess.run([binary, *arguments], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NodeError(f"{binary} can't be run ({error}): run `make setup`, or set IPFS_BIN") from error
    if done.returncode != 0:
        words = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise NodeError(f"{binary} {arguments[-1]}: {words[-1]}")
    return done.stdout.strip()


def _post(port: int, path: str, body: str = "", method: str = "POST") -> bool:
    """Whether something on that port of 127.0.0.1 says 200 within two seconds. No proxy is asked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
