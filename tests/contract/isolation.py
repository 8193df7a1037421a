"""Undoes what happened on a chain. A failed assertion is let through: Ape's `chain.isolate` swallows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ape.managers.chain import ChainManager

from tests.contract.client import Outcome

_ATTEMPTS = 20


@contextmanager
def isolated(chain: ChainManager) -> Iterator[None]:
    """What happens inside is undone at the end."""
    snapshot = chain.snapshot()
    try:
        yield
    finally:
        chain.restore(snapshot)


def at_second(chain: ChainManager, second: int, act: Callable[[], Outcome]) -> Outcome:
    """What a transaction did in a block of this second. Ganache's clock runs on once it is set, so the transaction is
    undone and sent again where its block is of a later one."""
    for _ in range(_ATTEMPTS):
        snapshot = chain.snapshot()
        chain.pending_timestamp = second
        done = act()
        if done.timestamp == second:
            return done
        chain.restore(snapshot)
    raise AssertionError(f"no block was of second {second}")
