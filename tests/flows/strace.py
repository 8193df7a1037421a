"""Runs a command under strace, which kills it, or fails it, at a chosen system call."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from tests.flows.ape_run import Command


@contextmanager
def traced(arguments, environment, *options, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
    """The command, from its first own step on under `strace -f` with these options."""
    with Path(os.devnull).open() as stdin, Path(os.devnull).open("w") as nothing:
        streams = {"stdout": nothing if stdout == subprocess.DEVNULL else stdout}
        streams["stderr"] = nothing if stderr == subprocess.DEVNULL else stderr
        command = Command(arguments, environment, stdin=stdin, stopped=True, **streams)
        _until(lambda: _status(command.pid, "State").startswith("T"))
        tracer = subprocess.Popen(["strace", "-f", "-qq", *options, "-p", str(command.pid)], stderr=subprocess.DEVNULL)
        try:
            _until(lambda: _status(command.pid, "TracerPid") == str(tracer.pid))
            os.kill(command.pid, signal.SIGCONT)
            yield command
        finally:
            tracer.terminate()
            tracer.wait(30)


def killed_at(arguments, environment, call, count) -> int:
    """Exit status of the command, killed at the `count`th system call of that name; 0 if it comes to its end before."""
    with traced(
        arguments, environment, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={count}"
    ) as command:
        return command.wait(120)


@contextmanager
def attached(pid, *options):
    """A process that runs, with its threads and those to come, under `strace -f` with these options.

    What strace counts (`when=`), it counts for each thread.
    """
    tracer = subprocess.Popen(["strace", "-f", "-qq", *options, "-p", str(pid)], stderr=subprocess.DEVNULL)
    try:
        threads = [each.name for each in Path(f"/proc/{pid}/task").iterdir()]
        _until(lambda: all(_status(each, "TracerPid") == str(tracer.pid) for each in threads))
        yield
    finally:
        tracer.terminate()
        tracer.wait(30)


def _status(pid, field) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith(f"{field}:"))


def _until(happened) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
