"""No contract and no chain's node makes this computer ask a server of their choosing (CCIP-Read, EIP-3668)."""

import json
import os

import pytest
import requests
from ape import accounts
from eth_utils.address import to_checksum_address
from web3 import LegacyWebSocketProvider, Web3
from web3.exceptions import OffchainLookup

from radiogram.chain import contract_signature
from radiogram.chain.fees import GAS_PRICE_ORACLE
from radiogram.chain.inbox import Recipient
from radiogram.chain.recipients import find_account
from radiogram.devnet.ganache import local_chain
from radiogram.errors import InboxError, KeyFormatError
from tests.chain.anvil import anvil
from tests.chain.conftest import before, connected, connected_to
from tests.chain.offchain import looked_up, refusal, reverting  # noqa: F401 - a fixture among them
from tests.clinics.ens import Names
from tests.contract.samples import ENVELOPE
from tests.ipfs.conftest import reply

NAME = "maria-roe.eth"
WEB3_S_RESOLVER = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"  # which web3's own look-up of a name asks


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """One of its own: code that was put there stays."""
    with local_chain(tmp_path_factory.mktemp("chain")) as url:
        yield url


@pytest.fixture(scope="module")
def another():
    """A chain that another program runs."""
    with anvil() as running:
        yield running


@pytest.fixture
def put(chain):
    """put(address, code): the account has it from now on."""

    def put_code(address: str, code: str) -> None:
        question = {"jsonrpc": "2.0", "id": 1, "method": "evm_setAccountCode", "params": [address, code]}
        assert "error" not in requests.post(chain, json=question, timeout=30).json()

    return put_code


@pytest.fixture
def stranger(put):
    """A contract's account that names another server."""
    address = to_checksum_address(os.urandom(20))
    put(address, reverting(refusal(address)))
    return address


def error_of(node, method, error):
    """Every question of that kind is answered so."""

    def lie(handler, question):
        if question["method"] != method:
            return False
        said = {"jsonrpc": "2.0", "id": question["id"], "error": error(question["params"][0])}
        return reply(handler, 200, json.dumps(said).encode())

    node.lie = lie


def offchain(call):
    return {"code": 3, "message": "execution reverted", "data": "0x" + refusal(call["to"]).hex()}


def test_a_name_whose_resolver_names_another_server_is_nobodys_and_none_is_asked(
    chain,
    put,
    stranger,
    tmp_path,
    looked_up,  # noqa: F811
):
    put(WEB3_S_RESOLVER, reverting(refusal(WEB3_S_RESOLVER)))
    Names(chain).give(NAME, stranger, resolver=stranger)
    with connected(chain, tmp_path) as network, pytest.raises(KeyFormatError, match="no ENS name on this network"):
        find_account(NAME, network.resolve_name)
    assert looked_up == []


def test_a_name_is_found_by_its_records_on_the_chain(chain, tmp_path):
    Names(chain).give(NAME, accounts.test_accounts[7].address)
    with connected(chain, tmp_path) as network:
        assert find_account(NAME, network.resolve_name) == (accounts.test_accounts[7].address, None)


def test_an_account_that_names_another_server_takes_no_signature_and_none_is_asked(
    chain,
    stranger,
    tmp_path,
    looked_up,  # noqa: F811
):
    with connected(chain, tmp_path) as network:
        assert not contract_signature.is_taken(network.provider, stranger, bytes(32), bytes(65))
    assert looked_up == []


@pytest.mark.parametrize(
    "data",
    [
        bytes.fromhex("556f1830"),  # OffchainLookup of nothing
        bytes.fromhex("4e487b71") + (0x99).to_bytes(32),  # a Panic of a kind that there is not
        bytes.fromhex("08c379a0") + b"\xff" * 64,  # an Error whose text is none
        b"",
    ],
    ids=["OffchainLookup", "Panic", "Error", "nothing"],
)
def test_whatever_a_contract_refuses_with_is_told_as_its_refusal(chain, put, tmp_path, data):
    address = to_checksum_address(os.urandom(20))
    put(address, reverting(data))
    with connected(chain, tmp_path) as network:
        assert not contract_signature.is_taken(network.provider, address, bytes(32), bytes(65))


FAILING = {
    "out of gas": "0x5b600056",
    "stack underflow": "0x50",
    "stack overflow": "0x5b5f600056",
    "a jump to nowhere": "0x600056",
    "an opcode that is none": "0x0c",
    "the opcode that fails": "0xfe",
    "more than was returned": "0x60ff5f5f3e",
    "a write": "0x5f5f55",
}


@pytest.mark.parametrize("code", FAILING.values(), ids=FAILING)
@pytest.mark.parametrize("program", ["ganache", "anvil"])
def test_a_contract_that_fails_takes_no_signature_whatever_it_fails_of(chain, another, put, tmp_path, program, code):
    address = to_checksum_address(os.urandom(20))
    if program == "ganache":
        put(address, code)
    else:
        another.ask("anvil_setCode", address, code)
    with connected_to(chain if program == "ganache" else another.url, tmp_path) as network:
        assert not contract_signature.is_taken(network.provider, address, bytes(32), bytes(65))


def test_a_node_that_names_another_server_in_the_contract_s_name_is_not_followed(mailbox, node, looked_up):  # noqa: F811
    error_of(node, "eth_call", offchain)
    stranger = to_checksum_address(os.urandom(20))
    for ask in (mailbox.count, mailbox.key, lambda one: mailbox.newest_of([one]), lambda one: mailbox.looked_up([one])):
        with pytest.raises(InboxError):
            ask(stranger)
    assert looked_up == []


def test_nor_where_the_fee_is_asked_for(chain, put, tmp_path, looked_up):  # noqa: F811
    put(GAS_PRICE_ORACLE, reverting(refusal(GAS_PRICE_ORACLE)))
    with connected(chain, tmp_path) as network:
        recipient = Recipient(to_checksum_address(os.urandom(20)), b"", 0)
        fee = network.inbox().sending(recipient, ENVELOPE).expected_fee(accounts.test_accounts[0])
    assert (fee.wei > 0, fee.l1_wei) == (True, 0)
    assert looked_up == []


def test_a_node_that_is_asked_by_a_websocket_is_not_followed_either(another, tmp_path, looked_up):  # noqa: F811
    address = to_checksum_address(os.urandom(20))
    another.ask("anvil_setCode", address, reverting(refusal(address)))
    with connected_to(another.url, tmp_path) as network:
        assert network.provider
        by_websocket = Web3(LegacyWebSocketProvider(another.url.replace("http:", "ws:")))
        with pytest.raises(OffchainLookup):
            by_websocket.eth.call({"to": address})
    assert looked_up == []


@pytest.mark.parametrize("data", [{}, {"data": None}, {"data": "0x"}], ids=["none", "null", "empty"])
def test_a_node_that_refuses_is_not_told_as_a_name_that_there_is_not(chain, tmp_path, data):
    with before(chain) as node, connected(node.server.url, tmp_path) as network:
        error_of(node, "eth_call", lambda _: {"code": -32000, "message": "daily quota exceeded"} | data)
        with pytest.raises(InboxError, match="the chain's node refused: daily quota exceeded"):
            find_account(NAME, network.resolve_name)
