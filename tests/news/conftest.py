"""A chain of these tests' own, people with inboxes, and servers that are told of news."""

import json
import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from ape import accounts
from eth_utils.address import to_checksum_address

from tests.chain.conftest import chain, connected  # noqa: F401 - the fixture `chain`
from tests.contract.samples import ENVELOPE
from tests.ports import free_port


@pytest.fixture
def ask(chain):  # noqa: F811
    """ask(method, *params): what the chain answers."""

    def ask(method, *params):
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return requests.post(chain, json=question, timeout=30).json()["result"]

    return ask


@pytest.fixture
def inbox(chain, tmp_path):  # noqa: F811
    with connected(chain, tmp_path / "home") as network:
        yield network.inbox()


@pytest.fixture
def send(inbox):
    """send(*recipients): a message to each, in one transaction, each with an envelope of its own; its hash."""

    def send(*recipients, envelope=None):
        items = [(each, 0, envelope or ENVELOPE + os.urandom(4)) for each in recipients]
        done = inbox._contract.invoke_transaction("sendBatch", items, sender=accounts.test_accounts[0])
        return done.txn_hash

    return send


@pytest.fixture
def somebody():
    """somebody(): the address of an inbox that has no message."""
    return lambda: to_checksum_address(os.urandom(20))


class Receiver:
    """A web server that keeps what it is told, and answers each with the next of `answers`, or 200."""

    def __init__(self):
        self.told, self.answers, self.location = [], [], "/elsewhere"
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.told.append((self.path, dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def names(self):
        """The names of the news that it was told of."""
        return [json.loads(body)["id"] for _, _, body in self.told]

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.stop()


@contextmanager
def mail_server(**options):
    """A real mail server on loopback, and the mails that it has taken."""
    from aiosmtpd.controller import Controller

    class Handler:
        def __init__(self):
            self.mails = []

        async def handle_DATA(self, server, session, envelope):  # noqa: N802 - as the library has it
            self.mails.append(envelope)
            return "250 taken"

    handler = Handler()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port, handler.mails
    finally:
        controller.stop()
