"""The commands on a chain with other rules, behind a provider that limits all that providers limit."""

import json
import os
import re
from itertools import count

import pytest
import requests
from ape import accounts
from eth_utils.address import to_checksum_address

from tests.chain.anvil import GWEI, op_stack
from tests.chain.conftest import Node, before, connected_to
from tests.contract.samples import ENVELOPE
from tests.ipfs.conftest import reply

RANGE = 4  # blocks of one eth_getLogs
CALL_GAS = 2_000_000  # of one eth_call; public nodes allow 25 times as much
TOGETHER, LONG_INBOX = 150, 600  # messages
OFTEN = 23  # every so many questions one is too many


@pytest.fixture(scope="module")
def rollup():
    """An OP stack that makes a block each second, whether there is anything for it or not, and not for nothing."""
    with op_stack("--block-time", "1", "--base-fee", str(30 * GWEI)) as chain:
        chain.ask("anvil_mine", hex(3 * RANGE))
        yield chain


class Provider:
    """What it has refused, and why."""

    def __init__(self, node: Node) -> None:
        self.node, self.refused, self._number = node, {"rate": 0, "range": 0, "gas": 0}, count(1)
        node.lie = self.answer

    def answer(self, handler, question):
        method, number = question["method"], next(self._number)
        if number % OFTEN == 0:
            self.refused["rate"] += 1
            if number % (2 * OFTEN):
                return reply(handler, 429, b"slow down")
            return self._refuse(handler, question, -32005, "daily request count exceeded, request rate limited")
        if method == "eth_getLogs":
            asked = question["params"][0]
            if int(asked["toBlock"], 16) - int(asked["fromBlock"], 16) >= RANGE:
                self.refused["range"] += 1
                return self._refuse(handler, question, -32602, f"eth_getLogs is limited to a {RANGE} block range")
        if method == "eth_call":
            question["params"][0]["gas"] = hex(CALL_GAS)
            said = requests.post(self.node.chain, json=question, timeout=30)
            self.refused["gas"] += "OutOfGas" in said.text
            return reply(handler, said.status_code, said.content)
        return False

    def _refuse(self, handler, question, code, message):
        error = {"jsonrpc": "2.0", "id": question["id"], "error": {"code": code, "message": message}}
        return reply(handler, 200, json.dumps(error).encode())


@pytest.fixture
def provider(rollup):
    with before(rollup.url) as node:
        yield Provider(node)


def test_what_is_sent_is_listed_retrieved_and_in_the_history_there(
    devnet, provider, tmp_path, xray, technologist, person
):
    network = ("--network", f"ethereum:local:{provider.node.server.url}")
    devnet.json("deploy", *network, "--account", "0")
    sent = devnet.json(
        *("send_image", xray, "--to", person.public_key, *network, "--account", "0"), RADIOGRAM_ETHER_PRICE="3200 EUR"
    )
    assert re.fullmatch(r"0\.\d+ EUR|\d+\.\d\d EUR", sent["fee_money"])
    (listed,) = devnet.json("inbox", "--of", person.address, *network)["messages"]
    assert (listed["sender"], listed["index"]) == (technologist.address, sent["index"])
    received = devnet.json("retrieve_image", *person.opens, *network, "--out", tmp_path / "out")
    assert received["cid"] == sent["cid"]
    assert (tmp_path / "out" / xray.name).read_bytes() == xray.read_bytes()
    events = devnet.json("history", *person.opens, *network)["events"]
    assert [each["tx_hash"] for each in events] == [sent["tx_hash"]]
    assert provider.refused["rate"] > 1
    assert provider.refused["range"] > 0


def test_a_list_that_takes_more_gas_than_a_call_may_use_is_asked_for_in_shorter_pages(provider, tmp_path):
    address = to_checksum_address(os.urandom(20))
    items = [(address, 0, ENVELOPE)] * TOGETHER
    with connected_to(provider.node.server.url, tmp_path) as network:
        inbox = network.inbox()
        for _ in range(LONG_INBOX // TOGETHER):
            inbox._contract.invoke_transaction("sendBatch", items, sender=accounts.test_accounts[0])
        listed = list(inbox.messages(address))
    assert [each.index for each in listed] == list(range(LONG_INBOX))[::-1]
    assert provider.refused["gas"] > 0
