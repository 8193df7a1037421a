"""What a page may ask of the chain and of the IPFS node through us: to read the chain, to add a file, to read a file.

A page can't ask them itself: an IPFS node's RPC is administration, and a provider's address may hold a key. Of a
browser's request nothing goes on but what is checked here: no path, no query, no header. Credentials are added here
and go to their own host alone. No file is held in memory, and nothing is written to a disk or a log.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

import aiohttp
from aiohttp import web
from yarl import URL

from radiogram.errors import IpfsError, IpfsNotFound, IpfsRefused, IpfsTimeout, Refusal
from radiogram.ipfs.cid import IMPORT, cid_bytes
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.replies import added_cid, announced_sizes, is_redirect, moved_to, status_error

__all__ = ["MAX_BATCH", "MAX_QUESTION", "METHODS", "Proxy"]

METHODS = frozenset(
    {
        "eth_blockNumber",
        "eth_call",
        "eth_chainId",
        "eth_estimateGas",
        "eth_feeHistory",
        "eth_gasPrice",
        "eth_getBalance",
        "eth_getBlockByHash",
        "eth_getBlockByNumber",
        "eth_getCode",
        "eth_getTransactionByHash",
        "eth_getTransactionCount",
        "eth_getTransactionReceipt",
        "eth_maxPriorityFeePerGas",
        "net_version",
    }
)
"""All that is passed on to the chain. To send is the wallet's."""

