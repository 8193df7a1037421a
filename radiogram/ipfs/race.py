"""Asks several at once, and takes the first good answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from radiogram.errors import (
    IpfsError,
    IpfsIncomplete,
    IpfsMismatch,
    IpfsNotFound,
    IpfsRefused,
    IpfsTimeout,
    IpfsTooLarge,
    IpfsUnreachable,
)

T = TypeVar("T")
Stopper = Callable[[Callable[[], None]], None]
"""Is told what ends an attempt that is of no more use."""

_TELLING = (
    *(IpfsTooLarge, IpfsMismatch, IpfsIncomplete, IpfsTimeout, IpfsRefused, IpfsNotFound, IpfsUnreachable, IpfsError),
)


class _Ends:
    """What ends attempts, those that are still to say how as well."""

    def __init__(self) -> None:
        self._lock, self._stops, self._over = threading.Lock(), list[Callable[[], None]](), False

    def add(self, stop: Callable[[], None]) -> None:
        with self._lock:
            self._stops.append(stop)
            over = self._over
        if over:
            stop()

    def end(self) -> None:
        with self._lock:
            self._over = True
            stops = list(self._stops)
        for stop in stops:
            stop()


def most_telling(errors: Sequence[IpfsError]) -> IpfsError:
    """What to say where several have failed, each in its way."""
    return min(errors, key=lambda error: next(n for n, kind in enumerate(_TELLING) if isinstance(error, kind)))


def first_of(attempts: Sequence[Callable[[Stopper], T]]) -> T:
    """What the first of them gives that does not fail; the others are ended.

    Raises the most telling IpfsError where all do.
    """
    if len(attempts) == 1:
        return attempts[0](lambda _: None)
    results: queue.SimpleQueue[tuple[bool, T] | tuple[None, Exception]] = queue.SimpleQueue()
    ends = _Ends()

    def run(attempt: Callable[[Stopper], T]) -> None:
        try:
            results.put((True, attempt(ends.add)))
        except Exception as error:  # is raised where it is waited for
            results.put((None, error))

    for each in attempts:
        threading.Thread(target=partial(run, each), name="ipfs-ask", daemon=True).start()
    errors: list[IpfsError] = []
    try:
        for _ in attempts:
            done, result = results.get()
            if done:
                return result  # type: ignore[return-value]
            if not isinstance(result, IpfsError):
                raise result  # type: ignore[misc]
            errors.append(result)
    finally:
        ends.end()
    raise most_telling(errors)
