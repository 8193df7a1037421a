"""Runs a program that says where it listens, as Anvil does, for a test or a measurement."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from ape_ganache.program import guarded, start


@contextmanager
def listening(command: Sequence[str], folder: Path | None = None) -> Iterator[tuple[str, psutil.Process]]:
    """Its URL and its process, which does not outlive this one, however this one ends."""
    with start(guarded(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, folder=folder) as guard:
        assert guard.stdout
        try:
            said = json.loads(guard.stdout.readline())
            assert said["ready"], f"{command[0]} did not start: {said['error']}"
            (process,) = psutil.Process(guard.pid).children()
            yield f"http://{said['at']}", process
        finally:
            guard.terminate()
