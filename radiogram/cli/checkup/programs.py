"""Versions: of what runs this command, and of the programs that the local network is made of."""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from radiogram.cli.checkup.finding import Finding, ok, problem
from radiogram.cli.wording import printable

OLDEST_PYTHON, OLDEST_NODE = (3, 11), (20, 19)
OLDEST_KUBO = (0, 40)  # of whoever's node: older ones make other CIDs
OLDEST_APE, NEXT_APE = (0, 8, 51), (0, 9)


def python() -> Finding:
    found = f"Python {platform.python_version()}, {sys.executable}"
    return ok(found) if sys.version_info >= OLDEST_PYTHON else problem(found, "install Python 3.11 or later")


def ape() -> Finding:
    found = metadata.version("eth-ape")
    if OLDEST_APE <= numbers(found) < NEXT_APE:
        return ok(f"Ape {found}")
    return problem(f"Ape {found}", "pip install 'eth-ape>=0.8.51,<0.9', or `make setup`")


def radiogram() -> Finding:
    folder = Path(__file__).parents[2]
    return ok(f"Radiogram {metadata.version('radiogram')}, {folder}")


def node() -> Finding:
    from radiogram.devnet.program import find_program

    program = find_program("node")
    said = _said(program, "--version")
    if numbers(said) >= OLDEST_NODE:
        return ok(f"Node {said.removeprefix('v')}, {program}")
    return problem(f"{program} is not Node 20.19 or later ({said[:40]!r})", "install a later one, or set NODE_BIN")


def chain(name: str) -> Finding:
    """`name`: ganache or anvil."""
    from radiogram.devnet.program import find_program

    program = Path(find_program(name, Path("node_modules", ".bin")))
    return ok(f"{name.capitalize()} {_version_of_package(program.resolve())}, {program}")


def kubo() -> Finding:
    from radiogram.devnet.kubo import find_kubo

    program, version = find_kubo()
    return ok(f"Kubo {version}, {program}")


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return printable(done.stdout.strip())


def _version_of_package(program: Path) -> str:
    """Of the npm package that a program belongs to: the program itself takes seconds to say so."""
    for folder in program.parents:
        if (folder / "package.json").is_file():
            return str(json.loads((folder / "package.json").read_bytes()).get("version", "of an unknown version"))
    return "of an unknown version"


def numbers(version: str) -> tuple[int, ...]:
    """The first three numbers in a version."""
    return tuple(int(each) for each in re.findall(r"\d+", version)[:3])
