"""Deploying, and having the source verified: by Sourcify's library, behind its API, on a chain of the tests."""

import json

import pytest
import requests

from tests.chain.anvil import anvil
from tests.chain.conftest import before
from tests.chain.sourcify import sourcify
from tests.ipfs.conftest import reply


@pytest.fixture
def chain():
    """A chain without the contract."""
    with anvil() as running:
        yield running


def test_what_is_deployed_is_verified_and_then_never_again(devnet, chain):
    with sourcify(chain) as server:
        options = ("--verify", "--sourcify", server, "--network", chain.network, "--account", "0")
        done = devnet.json("deploy", *options)
        assert (done["deployed"], done["source_match"]) == (True, "match")
        there = requests.get(done["source_url"], timeout=10).json()
        assert (there["address"], there["runtimeMatch"]) == (done["inbox"], "match")
        assert there["creationMatch"] == "match"  # by the transaction, which so was told
        again = devnet.run("deploy", *options)
    assert again.stdout.splitlines() == [
        f"Already deployed at {done['inbox']}",
        f"Source verified (match, as it was before): {done['source_url']}",
    ]


def test_where_nobody_verifies_it_is_deployed_all_the_same_and_the_failure_is_told(devnet, chain):
    with sourcify(chain) as server:
        pass
    done = devnet.run(
        *("deploy", "--verify", "--sourcify", server, "--network", chain.network, "--account", "0", "--json")
    )
    said = json.loads(done.stdout)
    assert (done.returncode, said["deployed"], said["source_match"]) == (1, True, None)
    assert chain.ask("eth_getCode", said["inbox"], "latest") != "0x"
    _, line = done.stderr.splitlines()
    assert line == f"Error: {server} can't be reached, or broke the connection: try again later"


def test_without_verify_nobody_is_asked(devnet):
    said = devnet.json("deploy")
    assert (said["source_match"], said["source_url"]) == (None, None)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--verify",), "is a chain for development, of which Sourcify knows nothing"),
        (("--verify", "--sourcify", "http://sourcify.example"), "give an https address"),
        (("--sourcify", "https://sourcify.example"), "add --verify"),
    ],
)
def test_who_can_t_be_asked_is_refused_before_anything_is_paid(devnet, chain, options, told):
    line = devnet.refusal("deploy", *options, "--network", chain.network, "--account", "0")
    assert told in line
    assert chain.number("eth_blockNumber") == 0


def test_with_finalized_it_is_deployed_when_its_block_is_final(devnet):
    with anvil("--slots-in-an-epoch", "1", "--block-time", "1") as chain:
        done = devnet.json("deploy", "--finalized", "--network", chain.network, "--account", "0")
        assert done["deployed"]
        assert chain.ask("eth_getCode", done["inbox"], "finalized") != "0x"


def test_a_node_that_knows_no_final_block_is_told_before_it_is_deployed(devnet, chain):
    def lie(handler, question):
        if question["method"] != "eth_getBlockByNumber" or question["params"][0] != "finalized":
            return False
        return reply(handler, 200, json.dumps({"jsonrpc": "2.0", "id": question["id"], "result": None}).encode())

    with before(chain.url) as node:
        node.lie = lie
        network = f"ethereum:local:{node.server.url}"
        line = devnet.refusal("deploy", "--finalized", "--network", network, "--account", "0")
    assert "does not say which blocks are final" in line
    assert chain.number("eth_blockNumber") == 0
