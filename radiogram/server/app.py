"""The server of the website: who may ask, and what of.

    GET  /…            a file of the built pages; all are read at the start, so that no path leads anywhere else
    GET  /site.json    where this copy of the site finds chain, contract and files
    POST /rpc          reads of the chain      (radiogram.server.proxy)
    POST /upload       adds a file to IPFS
    POST /keep         has the homes keep what was uploaded   (radiogram.server.homes)
    POST /act          puts a signed act on the chain   (radiogram.server.relay)
    POST /share        sends the envelope of a signed share
    POST /dicomweb/studies[/UID]   stores a study in the outbox   (radiogram.server.stow)
    GET  /ipfs/CID     a file from IPFS; /ipfs/2/CID from the second gateway, where several are named
    GET  /outbox/…     what waits in the outbox   (radiogram.server.waiting)
    POST /outbox/…     takes something out of it

What another page in the same browser sends is refused: a host name that is not ours (DNS rebinding), another origin.
What is for programs, with a token, no page may ask at all.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import psutil
from aiohttp import web

from radiogram.errors import ListenError, Refusal
from radiogram.server import homes
from radiogram.server.proxy import Proxy
from radiogram.server.relay import Door, Put
from radiogram.server.site import HEADERS, POLICY_HEADER, Page
from radiogram.server.stow import PATH as DICOMWEB
from radiogram.server.stow import Store
from radiogram.server.waiting import PATH as OUTBOX
from radiogram.server.waiting import WaitingRoom

_SIGNED = ("/act", "/share")
_FOR_PAGES = ("/rpc", "/upload", homes.PATH, *_SIGNED)


def application(
    files: dict[str, Page],
    names: set[str],
    proxy: Proxy,
    puts: Mapping[str, Put] | None = None,
    store: Store | None = None,
    waiting: WaitingRoom | None = None,
    keeping: homes.Door | None = None,
) -> web.Application:
    """The website, answering to these names (HOST or HOST:PORT, small letters).

    `puts`: what is paid for, by path; `store`: what takes studies by DICOMweb; `waiting`: what shows those that wait;
    `keeping`: what writes down what is about to be sent, and has homes keep what is uploaded.
    """

    async def page(request: web.Request) -> web.Response:
        found = files.get(request.match_info["path"])
        if found is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "there is no such page here")
        return found.reply(request)

    @web.middleware
    async def guarded(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            _check(request, names)
            if waiting and _is_of_outbox(request):
                waiting.check(request)
            return await handler(request)
        except Refusal as refusal:
            return _refused(request, refusal)
        except web.HTTPException as error:
            return _refused(request, Refusal(HTTPStatus(error.status), error.reason.lower()))
        except Exception:  # the server goes on, and no trace of the request is left anywhere
            return _refused(request, Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "this site failed", "try again"))

    app = web.Application(middlewares=[guarded])
    app.on_response_prepare.append(_add_headers)
    app.cleanup_ctx.append(proxy.running)
    app.router.add_post("/rpc", proxy.ask_chain)
    app.router.add_post("/upload", proxy.add)
    for path in _SIGNED:
        app.router.add_post(path, Door((puts or {}).get(path)).take)
    if keeping:
        app.router.add_post(homes.PATH, keeping.take)
    if store:
        for path in ("studies", "studies/{study}"):
            app.router.add_post(DICOMWEB + path, store.take)
    if waiting:
        app.router.add_routes(waiting.routes())
    app.router.add_get("/ipfs/{cid}", proxy.read, allow_head=False)
    app.router.add_get("/ipfs/{place:[0-9]{1,3}}/{cid}", proxy.read, allow_head=False)
    app.router.add_get("/{path:.*}", page)
    return app


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS | {POLICY_HEADER: response.headers.get(POLICY_HEADER, HEADERS[POLICY_HEADER])})


def _check(request: web.Request, names: set[str]) -> None:
    """Raises Refusal for a request that no page of ours makes."""
    host = request.headers.get("Host", "").lower()
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if len(request.headers.getall("Host", [])) != 1 or host not in names:
        raise Refusal(HTTPStatus.MISDIRECTED_REQUEST, "this site has another address", "see where it was started")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send it uncompressed")
    if request.path.startswith(DICOMWEB):
        if {"Origin", "Sec-Fetch-Site"} & set(request.headers):
            raise _foreign()
        return
    if request.method in ("GET", "HEAD"):
        if site not in ("same-origin", "none") and not _is_visit(request):
            raise _foreign()
    # Browsers name the origin of every POST; what is no browser has no credentials of ours to misuse.
    elif site != "same-origin" or request.headers.get("Origin", "").lower() not in (
        f"http://{host}",
        f"https://{host}",
    ):
        raise _foreign()


def _is_visit(request: web.Request) -> bool:
    """Whether somebody follows a link to a page."""
    is_page = not (request.path.startswith("/ipfs/") or _is_of_outbox(request))
    return request.headers.get("Sec-Fetch-Mode") == "navigate" and is_page


def _is_of_outbox(request: web.Request) -> bool:
    return request.path == OUTBOX or request.path.startswith(f"{OUTBOX}/")


def _foreign() -> Refusal:
    return Refusal(HTTPStatus.FORBIDDEN, "only this site's own pages may ask that")


def _refused(request: web.Request, refusal: Refusal) -> web.Response:
    """A page's program gets {"error": …}, a person the line itself."""
    headers = {"Cache-Control": "no-store"}
    if refusal.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "POST" if request.path in _FOR_PAGES else "GET"
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="radiogram"'
    if request.path in _FOR_PAGES or request.path.startswith(("/ipfs/", OUTBOX, DICOMWEB)):
        return web.json_response({"error": str(refusal)}, status=refusal.status, headers=headers)
    return web.Response(text=_sentence(str(refusal)), status=refusal.status, headers=headers)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}.\n"


