"""A real Ganache, and before it a server that answers some questions otherwise."""

import json
import os
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import requests
from ape import accounts
from eth_utils.address import to_checksum_address
from web3 import HTTPProvider
from web3.providers import BaseProvider

from radiogram.chain import inbox, rpc
from radiogram.chain.inbox import Inbox
from radiogram.cli.network import LOCAL_NETWORK, Network
from radiogram.cli.terminal import Terminal
from radiogram.devnet import anvil, ganache
from tests.contract.samples import ENVELOPE
from tests.ipfs.conftest import Hostile, hostile, reply  # noqa: F401 - a fixture among them
from tests.unisolated import _function_isolation  # noqa: F401 - a fixture

PATIENCE = 20.0  # seconds; a test that waits has less
PAGE = 4
MESSAGES = 2 * PAGE + 2

Lie = Callable[[BaseHTTPRequestHandler, dict[str, Any]], object]
"""Answers a question, or returns False to leave it to the chain."""


@pytest.fixture(scope="package")
def chain(tmp_path_factory):
    """The URL of a chain of these tests' own."""
    with ganache.local_chain(tmp_path_factory.mktemp("chain")) as url:
        yield url


class Node:
    """Passes questions on to the chain, but for those to which it lies."""

    def __init__(self, chain: str) -> None:
        self.chain, self.lie, self.asked = chain, lambda *_: False, []
        self.server = Hostile(self.answer)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        question = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.asked.append(question)
        if self.lie(handler, question) is False:
            said = requests.post(self.chain, json=question, timeout=30)
            reply(handler, said.status_code, said.content)

    def count(self, method: str) -> int:
        """How often the method was asked."""
        return sum(question["method"] == method for question in self.asked)


@pytest.fixture
def node(chain):
    made = Node(chain)
    yield made
    made.server.stop()


@contextmanager
def before(url):
    """A server that answers some questions itself, and passes the others on."""
    node = Node(url)
    try:
        yield node
    finally:
        node.server.stop()


@contextmanager
def connected(url: str, home: Path, patience: float = PATIENCE, choice: str = LOCAL_NETWORK):
    """The local network as commands see it, its chain at `url`; or another one, by Ape's name of it."""

    @contextmanager
    def chain_at(*_: object, **__: object):
        yield url

    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RADIOGRAM_HOME", str(home))
        for each in (ganache, anvil):
            patch.setattr(each, "local_chain", chain_at)
        patch.setattr(HTTPProvider, "_make_request", HTTPProvider._make_request)  # put back at the end
        patch.setattr(BaseProvider, "global_ccip_read_enabled", BaseProvider.global_ccip_read_enabled)  # this too
        patch.setattr(rpc, "bound_requests", partial(rpc.bound_requests, patience))
        yield Network(choice, Terminal(as_json=True, yes=True), stack)


def connected_to(url: str, home: Path):
    """The chain at `url` as commands see it that were told of it by --network."""
    return connected(url, home, choice=f"ethereum:local:{url}")


@pytest.fixture(scope="package")
def recipient(chain, tmp_path_factory) -> str:
    """Somebody with MESSAGES messages in the inbox, each another."""
    address = to_checksum_address(os.urandom(20))
    items = [(address, 0, ENVELOPE + bytes([number])) for number in range(MESSAGES)]
    with connected(chain, tmp_path_factory.mktemp("home")) as network:
        network.inbox()._contract.invoke_transaction("sendBatch", items, sender=accounts.test_accounts[0])
    return address


@pytest.fixture
def mailbox(node, tmp_path, monkeypatch) -> Inbox:
    """The contract, as the node shows it."""
    monkeypatch.setattr(inbox, "PAGE_MESSAGES", PAGE)
    with connected(node.server.url, tmp_path) as network:
        yield network.inbox()
