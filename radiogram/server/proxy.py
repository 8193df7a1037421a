"""What a page may ask of the chain and of the IPFS node through us: to read the chain, to add a file, to read a file.

A page can't ask them itself: an IPFS node's RPC is administration, and a provider's address may hold a key. Of a
browser's request nothing goes on but what is checked here: no path, no query, no header. Credentials are added here
and go to their own host alone. No file is held in memory, and nothing is written to a disk or a log.
"""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import aiohttp
from aiohttp import web
from yarl import URL

from radiogram.deadline import CONNECT_SECONDS, KEPT_SECONDS
from radiogram.errors import IpfsError, IpfsNotFound, IpfsRefused, IpfsTimeout, Refusal
from radiogram.ipfs.cid import IMPORT, cid_bytes
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.dag import MAX_BLOCK_BYTES, check_block
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.ends import NOT_OFFERED, cat_query, range_header
from radiogram.ipfs.replies import added_cid, announced_sizes, is_redirect, moved_to, status_error
from radiogram.ipfs.source import BLOCKS_ALONE, RAW_BLOCK
from radiogram.nested_json import parse_json
from radiogram.server.bodies import PATIENCE, PIECE, Patience, at_most, start_of
from radiogram.server.json_rpc import read_question
from radiogram.server.upload_form import AROUND_FILE, FORM_TYPE, UploadForm

_MAX_ANSWER = 8_000_000  # bytes of JSON
_CAR = "application/vnd.ipld.car;version=1;order=dfs;dups=y"  # as the Trustless Gateway specification has it
_PART = re.compile(r"[0-9]{1,16}:([0-9]{1,16}|\*)")
_RANGE = re.compile(r"bytes=([0-9]{1,16})-([0-9]{0,16})")
_CONTENT_RANGE = re.compile(r"bytes [0-9]{1,16}-[0-9]{1,16}/([0-9]{1,16}|\*)")


