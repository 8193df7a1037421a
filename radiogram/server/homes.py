"""Writes down what a page is about to send, and has homes keep what it has uploaded, before the page asks a wallet:
docs/homes.md.

    POST /keep     {"files": [{"cid": CIDv1 in base32, "size": bytes, or null of a key packet}, …],
                    "message": {"sender": address, "recipient": address, "since": how many messages the inbox had,
                                "envelope": 0x and hex digits}}

At most one file is a study, and one a key packet. The answer comes as it goes on, a line of JSON each time
(application/x-ndjson): `{"held", "wanted", "missing"}`, with the names of the homes that are waited for; the last line
has `"kept"` too, true or false. No address of a home, no word of it and no secret is in it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web
from eth_typing import ChecksumAddress

from radiogram.errors import (
    HomesError,
    IpfsError,
    IpfsIncomplete,
    IpfsNotFound,
    KeyFormatError,
    OutputError,
    Refusal,
)
from radiogram.formats.public_key import parse_address
from radiogram.ipfs.cid import cid_bytes
from radiogram.ipfs.dag import RAW
from radiogram.ipfs.homes.home import Home
from radiogram.ipfs.homes.keeping import Waits
from radiogram.ipfs.homes.place import File
from radiogram.nested_json import parse_json
from radiogram.server.bodies import PATIENCE, Patience, at_most, in_time

PATH = "/keep"
_MAX_QUESTION = 8192  # bytes of JSON
_LARGEST_ENVELOPE = 2048  # bytes, by the contract
_MOST_MESSAGES = 1 << 39  # of an inbox, by the contract
_LARGEST = 1 << 53  # bytes
_HEARTBEAT = 10.0  # seconds from one line to the next, so that nobody takes the connection for dead
_AT_ONCE = 4
_T = TypeVar("_T")


@dataclass(frozen=True)
class Message:
    """What a page is about to send."""

    sender: ChecksumAddress
    recipient: ChecksumAddress
    since: int
    """How many messages the inbox had."""
    envelope: bytes


Keep = Callable[[Sequence[File], Callable[[Waits], None]], None]
"""Comes back when as many homes keep the files as are wanted, and tells what is waited for. Raises IpfsError."""
Record = Callable[[Message, Sequence[File]], None]
"""Has them on the disk when it comes back. Raises OutputError."""


class Door:
    """Where pages ask for it."""

    def __init__(
        self,
        record: Record,
        own: Home | None = None,
        keep: Keep | None = None,
        wanted: int = 1,
        patience: float = PATIENCE,
    ) -> None:
        """`own`: the node that pages upload to; what it has not, no home is asked to keep. Without `keep`, that is one
        home, and enough.
        """
        self.wanted = wanted
        self._record, self._own, self._keep, self._patience = record, own, keep, patience
        self._beginnings, self._turns = asyncio.Semaphore(_AT_ONCE), asyncio.Semaphore(_AT_ONCE)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """How far it is, until it is over. Raises Refusal. A page that hangs up leaves what was begun."""
        if request.content_type != "application/json":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "files are named in application/json")
        try:
            said = parse_json(await in_time(at_most(_MAX_QUESTION, request.content), Patience(self._patience)))
            files, message = _files(said["files"]), _message(said["message"])
        except (ValueError, TypeError, LookupError, AttributeError, IpfsError, KeyFormatError):
            what = "these are not a message and its files"
            raise Refusal(HTTPStatus.BAD_REQUEST, what, "load the page again") from None
        loop = asyncio.get_running_loop()
        await _in_turn(self._beginnings, lambda: self._begin(message, files))
        lines: asyncio.Queue[Waits] = asyncio.Queue()

        def told(waits: Waits) -> None:  # on another thread, which may outlive the loop
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(lines.put_nowait, waits)

        keeping = asyncio.ensure_future(_in_turn(self._turns, lambda: self._kept(files, told)))
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
            try:
                await asyncio.wait({keeping, waits}, timeout=_HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
                now = waits.result() if waits.done() else now
            finally:
                waits.cancel()
        await self._write(response, keeping.result())

    async def _write(self, response: web.StreamResponse, fields: dict[str, Any]) -> None:
        async with asyncio.timeout(self._patience):
            await response.write(json.dumps(fields).encode() + b"\n")

    # ---- on threads of their own

    def _begin(self, message: Message, files: Sequence[File]) -> None:
        """Raises Refusal: nobody has homes keep what they did not upload here, or what `pins` would not know of."""
        if self._own:
            self._check(self._own, files)
        try:
            self._record(message, files)
        except OutputError:  # the page is told no more than that
            what = "this site can't write down what is about to be sent"
            raise Refusal(HTTPStatus.INSUFFICIENT_STORAGE, what, "tell whoever runs it") from None

    def _check(self, own: Home, files: Sequence[File]) -> None:
        try:
            for file in files:
                own.check(own.places[0], file)
        except (IpfsNotFound, IpfsIncomplete):
            raise Refusal(HTTPStatus.CONFLICT, "this site's IPFS node does not keep it", "upload it again") from None
        except IpfsError:
            what = "this site's IPFS node can't be asked whether it keeps it"
            raise Refusal(HTTPStatus.BAD_GATEWAY, what, "try again") from None

    def _kept(self, files: Sequence[File], told: Callable[[Waits], None]) -> dict[str, Any]:
        """The last line."""
        try:
            if self._keep:
                self._keep(files, told)
        except HomesError as error:
            return _fields(Waits(error.held, self.wanted, dict.fromkeys(error.missing, ""))) | {"kept": False}
        except Exception:  # the page is told no more than that
            return _fields(Waits(0, self.wanted, {})) | {"kept": False}
        return _fields(Waits(self.wanted, self.wanted, {})) | {"kept": True}


async def _in_turn(turns: asyncio.Semaphore, work: Callable[[], _T]) -> _T:
    """What comes of `work`. Its turn lasts until it is done, also if nobody waits for it any more.

    The thread keeps no server from ending, as those of a pool would.
    """
    loop = asyncio.get_running_loop()
    await turns.acquire()
    future: asyncio.Future[_T] = loop.create_future()

    def settle(result: _T | None, error: Exception | None) -> None:
        turns.release()
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
    return await future


def _files(listed: object) -> list[File]:
    """Raises ValueError, TypeError, LookupError, IpfsError."""
    if not isinstance(listed, list) or not listed:
        raise ValueError("no files")
    files = [_file(each["cid"], each["size"]) for each in listed]
    if len({file.size is None for file in files}) < len(files):
        raise ValueError("two studies, or two key packets")
    return files


def _file(cid: str, size: int | None) -> File:
    named = cid_bytes(cid)
    if size is None and not named.startswith(RAW):
        raise ValueError("no raw block")
    if size is not None and (type(size) is not int or not 0 <= size < _LARGEST):
        raise ValueError("no size")
    return File(named, size)


def _message(said: dict[str, Any]) -> Message:
    """Raises ValueError, TypeError, LookupError, AttributeError, KeyFormatError."""
    since, envelope = said["since"], bytes.fromhex(said["envelope"].removeprefix("0x"))
    if type(since) is not int or not 0 <= since < _MOST_MESSAGES or not 0 < len(envelope) <= _LARGEST_ENVELOPE:
        raise ValueError("no message")
    return Message(parse_address(said["sender"]), parse_address(said["recipient"]), since, envelope)


def _fields(waits: Waits) -> dict[str, Any]:
    return {"held": waits.held, "wanted": waits.wanted, "missing": list(waits.trouble)}
