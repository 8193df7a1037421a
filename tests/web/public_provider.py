"""What a public RPC provider and a public gateway are to a page: nodes that let every origin in (CORS)."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import requests

ANY_PAGE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "*",
}


@contextmanager
def public(node: str) -> Iterator[str]:
    """URL of a provider before `node` (a URL without a path), which answers programs alone."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: self.headers[name] for name in ("Accept", "Content-Type", "Range") if name in self.headers}
            reply = requests.request(self.command, node + self.path, data=body, headers=headers, timeout=30)
            kept = {"Content-Type", "Content-Range", "Accept-Ranges"}
            self.reply(reply.status_code, {k: v for k, v in reply.headers.items() if k in kept}, reply.content)

        def do_OPTIONS(self) -> None:
            self.reply(204, {}, b"")

        do_GET = do_HEAD = do_POST = forward  # noqa: N815

        def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in (headers | ANY_PAGE | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
