"""What a message costs on a rollup: the chain is asked, and what it says is what is paid."""

import json
import os

import pytest
import requests
from ape import accounts
from eth_abi import encode
from eth_utils.address import to_checksum_address

from radiogram.chain.fees import ARB_SYS, GAS_PRICE_ORACLE, NODE_INTERFACE, Fee, ether, paid_on_top
from radiogram.chain.inbox import Recipient, placeholder
from radiogram.cli import fee
from radiogram.errors import InsufficientFundsError
from tests.chain.anvil import GWEI, op_stack, selector, set_l1_prices, upgrade
from tests.chain.conftest import before, connected_to
from tests.contract.samples import ENVELOPE
from tests.ipfs.conftest import reply

SENDER = 0
OPERATOR_FEE = 4_000_000_000, 10**12  # what a unit of gas costs, in a measure of each upgrade; and wei a transaction


@pytest.fixture(scope="module")
def rollup():
    with op_stack() as chain:
        yield chain


@pytest.fixture
def recipient():
    return Recipient(to_checksum_address(os.urandom(20)), b"", 0)


@pytest.fixture
def sender():
    return accounts.test_accounts[SENDER]


@pytest.fixture
def inbox(rollup, tmp_path):
    with connected_to(rollup.url, tmp_path) as network:
        yield network.inbox()


def test_on_an_op_stack_the_fee_has_the_l1_part_in_it_that_the_chain_then_takes(inbox, rollup, recipient, sender):
    before = rollup.number("eth_getBalance", sender.address, "latest")
    expected = inbox.sending(recipient, ENVELOPE).expected_fee(sender)
    _, receipt = inbox.send(recipient, ENVELOPE, sender)
    paid_on_l1 = before - rollup.number("eth_getBalance", sender.address, "latest") - receipt.fee_wei
    assert paid_on_l1 > 0
    assert expected.l1_wei == pytest.approx(paid_on_l1, rel=0.15)  # a signature and a nonce compress as they please
    assert expected.wei > expected.l1_wei


def test_the_l1_part_follows_the_prices_of_l1(inbox, rollup, recipient, sender):
    call = inbox.sending(recipient, ENVELOPE)
    cheap = call.expected_fee(sender).l1_wei
    try:
        set_l1_prices(rollup, base_fee=200 * GWEI, blob_base_fee=10 * GWEI)
        assert call.expected_fee(sender).l1_wei == pytest.approx(10 * cheap, rel=0.01)
    finally:
        set_l1_prices(rollup, base_fee=20 * GWEI, blob_base_fee=GWEI)


def test_a_message_of_a_day_s_list_has_the_l1_part_of_one_alone(inbox, recipient, sender):
    size = len(ENVELOPE)
    call = inbox.sending(recipient, placeholder(size))
    beside_gas = inbox.expected_beside_gas(size, call.expected_gas(sender))
    assert beside_gas.wei == beside_gas.l1_wei
    assert beside_gas.l1_wei == pytest.approx(call.expected_fee(sender).l1_wei, rel=0.1)
    assert sum([beside_gas] * 3, Fee(7)) == Fee(7 + 3 * beside_gas.wei, 3 * beside_gas.l1_wei)


