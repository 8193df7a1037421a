"""The deployment factory is put where it is missing; where that can't be, a line says so before anything is paid."""

import json
import re
from decimal import Decimal

import pytest
from ape import accounts

from radiogram.chain import contract, deployment
from radiogram.errors import FactoryError, InboxError, InsufficientFundsError
from tests.chain.anvil import GWEI, anvil
from tests.chain.conftest import before, connected_to
from tests.ipfs.conftest import reply

SIGNER = "0x3fAB184622Dc19b6109349B94811493BF2a45362"


@pytest.fixture
def bare():
    """A chain without the factory, as of a network that has just begun."""
    with anvil() as chain:
        chain.ask("anvil_setCode", deployment.FACTORY, "0x")
        yield chain


@pytest.fixture
def deployer():
    return accounts.test_accounts[0]


def refusal(chain, deployer, home, url=""):
    """The line of a deployment that is refused both when its fee is asked for and when it is to be done."""
    with connected_to(url or chain.url, home) as network:
        had = chain.number("eth_getBalance", deployer.address, "latest")
        for do in (deployment.expected_fee, deployment.deploy):
            with pytest.raises(FactoryError, match=f"no deployment factory at {deployment.FACTORY}") as raised:
                do(network.provider, contract.initcode(), deployer)
        assert chain.number("eth_getBalance", deployer.address, "latest") == had
    assert str(raised.value).isprintable()
    return str(raised.value)


def test_the_factory_is_put_where_it_is_missing_and_the_contract_at_its_one_address(bare, deployer, tmp_path):
    with connected_to(bare.url, tmp_path) as network:
        expected = deployment.expected_fee(network.provider, contract.initcode(), deployer)
        had = bare.number("eth_getBalance", deployer.address, "latest")
        done = deployment.deploy(network.provider, contract.initcode(), deployer)
        assert deployment.is_deployed(network.provider, contract.address())
    assert had - bare.number("eth_getBalance", deployer.address, "latest") == done.fee_wei
    assert done.fee_wei == pytest.approx(expected.wei, rel=0.2)
    assert bare.ask("eth_getCode", deployment.FACTORY, "latest") != "0x"


def test_ether_that_the_factory_s_account_has_is_not_paid_again(bare, deployer, tmp_path):
    bare.ask("anvil_setBalance", SIGNER, hex(10**16))
    with connected_to(bare.url, tmp_path) as network:
        done = deployment.deploy(network.provider, contract.initcode(), deployer)
    assert done.fee_wei < 10**16


def test_blocks_that_are_too_dear_for_its_transaction_are_told(bare, deployer, tmp_path):
    bare.ask("anvil_setNextBlockBaseFeePerGas", hex(250 * GWEI))
    bare.ask("anvil_mine")
    line = refusal(bare, deployer, tmp_path)
    assert "signed for 100 gwei a unit of gas, and blocks ask for" in line
    assert line.endswith("deploy when the price has fallen")


def test_a_transaction_that_failed_before_is_told(bare, deployer, tmp_path):
    bare.ask("anvil_setNonce", SIGNER, "0x1")
    assert "was tried here and failed" in refusal(bare, deployer, tmp_path)


def test_a_chain_where_it_takes_more_gas_than_it_has_is_told(bare, deployer, tmp_path):
    def lie(handler, question):
        """As where state is priced otherwise (EIP-8037), or a rollup counts L1's part as gas."""
        if question["method"] != "eth_estimateGas" or "to" in question["params"][0]:
            return False
        return answer(handler, question, {"result": hex(190_000)})

    with before(bare.url) as node:
        node.lie = lie
        assert "has 100,000 gas, and takes 190,000 on this chain" in refusal(bare, deployer, tmp_path, node.server.url)


@pytest.mark.parametrize(
    "said",
    [
        "only replay-protected (EIP-155) transactions allowed over RPC",
        "legacy pre-eip-155 transactions not supported",
        "invalid chain id for signer: have 0 want 8453",
    ],
)
def test_a_node_that_takes_no_transaction_without_a_chain_id_is_told(bare, deployer, tmp_path, said):
    raw = "0x" + deployment._FACTORY_TRANSACTION.hex()

    def lie(handler, question):
        if question["method"] != "eth_sendRawTransaction" or question["params"] != [raw]:
            return False
        return answer(handler, question, {"error": {"code": -32000, "message": said}})

    with before(bare.url) as node:
        node.lie = lie
        assert "use a node that does" in refusal(bare, deployer, tmp_path, node.server.url)


