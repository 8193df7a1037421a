"""A chain's node that does not tell the truth is not believed where that can be seen, and never followed for ever."""

import json

import pytest
import requests
from eth_abi import decode, encode
from eth_utils import keccak

from radiogram.chain.inbox import MOST_MESSAGES
from radiogram.errors import ChainUnreachable, InboxError, NoMessageError
from tests.chain.conftest import MESSAGES, PAGE
from tests.ipfs.conftest import reply

PAGE_CALL = "page(address,uint256,uint256,address)"
PAGE_TYPES = ["address", "uint256", "uint256", "address"]
TYPES = ["(address,uint40,uint32,uint8,address,bytes)[]", "address"]
ZERO = "0x" + "00" * 20


def answer(handler, question, result):
    said = {"jsonrpc": "2.0", "id": question["id"], "result": result}
    reply(handler, 200, json.dumps(said).encode())


def is_call(question, signature):
    selector = "0x" + keccak(text=signature)[:4].hex()
    return question["method"] == "eth_call" and question["params"][0]["data"].startswith(selector)


@pytest.fixture
def results(node):
    """results(signature, change): what the contract returns from that function is what `change` makes of it."""

    def lie_about(signature, change):
        def lie(handler, question):
            if not is_call(question, signature):
                return False
            honest = requests.post(node.chain, json=question, timeout=30).json()["result"]
            return answer(handler, question, change(honest))

        node.lie = lie

    return lie_about


@pytest.fixture
def pages(results):
    """pages(change): the messages of a page, and the cursor after them, are what `change` makes of both."""

    def lie_about(change):
        def changed(honest):
            messages, following = change(*decode(TYPES, bytes.fromhex(honest[2:])))
            return "0x" + encode(TYPES, [messages, following]).hex()

        results(PAGE_CALL, changed)

    return lie_about


def refusal(inbox, recipient):
    with pytest.raises(ChainUnreachable) as raised:
        list(inbox.messages(recipient))
    assert str(raised.value).isprintable()
    assert "the chain's node" in str(raised.value)
    return str(raised.value)


def test_an_honest_node_gives_all_messages_newest_first(mailbox, recipient):
    assert [message.index for message in mailbox.messages(recipient)] == list(range(MESSAGES))[::-1]


def test_one_message_is_the_same_as_in_the_list(mailbox, recipient):
    listed = list(mailbox.messages(recipient))
    assert [mailbox.message(recipient, message.index) for message in listed] == listed
    with pytest.raises(NoMessageError):
        mailbox.message(recipient, MESSAGES)


def test_nothing_is_asked_but_the_count_and_the_pages(mailbox, recipient, node):
    node.asked.clear()
    assert len(list(mailbox.messages(recipient))) == MESSAGES
    asked = [question["method"] for question in node.asked]
    assert [method for method in asked if method != "eth_chainId"] == ["eth_call"] * 3  # web3 looks where it is


