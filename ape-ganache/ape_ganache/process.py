"""Starting a Ganache process: which executable, which port, and whether it came up."""

import json
import re
import select
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ape_ganache import program
from ape_ganache.errors import GanacheError, PortTakenError
from ape_ganache.program import ProgramMissing

PRIVATE_KEY = re.compile("(0x)?[0-9a-fA-F]{64}")
STOP_SECONDS = 30.0  # for a guard, which gives its node ten


def find_executable(configured: str | None, project: Path) -> str:
    """Returns the path of the `ganache` command. Raises GanacheError where there is none."""
    if configured:
        if found := shutil.which(configured):
            return found
        raise GanacheError(_no_executable("`ganache: executable`", configured))
    try:
        return program.find_program("ganache", project / "node_modules" / ".bin")
    except ProgramMissing as error:
        if error.named:
            raise GanacheError(_no_executable("GANACHE_BIN", error.named)) from None
        raise GanacheError(
            "Ganache is not installed. Run `npm install ganache` in the project, or name the command in GANACHE_BIN."
        ) from None


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
    guard = program.start(
        program.guarded(command, detached=detached),
        stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        report = _first_report(guard, timeout)
        if not report.get("ready"):
            raise _start_error(command[0], str(report.get("error", "")))
    except BaseException:  # Ctrl-C too: nobody else knows of this process yet
        program.end(guard.send_signal, lambda: guard.poll() is None, STOP_SECONDS)
        raise
    return guard


def _first_report(guard: "subprocess.Popen[bytes]", timeout: float) -> dict[str, Any]:
    said = guard.stdout
    assert said is not None  # noqa: S101
    if not program.wait_until(lambda: bool(select.select([said], [], [], 0)[0]), timeout):
        raise GanacheError(f"Ganache did not start within {timeout:g} seconds. Set `ganache: start_timeout` to more.")
    report: dict[str, Any] = json.loads(said.readline() or "{}")
    return report


def _no_executable(source: str, value: str) -> str:
    return f"{source} is {value!r}, which is not an executable file."


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