def test_who_can_pay_for_the_gas_and_not_for_l1_is_refused_before_anything_is_sent(inbox, rollup, recipient):
    poor = accounts.test_accounts[9]
    call = inbox.sending(recipient, ENVELOPE)
    try:
        set_l1_prices(rollup, base_fee=10**8 * GWEI, blob_base_fee=10**8 * GWEI)
        expected = call.expected_fee(poor)
        rollup.ask("anvil_setBalance", poor.address, hex(expected.wei - expected.l1_wei // 2))
        with pytest.raises(InsufficientFundsError):
            call.expected_fee(poor)
    finally:
        set_l1_prices(rollup, base_fee=20 * GWEI, blob_base_fee=GWEI)
        rollup.ask("anvil_setBalance", poor.address, hex(10**22))


def test_what_a_receipt_says_of_l1_is_in_the_fee(rollup, recipient, sender, tmp_path):
    """Anvil takes it, and leaves it out of its receipts; the OP stack's own nodes say it."""

    def lie(handler, question):
        if question["method"] != "eth_getTransactionReceipt":
            return False
        answer = requests.post(rollup.url, json=question, timeout=30).json()
        if answer["result"]:
            answer["result"]["l1Fee"] = hex(1234)
        return reply(handler, 200, json.dumps(answer).encode())

    with before(rollup.url) as node, connected_to(node.server.url, tmp_path) as network:
        node.lie, inbox = lie, network.inbox()
        _, receipt = inbox.send(recipient, ENVELOPE, sender)
        assert receipt.fee_wei == inbox.provider.get_receipt(receipt.tx_hash).total_fees_paid + 1234


@pytest.fixture(scope="module", params=["Isthmus", "Jovian"])
def operated(request):
    """An OP stack since then."""
    with op_stack("--hardfork", request.param.lower()) as chain:
        upgrade(chain, "Isthmus")
        if request.param == "Jovian":
            upgrade(chain, "Jovian")
        yield chain


def operator_fee(chain, gas):
    """What its operator asks for (specs.optimism.io, Execution Engine of Isthmus and of Jovian, Operator Fee)."""
    scalar, constant = OPERATOR_FEE
    return (gas * scalar // 10**6 if chain.rules == "Isthmus" else gas * scalar * 100) + constant


@pytest.fixture
def inbox_there(operated, tmp_path):
    """The inbox where the operator asks for a fee, and who stands before the chain."""
    set_l1_prices(operated, base_fee=20 * GWEI, blob_base_fee=GWEI, operator_fee=OPERATOR_FEE)
    with before(operated.url) as node, connected_to(node.server.url, tmp_path) as network:
        yield network.inbox(), node


def test_since_isthmus_and_jovian_the_operator_s_fee_is_told_before(operated, inbox_there, recipient, sender):
    inbox, _ = inbox_there
    call = inbox.sending(recipient, ENVELOPE)
    expected, of_operator = call.expected_fee(sender), operator_fee(operated, call.expected_gas(sender))
    assert expected.operator_wei == of_operator
    assert expected.l1_wei > 0
    assert expected.wei > expected.l1_wei + of_operator
    assert fee.expected(inbox.provider, expected).endswith(f", {ether(of_operator)} of it for who runs the network")


@pytest.mark.parametrize("operated", ["Isthmus"], indirect=True)
def test_it_is_what_the_chain_takes(operated, inbox_there, recipient, sender):
    """Where L1 costs nothing, so that it is all that is paid beside the gas.

    Anvil 1.7.1 runs every OP stack by the rules of Isthmus: what Jovian's take, only their contracts say.
    """
    inbox, _ = inbox_there
    set_l1_prices(operated, base_fee=0, blob_base_fee=0, operator_fee=OPERATOR_FEE)
    before = operated.number("eth_getBalance", sender.address, "latest")
    _, receipt = inbox.send(recipient, ENVELOPE, sender)
    paid_beside_gas = before - operated.number("eth_getBalance", sender.address, "latest") - receipt.fee_wei
    assert paid_beside_gas == operator_fee(operated, receipt.gas_used)


def as_an_op_stack_has_it(chain, question):
    """The node's answer; with what the OP stack's own nodes say in receipts, and Anvil leaves out."""
    answer = requests.post(chain.url, json=question, timeout=30).json()
    if question["method"] == "eth_getTransactionReceipt" and answer["result"]:
        scalar, constant = map(hex, OPERATOR_FEE)
        answer["result"] |= {"l1Fee": hex(1234), "operatorFeeScalar": scalar, "operatorFeeConstant": constant}
    return json.dumps(answer).encode()


def test_what_the_operator_took_is_in_the_fee_of_a_message_that_was_sent(operated, inbox_there, recipient, sender):
    inbox, node = inbox_there
    node.lie = lambda handler, question: reply(handler, 200, as_an_op_stack_has_it(operated, question))
    _, receipt = inbox.send(recipient, ENVELOPE, sender)
    paid_for_gas = inbox.provider.get_receipt(receipt.tx_hash).total_fees_paid
    assert receipt.fee_wei == paid_for_gas + 1234 + operator_fee(operated, receipt.gas_used)


def test_it_is_in_it_where_the_node_has_forgotten_the_block_too(operated, inbox_there, recipient, sender):
    inbox, node = inbox_there

    def lie(handler, question):
        if question["method"] == "eth_call" and question["params"][1] != "latest":
            error = {"code": -32000, "message": "missing trie node"}
            return reply(handler, 200, json.dumps({"jsonrpc": "2.0", "id": question["id"], "error": error}).encode())
        return reply(handler, 200, as_an_op_stack_has_it(operated, question))

    node.lie = lie
    _, receipt = inbox.send(recipient, ENVELOPE, sender)
    assert paid_on_top(inbox.provider, receipt.tx_hash) == 1234 + operator_fee(operated, receipt.gas_used)


def test_elsewhere_there_is_no_l1_part(chain, recipient, sender, tmp_path):
    with connected_to(chain, tmp_path) as network:
        inbox = network.inbox()
        assert inbox.sending(recipient, ENVELOPE).expected_fee(sender).l1_wei == 0


def test_other_code_at_the_oracle_s_address_is_no_oracle(rollup, inbox, recipient, sender):
    code = rollup.ask("eth_getCode", GAS_PRICE_ORACLE, "latest")
    try:
        for other in ("0xfe", "0x00", "0x60ff60005260016000f3"):
            rollup.ask("anvil_setCode", GAS_PRICE_ORACLE, other)
            assert inbox.sending(recipient, ENVELOPE).expected_fee(sender).l1_wei == 0
    finally:
        rollup.ask("anvil_setCode", GAS_PRICE_ORACLE, code)


def test_on_arbitrum_the_gas_that_is_for_l1_is_told_and_not_added(chain, recipient, sender, tmp_path):
    """No Arbitrum node runs here: a server before a real chain answers as NodeInterface is documented to."""
    for_l1 = 7_000
    asked = selector("gasEstimateL1Component(address,bool,bytes)")
    values = encode(["uint64", "uint256", "uint256"], [for_l1, 10**8, 10**10]).hex()

    def lie(handler, question):
        said = json.dumps(question["params"]).lower()
        if question["method"] == "eth_getCode" and ARB_SYS.lower() in said:
            result = "0xfe"
        elif question["method"] == "eth_call" and NODE_INTERFACE.lower() in said and asked in said:
            result = "0x" + values
        else:
            return False
        return reply(handler, 200, json.dumps({"jsonrpc": "2.0", "id": question["id"], "result": result}).encode())

    with before(chain) as node, connected_to(node.server.url, tmp_path) as network:
        call = network.inbox().sending(recipient, ENVELOPE)
        plain = call.expected_fee(sender)
        node.lie = lie
        arbitrum = call.expected_fee(sender)
        price = plain.wei // call.expected_gas(sender)
    assert arbitrum == Fee(plain.wei, for_l1 * price)
