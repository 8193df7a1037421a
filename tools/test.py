"""Runs every check and test, in parts, one more at a time than there are cores: `make test`.

Any part waits now and then, for a deadline or a browser; another one has the core meanwhile. Each part's output is kept
apart, and printed whole at the end if it failed; then the exit status is 1. Ctrl-C stops all of them. Needs the
environment of `make setup-dev`, active. JOBS=1 runs one part after another.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NoReturn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.ports import free_port  # noqa: E402 - of this tree

WEB_PARTS = ("send", "open", "viewer")
ON_ANVIL = "ethereum:local:foundry"
TOLD = "-rfEs"  # at the end of a part, a line each: what failed, and what was left out
# The longest first. What is new in tests/ runs with "rest", or "rest of web", until it is named elsewhere.
PARTS = {
    "flows": ["ape", "test", "tests/flows", TOLD],
    "rest": ["ape", "test", "tests", TOLD, "--ignore=tests/web", "--ignore=tests/flows"],
    "web/send": ["ape", "test", "tests/web/send", TOLD],
    "web/open": ["ape", "test", "tests/web/open", TOLD],
    "rest of web": ["ape", "test", "tests/web", TOLD, *(f"--ignore=tests/web/{each}" for each in WEB_PARTS)],
    "web/viewer": ["ape", "test", "tests/web/viewer", TOLD],
    "contract on Anvil": ["ape", "test", "tests/contract", TOLD, "--network", ON_ANVIL],
    "ape-ganache": ["ape", "test", "ape-ganache/tests", TOLD],
    "lint": ["make", "--no-print-directory", "lint"],
    "units of the website": ["npm", "--prefix", "web", "test", "--silent"],
}
MOST_JOBS = 4  # at a time: each has browsers, chains and nodes of its own
PATIENCE = 30  # seconds for a part to stop what it started


@dataclass
class Part:
    """A part that runs: in a process group of its own, which a Ctrl-C of the terminal does not reach by itself."""

    name: str
    output: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            PARTS[self.name],
            cwd=ROOT,
            env=os.environ | (free_anvil() if ON_ANVIL in PARTS[self.name] else {}),
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def printed(self) -> str:
        self.output.seek(0)
        return self.output.read().decode(errors="replace").rstrip()

    def signal(self, number: int) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return

    def told(self) -> str:
        """How it went, in a line; then what failed, and what was left out, which is never silent."""
        lines = self.printed().splitlines() or [""]
        how = "failed" if self.process.returncode else "passed"
        took = time.monotonic() - self.started
        summary = "".join(f"\n    {line}" for line in lines if line.startswith(("FAILED ", "ERROR ", "SKIPPED ")))
        return f"{how}  {self.name}, {took:.0f} s: {lines[-1].strip(' =')}{summary}"


def main() -> int:
    signal.signal(signal.SIGTERM, _terminated)
    jobs = int(os.environ.get("JOBS") or min((os.cpu_count() or 1) + 1, MOST_JOBS))
    # What every part reads is made before two of them would make it at once.
    if subprocess.run(["ape", "compile", "-v", "ERROR"], cwd=ROOT, check=False).returncode:
        return 1
    waiting = list(PARTS)
    running: list[Part] = []
    failed: dict[str, Part] = {}  # by how it went
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(Part(waiting.pop(0)))
                print(f"runs    {running[-1].name}", flush=True)
            for part in [each for each in running if each.process.poll() is not None]:
                running.remove(part)
                print(told := part.told(), flush=True)
                if part.process.returncode:
                    failed[told] = part
            time.sleep(0.2)
    finally:
        stop(running)
    for part in failed.values():
        print(f"\n==== {part.name}: {' '.join(PARTS[part.name])}\n\n{part.printed()}")
    if failed:
        # Once more, in few lines, for whoever sees the end of a long output alone.
        print("", *failed, sep="\n", flush=True)
    return bool(failed)


def free_anvil() -> dict[str, str]:
    """Where Ape's provider is to start Anvil: by itself it takes a port by chance, and fails if that is in use."""
    return {"APE_FOUNDRY_HOST": f"http://127.0.0.1:{free_port()}"}


def stop(running: list[Part]) -> None:
    """As Ctrl-C would; without mercy if that takes too long."""
    for part in running:
        part.signal(signal.SIGINT)
    deadline = time.monotonic() + PATIENCE
    for part in running:
        try:
            part.process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            part.signal(signal.SIGKILL)


def _terminated(*_: object) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