def test_ganache_gets_it_too(chain, deployer, tmp_path):
    """Which has none at first, and counts its gas otherwise."""
    with connected_to(chain, tmp_path) as network:
        before = network.provider.web3.eth.get_transaction_count(SIGNER)
        network.inbox()
        assert (before, network.provider.web3.eth.get_transaction_count(SIGNER)) in ((0, 1), (1, 1))
        assert deployment.is_deployed(network.provider, deployment.FACTORY)


def answer(handler, question, said):
    return reply(handler, 200, json.dumps({"jsonrpc": "2.0", "id": question["id"]} | said).encode())


# ---- who can't pay for it


@pytest.fixture
def poor(deployer):
    """poor(chain, wei): the deployer has no more than that there."""

    def make_poor(chain, wei):
        chain.ask("anvil_setBalance", deployer.address, hex(wei))
        return deployer

    return make_poor


@pytest.mark.parametrize("wei", [0, 10**15])
@pytest.mark.parametrize("do", [deployment.expected_fee, deployment.deploy])
def test_who_has_too_little_is_told_how_much_it_is_and_how_much_it_takes(poor, tmp_path, do, wei):
    with anvil() as chain, connected_to(chain.url, tmp_path) as network:
        payer = poor(chain, wei)
        with pytest.raises(InsufficientFundsError) as raised:
            do(network.provider, contract.initcode(), payer)
    assert re.fullmatch(
        rf"{payer.address} has 0(\.001)? ETH, and the fee is about 0\.00\d+ ETH: add Ether to it", str(raised.value)
    )


def test_who_can_pay_for_the_factory_alone_pays_nothing(bare, poor, tmp_path):
    payer = poor(bare, 10**16 + 10**15)
    with connected_to(bare.url, tmp_path) as network:
        for do in (deployment.expected_fee, deployment.deploy):
            with pytest.raises(InsufficientFundsError, match=r"has 0\.011 ETH, and the fee is about 0\.01\d+ ETH"):
                do(network.provider, contract.initcode(), payer)
    assert bare.number("eth_getBalance", payer.address, "latest") == 10**16 + 10**15
    assert bare.number("eth_getBalance", SIGNER, "latest") == 0


def test_what_is_said_to_be_too_little_is_the_least_that_there_must_be(bare, poor, tmp_path):
    with connected_to(bare.url, tmp_path) as network:
        payer = poor(bare, 0)
        with pytest.raises(InsufficientFundsError) as raised:
            deployment.expected_fee(network.provider, contract.initcode(), payer)
        least = re.search(r"about (0\.\d+) ETH", str(raised.value)).group(1)
        poor(bare, int(Decimal(least) * 10**18))
        done = deployment.deploy(network.provider, contract.initcode(), payer)
    assert done.fee_wei < int(Decimal(least) * 10**18)


@pytest.mark.parametrize(
    "said", ["insufficient funds for gas * price + value", "Transfer value exceeds account balance"]
)
def test_a_node_that_finds_it_too_little_is_believed(deployer, tmp_path, said):
    def lie(handler, question):
        if question["method"] != "eth_sendRawTransaction":
            return False
        return answer(handler, question, {"error": {"code": -32000, "message": said}})

    with anvil() as chain, before(chain.url) as node, connected_to(node.server.url, tmp_path) as network:
        node.lie = lie
        with pytest.raises(InsufficientFundsError, match="has too little Ether for the fee: add some to it"):
            deployment.deploy(network.provider, contract.initcode(), deployer)


def test_a_long_refusal_is_cut_between_two_words(deployer, tmp_path):
    def lie(handler, question):
        if question["method"] != "eth_sendRawTransaction":
            return False
        return answer(handler, question, {"error": {"code": -32000, "message": "nonsense " * 40}})

    with anvil() as chain, before(chain.url) as node, connected_to(node.server.url, tmp_path) as network:
        node.lie = lie
        with pytest.raises(InboxError, match=r"the contract could not be deployed: .*(nonsense )+…$"):
            deployment.deploy(network.provider, contract.initcode(), deployer)
