"""The IPFS node of the local network: Kubo, private and offline, kept in one folder, run when needed.

It listens on 127.0.0.1 only, on free ports, and is shared by every process that uses the same folder
(radiogram.devnet.shared_daemon). Nothing of it reaches a network, and nothing is written outside the folder.
"""

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radiogram.devnet.program import answers_http, find_program
from radiogram.devnet.shared_daemon import SharedDaemon
from radiogram.errors import NodeError, ProgramError

OLDEST_KUBO = (0, 40)
# Every way in which a Kubo node would look for others, answer them, or tell anyone about itself.
_PRIVATE_KUBO: dict[str, dict[str, Any]] = {
    "AutoConf": {"Enabled": False},
    "AutoTLS": {"Enabled": False},
    "Bitswap": {"Libp2pEnabled": False, "ServerEnabled": False},
    "Discovery": {"MDNS": {"Enabled": False}},
    "DNS": {"Resolvers": {}},
    "Gateway": {"NoFetch": True, "NoDNSLink": True, "HTTPHeaders": {"Access-Control-Allow-Origin": []}},
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
def local_ipfs(home: Path, *, leave_unused: bool = False) -> Iterator[LocalIpfs]:
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
        return answers_http(ports[0], "/api/v0/version") and answers_http(ports[1], "/ipfs/bafkqaaa", method="HEAD")

    with SharedDaemon(folder, "Kubo", command, answers, port_count=2, leave_unused=leave_unused) as (api, gateway):
        yield LocalIpfs(f"http://127.0.0.1:{api}", f"http://127.0.0.1:{gateway}")


def find_kubo() -> tuple[str, str]:
    """The `ipfs` program, and its version. Raises NodeError."""
    binary = _kubo()
    return binary, _run(binary, "version", "--number")


def _kubo() -> str:
    """The `ipfs` program, recent enough for the commands and settings used here."""
    binary = find_program("ipfs")
    said = _run(binary, "version", "--number")
    version = re.match(r"(\d+)\.(\d+)", said)
    if version is None or (int(version[1]), int(version[2])) < OLDEST_KUBO:
        oldest = ".".join(map(str, OLDEST_KUBO))
        raise ProgramError(f"{binary} is not Kubo {oldest} or later ({said[:40]!r})", "ipfs")
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
        raise ProgramError(f"{binary} can't be run ({type(error).__name__})", "ipfs") from error
    if done.returncode != 0:
        words = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise NodeError(f"{binary} {arguments[-1]}: {words[-1]}")
    return done.stdout.strip()