MAX_QUESTION, _MAX_ANSWER = 256_000, 8_000_000  # bytes of JSON
MAX_BATCH = 50  # calls
_PIECE = 1 << 17  # bytes handed on at a time
_PATIENCE = 60.0  # seconds without a byte, from either side
_BOUNDARY = "radiogram-7b1f6f0c2a934e85"  # any will do: an age file can't hold it but by chance
_HEAD = (
    f"--{_BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="file"; filename="bundle"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()
_TAIL = f"\r\n--{_BOUNDARY}--\r\n".encode()
_FORM_TYPE = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
_FORM_AROUND = 10_000  # bytes, at most, of a form around its file
_T = TypeVar("_T")


class Proxy:
    """Asks the chain at `chain` (a URL, which may hold a secret) and the IPFS node on behalf of pages."""

    def __init__(
        self, chain: str, ipfs: Ipfs, max_upload: int, credentials_hint: str = "tell whoever runs this site"
    ) -> None:
        """`max_upload` is in bytes; `credentials_hint` is what a page says where the IPFS node wants other ones."""
        self._chain, self._ipfs, self._max_upload = URL(chain), ipfs, max_upload
        self._credentials_hint = credentials_hint
        self._client: aiohttp.ClientSession

    async def running(self, _: web.Application) -> AsyncIterator[None]:
        """Holds the connections for as long as the server runs."""
        async with aiohttp.ClientSession(
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            skip_auto_headers=("User-Agent",),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=_PATIENCE),
        ) as self._client:
            yield

    # ---- the chain

    async def ask_chain(self, request: web.Request) -> web.Response:
        """The chain's answer to one JSON-RPC call, or to a batch of them. Raises Refusal."""
        question = await _question(request)
        try:
            async with self._client.post(
                self._chain, json=question, proxy=_proxy(self._chain), allow_redirects=False
            ) as reply:
                if reply.status != HTTPStatus.OK:
                    raise Refusal(HTTPStatus.BAD_GATEWAY, f"the chain's node answered HTTP {reply.status}", "try again")
                answer = await _at_most(_MAX_ANSWER, reply.content)
                json.loads(answer)
        except TimeoutError:
            raise Refusal(HTTPStatus.GATEWAY_TIMEOUT, "the chain does not answer in time", "try again") from None
        except (aiohttp.ClientError, OSError):
            raise Refusal(HTTPStatus.BAD_GATEWAY, "the chain can't be reached", "does its node run?") from None
        except (ValueError, RecursionError):
            raise Refusal(HTTPStatus.BAD_GATEWAY, "the chain's node did not answer as one does") from None
        return web.Response(body=answer, content_type="application/json")

    # ---- the IPFS node

    async def add(self, request: web.Request) -> web.Response:
        """Adds and pins the one file of a form: {"cid", "size"}. Raises Refusal.

        What ends the upload before its end ends it at the node too, which then keeps no pin.
        """
        api = self._ipfs.api
        if api is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "this site has no IPFS node that takes files", "use another copy of it")
        form = await _Form.of(request, self._max_upload)
        try:
            async with self._ask_ipfs(
                api, "POST", f"{api.url}/api/v0/add", params=IMPORT, data=form.pieces(), headers=_FORM_TYPE
            ) as reply:
                cid = added_cid(await _at_most(_FORM_AROUND, reply.content))
        except Refusal as refusal:
            raise form.refusal or await self._refusal(api) or refusal from None
        except (ValueError, IpfsError):
            raise Refusal(HTTPStatus.BAD_GATEWAY, "the IPFS node did not answer as one does") from None
        if not form.ended:
            raise Refusal(HTTPStatus.BAD_GATEWAY, "the IPFS node answered before it had the whole file")
        return web.json_response({"cid": cid, "size": form.size})

    async def read(self, request: web.Request) -> web.StreamResponse:
        """The bytes of the file with that CID, as the node sends them. Raises Refusal while nothing is sent yet.

        Should the node send fewer than it announced, the connection breaks: no page takes a part for the whole.
        """
        cid = request.match_info["cid"]
        try:
            cid_bytes(cid)
        except IpfsError as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from None
        response = web.StreamResponse(headers={"Content-Disposition": "attachment", "Cache-Control": "no-store"})
        response.content_type = "application/octet-stream"
        async with self._file(cid) as reply:
            response.content_length = next(iter(announced_sizes(reply.headers)), None)
            try:
                await response.prepare(request)
                await _copy(reply.content, response)
            except BaseException:
                if request.transport:
                    request.transport.abort()
                raise
        return response

    @asynccontextmanager
    async def _file(self, cid: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """The reply that carries the file: the gateway's if there is one. Raises Refusal."""
        gateway, api = self._ipfs.gateway, self._ipfs.api
        if gateway is None and api is not None:
            async with self._ask_ipfs(api, "POST", f"{api.url}/api/v0/cat", params={"arg": cid}) as reply:
                yield reply
        elif gateway is not None:
            async with self._ask_ipfs(gateway, "GET", f"{gateway.url}/ipfs/{cid}") as reply:
                if reply.status == HTTPStatus.OK:
                    yield reply
                    return
                target = reply.headers.get("Location", "")
            own = moved_to(gateway, cid, target)
            if own is None:
                raise Refusal(HTTPStatus.BAD_GATEWAY, "the IPFS gateway redirects elsewhere", "name another one")
            async with self._ask_ipfs(own, "GET", target) as reply:
                if reply.status != HTTPStatus.OK:
                    raise Refusal(HTTPStatus.BAD_GATEWAY, "the IPFS gateway redirects twice", "name another one")
                yield reply

    @asynccontextmanager
    async def _ask_ipfs(
        self,
        where: Endpoint,
        method: str,
        url: str,
        *,
        params: dict[str, str] | None = None,
        data: AsyncIterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The node's reply of status 200, or to a GET a redirect that was not followed. Raises Refusal."""
        target = URL(url, encoded=True)
        if where.credentials:
            headers = {**(headers or {}), "Authorization": where.credentials.reveal()}
        try:
            async with self._client.request(
                method, target, params=params, data=data, headers=headers, proxy=_proxy(target), allow_redirects=False
            ) as reply:
                if reply.status != HTTPStatus.OK and not (method == "GET" and is_redirect(reply.status, reply.headers)):
                    error = status_error(reply.status, await reply.content.read(2_000), where)
                    raise self._for_page(error, reply.status, where) from error
                yield reply
        except TimeoutError:
            raise Refusal(HTTPStatus.GATEWAY_TIMEOUT, "the IPFS node does not answer in time", "try again") from None
        except (aiohttp.ClientError, OSError):
            raise Refusal(HTTPStatus.BAD_GATEWAY, "the IPFS node can't be reached, or broke off", "try again") from None

    async def _refusal(self, api: Endpoint) -> Refusal | None:
        """The refusal, if the node turns away an `add` with nothing in it for its credentials.

        A node that says no closes the connection while we still send, and its reply is often lost.
        """
        try:
            async with asyncio.timeout(5), self._ask_ipfs(api, "POST", f"{api.url}/api/v0/add"):
                return None
        except Refusal as refusal:
            return refusal if isinstance(refusal.__cause__, IpfsRefused) else None
        except TimeoutError:
            return None

    def _for_page(self, error: IpfsError, status: int, where: Endpoint) -> Refusal:
        """What a page is told: nothing of the node's address and words."""
        match error:
            case IpfsRefused():
                reason = "refuses this site's credentials" if where.credentials else "wants credentials"
                return Refusal(HTTPStatus.BAD_GATEWAY, f"the IPFS node {reason}", self._credentials_hint)
            case IpfsNotFound():
                return Refusal(HTTPStatus.NOT_FOUND, "the IPFS node does not have this file", "ask one that has it")
            case IpfsTimeout():
                what = "the IPFS node did not find the file in time"
                return Refusal(HTTPStatus.GATEWAY_TIMEOUT, what, "try again later")
        return Refusal(HTTPStatus.BAD_GATEWAY, f"the IPFS node answered HTTP {status}", "try again later")


class _Form:
    """A form with one file in it, on its way through."""

    def __init__(self, reader: aiohttp.MultipartReader, file: aiohttp.BodyPartReader, limit: int) -> None:
        self._reader, self._file, self._limit = reader, file, limit
        self.size = 0  # bytes of the file so far
        self.ended = False  # whether all of it was sent on
        self.refusal: Refusal | None = None  # why not

    @classmethod
    async def of(cls, request: web.Request, limit: int) -> _Form:
        """The request's form, read up to where its file begins. Raises Refusal."""
        if request.content_type != "multipart/form-data":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a file is sent as multipart/form-data")
        if (request.content_length or 0) > limit + _FORM_AROUND:
            raise _too_large(limit)
        try:
            reader = await request.multipart()
            file = await _patiently(reader.next())
        except _BAD_FORM as error:
            raise _bad_form() from error
        if not isinstance(file, aiohttp.BodyPartReader):
            raise _bad_form()
        return cls(reader, file, limit)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The form that the node is sent. What is wrong with the browser's ends it in the middle."""
        try:
            yield _HEAD
            while piece := await _patiently(self._file.read_chunk(_PIECE)):
                self.size += len(piece)
                if self.size > self._limit:
                    raise _too_large(self._limit)
                yield piece
            if not self.size or await _patiently(self._reader.next()) is not None:
                raise _bad_form()
            self.ended = True
            yield _TAIL
        except Refusal as refusal:
            self.refusal = refusal
            raise
        except _BAD_FORM as error:
            self.refusal = _bad_form()
            raise self.refusal from error


# What aiohttp raises for a form that is none, or is cut short.
_BAD_FORM = (ValueError, AssertionError, LookupError, TypeError, aiohttp.ClientError, aiohttp.http.HttpProcessingError)


def _bad_form() -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "an upload is a whole form with one file in it, which is not empty")


def _too_large(limit: int) -> Refusal:
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the file is larger than the {limit} bytes taken here")


async def _copy(source: aiohttp.StreamReader, response: web.StreamResponse) -> None:
    """Sends on all there is. Raises OSError unless it was as much as announced."""
    count = 0
    async for piece in source.iter_chunked(_PIECE):
        count += len(piece)
        await response.write(piece)
    if response.content_length not in (None, count):
        raise OSError("not as many bytes as announced")
    await response.write_eof()


async def _question(request: web.Request) -> Any:  # noqa: ANN401 - JSON
    """The call, or list of calls, that a page makes: what is known of it, and nothing else. Raises Refusal."""
    if request.content_type != "application/json":
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a question to the chain is application/json")
    try:
        body = await _patiently(_at_most(MAX_QUESTION, request.content))
    except ValueError:
        raise Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a question has at most {MAX_QUESTION} bytes", "ask in parts"
        ) from None
    try:
        said = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refusal(HTTPStatus.BAD_REQUEST, "the question is not JSON") from None
    if not isinstance(said, list):
        return _call(said)
    if not 1 <= len(said) <= MAX_BATCH:
        raise Refusal(HTTPStatus.BAD_REQUEST, f"a batch has 1 to {MAX_BATCH} calls, not {len(said)}")
    return [_call(call) for call in said]


