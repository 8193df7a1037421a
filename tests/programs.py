"""Runs programs of others beside tests and measurements, until these are done with them, and no longer."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from ape_ganache.program import end, guarded, start, wait_until

PATIENCE = 60  # seconds for a program to answer, and to end


@contextmanager
def listening(command: Sequence[str], folder: Path | None = None) -> Iterator[tuple[str, psutil.Process]]:
    """Of a program that says where it listens, as Anvil does: its URL and its process.

    It does not outlive this process, however this one ends.
    """
    with start(guarded(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, folder=folder) as guard:
        assert guard.stdout
        try:
            said = json.loads(guard.stdout.readline())
            assert said["ready"], f"{command[0]} did not start: {said['error']}"
            (process,) = psutil.Process(guard.pid).children()
            yield f"http://{said['at']}", process
        finally:
            guard.terminate()


@contextmanager
def serving(command: Sequence[str | Path], answers: Callable[[], object], **options: Any) -> Iterator[None]:
    """Of one that does not say so: it is there once it `answers`. `options` are those of subprocess.Popen.

    It is in this process's group, with which it ends.
    """
    process = subprocess.Popen(command, **options)
    try:
        assert wait_until(lambda: process.poll() is not None or bool(answers()), PATIENCE), f"{command[0]}: no answer"
        assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
        yield
    finally:
        end(process.send_signal, lambda: process.poll() is None, PATIENCE)
