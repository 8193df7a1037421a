"""Lets an account send one transaction at a time: two made at once would take the same nonce, and one be refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eth_typing import ChecksumAddress

from radiogram.file_lock import locked

PATIENCE = 300.0  # seconds: a wallet may ask its owner meanwhile


@contextmanager
def nonce_lock(folder: Path, chain_id: int, account: ChecksumAddress, patience: float = PATIENCE) -> Iterator[None]:
    """Held by one command at a time among those that share `folder`; the kernel frees it, should the process die.

    Raises StateFolderError; LockedError once another has held it for `patience` seconds.
    """
    with locked(folder / f"{chain_id}-{account}.lock", patience):
        yield
