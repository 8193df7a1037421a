"""Asks the server as a program that is no browser, and hangs up on it."""

import http.client
import json
import socket
import time
from urllib.parse import urlsplit

MISSING = "bafkreiaqetnydw4dg7fucuv6ctart2g65hfq4nrtkh5itcqj5xqhswquwy"


class Asker:
    """Requests as a program sends them that is no browser: only the headers that a test gives."""

    def __init__(self, url: str) -> None:
        self.url, self.host = url, urlsplit(url).netloc
        self.origin = url.rstrip("/")

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str | None) -> "Reply":
        connection = http.client.HTTPConnection(self.host, timeout=30)
        named = {"Host": self.host} | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in named.items():
            if value is not None:
                connection.putheader(name, value)
        if body is not None and "Content-Length" not in named:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode() if isinstance(body, str) else body)
        return Reply(connection.getresponse())

    def rpc(self, said: object, **headers: str | None) -> "Reply":
        body = said if isinstance(said, bytes | str) else json.dumps(said)
        return self.ask("POST", "/rpc", body, **{"Origin": self.origin, "Content_Type": "application/json"} | headers)

    def upload(self, *parts: bytes, **headers: str | None) -> "Reply":
        usual = {"Origin": self.origin, "Content_Type": "multipart/form-data; boundary=b"}
        return self.ask("POST", "/upload", form(*parts), **usual | headers)


class Reply:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()
        response.close()

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and the one line."""
        said = json.loads(self.body)
        assert list(said) == ["error"]
        assert "\n" not in said["error"]
        return self.status, said["error"]


def form(*parts: bytes) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    return b"".join(head + part + b"\r\n" for part in parts) + b"--b--\r\n"


def call(method="eth_chainId", *params, number=1):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def upload_head(asker: Asker, size: int) -> bytes:
    """The beginning of an upload whose form has so many bytes."""
    head = f"POST /upload HTTP/1.1\r\nHost: {asker.host}\r\nOrigin: {asker.origin}\r\nContent-Length: {size}\r\n"
    return f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode()


def hang_up_while(asker: Asker, said: bytes) -> None:
    """Says so much, waits a little, and is gone."""
    with socket.create_connection(asker.host.split(":")) as connection:
        connection.sendall(said)
        time.sleep(0.3)
    time.sleep(0.7)