@pytest.mark.fault("A node lets one call use little gas", "replies changed on the way", "asked for shorter pages")
@pytest.mark.parametrize("said", ["out of gas", "query exceeds max gas limit", "execution reverted"])
def test_a_node_that_lets_a_call_use_little_gas_is_asked_for_shorter_pages(mailbox, recipient, node, said):
    def refuse(handler, question):
        if not is_call(question, PAGE_CALL) or limit_of(question) <= PAGE:
            return False
        error = {"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32000, "message": said}}
        return reply(handler, 200, json.dumps(error).encode())

    node.lie = refuse
    assert [message.index for message in mailbox.messages(recipient)] == list(range(MESSAGES))[::-1]
    assert [limit_of(each) for each in node.asked if is_call(each, PAGE_CALL)][-2:] == [PAGE, PAGE]


def limit_of(question) -> int:
    """How many messages a call of `page` asks for."""
    return decode(PAGE_TYPES, bytes.fromhex(question["params"][0]["data"][10:]))[2]


@pytest.mark.fault("A node counts more messages than an inbox can have", "replies changed on the way", "one line")
@pytest.mark.parametrize("count", [MOST_MESSAGES + 1, 2**64, 2**256 - 1])
def test_a_count_that_no_inbox_can_have_is_refused(mailbox, recipient, results, count):
    results("count(address)", lambda _: f"0x{count:064x}")
    assert str(count) in refusal(mailbox, recipient)
    with pytest.raises(ChainUnreachable):
        mailbox.message(recipient, 0)


@pytest.mark.parametrize("count", [MESSAGES + 1, MOST_MESSAGES])
def test_more_messages_than_there_are_do_not_come(mailbox, recipient, results, node, count):
    results("count(address)", lambda _: f"0x{count:064x}")
    refusal(mailbox, recipient)
    assert node.count("eth_call") < 20


CHANGES = {
    "empty": lambda messages, following: ((), following),
    "too short": lambda messages, following: (messages[1:], following),
    "too long": lambda messages, following: (messages * 2, following),
    "far too long": lambda messages, following: (messages * 500, following),
    "in another order": lambda messages, following: (messages[::-1], following),
    "one message again and again": lambda messages, following: (messages[:1] * len(messages), following),
    "of another sender": lambda messages, following: (
        tuple(("0x" + "11" * 20, *each[1:]) for each in messages),
        following,
    ),
    "of another time": lambda messages, following: (
        tuple((each[0], 1, *each[2:]) for each in messages),
        following,
    ),
    "of another envelope": lambda messages, following: (
        tuple((*each[:5], b"x") for each in messages),
        following,
    ),
    "a cursor that leads to the end": lambda messages, following: (messages, ZERO),
    "a cursor that leads back": lambda messages, following: (messages, messages[0][4]),
}


@pytest.mark.fault(
    "A node gives a page that is empty, cut, longer, reordered, of another inbox or changed",
    "replies changed on the way",
    "one line",
)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_page_that_the_contract_did_not_give_is_refused(mailbox, recipient, pages, node, change):
    pages(change)
    refusal(mailbox, recipient)
    assert node.count("eth_call") < 20


@pytest.mark.fault("A node gives the same page again", "replies changed on the way", "one line")
def test_a_page_that_comes_again_is_refused(mailbox, recipient, results):
    first = []
    results(PAGE_CALL, lambda honest: first.append(honest) or first[0])
    refusal(mailbox, recipient)


@pytest.mark.fault("A node gives another message than was asked for", "replies changed on the way", "one line")
def test_another_message_than_was_asked_for_is_refused(mailbox, recipient, results):
    first = []
    results(PAGE_CALL, lambda honest: first.append(honest) or first[0])
    mailbox.message(recipient, 1)
    with pytest.raises(ChainUnreachable):
        mailbox.message(recipient, 2)


def test_a_walk_that_leads_elsewhere_leads_to_no_other_message(mailbox, recipient, results):
    honest = mailbox.message(recipient, 1)
    results("cursorOf(address,uint256,uint256,address)", lambda _: "0x" + "11" * 20)
    with pytest.raises(InboxError):
        mailbox.message(recipient, 1)
    results("cursorOf(address,uint256,uint256,address)", lambda _: "0x" + "00" * 32)
    assert mailbox.message(recipient, 1) == honest


JUNK = [None, 7, [], {}, "", "0x", "0x0", "zz", "0xzz", "0x00", "0x" + "ff" * 64, "0x" + "00" * 64, "0x" + "20" * 640]


@pytest.mark.fault("A node answers with bytes that mean nothing", "replies changed on the way", "one line")
@pytest.mark.parametrize(
    "signature", ["count(address)", "page(address,uint256,uint256,address)", "keyOf(address)", "restrictionOf(address)"]
)
def test_a_result_that_makes_no_sense_is_one_line(mailbox, recipient, results, signature):
    told = []
    for junk in JUNK:
        results(signature, lambda _, junk=junk: junk)
        for ask in (mailbox.messages, mailbox.key, mailbox.restriction):
            try:
                for _ in ask(recipient) if ask == mailbox.messages else [ask(recipient)]:
                    pass
            except ChainUnreachable as error:
                told.append(str(error))
    assert len(told) > len(JUNK) / 2
    assert all(line.isprintable() for line in told)
