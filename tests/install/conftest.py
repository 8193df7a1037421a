"""An environment that has the packages of this tree as anyone installs them, and nothing of the tree itself."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flows.conftest import ROOT

SOURCES = ["pyproject.toml", "setup.py", "README.md", "LICENSE", "radiogram", "ape-ganache"]
UV = ROOT / ".tools" / "installer" / "bin" / "uv"


def run(*command: object, **options: object) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Installed:
    """Runs the programs of an environment from a folder that is not this tree, with a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "environment" / "bin"
        self.home = folder / "home"
        self.cwd = folder / "elsewhere"
        for each in (self.home, self.cwd):
            each.mkdir(parents=True, exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if k in ("LANG", "LC_ALL", "TMPDIR")}
        # No PATH of the tree's environment, where a compiler is; Ganache and Kubo are named.
        self.environment = kept | {
            "HOME": str(self.home),
            "PATH": os.pathsep.join([str(self.bin), str(Path(shutil.which("node")).parent), "/usr/bin", "/bin"]),
            "GANACHE_BIN": str(ROOT / "node_modules" / ".bin" / "ganache"),
            "IPFS_BIN": str((ROOT / ".venv" / "bin" / "ipfs").resolve()),
        }

    def run(self, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.bin / program), *map(str, arguments)],
            cwd=self.cwd, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip

    @contextmanager
    def keeping(self, *arguments: str, **environment: str) -> Iterator[dict]:
        """A command that runs until it is stopped, while it runs; what it says first is one JSON object."""
        command = [str(self.bin / "radiogram"), *arguments]
        options = {"cwd": self.cwd, "env": self.environment | environment, "text": True}
        with subprocess.Popen(command, stdout=subprocess.PIPE, **options) as process:
            try:
                said = ""
                while not said.endswith("}\n") or said.count("{") != said.count("}"):
                    line = process.stdout.readline()
                    assert line, "it ended by itself"
                    said += line
                yield json.loads(said)
            finally:
                process.terminate()

    def json(self, program: str, *arguments: object) -> dict:
        done = self.run(program, *arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


def copy_sources(folder: Path, *, pages: bool) -> None:
    """What distributions are made from, less what set-up and builds left there."""
    for name in SOURCES:
        place = ROOT / name
        skip = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
        shutil.copytree(place, folder / name, ignore=skip) if place.is_dir() else shutil.copy(place, folder / name)
    if pages:
        shutil.copytree(ROOT / "web" / "dist", folder / "web" / "dist")


def build(source: Path, out: Path) -> None:
    """A source distribution, and a wheel that was made from it."""
    run(UV, "build", "--quiet", "--build-constraints", ROOT / "tools" / "installer.txt", "--out-dir", out, source)


@pytest.fixture(scope="session")
def distributions(tmp_path_factory):
    """The folder of both wheels and both source distributions."""
    out = tmp_path_factory.mktemp("dist")
    source = tmp_path_factory.mktemp("source")
    copy_sources(source, pages=True)
    build(source, out)
    build(source / "ape-ganache", out)
    return out


@pytest.fixture(scope="session")
def installed(distributions, tmp_path_factory):
    """The wheels, beside the packages of the runtime lock and no others; under RADIOGRAM_PLAIN_PIP what pip takes."""
    folder = tmp_path_factory.mktemp("installed")
    python = folder / "environment" / "bin" / "python"
    if os.environ.get("RADIOGRAM_PLAIN_PIP"):  # what pip itself chooses, without any lock: some minutes
        run(sys.executable, "-m", "venv", folder / "environment")
        (port,), (ours,) = (distributions.glob(f"{name}-*.tar.gz") for name in ("ape_ganache", "radiogram"))
        run(python, "-m", "pip", "install", "--quiet", port, f"radiogram[local] @ {ours.as_uri()}")
        return Installed(folder)
    run(UV, "venv", "--quiet", "--python", sys.executable, folder / "environment")
    run(UV, "pip", "sync", "--quiet", "--python", python, "--require-hashes", ROOT / "requirements.txt")
    run(UV, "pip", "install", "--quiet", "--python", python, "--no-deps", *distributions.glob("*.whl"))
    return Installed(folder)