def _call(said: object) -> dict[str, object]:
    """A JSON-RPC 2.0 call that pages may make. Raises Refusal."""
    match said:
        case {"jsonrpc": "2.0", "id": (int() | str()) as number, "method": str(method), **rest}:
            params = rest.get("params", [])
        case _:
            raise Refusal(HTTPStatus.BAD_REQUEST, "a question is a JSON-RPC 2.0 call with an id, or a list of them")
    if method not in METHODS:
        raise Refusal(HTTPStatus.BAD_REQUEST, f"{method[:50]!r} is not asked through this site", "use your wallet")
    if not isinstance(params, list):
        raise Refusal(HTTPStatus.BAD_REQUEST, f"the parameters of {method} are a list")
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


async def _patiently(waiting: Awaitable[_T]) -> _T:
    """What the browser sends next. Raises Refusal if that takes too long."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await waiting
    except TimeoutError:
        raise Refusal(HTTPStatus.REQUEST_TIMEOUT, "nothing more came for a minute", "try again") from None


async def _at_most(limit: int, source: aiohttp.StreamReader) -> bytes:
    """All of something short. Raises ValueError beyond `limit` bytes."""
    body = bytearray()
    async for piece in source.iter_any():
        body += piece
        if len(body) > limit:
            raise ValueError("too long")
    return bytes(body)


def _proxy(url: URL) -> str | None:
    """The proxy that the environment names for a URL. (aiohttp's own way to ask would add secrets of ~/.netrc.)"""
    host = url.host or ""
    if Endpoint(url.scheme, host, 0).is_local or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(url.scheme)
