"""With `until_final`, what was sent is waited for until no reorganisation can undo it."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from ape import accounts
from eth_utils.address import to_checksum_address

from radiogram.chain import contract, deployment, transactions
from radiogram.chain.inbox import Inbox, Recipient
from radiogram.errors import FinalityError, UnconfirmedError
from tests.chain.anvil import anvil
from tests.chain.conftest import before, connected_to
from tests.contract.samples import ENVELOPE
from tests.ipfs.conftest import reply

LONG = 60  # seconds


@pytest.fixture
def chain_of_epochs():
    """Its blocks are final two blocks later."""
    with anvil("--slots-in-an-epoch", "1") as chain:
        yield chain


@pytest.fixture
def inbox(chain_of_epochs, tmp_path):
    with connected_to(chain_of_epochs.url, tmp_path) as network:
        network.until_final = True
        yield network.inbox()


@pytest.fixture
def recipient():
    return Recipient(to_checksum_address(os.urandom(20)), b"", 0)


@pytest.fixture
def sending(inbox, recipient):
    """sending(record): a message that is being sent, and its record of transactions."""
    with ThreadPoolExecutor(1) as pool:
        record = []
        yield lambda: (pool.submit(inbox.send, recipient, ENVELOPE, accounts.test_accounts[0], record), record)


def block_of(chain, record) -> int | None:
    """The block that has the last transaction of `record`."""
    receipt = record and chain.ask("eth_getTransactionReceipt", record[-1].tx_hash)
    return int(receipt["blockNumber"], 16) if receipt else None


def in_a_block(chain, record) -> int:
    deadline = time.monotonic() + LONG
    while (block := block_of(chain, record)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return block


def final(chain) -> int:
    return int(chain.ask("eth_getBlockByNumber", "finalized", False)["number"], 16)


def test_a_message_is_sent_when_its_block_is_final_and_not_before(sending, chain_of_epochs):
    sent, record = sending()
    block = in_a_block(chain_of_epochs, record)
    chain_of_epochs.ask("anvil_mine", 1)
    assert final(chain_of_epochs) < block
    with pytest.raises(TimeoutError):
        sent.result(10 * transactions.FINAL_POLL[0])
    chain_of_epochs.ask("anvil_mine", 1)
    index, _ = sent.result(LONG)
    assert (index, final(chain_of_epochs)) == (0, block)


def test_a_message_whose_block_a_reorganisation_takes_out_is_waited_for_in_its_new_one(sending, chain_of_epochs):
    sent, record = sending()
    old = in_a_block(chain_of_epochs, record)
    chain_of_epochs.ask("anvil_reorg", 1, [])
    assert block_of(chain_of_epochs, record) is None
    chain_of_epochs.ask("eth_sendRawTransaction", "0x" + record[-1].raw.hex())  # as nodes do of themselves
    assert in_a_block(chain_of_epochs, record) > old
    chain_of_epochs.ask("anvil_mine", 2)
    assert sent.result(LONG)[0] == 0


def test_what_does_not_become_final_in_time_is_told(inbox, recipient, monkeypatch):
    monkeypatch.setattr(transactions, "FINAL_PATIENCE", 1)
    with pytest.raises(UnconfirmedError, match="was sent, and its block is not final after 1 s"):
        inbox.send(recipient, ENVELOPE, accounts.test_accounts[0])


@pytest.mark.parametrize("said", [{"result": None}, {"error": {"code": -32602, "message": "unknown block tag"}}])
def test_a_node_that_knows_no_final_block_is_told_before_anything_is_sent(chain_of_epochs, tmp_path, said):
    def lie(handler, question):
        if question["method"] != "eth_getBlockByNumber" or question["params"][0] != "finalized":
            return False
        return reply(handler, 200, json.dumps({"jsonrpc": "2.0", "id": question["id"]} | said).encode())

    with before(chain_of_epochs.url) as node, connected_to(node.server.url, tmp_path) as network:
        network.until_final, node.lie = True, lie
        with pytest.raises(FinalityError, match="does not say which blocks are final"):
            network.inbox()


def test_without_it_a_message_is_sent_when_a_block_has_it(inbox, recipient, chain_of_epochs):
    plain = Inbox(inbox._contract)
    plain.send(recipient, ENVELOPE, accounts.test_accounts[0])
    assert final(chain_of_epochs) < chain_of_epochs.number("eth_blockNumber")


# ---- the contract


@pytest.fixture
def waited(chain_of_epochs, tmp_path, monkeypatch):
    """The contract, which was just deployed, being waited for; the node keeps no state of old blocks."""

    def lie(handler, question):
        if question["method"] != "eth_getCode" or question["params"][1] != "finalized":
            return False
        error = {"code": -32000, "message": "missing trie node"}
        return reply(handler, 200, json.dumps({"jsonrpc": "2.0", "id": question["id"], "error": error}).encode())

    monkeypatch.setattr(transactions, "FINAL_PATIENCE", LONG)
    with connected_to(chain_of_epochs.url, tmp_path) as network:
        network.inbox()
    with before(chain_of_epochs.url) as node, connected_to(node.server.url, tmp_path) as network:
        node.lie = lie
        with ThreadPoolExecutor(1) as pool:
            waited = pool.submit(deployment.wait_until_final, network.provider, contract.address())
            while not any(question["params"][:1] == ["finalized"] for question in node.asked):
                time.sleep(0.01)
            yield waited


def test_a_contract_is_waited_for_until_its_block_is_final_and_not_before(waited, chain_of_epochs):
    block = chain_of_epochs.number("eth_blockNumber")
    chain_of_epochs.ask("anvil_mine", 1)
    assert final(chain_of_epochs) < block
    assert not waited.done()
    chain_of_epochs.ask("anvil_mine", 1)
    assert waited.result(LONG) is None


def test_one_that_a_reorganisation_takes_out_is_told(waited, chain_of_epochs):
    chain_of_epochs.ask("anvil_setCode", contract.address(), "0x")  # as where another block came in place of its own
    chain_of_epochs.ask("anvil_mine", 2)
    with pytest.raises(FinalityError, match="a reorganisation has taken it out; deploy it again"):
        waited.result(LONG)


def test_one_that_has_been_final_for_long_is_not_waited_for(inbox, chain_of_epochs):
    chain_of_epochs.ask("anvil_mine", 3)
    newest = chain_of_epochs.number("eth_blockNumber")
    deployment.wait_until_final(inbox.provider, inbox.address)
    assert final(chain_of_epochs) < newest


def test_one_that_is_not_final_in_time_is_told(inbox, monkeypatch):
    monkeypatch.setattr(transactions, "FINAL_PATIENCE", 1)
    with pytest.raises(FinalityError, match=r"is there, and its block is not final after 1 s: run it again"):
        deployment.wait_until_final(inbox.provider, inbox.address)
