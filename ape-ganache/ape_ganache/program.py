"""Runs a program beside this one: finds it and a port for it, starts it, waits until it serves, and ends it.

Ganache for Ape, and the local nodes of packages that build on this one, are run by it. It knows nothing of Ape.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ape_ganache import _guard
from ape_ganache._guard import end as end
from ape_ganache._guard import wait_until as wait_until

LOOPBACK = "127.0.0.1"


class ProgramMissing(LookupError):  # noqa: N818 - whoever looks has words of their own
    """There is no such program. `named`: what the environment says instead of its place; None where it says nothing."""

    def __init__(self, program: str, named: str | None) -> None:
        super().__init__(f"no program {named or program!r}")
        self.named = named


def find_program(name: str, *folders: Path) -> str:
    """The absolute path of a program: as the variable NAME_BIN says, or on PATH, or beside this Python, or in one of
    the folders. Raises ProgramMissing.
    """
    named = os.environ.get(f"{name.upper()}_BIN") or None
    if named:
        found = shutil.which(named)
    else:
        places = [os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent), *map(str, folders)]
        found = shutil.which(name, path=os.pathsep.join(filter(None, places)))
    if found is None:
        raise ProgramMissing(name, named)
    return str(Path(found).absolute())


def start(
    command: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
) -> "subprocess.Popen[bytes]":
    """A process in a session of its own: a Ctrl-C at the terminal, or a kill of this one's group, does not reach it.

    It outlives this process, unless it is guarded. Raises OSError where the program can't be run.
    """
    return subprocess.Popen(
        command, stdin=stdin, stdout=stdout, stderr=stderr, env=environment, cwd=folder, start_new_session=True
    )


def guarded(command: Sequence[str], *, detached: bool = False) -> list[str]:
    """The command line of a guard (_guard.py), which runs Ganache or Anvil, and says on its standard output where it
    listens. It ends it when its own standard input ends, which the owner holds; `detached`, when it gets a signal.
    """
    # -I -S: no site packages and no environment, hence a start in milliseconds.
    return [sys.executable, "-I", "-S", _guard.__file__, "detached" if detached else "owned", *command]


def free_ports(count: int = 1) -> list[int]:
    """Distinct TCP ports of 127.0.0.1 that nobody has. Another program may still take one: be ready to try again."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]


def is_free(port: int) -> bool:
    """Whether nobody has that TCP port of 127.0.0.1, not even as the near end of a connection."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
