"""Starting a Ganache process: which executable, which port, and whether it came up."""

import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ape_ganache import _guard
from ape_ganache.errors import GanacheError, PortTakenError

LOOPBACK = "127.0.0.1"
PRIVATE_KEY = re.compile("(0x)?[0-9a-fA-F]{64}")


def find_executable(configured: str | None, project: Path) -> str:
    """Returns the path of the `ganache` command. Raises GanacheError where there is none."""
    for source, value in (("`ganache: executable`", configured), ("GANACHE_BIN", os.environ.get("GANACHE_BIN"))):
        if value:
            if found := shutil.which(value):
                return found
            raise GanacheError(f"{source} is {value!r}, which is not an executable file.")
    beside_python, in_project = Path(sys.executable).parent, project / "node_modules" / ".bin"
    for folder in (None, beside_python, in_project):
        if found := shutil.which("ganache", path=None if folder is None else str(folder)):
            return found
    raise GanacheError(
        "Ganache is not installed. Run `npm install ganache` in the project, or name the command in GANACHE_BIN."
    )


def free_port() -> int:
    """Returns a port nobody listens on. Another program may still take it: be ready to try again."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_listening(host: str, port: int) -> bool:
    """Whether any program accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def start(command: Sequence[str], *, detached: bool, timeout: float) -> "subprocess.Popen[bytes]":
    """Returns the guard of a node that accepts requests; a signal to the guard ends the node. Raises
    PortTakenError, or GanacheError with what the node complained about.
    """
    # -I -S: no site packages and no environment, hence a start in milliseconds.
    guard = subprocess.Popen(
        [sys.executable, "-I", "-S", _guard.__file__, "detached" if detached else "owned", *command],
        stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C at the terminal, or a kill of Ape's group, must not reach the guard
    )
    try:
        report = _first_report(guard, timeout)
        if not report.get("ready"):
            raise _start_error(command[0], str(report.get("error", "")))
    except BaseException:  # Ctrl-C too: nobody else knows of this process yet
        guard.terminate()
        guard.wait()
        raise
    return guard


def _first_report(guard: "subprocess.Popen[bytes]", timeout: float) -> dict[str, Any]:
    assert guard.stdout is not None  # noqa: S101
    if not select.select([guard.stdout], [], [], timeout)[0]:
        raise GanacheError(f"Ganache did not start within {timeout:g} seconds. Set `ganache: start_timeout` to more.")
    report: dict[str, Any] = json.loads(guard.stdout.readline() or "{}")
    return report


def _start_error(executable: str, complaint: str) -> GanacheError:
    if "EADDRINUSE" in complaint:
        return PortTakenError(
            "Another program took the node's port. Free it, or set `ganache: port` to another one or to auto."
        )
    if "node" in complaint and ("No such file" in complaint or "not found" in complaint):
        return GanacheError("Ganache needs Node.js, and there is no `node` on PATH. Install Node.js 16 or newer.")
    if "/LOCK" in complaint:
        return GanacheError("Another Ganache has the database folder open. Stop it, or join it by its `ganache: port`.")
    if not complaint:
        complaint = f"it ended without a word. Run `{executable} --version` to see if it works at all."
    return GanacheError(f"Ganache did not start: {PRIVATE_KEY.sub('…', complaint)}")
