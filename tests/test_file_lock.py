"""Locks in the state folder: one command at a time, and none waits for ever for one that was stopped."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from radiogram.chain.nonce_lock import nonce_lock
from radiogram.cli.checkup.locks import locks
from radiogram.devnet.shared_daemon import SharedDaemon
from radiogram.errors import LockedError
from radiogram.file_lock import lock

ACCOUNT = "0x" + "11" * 20
HOLDER = """
import fcntl, sys, time
file = open(sys.argv[1], "ab")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def held_elsewhere():
    """held_elsewhere(path): another process holds the lock of that file; returns it."""
    started = []

    def hold(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        started.append(subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout.readline() == "held\n"
        return started[-1]

    yield hold
    for process in started:
        process.kill()
        process.communicate()


def take(path, patience):
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        lock(file, path, patience)
    finally:
        os.close(file)


def test_a_lock_that_is_free_is_taken_at_once_without_any_patience(tmp_path):
    take(tmp_path / "lock", 0)
    take(tmp_path / "lock", 0)


def test_a_lock_is_taken_when_its_holder_lets_go(tmp_path, held_elsewhere):
    holder = held_elsewhere(tmp_path / "lock")
    threading.Timer(0.2, holder.kill).start()
    take(tmp_path / "lock", 60)


def test_a_lock_is_not_let_go_before_its_file_is_closed(tmp_path):
    first, second = (os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT, 0o600) for _ in range(2))
    lock(first, tmp_path / "lock", 0)
    with pytest.raises(LockedError):
        lock(second, tmp_path / "lock", 0)
    os.close(first)
    lock(second, tmp_path / "lock", 0)
    os.close(second)


@pytest.mark.fault("A command that sends is frozen", "SIGSTOP", "others are told in time whom they wait for")
def test_whoever_holds_the_lock_of_an_account_and_is_frozen_is_not_waited_for_for_ever(tmp_path, held_elsewhere):
    path = tmp_path / f"1337-{ACCOUNT}.lock"
    held_elsewhere(path).send_signal(signal.SIGSTOP)
    with pytest.raises(LockedError, match=f"another command holds {path}, and did not let go in 0.2 s: let it end"):
        nonce_lock(tmp_path, 1337, ACCOUNT, 0.2).__enter__()


@pytest.mark.fault("A command that starts a node is frozen", "SIGSTOP", "others are told in time whom they wait for")
def test_whoever_starts_a_node_and_is_frozen_is_not_waited_for_for_ever(tmp_path, held_elsewhere):
    held_elsewhere(tmp_path / "gate.lock").send_signal(signal.SIGSTOP)
    daemon = SharedDaemon(tmp_path, "the server", lambda _: pytest.fail("was started"), lambda _: True, timeout=0.1)
    started = time.monotonic()
    with pytest.raises(LockedError, match=str(tmp_path / "gate.lock")):
        daemon.__enter__()
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("name", ["audit.jsonl", "outbox/0x11/lock", "contacts/lock", "nonce-locks/1-0x11.lock"])
def test_doctor_names_who_holds_a_lock_that_others_wait_for(tmp_path, held_elsewhere, name):
    assert locks(tmp_path).state == "ok"
    holder = held_elsewhere(tmp_path / name)
    found = locks(tmp_path)
    assert (found.state, found.items) == ("warning", (f"{tmp_path / name} by process {holder.pid}",))
