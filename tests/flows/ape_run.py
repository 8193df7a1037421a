"""Runs `ape run …` in processes forked from one that has imported Ape already.

Nine tenths of a command's time are these imports. Here each command is a process all the same, with the environment,
folder, streams, terminal and signals that are asked for, goes through Ape's own command line, and imports every module
of this project itself. What only a process started from nothing shows is tested with `subprocess`.
"""

import atexit
import contextlib
import fcntl
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import termios
from collections.abc import Sequence
from multiprocessing import forkserver
from multiprocessing.reduction import DupFd
from pathlib import Path

from pexpect.fdpexpect import fdspawn

ROOT = Path(__file__).resolve().parents[2]
WORDS_ASKED = 2  # of a key that is introduced
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.flows.warm", __name__])


class Command:
    """A command that runs: `ape run` with these arguments. The streams are files or their descriptors.

    `stopped`: it does nothing before it gets SIGCONT.
    """

    def __init__(self, arguments, environment, *, stdin, stdout, stderr, terminal=False, stopped=False):
        with contextlib.chdir(ROOT):
            forkserver.ensure_running()
        streams = [DupFd(each if isinstance(each, int) else each.fileno()) for each in (stdin, stdout, stderr)]
        self._process = _CONTEXT.Process(
            target=_main,
            args=(list(map(str, arguments)), environment, str(ROOT), streams, terminal, stopped),
            daemon=True,  # should a test forget it, it ends with the tests
        )
        self._process.start()
        self.pid = self._process.pid

    @classmethod
    def with_output(cls, arguments, environment):
        """A command whose standard output is read from `stdout`; errors go where the tests' own go."""
        ours, theirs = os.pipe()
        with Path(os.devnull).open() as stdin, os.fdopen(theirs, "w") as stdout:
            command = cls(arguments, environment, stdin=stdin, stdout=stdout, stderr=2)
        command.stdout = os.fdopen(ours)
        return command

    def poll(self) -> int | None:
        """Its exit status; negative, the signal that ended it; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Its exit status."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            self._process.kill()
            raise subprocess.TimeoutExpired("ape run", timeout)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


class Terminal(fdspawn):
    """A command on a terminal of its own: `expect`, `sendline`, then `close`, as of pexpect.spawn."""

    def __init__(self, arguments, environment, *, dimensions=(24, 80), timeout=60):
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, dimensions)
        try:
            self.running = Command(arguments, environment, stdin=theirs, stdout=theirs, stderr=theirs, terminal=True)
        finally:
            os.close(theirs)
        super().__init__(ours, timeout=timeout, encoding="utf-8")
        self.exitstatus = None

    def close(self) -> None:
        super().close()
        if self.exitstatus is None:
            self.exitstatus = self.running.wait(self.timeout)


def introduce(terminal, words: Sequence[str]) -> None:
    """Answers the questions about a key that is not in the register: which words it has."""
    for _ in range(WORDS_ASKED):
        terminal.expect(r"Word (\d) of 6: ")
        terminal.sendline(words[int(terminal.match[1]) - 1])


def run(arguments, environment, timeout=180, typed="") -> subprocess.CompletedProcess[str]:
    """A command run to its end, with no more to read than what was `typed`, and what it printed."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr, tempfile.TemporaryFile() as stdin:
        stdin.write(typed.encode())
        stdin.seek(0)
        status = Command(arguments, environment, stdin=stdin, stdout=stdout, stderr=stderr).wait(timeout)
        printed = [_text(stream) for stream in (stdout, stderr)]
    return subprocess.CompletedProcess(["ape", "run", *map(str, arguments)], status, *printed)


def _text(stream) -> str:
    stream.seek(0)
    return stream.read().decode()


def _main(arguments, environment, folder, streams, terminal, stopped) -> None:
    """What a forked process does: it makes itself one that `ape run` was typed to start, and goes on as that does."""
    from ape._cli import cli

    from tests.flows import warm  # done long ago, or else its errors are seen here

    for number, stream in enumerate(streams):
        os.dup2(stream.detach(), number)
    # As a new interpreter opens them.
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace")
    if terminal:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    if stopped:
        os.kill(os.getpid(), signal.SIGSTOP)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:], sys.argv, tempfile.tempdir = warm.PATH, ["ape", "run", *arguments], None
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in environment
    try:
        cli()
    finally:
        atexit._run_exitfuncs()