class Listener:
    """A socket that listens on `host`, a name or address; port 0: one that is free. Raises ListenError."""

    def __init__(self, host: str, port: int) -> None:
        try:
            family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            self.socket = socket.create_server(address[:2], family=family)
        except OSError as error:
            why = os.strerror(error.errno or 0) if (error.errno or 0) > 0 else "it is no address of this machine"
            raise ListenError(f"can't listen on {host}:{port}: {why}", "name another port or address") from None
        self._host = host.lower()
        self._address, self.port = self.socket.getsockname()[:2]

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return ipaddress.ip_address(self._address).is_loopback

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the site."""
        hosts = sorted(self._hosts(), key=lambda host: (host != _bracketed(self._address), host))
        return f"http://{hosts[0]}:{self.port}/"

    @property
    def names(self) -> set[str]:
        """What a browser may say in `Host`."""
        bare = self._hosts() if self.port == 80 else set()
        return {f"{host}:{self.port}" for host in self._hosts()} | bare

    def _hosts(self) -> set[str]:
        address = ipaddress.ip_address(self._address)
        if not address.is_unspecified:
            return {_bracketed(self._address), _bracketed(self._host)} | (
                {"localhost"} if address.is_loopback else set()
            )
        cards = psutil.net_if_addrs().values()
        own = {each.address.partition("%")[0] for card in cards for each in card if each.family in _INTERNET}
        return {_bracketed(each) for each in own} | {"localhost", socket.gethostname().lower()}


_INTERNET = (socket.AF_INET, socket.AF_INET6)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


async def serve(app: web.Application, listener: Listener, ready: Callable[[], Any]) -> int:
    """Serves until SIGINT or SIGTERM, whose number it returns; `ready` is called once the site answers."""
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def end(number: int) -> None:
        with suppress(asyncio.InvalidStateError):
            ended.set_result(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end, number)
    # A request is dropped when its browser hangs up, and what was begun for it ends; uploads stay as they were sent.
    runner = web.AppRunner(
        app, access_log=None, handler_cancellation=True, auto_decompress=False, shutdown_timeout=2, handle_signals=False
    )
    await runner.setup()
    try:
        await web.SockSite(runner, listener.socket).start()
        ready()
        return await ended
    finally:
        await runner.cleanup()
