"""Reads what a browser or a node sends: within a time, and no more than so much."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeVar

import aiohttp

from radiogram.deadline import SLOWEST
from radiogram.errors import Refusal

PIECE = 1 << 17  # bytes handed on at a time
PATIENCE = 60.0  # seconds, for either side
_T = TypeVar("_T")


class Patience:
    """As radiogram.deadline.Deadline, for what a task awaits inside of `async with`; that may be entered again.

    So much time a peer has; each byte that comes or goes gives some of it back. Raises TimeoutError at the exit.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = self._left = seconds
        self._ends: float | None = None  # None while nobody is waited for
        self._timeout = asyncio.timeout(None)

    async def __aenter__(self) -> Self:
        self._timeout = asyncio.timeout(None)
        await self._timeout.__aenter__()
        self.resume()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pause()
        await self._timeout.__aexit__(kind, error, trace)

    def pause(self) -> None:
        """What comes is not the peer's fault."""
        if self._ends is not None:
            self._left, self._ends = self._ends - _now(), None
            self._set(None)

    def resume(self) -> None:
        self._ends = _now() + max(self._left, 0)
        self._set(self._ends)

    def moved(self, count: int) -> None:
        """So many bytes have come, or gone."""
        running = self._ends is not None
        self.pause()
        self._left = min(self.seconds, self._left + count / SLOWEST)
        if running:
            self.resume()

    def allow(self, seconds: float) -> None:
        """For what comes next, however much time is left."""
        self.pause()
        self._left = seconds
        self.resume()

    def _set(self, when: float | None) -> None:
        with suppress(RuntimeError):  # it is over already
            self._timeout.reschedule(when)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def in_time(waiting: Awaitable[_T], patience: Patience) -> _T:
    """What the browser sends next. Raises Refusal if that takes too long."""
    try:
        async with patience:
            return await waiting
    except TimeoutError:
        raise Refusal(HTTPStatus.REQUEST_TIMEOUT, "nothing more came, or too slowly", "try again") from None


async def at_most(limit: int, source: aiohttp.StreamReader) -> bytes:
    """All of something short. Raises ValueError beyond `limit` bytes."""
    body = bytearray()
    async for piece in source.iter_any():
        body += piece
        if len(body) > limit:
            raise ValueError("too long")
    return bytes(body)


async def start_of(count: int, source: aiohttp.StreamReader) -> bytes:
    """The first bytes, fewer only where it ends."""
    body = bytearray()
    while len(body) < count and (piece := await source.read(count - len(body))):
        body += piece
    return bytes(body)
