"""Kubo nodes that have settings of their own besides ours (radiogram/devnet/kubo.py)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from radiogram.devnet import kubo
from radiogram.devnet.kubo import LocalIpfs
from radiogram.devnet.program import answers_http
from radiogram.devnet.shared_daemon import SharedDaemon


def make_repo(repo: Path, api: int, gateway: int, **settings: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The command that runs a new repository's node, and its config, whose sections have `settings` besides ours."""
    binary = kubo._kubo()
    kubo._create_repo(binary, repo)
    kubo._configure(repo, api, gateway)
    config = json.loads((repo / "config").read_text())
    for section, own in settings.items():
        config[section] = {**config.get(section, {}), **own}
    (repo / "config").write_text(json.dumps(config))
    return [binary, f"--repo-dir={repo}", "daemon"], config


@contextmanager
def kubo_with(folder: Path, **settings: dict[str, Any]) -> Iterator[LocalIpfs]:
    """Runs offline in a new folder until the exit."""

    def command(ports: list[int]) -> list[str]:
        run, _ = make_repo(folder / "repo", *ports, **settings)
        return [*run, "--offline"]

    def answers(ports: list[int]) -> bool:
        return answers_http(ports[1], "/ipfs/bafkqaaa?format=raw", method="GET")  # the empty file, as a block

    with SharedDaemon(folder, "Kubo", command, answers, port_count=2) as (api, gateway):
        yield LocalIpfs(f"http://127.0.0.1:{api}", f"http://127.0.0.1:{gateway}")