class Proxy:
    """Asks the chain at `chain` (a URL, which may hold a secret) and the IPFS node on behalf of pages."""

    def __init__(
        self,
        chain: str,
        ipfs: Ipfs,
        max_upload: int,
        credentials_hint: str = "tell whoever runs this site",
        patience: float = PATIENCE,
    ) -> None:
        """`max_upload` is in bytes; `credentials_hint` is what a page says where the IPFS node wants other ones;
        `patience` is how many seconds the node or a browser may be silent, or slower than radiogram.deadline.SLOWEST.
        """
        self._patience = patience
        self._chain, self._ipfs, self._max_upload = URL(chain), ipfs, max_upload
        self._credentials_hint = credentials_hint
        self._client: aiohttp.ClientSession

    async def running(self, _: web.Application) -> AsyncIterator[None]:
        """Holds the connections for as long as the server runs."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=KEPT_SECONDS),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            skip_auto_headers=("User-Agent",),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        ) as self._client:
            yield

    # ---- the chain

    async def ask_chain(self, request: web.Request) -> web.Response:
        """The chain's answer to one JSON-RPC call, or to a batch of them. Raises Refusal."""
        question = await read_question(request, self._new_patience())
        try:
            async with (
                asyncio.timeout(self._patience / 2),
                self._client.post(
                    self._chain, json=question, proxy=_proxy(self._chain), allow_redirects=False
                ) as reply,
            ):
                if reply.status != HTTPStatus.OK:
                    raise Refusal(HTTPStatus.BAD_GATEWAY, f"the chain's node answered HTTP {reply.status}", "try again")
                answer = await at_most(_MAX_ANSWER, reply.content)
                parse_json(answer)
        except TimeoutError:
            raise Refusal(HTTPStatus.GATEWAY_TIMEOUT, "the chain does not answer in time", "try again") from None
        except (aiohttp.ClientError, OSError):
            raise Refusal(HTTPStatus.BAD_GATEWAY, "the chain can't be reached", "does its node run?") from None
        except ValueError:
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
        form = await UploadForm.of(request, self._max_upload, self._new_patience())
        node = self._new_patience()
        try:
            async with self._ask_ipfs(
                api, "POST", f"{api.url}/api/v0/add", node, params=IMPORT, data=form.pieces(node), headers=FORM_TYPE
            ) as reply:
                cid = added_cid(await at_most(AROUND_FILE, reply.content))
        except Refusal as refusal:
            raise form.refusal or await self._refusal(api) or refusal from None
        except (ValueError, IpfsError):
            raise Refusal(HTTPStatus.BAD_GATEWAY, "the IPFS node did not answer as one does") from None
        if not form.ended:
            raise Refusal(HTTPStatus.BAD_GATEWAY, "the IPFS node answered before it had the whole file")
        await self._check_kept(api, cid, form)
        return web.json_response({"cid": cid, "size": form.size})

    async def _check_kept(self, api: Endpoint, cid: str, form: UploadForm) -> None:
        """Raises Refusal unless the node gives both ends of a file back, as radiogram.ipfs.client has it."""
        for part, sent in form.ends.parts():
            try:
                back = await self._part(api, cid, part)
            except (Refusal, IpfsError, ValueError) as error:
                raise _not_kept() from error
            if back is not None and back != sent:
                raise _not_kept()

    async def _part(self, api: Endpoint, cid: str, part: range) -> bytes | None:
        """Some bytes of a file; None where nobody can be asked for them, or only for blocks, and then the first one was
        seen. Raises Refusal, IpfsError, ValueError.
        """
        url, query = f"{api.url}/api/v0/cat", cat_query(cid, part)
        taken = {HTTPStatus.OK, *NOT_OFFERED}
        async with self._ask_ipfs(api, "POST", url, self._new_patience(), params=query, taken=taken) as reply:
            if reply.status == HTTPStatus.OK:
                return await at_most(len(part), reply.content)
        if (gateway := self._ipfs.gateway) is None:
            return None
        taken = {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, *BLOCKS_ALONE}
        async with self._from_gateway(gateway, cid, self._new_patience(), range_header(part), taken) as reply:
            if reply.status == HTTPStatus.OK and part.start:  # it sends all of the file instead
                return None
            if reply.status not in BLOCKS_ALONE:
                return await start_of(len(part), reply.content)
        async with self._blocks(gateway, cid, {"format": "raw"}, self._new_patience()) as reply:
            check_block(cid_bytes(cid), await at_most(MAX_BLOCK_BYTES, reply.content), gateway.url)
        return None

    async def read(self, request: web.Request) -> web.StreamResponse:
        """The bytes of the file with that CID, as the node sends them, or some of them (`Range`); or its block
        (`?format=raw`), or a run of its blocks (`?format=car`). Whoever asks checks them. `place` says which gateway is
        read from, 2 for the second, where several are named. Raises Refusal while nothing is sent yet.

        Should the node send fewer than it announced, the connection breaks: no page takes a part for the whole.
        """
        cid = request.match_info["cid"]
        try:
            cid_bytes(cid)
        except IpfsError as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from None
        gateway = self._gateway(int(request.match_info.get("place", 1)))
        response = web.StreamResponse(headers={"Content-Disposition": "attachment", "Cache-Control": "no-store"})
        response.content_type = "application/octet-stream"
        node = self._new_patience()
        part = request.headers.get("Range", "")
        async with (
            self._blocks(gateway, cid, request.query, node)
            if request.query
            else self._file(gateway, cid, part if _RANGE.fullmatch(part) else None, node)
        ) as reply:
            response.content_length = next(iter(announced_sizes(reply.headers)), None)
            said = reply.headers.get("Content-Range", "")
            if reply.status == HTTPStatus.PARTIAL_CONTENT and _CONTENT_RANGE.fullmatch(said):
                response.set_status(HTTPStatus.PARTIAL_CONTENT)
                response.headers["Content-Range"] = said
            try:
                await response.prepare(request)
                await self._copy(reply.content, response, node)
            except BaseException:
                if request.transport:
                    request.transport.abort()
                raise
        return response

    async def _copy(self, source: aiohttp.StreamReader, response: web.StreamResponse, node: Patience) -> None:
        """Sends on all there is. Raises OSError unless it was as much as announced, and the browser takes it."""
        count = 0
        async for piece in source.iter_chunked(PIECE):
            count += len(piece)
            node.moved(len(piece))
            node.pause()
            async with asyncio.timeout(self._patience):
                await response.write(piece)
            node.resume()
        if response.content_length not in (None, count):
            raise OSError("not as many bytes as announced")
        await response.write_eof()

    def _gateway(self, place: int) -> Endpoint | None:
        """The gateway that is named there, the first being 1; None where it is the RPC that is read. Raises Refusal."""
        if place == 1:
            return self._ipfs.gateway
        if not 1 < place <= len(self._ipfs.gateways):
            raise Refusal(HTTPStatus.NOT_FOUND, "this site has no such gateway", "see its site.json")
        return self._ipfs.gateways[place - 1]

    @asynccontextmanager
    async def _file(
        self, gateway: Endpoint | None, cid: str, part: str | None, patience: Patience
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The reply that carries the file, or the part that a `Range` names, which the RPC is not asked for: the
        gateway's if there is one. Raises Refusal.
        """
        api = self._ipfs.api
        if gateway is not None:
            headers = {"Range": part} if part else None
            taken = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT) if part else (HTTPStatus.OK,)
            async with self._from_gateway(gateway, cid, patience, headers, taken) as reply:
                yield reply
        elif api is not None:
            async with self._ask_ipfs(api, "POST", f"{api.url}/api/v0/cat", patience, params={"arg": cid}) as reply:
                yield reply

    @asynccontextmanager
    async def _blocks(
        self, gateway: Endpoint | None, cid: str, query: Mapping[str, str], patience: Patience
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The reply that carries the block with that CID; or, from a gateway, a file's blocks from byte to byte."""
        api = self._ipfs.api
        part = query.get("entity-bytes", "")
        is_run = query.get("format") == "car" and _PART.fullmatch(part) is not None
        if not is_run and query.get("format") != "raw":
            raise Refusal(HTTPStatus.BAD_REQUEST, "a file has no such form here", "ask for ?format=raw")
        if gateway is not None:
            wanted = f"format=car&dag-scope=entity&entity-bytes={part}" if is_run else "format=raw"
            accept = {"Accept": _CAR if is_run else RAW_BLOCK}
            async with self._from_gateway(gateway, f"{cid}?{wanted}", patience, accept) as reply:
                yield reply
        elif api is not None and not is_run:
            url = f"{api.url}/api/v0/block/get"
            async with self._ask_ipfs(api, "POST", url, patience, params={"arg": cid}) as reply:
                yield reply
        else:
            raise Refusal(HTTPStatus.NOT_IMPLEMENTED, "this site gives blocks one by one", "ask for ?format=raw")

    @asynccontextmanager
    async def _from_gateway(
        self,
        gateway: Endpoint,
        path: str,
        patience: Patience,
        headers: dict[str, str] | None = None,
        taken: Collection[int] = (HTTPStatus.OK,),
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        url = f"{gateway.url}/ipfs/{path}"
        async with self._ask_ipfs(gateway, "GET", url, patience, headers=headers, taken=taken) as reply:
            if reply.status in taken:
                yield reply
                return
            target = reply.headers.get("Location", "")
        own = moved_to(gateway, path.partition("?")[0], target)
        if own is None:
            raise Refusal(HTTPStatus.BAD_GATEWAY, "the IPFS gateway redirects elsewhere", "name another one")
        async with self._ask_ipfs(own, "GET", target, patience, headers=headers, taken=taken) as reply:
            if reply.status not in taken:
                raise Refusal(HTTPStatus.BAD_GATEWAY, "the IPFS gateway redirects twice", "name another one")
            yield reply

    def _new_patience(self) -> Patience:
        return Patience(self._patience)

    @asynccontextmanager
    async def _ask_ipfs(
        self,
        where: Endpoint,
        method: str,
        url: str,
        patience: Patience,
        *,
        params: dict[str, str] | None = None,
        data: AsyncIterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
        taken: Collection[int] = (HTTPStatus.OK,),
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The node's reply of a status that is taken, or to a GET a redirect that was not followed. Raises Refusal."""
        target = URL(url, encoded=True)
        if where.credentials:
            headers = {**(headers or {}), "Authorization": where.credentials.reveal()}
        try:
            async with (
                patience,
                self._client.request(
                    method,
                    target,
                    params=params,
                    data=data,
                    headers=headers,
                    proxy=_proxy(target),
                    allow_redirects=False,
                ) as reply,
            ):
                if reply.status not in taken and not (method == "GET" and is_redirect(reply.status, reply.headers)):
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
            async with self._ask_ipfs(api, "POST", f"{api.url}/api/v0/add", Patience(min(5, self._patience))):
                return None
        except Refusal as refusal:
            return refusal if isinstance(refusal.__cause__, IpfsRefused) else None

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


def _not_kept() -> Refusal:
    what = "the IPFS node took the file, and does not give it back"
    return Refusal(HTTPStatus.BAD_GATEWAY, what, "tell whoever runs this site")


def _proxy(url: URL) -> str | None:
    """The proxy that the environment names for a URL. (aiohttp's own way to ask would add secrets of ~/.netrc.)"""
    host = url.host or ""
    if Endpoint(url.scheme, host, 0).is_local or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(url.scheme)
