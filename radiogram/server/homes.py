"""Has homes keep what a page has uploaded, before the page asks a wallet to send it: docs/homes.md.

    POST /keep     {"files": [{"cid": CIDv1 in base32, "size": bytes, or null of a key packet}, …]}

The answer comes as it goes on, a line of JSON each time (application/x-ndjson): `{"held", "wanted", "missing"}`, with
the names of the homes that are waited for; the last line has `"kept"` too, true or false. No address of a home, no word
of it and no secret is in it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web

from radiogram.errors import HomesError, IpfsError, IpfsIncomplete, IpfsNotFound, Refusal
from radiogram.ipfs.cid import cid_bytes
from radiogram.ipfs.dag import RAW
from radiogram.ipfs.homes.home import Home
from radiogram.ipfs.homes.keeping import Waits
from radiogram.ipfs.homes.place import File
from radiogram.nested_json import parse_json
from radiogram.server.bodies import PATIENCE, Patience, at_most, in_time

PATH = "/keep"
_MOST = 2  # files of a message: ciphertext and key packet
_MAX_QUESTION = 4096  # bytes of JSON
_LARGEST = 1 << 53  # bytes
_HEARTBEAT = 10.0  # seconds from one line to the next, so that nobody takes the connection for dead
_AT_ONCE = 4
_T = TypeVar("_T")

Keep = Callable[[Sequence[File], Callable[[Waits], None]], None]
"""Comes back when as many homes keep the files as are wanted, and tells what is waited for. Raises IpfsError."""


class Door:
    """Where pages ask for it."""

    def __init__(self, own: Home, keep: Keep, wanted: int, patience: float = PATIENCE) -> None:
        """`own`: the node that pages upload to; what it has not, no home is asked to keep."""
        self.wanted = wanted
        self._own, self._keep, self._patience = own, keep, patience
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """How far it is, until it is over. Raises Refusal. A page that hangs up leaves what was begun."""
        if request.content_type != "application/json":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "files are named in application/json")
        try:
            files = _files(await in_time(at_most(_MAX_QUESTION, request.content), Patience(self._patience)))
        except (ValueError, TypeError, LookupError, IpfsError):
            raise Refusal(HTTPStatus.BAD_REQUEST, "these are not the files of one message", "load the page") from None
        loop = asyncio.get_running_loop()
        await _on_a_thread(lambda: self._check_own(files))
        lines: asyncio.Queue[Waits] = asyncio.Queue()

        def told(waits: Waits) -> None:  # on another thread, which may outlive the loop
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(lines.put_nowait, waits)

        keeping = asyncio.ensure_future(self._in_turn(files, told))
        response = web.StreamResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})  # by nginx
        response.content_type = "application/x-ndjson"
        await response.prepare(request)
        try:
            await self._tell(response, keeping, lines)
        finally:
            keeping.cancel()
        await response.write_eof()
        return response

    async def _tell(
        self, response: web.StreamResponse, keeping: asyncio.Task[dict[str, Any]], lines: asyncio.Queue[Waits]
    ) -> None:
        now = Waits(0, self.wanted, {})
        while not keeping.done():
            await self._write(response, _fields(now))
            waits = asyncio.ensure_future(lines.get())
            await asyncio.wait({keeping, waits}, timeout=_HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            now = waits.result() if waits.done() else now
            waits.cancel()
        await self._write(response, keeping.result())

    async def _in_turn(self, files: Sequence[File], told: Callable[[Waits], None]) -> dict[str, Any]:
        async with self._turns:
            return await _on_a_thread(lambda: self._kept(files, told))

    async def _write(self, response: web.StreamResponse, fields: dict[str, Any]) -> None:
        async with asyncio.timeout(self._patience):
            await response.write(json.dumps(fields).encode() + b"\n")

    # ---- on threads of their own

    def _check_own(self, files: Sequence[File]) -> None:
        """Raises Refusal: nobody has homes keep what they did not upload here."""
        try:
            for file in files:
                self._own.check(self._own.places[0], file)
        except (IpfsNotFound, IpfsIncomplete):
            raise Refusal(HTTPStatus.CONFLICT, "this site's IPFS node does not keep it", "upload it again") from None
        except IpfsError:
            what = "this site's IPFS node can't be asked whether it keeps it"
            raise Refusal(HTTPStatus.BAD_GATEWAY, what, "try again") from None

    def _kept(self, files: Sequence[File], told: Callable[[Waits], None]) -> dict[str, Any]:
        """The last line."""
        try:
            self._keep(files, told)
        except HomesError as error:
            return _fields(Waits(error.held, self.wanted, dict.fromkeys(error.missing, ""))) | {"kept": False}
        except Exception:  # the page is told no more than that
            return _fields(Waits(0, self.wanted, {})) | {"kept": False}
        return _fields(Waits(self.wanted, self.wanted, {})) | {"kept": True}


def _on_a_thread(work: Callable[[], _T]) -> asyncio.Future[_T]:
    """What comes of `work`. The thread keeps no server from ending, as those of a pool would."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_T] = loop.create_future()

    def settle(result: _T | None, error: Exception | None) -> None:
        if future.cancelled():
            return
        if error:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except Exception as error:  # is raised where it is waited for
            failure = error
        with suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="homes", daemon=True).start()
    return future


def _files(body: bytes) -> list[File]:
    """Raises ValueError, TypeError, LookupError, IpfsError."""
    listed = parse_json(body)["files"]
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST:
        raise ValueError("no files, or too many")
    return [_file(each["cid"], each["size"]) for each in listed]


def _file(cid: str, size: int | None) -> File:
    named = cid_bytes(cid)
    if size is None and not named.startswith(RAW):
        raise ValueError("no raw block")
    if size is not None and (type(size) is not int or not 0 <= size < _LARGEST):
        raise ValueError("no size")
    return File(named, size)


def _fields(waits: Waits) -> dict[str, Any]:
    return {"held": waits.held, "wanted": waits.wanted, "missing": list(waits.trouble)}
