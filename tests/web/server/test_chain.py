"""Questions to the chain: what only reads is passed on, and nothing else."""

import gzip
import json

import pytest

from radiogram.server.json_rpc import MAX_BATCH, MAX_QUESTION, METHODS
from tests.ports import free_port
from tests.web.server.asker import Asker, call


def test_a_read_is_answered_by_the_chain(asker):
    found = asker.rpc(call())
    assert found.headers["Content-Type"] == "application/json"
    assert json.loads(found.body) == {"jsonrpc": "2.0", "id": 1, "result": "0x539"}


def test_a_batch_is_answered_whole(asker):
    said = json.loads(asker.rpc([call(number=7), call("eth_blockNumber", number=8)]).body)
    assert [each["id"] for each in said] == [7, 8]


@pytest.mark.parametrize(
    "method",
    [
        "eth_sendRawTransaction",
        "eth_sendTransaction",
        "eth_accounts",
        "eth_sign",
        "personal_sign",
        "eth_newFilter",
        "evm_increaseTime",
        "evm_setAccountBalance",
        "anvil_setBalance",
        "hardhat_reset",
        "miner_stop",
        "debug_traceTransaction",
        "admin_peers",
        "ETH_CHAINID",
        "eth_chainId ",
    ],
)
def test_what_does_not_only_read_is_refused(asker, method):
    assert method not in METHODS
    status, line = asker.rpc(call(method)).refusal
    assert (status, repr(method) in line) == (400, True)
    assert asker.rpc([call(), call(method)]).status == 400


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        "null",
        "[]",
        '"eth_chainId"',
        "{}",
        '{"jsonrpc": "2.0", "method": "eth_chainId"}',
        '{"jsonrpc": "2.0", "id": null, "method": "eth_chainId"}',
        '{"jsonrpc": "1.0", "id": 1, "method": "eth_chainId"}',
        '{"jsonrpc": "2.0", "id": 1, "method": ["eth_chainId"]}',
        '{"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": {"to": "0x"}}',
        '{"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [NaN]}',
        '[[{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}]]',
        "[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_call_is_refused(asker, said):
    assert asker.rpc(said).refusal[0] == 400


def test_the_last_of_two_methods_counts_for_check_and_chain_alike(asker):
    said = '{"jsonrpc": "2.0", "id": 1, "method": "eth_accounts", "method": "eth_chainId"}'
    assert json.loads(asker.rpc(said).body)["result"] == "0x539"
    said = '{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "method": "eth_accounts"}'
    assert asker.rpc(said).status == 400


def test_a_batch_that_is_too_long_is_refused(asker):
    assert asker.rpc([call()] * MAX_BATCH).status == 200
    assert asker.rpc([call()] * (MAX_BATCH + 1)).refusal[0] == 400


def test_a_question_that_is_too_large_is_refused(asker):
    assert asker.rpc(call("eth_call", "x" * MAX_QUESTION)).refusal[0] == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_question_that_a_plain_form_could_send_is_refused(asker, kind):
    assert asker.rpc(call(), Content_Type=kind).refusal[0] == 415


def test_a_compressed_question_is_refused(asker):
    assert asker.rpc(gzip.compress(b"{}"), Content_Encoding="gzip").refusal[0] == 415


def test_another_chain_is_served_through_ape_s_provider(serve):
    # By itself Ape's provider takes a port by chance, and waits in vain for Anvil if it is in use.
    anvil = {"APE_FOUNDRY_HOST": f"http://127.0.0.1:{free_port()}"}
    asker = Asker(serve("--network", "ethereum:local:foundry", "--name", "Anvil", **anvil))
    assert json.loads(asker.ask("GET", "/site.json").body)["name"] == "Anvil"
    assert json.loads(asker.rpc(call("net_version")).body)["result"] == "31337"
