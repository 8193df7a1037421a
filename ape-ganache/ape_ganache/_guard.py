"""Runs Ganache, or Anvil, for one owner, and ends it when the owner ends, however that happens.

Usage: `python _guard.py (owned|detached) COMMAND…`, a file of the standard library alone, so that it
starts in milliseconds; hence how a process is waited for and ended stands here, and program.py has it from
here. It says one line of JSON on standard output, `{"ready": true, "at": "127.0.0.1:8545"}` or
`{"ready": false, "error": …}`, and nothing else: what the node prints has private keys in it.

`owned`: standard input is a pipe that nothing is written to. The kernel closes it when the owner dies,
by SIGKILL too, and the node is stopped then. `detached`: runs on until it is sent a signal.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

GREETINGS = ("ganache v", "Starting RPC server")
KEYS_FOLLOW = "Available Accounts"
LISTENING = ("RPC Listening on ", "Listening on ")  # Ganache's words, and Anvil's
POLL_SECONDS = 0.02  # between two looks at a process
STOP_SECONDS = 10.0


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it comes to hold in so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def end(send_signal: Callable[[int], None], is_alive: Callable[[], bool], patience: float = STOP_SECONDS) -> None:
    """Asks a process to end, and makes it if it takes too many seconds."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        send_signal(number)
        if wait_until(lambda: not is_alive(), patience):
            return


def main() -> int:
    mode, *command = sys.argv[1:]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        node = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=_die_with_the_guard if sys.platform == "linux" else None,
        )
    except OSError as error:
        _say(ready=False, error=str(error))
        return 1
    try:
        if mode == "owned":
            threading.Thread(target=_leave_at_end_of_input, daemon=True).start()
        return _follow(node)
    finally:
        _stop(node)


def _follow(node: "subprocess.Popen[str]") -> int:
    """Returns the node's exit status. Reads all of its output, or the node would block on a full pipe."""
    ready, secret = False, False
    said: list[str] = []
    assert node.stdout is not None  # noqa: S101
    for line in node.stdout:
        if not ready and line.startswith(LISTENING):
            ready = True
            _say(ready=True, at=line.split()[-1])
        elif not ready and not secret:
            secret = line.startswith(KEYS_FOLLOW)
            said.append(line.strip())
    status = node.wait()
    if not ready:
        _say(ready=False, error=_complaint(said))
    return status


def _complaint(said: list[str]) -> str:
    """The line that says what went wrong: the first error, or else the last words."""
    errors = [line for line in said if "Error:" in line]
    last_words = [line for line in said if line and not line.startswith(GREETINGS)][-1:]
    return (errors or last_words or [""])[0][:300]


def _say(**report: object) -> None:
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _leave_at_end_of_input() -> None:
    _read_all(0)
    os.kill(os.getpid(), signal.SIGTERM)


def _stop(node: "subprocess.Popen[str]") -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    assert node.stdout is not None  # noqa: S101
    # What it says at its end is read too, or it would block on a full pipe.
    threading.Thread(target=_read_all, args=[node.stdout.fileno()], daemon=True).start()
    end(node.send_signal, lambda: node.poll() is None)


def _read_all(descriptor: int) -> None:
    while os.read(descriptor, 1 << 16):
        pass


def _die_with_the_guard() -> None:
    """Linux only: PR_SET_PDEATHSIG, for the case that somebody kills the guard itself with SIGKILL."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
