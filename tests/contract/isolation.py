"""Undoes what happened on a chain, and lets a failed assertion through: Ape's `chain.isolate` swallows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ape.managers.chain import ChainManager


@contextmanager
def isolated(chain: ChainManager) -> Iterator[None]:
    """What happens inside is undone at the end."""
    snapshot = chain.snapshot()
    try:
        yield
    finally:
        chain.restore(snapshot)
