"""Lets an account send one transaction at a time: two made at once would take the same nonce, and one be refused."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eth_typing import ChecksumAddress

from radiogram.errors import StateFolderError


@contextmanager
def nonce_lock(folder: Path, chain_id: int, account: ChecksumAddress) -> Iterator[None]:
    """Held by one command at a time among those that share `folder`; the kernel frees it, should the process die.

    Raises OutputError.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / f"{chain_id}-{account}.lock").open("ab")
    except OSError as error:
        raise StateFolderError(f"{folder} can't be written: {error.strerror}") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
