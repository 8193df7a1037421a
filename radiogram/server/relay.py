"""Takes signed acts and shares from pages, of people without Ether: whoever runs the site pays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web

from radiogram.errors import (
    ActError,
    ChainUnreachable,
    InboxError,
    InsufficientFundsError,
    RadiogramError,
    Refusal,
    RelayLimitError,
    UnconfirmedError,
)
from radiogram.server.bodies import PATIENCE, Patience, at_most, in_time

MAX_ACT = 64 * 1024  # bytes of JSON

Put = Callable[[bytes], dict[str, Any]]
"""Puts what was signed on the chain, and says what became of it; in a thread, where it takes its time. Raises
RadiogramError.
"""


class Door:
    """Where pages hand in what is signed."""

    def __init__(self, put: Put | None, patience: float = PATIENCE) -> None:
        """`put` is None where nobody pays."""
        self._put, self._patience = put, patience
        self._running: set[asyncio.Task[dict[str, Any]]] = set()

    async def take(self, request: web.Request) -> web.Response:
        """What became of what the body signs, once the chain has it: JSON. Raises Refusal."""
        if self._put is None:
            raise Refusal(
                HTTPStatus.NOT_FOUND, "nobody pays for others here", "use a wallet, or give the file to the hospital"
            )
        if request.content_type != "application/json":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "what is signed is application/json")
        try:
            body = await in_time(at_most(MAX_ACT, request.content), Patience(self._patience))
        except ValueError:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"what is signed has at most {MAX_ACT} bytes") from None
        # A browser that hangs up leaves what was begun; it is not sent twice.
        task = asyncio.create_task(asyncio.to_thread(self._put, body))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return web.json_response(await asyncio.shield(task), headers={"Cache-Control": "no-store"})
        except RadiogramError as error:
            raise _for_page(error) from None


def _for_page(error: RadiogramError) -> Refusal:
    """What a page is told."""
    match error:
        case ActError():
            return Refusal(HTTPStatus.BAD_REQUEST, error.message, error.hint)
        case RelayLimitError():
            return Refusal(HTTPStatus.TOO_MANY_REQUESTS, error.message, error.hint)
        case InsufficientFundsError():
            what = "whoever pays for others here has too little Ether"
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, what, "tell whoever runs this site")
        case UnconfirmedError():
            return Refusal(HTTPStatus.GATEWAY_TIMEOUT, error.message, "look again in a minute")
        case ChainUnreachable():
            return Refusal(HTTPStatus.BAD_GATEWAY, "the chain can't be reached", "try again")
        case InboxError():
            return Refusal(HTTPStatus.CONFLICT, error.message, error.hint)
    return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "this site failed", "try again")
