"""Fuzzes what reads bytes of strangers, a target after the other:  python -m tests.fuzz.run [TARGET…]

With atheris, which looks for inputs that run other lines; in an environment of its own, .tools/atheris, from which the
packages of this one are read. FUZZ_SECONDS is the time for each target, 600 if not said. Inputs are kept in .build/fuzz
and gone on from. Exit status 1 where a target raised anything but an error of ours, took 512 MB, or 10 s for an input.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import click

from tests.contract.audited import ROOT
from tests.contract.tool_environment import ToolEnvironment
from tests.fuzz.targets import MEMORY_LIMIT, SECONDS_LIMIT, TARGETS

ATHERIS = ToolEnvironment("atheris", "atheris", Path(__file__).parent)
BUILD = ROOT / ".build" / "fuzz"


def fuzz(name: str, seconds: int) -> bool:
    """Whether nothing was found."""
    corpus, found = BUILD / name, BUILD / f"{name}-found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds()):
        (corpus / f"seed-{number}").write_bytes(seed[: TARGETS[name].longest])
    # A corpus that has grown for weeks may hold what was once found: it is tried first.
    options = [
        *(f"-max_total_time={seconds}", f"-timeout={SECONDS_LIMIT}", f"-rss_limit_mb={MEMORY_LIMIT}"),
        *(f"-max_len={TARGETS[name].longest}", f"-artifact_prefix={found}/", "-print_final_stats=1", "-verbosity=1"),
    ]
    command = [ATHERIS.program("python"), "-m", "tests.fuzz.one", name, *options, corpus]
    with (BUILD / f"{name}.log").open("w") as log:
        done = subprocess.run(command, cwd=ROOT, env=_environment(), stdout=log, stderr=subprocess.STDOUT, check=False)
    said = (BUILD / f"{name}.log").read_text(errors="replace")
    stats = dict(line.split()[:2] for line in said.splitlines() if line.startswith("stat::"))
    runs, memory = stats.get("stat::number_of_executed_units:", "?"), stats.get("stat::peak_rss_mb:", "?")
    click.echo(f"{'passed' if done.returncode == 0 else 'FAILED'}  {name}: {runs} inputs, {memory} MB at most")
    if done.returncode:
        click.echo(f"    {BUILD / f'{name}.log'} says why; the input is in {found}")
    return done.returncode == 0


def _environment() -> dict[str, str]:
    """Its own packages first, then those of the environment that this runs in, and this tree's two."""
    folders = [ROOT, ROOT / "ape-ganache", sysconfig.get_paths()["platlib"]]
    return os.environ | {"PYTHONPATH": os.pathsep.join(map(str, folders))}


def page(seconds: int) -> bool:
    """The page's readers with fast-check, and every bit of an envelope."""
    command = [shutil.which("npm") or "npm", "--prefix", "web", "test", "--silent", "--", "fuzz", "bitFlips"]
    environment = os.environ | {"ALL_BITS": "1", "FUZZ_SECONDS": str(seconds)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def main(arguments: list[str]) -> int:
    seconds = int(os.environ.get("FUZZ_SECONDS") or 600)
    names = arguments or [*TARGETS, "page"]
    if unknown := set(names) - {*TARGETS, "page"}:
        raise SystemExit(f"no such target: {', '.join(unknown)}; there are {', '.join([*TARGETS, 'page'])}")
    clean = [page(seconds) if name == "page" else fuzz(name, seconds) for name in names]
    return 0 if all(clean) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
