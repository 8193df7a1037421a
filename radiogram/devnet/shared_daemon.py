"""One daemon process shared by many: the first that needs it starts it, the last one out stops it.

Used for the local chain and the local IPFS node, so that two commands at once, or one beside a
running `devnet`, meet the same node. State folder of one daemon, all files 0600:

    gate.lock   held (flock, exclusive) while a daemon is being started, joined or left
    users.lock  held (flock, shared) by each user for as long as it uses the daemon
    note.json   command line, pid and ports of the daemon; absent when none runs
    log         what the daemon printed last: its errors, and its output if that holds no secret

The kernel drops a lock when its holder dies, however it dies. So after `kill -9` of every user the
daemon stays behind with its note, and the next user joins it and, being the last, stops it.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import psutil
from ape_ganache import program

from radiogram.errors import NodeError

if sys.platform == "win32":
    raise ImportError("local nodes need fcntl locks, which Windows does not have: use WSL")

import fcntl

from radiogram.file_lock import lock, try_lock

_ATTEMPTS = 3
# The daemon has no use for what these may hold: pass phrases and the credentials of other nodes.
_PRIVATE_ENVIRONMENT = ("APE_", "IPFS_", "RADIOGRAM_")


@dataclass(frozen=True)
class Note:
    """What the state folder says of the daemon. `pid` is None until the process is known to exist."""

    argv: list[str]
    ports: list[int]
    pid: int | None


class SharedDaemon:
    """A context manager that yields the daemon's TCP ports while at least this user holds it.

    `command(ports)` prepares what the daemon needs and returns its command line, whose arguments must be
    no other daemon's (they name its folder): by them a process is known as ours before it is signalled.
    `answers(ports)` tells whether the daemon serves. `keep_output=False` logs its errors only. Raises
    NodeError if the daemon does not start within `timeout` seconds. Use an instance once.

    `leave_unused`: what ran without any user goes on running when this one leaves, or is refused if it does not answer.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        command: Callable[[list[int]], list[str]],
        answers: Callable[[list[int]], bool],
        *,
        port_count: int = 1,
        keep_output: bool = True,
        timeout: float = 30.0,
        leave_unused: bool = False,
    ) -> None:
        self.folder, self.name, self.timeout = folder, name, timeout
        self._command, self._answers = command, answers
        self._port_count, self._keep_output = port_count, keep_output
        self._leave_unused = leave_unused
        self._stays = False  # whether it ran without users, and is left so
        self._users_lock = -1

    def __enter__(self) -> list[int]:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise NodeError(f"{self.folder} can't be a state folder: {error.strerror}") from error
        with self._gate():
            self._users_lock = _open_private(self.folder / "users.lock")
            try:
                fcntl.flock(self._users_lock, fcntl.LOCK_SH)
                return self._join() or self._start()
            except BaseException:
                self._leave()
                raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with self._gate():
                self._leave()
        finally:
            self._close_users_lock()

    @contextlib.contextmanager
    def _gate(self) -> Iterator[None]:
        """Raises LockedError, should another command stand in it for longer than it takes to start a daemon."""
        gate = _open_private(self.folder / "gate.lock")
        try:
            lock(gate, self.folder / "gate.lock", _ATTEMPTS * self.timeout + self.timeout)
            yield
        finally:
            os.close(gate)

    # What follows runs only behind the gate.

    def _join(self) -> list[int] | None:
        """The ports of the daemon that runs already; None if there is none, or none that answers."""
        note = _read_note(self.folder)
        process = _find(note)
        if note is None or process is None:
            return None
        self._stays = self._leave_unused and self._is_last()
        if self._wait_for_answer(note.ports, process):
            return note.ports
        if _is_alive(process) and (self._stays or not self._is_last()):
            raise NodeError(
                f"{self.name} (process {process.pid}) runs but does not answer", "stop the commands that use it"
            )
        self._stays = False
        _stop(process, self.timeout / 3)
        return None

    def _start(self) -> list[int]:
        for _ in range(_ATTEMPTS):  # another program may take a port between our look and the daemon's
            ports = program.free_ports(self._port_count)
            argv = self._command(ports)
            self._write_note(Note(argv, ports, None))
            process = self._spawn(argv)
            self._write_note(Note(argv, ports, process.pid))
            if self._wait_for_answer(ports, process):
                return ports
            if _is_alive(process) or all(map(program.is_free, ports)):
                break
        how = f"did not answer within {self.timeout:g} s" if _is_alive(process) else "ended when started"
        raise NodeError(f"{self.name} {how}{self._last_log_line()}")

    def _leave(self) -> None:
        if self._is_last() and not self._stays:
            process = _find(_read_note(self.folder))
            if process is not None:
                _stop(process, self.timeout / 3)
            (self.folder / "note.json").unlink(missing_ok=True)
        self._close_users_lock()

    def _close_users_lock(self) -> None:
        if self._users_lock >= 0:
            os.close(self._users_lock)
            self._users_lock = -1

    def _is_last(self) -> bool:
        """Whether nobody else uses the daemon."""
        if not try_lock(self._users_lock):
            return False
        fcntl.flock(self._users_lock, fcntl.LOCK_SH)
        return True

    def _spawn(self, argv: Sequence[str]) -> psutil.Process:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(_PRIVATE_ENVIRONMENT)}
        log = _open_private(self.folder / "log", os.O_TRUNC)
        try:
            output = log if self._keep_output else subprocess.DEVNULL
            child = program.start(argv, stdout=output, stderr=log, environment=environment, folder=self.folder)
        except OSError as error:
            raise NodeError(f"{self.name} can't be run: {argv[0]}: {error.strerror}") from error
        finally:
            os.close(log)
        process = psutil.Process(child.pid)
        # It may outlive this process or end before it; either way somebody has to wait for it.
        threading.Thread(target=child.wait, daemon=True).start()
        return process

    def _wait_for_answer(self, ports: list[int], process: psutil.Process) -> bool:
        """False where it ends meanwhile: then it was another program that answered, if any did."""

        def is_decided() -> bool:
            return not _is_alive(process) or self._answers(ports)

        return program.wait_until(is_decided, self.timeout) and _is_alive(process)

    def _write_note(self, note: Note) -> None:
        new = self.folder / "note.json.new"
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(note)))
        new.replace(self.folder / "note.json")

    def _last_log_line(self) -> str:
        """What the daemon printed last, for the end of a message."""
        log = self.folder / "log"
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        return f": {lines[-1].strip()[:200]} (see {log})" if lines else f" (see {log})"


