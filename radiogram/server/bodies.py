"""Reads what a browser or a node sends: within a time, and no more than so much."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import TypeVar

import aiohttp

from radiogram.errors import Refusal

PIECE = 1 << 17  # bytes handed on at a time
PATIENCE = 60.0  # seconds without a byte, from either side
_T = TypeVar("_T")


async def in_time(waiting: Awaitable[_T]) -> _T:
    """What the browser sends next. Raises Refusal if that takes too long."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await waiting
    except TimeoutError:
        raise Refusal(HTTPStatus.REQUEST_TIMEOUT, "nothing more came for a minute", "try again") from None


async def at_most(limit: int, source: aiohttp.StreamReader) -> bytes:
    """All of something short. Raises ValueError beyond `limit` bytes."""
    body = bytearray()
    async for piece in source.iter_any():
        body += piece
        if len(body) > limit:
            raise ValueError("too long")
    return bytes(body)
