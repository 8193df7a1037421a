"""Processes that are stopped for a while, as by a debugger or a suspended machine."""

import contextlib
import time

import psutil


def freeze(process: psutil.Process) -> None:
    """Sends SIGSTOP, and returns when every thread of the process has stopped.

    A signal is taken by one thread, when that thread next runs: the others go on for as long, and answer.
    """
    process.suspend()
    until = time.monotonic() + 60
    while not _is_stopped(process):
        if time.monotonic() > until:
            raise TimeoutError(f"{process} did not stop in 60 s")
        time.sleep(0.001)


@contextlib.contextmanager
def frozen(process: psutil.Process):
    """A context in which the process does nothing."""
    freeze(process)
    try:
        yield
    finally:
        process.resume()


def _is_stopped(process: psutil.Process) -> bool:
    if not psutil.LINUX:  # where a thread has no state of its own
        return process.status() == psutil.STATUS_STOPPED
    return all(map(_is_stopped_or_gone, (thread.id for thread in process.threads())))


def _is_stopped_or_gone(thread: int) -> bool:
    try:
        return psutil.Process(thread).status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return True
