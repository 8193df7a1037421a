"""A lock on a file for which nobody waits for ever: whoever holds it may have been stopped.

flock(2): the kernel frees it when its holder dies, however it dies.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from radiogram.errors import LockedError, StateFolderError

_POLL = 0.05  # seconds between two attempts


@contextmanager
def locked(path: Path, patience: float) -> Iterator[None]:
    """Holds the lock of a file, which is made if it is not there, in a folder for its owner alone.

    Raises StateFolderError; LockedError as `lock` does.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StateFolderError(f"{path.parent} can't be written: {error.strerror}") from None
    try:
        lock(descriptor, path, patience)
        yield
    finally:
        os.close(descriptor)


def lock(descriptor: int, path: Path, patience: float) -> None:
    """Held by one process at a time, until `descriptor`, which is of the file at `path`, is closed.

    Raises LockedError once another has held it for `patience` seconds.
    """
    ends = time.monotonic() + patience
    while not try_lock(descriptor):
        if time.monotonic() >= ends:
            raise LockedError(
                f"another command holds {path}, and did not let go in {patience:g} s",
                "let it end, or end it if it hangs; then try again",
            )
        time.sleep(_POLL)


def try_lock(descriptor: int) -> bool:
    """Whether no other process holds it: now this one does, until `descriptor` is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
