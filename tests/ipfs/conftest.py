"""Real Kubo nodes in a folder of the test run, and a small server for replies that no honest node gives."""

import json
import os
import re
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
import requests

from radiogram.devnet.kubo import local_ipfs
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.unixfs import CHUNK_BYTES, CidBuilder
from tests.unisolated import _function_isolation  # noqa: F401 - a fixture

from .kubo_nodes import kubo_with

SENDER_TOKEN = "sender-token-4f1c"
CLINIC_SECRET = "clinic-secret-9e77"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    """What a developer has set for their own node is not for the tests."""
    for name in list(os.environ):
        if name.startswith("RADIOGRAM_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """The folder that all nodes of this run live in; no process that knows it is left at the end."""
    folder = tmp_path_factory.mktemp("nodes")
    yield folder
    assert not processes_of(folder)


@pytest.fixture(scope="session")
def node(base):
    with local_ipfs(base / "home") as running:
        yield running


@pytest.fixture(scope="session", params=["gateway", "rpc"])
def ipfs(request, node):
    """The node as a client sees it: read from its gateway, or from its RPC."""
    return Ipfs(node.api, node.gateway if request.param == "gateway" else None, timeout=10)


@pytest.fixture(scope="session")
def guarded(base):
    """A node whose RPC wants credentials: an `add`-only token, or a clinic's user and secret for all."""
    authorizations = {
        "sender": {"AuthSecret": f"bearer:{SENDER_TOKEN}", "AllowedPaths": ["/api/v0/add"]},
        "clinic": {"AuthSecret": f"basic:clinic:{CLINIC_SECRET}", "AllowedPaths": ["/api/v0"]},
    }
    with kubo_with(base / "guarded", API={"Authorizations": authorizations}) as running:
        yield running


@pytest.fixture(scope="session")
def trustless(base):
    """A node whose gateway gives blocks alone; besides, there is an `add`-only token for its RPC."""
    sender = {"AuthSecret": f"bearer:{SENDER_TOKEN}", "AllowedPaths": ["/api/v0/add"]}
    gateway, api = {"DeserializedResponses": False}, {"Authorizations": {"sender": sender}}
    with kubo_with(base / "trustless", Gateway=gateway, API=api) as running:
        yield running


@pytest.fixture
def rpc(node):
    """Calls the node's RPC by name and returns the reply: the test's own way to look inside."""

    def call(name: str, **arguments: str) -> requests.Response:
        return requests.post(f"{node.api}/api/v0/{name}", params=arguments, timeout=10)

    return call


@pytest.fixture
def pins(rpc):
    """The CIDs that the node has pinned, now."""

    def look() -> set[str]:
        return set(rpc("pin/ls", type="recursive").json().get("Keys", {}))

    return look


class Hostile:
    """A server on a free port that answers as a test says; `seen` has the headers of each request."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.seen = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(handler) -> None:  # noqa: N805
                self.seen.append((handler.path, dict(handler.headers)))
                handler.close_connection = True
                answer(handler)

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *_) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # a client that hangs up is what is tested
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hostile():
    """Starts a server that answers every request with the given function."""
    started = []

    def start(answer: Callable[[BaseHTTPRequestHandler], None]) -> Hostile:
        started.append(Hostile(answer))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def stick(tmp_path):
    """Writes files, as they are on a stick that somebody hands over."""

    def write(data, name="a.car"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


@pytest.fixture
def closed_url():
    """A URL where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else's
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def processes_of(folder: Path) -> list[psutil.Process]:
    """The running processes with that folder in their command line."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if any(str(folder) in part for part in process.info["cmdline"] or ())
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def body_of(handler: BaseHTTPRequestHandler) -> bytes:
    """Of a question: of its size, or in chunks; nothing if it has none."""
    if "chunked" in handler.headers.get("Transfer-Encoding", ""):
        return drain(handler)
    return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))


def reply(
    handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", headers: dict[str, str] | None = None
) -> None:
    """A whole answer, the last on its connection; Content-Length is the body's unless `headers` has one."""
    headers = {"Content-Length": str(len(body)), "Connection": "close", **(headers or {})}
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def drain(handler: BaseHTTPRequestHandler) -> bytes:
    """Reads a chunked request to its end, as a node does that takes an upload."""
    body = b""
    while size := int(handler.rfile.readline(), 16):
        body += handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()
    return body


Answer = Callable[[BaseHTTPRequestHandler], object]


def keep(data: bytes, cat: Answer | None = None, drain: Answer = drain) -> Answer:
    """What a node answers that takes a file, which is `data`, and gives parts of it back; or does `cat` then."""

    def answer(handler: BaseHTTPRequestHandler) -> object:
        if "/add" not in handler.path:
            return cat(handler) if cat else reply(handler, 200, part(handler, data))
        drain(handler)
        cid = CidBuilder()
        cid.add(data)
        return reply(handler, 200, json.dumps({"Hash": cid_text(cid.cid())}).encode())

    return answer


def part(handler: BaseHTTPRequestHandler, data: bytes) -> bytes:
    """What of a file an RPC, or by a Range a gateway, is asked for; an RPC also of its first leaf, behind it."""
    if len(parse_qs(urlsplit(handler.path).query).get("arg", [])) > 1:
        data += data[:CHUNK_BYTES]
    if asked := re.search(r"offset=(\d+)&length=(\d+)", handler.path):
        return data[int(asked[1]) : int(asked[1]) + int(asked[2])]
    asked = re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers.get("Range", ""))
    return data[int(asked[1]) : int(asked[2]) + 1] if asked else data


def take(handler: BaseHTTPRequestHandler, size: int) -> None:
    """Reads so many bytes of an upload, and hangs up."""
    if "Transfer-Encoding" in handler.headers:
        handler.rfile.read(size)


def passed_on(handler: BaseHTTPRequestHandler, url: str) -> None:
    """The question put to the node at `url`, and its answer."""
    headers = {"Content-Type": handler.headers.get("Content-Type")}
    said = requests.post(f"{url}{handler.path}", data=body_of(handler), headers=headers, timeout=30)
    reply(handler, said.status_code, said.content)