# ---- looking at a daemon, without using it


@dataclass(frozen=True)
class Sighting:
    """What a state folder shows: its note may outlive the process, and the process its users."""

    pid: int | None
    """None: it does not run."""
    is_used: bool
    """Or about to be."""


def look(folder: Path) -> Sighting | None:
    """None where there is no note of a daemon."""
    if (note := _read_note(folder)) is None:
        return None
    process = _find(note)
    with contextlib.ExitStack() as held:
        return Sighting(process.pid if process else None, is_used=not _keep_out(folder, held))


def stop_unused(folder: Path) -> bool:
    """Stop a daemon that nobody uses, and take its note away; False if somebody does, or is about to."""
    with contextlib.ExitStack() as held:
        if not _keep_out(folder, held):
            return False
        if process := _find(_read_note(folder)):
            _stop(process)
        (folder / "note.json").unlink(missing_ok=True)
        return True


def _keep_out(folder: Path, held: contextlib.ExitStack) -> bool:
    """Whether nobody uses the daemon, or starts to; nobody can until `held` is closed."""
    for name in ("gate.lock", "users.lock"):
        file = _open_private(folder / name)
        held.callback(os.close, file)
        if not try_lock(file):
            return False
    return True


# ---- processes, notes and locks


def _read_note(folder: Path) -> Note | None:
    try:
        return Note(**json.loads((folder / "note.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _find(note: Note | None) -> psutil.Process | None:
    """The process that the note tells of. A pid alone proves nothing: pids are used again."""
    if note is None:
        return None
    known = [note.pid] if note.pid is not None else psutil.pids()
    return next((process for pid in known if (process := _matching(pid, note.argv))), None)


def _stop(process: psutil.Process, patience: float = 10.0) -> None:
    """Asks the process to end, and makes it if it takes too many seconds."""

    def send_signal(number: int) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)

    program.end(send_signal, lambda: _is_alive(process), patience)


def _matching(pid: int, argv: Sequence[str]) -> psutil.Process | None:
    """The process, if its arguments are these; the program itself may be a script's interpreter."""
    try:
        process = psutil.Process(pid)
        arguments = process.cmdline()
    except psutil.Error:
        return None
    own = list(argv[1:])
    return process if own and arguments[-len(own) :] == own else None


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _open_private(path: Path, flags: int = 0) -> int:
    """A file descriptor for writing, not inherited by children; the file is created 0600."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
