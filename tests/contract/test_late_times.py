"""Times beyond 32 bits, after the year 2106, and beyond 40 bits, where a chain counts milliseconds."""

from functools import partial

import pytest

from tests.contract.cursors import address_of, code_of
from tests.contract.isolation import at_second
from tests.contract.samples import ENVELOPE
from tests.contract.signing import METHODS, sign
from tests.contract.strategies import FOREVER, NO_HYBRID, point

IN_2106 = 2**32
MILLISECONDS = 1_800_000_000_000  # of the year 2027
TIMES = [IN_2106 - 1, IN_2106, IN_2106 + 7, 2**33 + 5, 2**39]
MASKED = [2**40 - 1, 2**40, 2**40 + 7, MILLISECONDS]


@pytest.fixture
def at(chain):
    def set_time(second):
        chain.pending_timestamp = second

    return set_time


@pytest.mark.parametrize("version", [0, 1])  # a bit of the time that does not fit would lie upon it
@pytest.mark.parametrize("second", TIMES + MASKED)
def test_a_message_has_the_time_of_its_block_as_far_as_40_bits_go(
    client, inbox, chain, technologist, patient, second, version
):
    """And nothing else of it is changed by a time that does not fit."""
    if version:
        client.transact(patient, "registerKey", *point(1), NO_HYBRID)
    done = at_second(chain, second, lambda: client.transact(technologist, "send", patient, version, ENVELOPE))
    assert (done.error, done.timestamp) == (None, second)
    (message,) = client.messages(patient.address)
    code = code_of(version, second, technologist.address, "0x" + "00" * 20, ENVELOPE)
    cursor = address_of(inbox.address, patient.address, 0, code)
    assert message == (technologist.address, second % 2**40, version, 0, cursor, ENVELOPE)


@pytest.mark.parametrize("first", [0x30, 0x33, 0x5B, 0x60, 0xFF])
def test_what_was_sent_does_nothing_when_called_whatever_the_time(client, at, technologist, patient, stranger, first):
    """The time's first byte would be ADDRESS, CALLER, JUMPDEST, PUSH1 or SELFDESTRUCT, if it came first."""
    at((2 << 40) + (first << 32))
    client.transact(technologist, "send", patient, 0, b"\x33\xff" * 77)
    cursor = client.cursor(patient.address, 0)
    before = bytes(client.web3.eth.get_code(cursor))
    digest = client.web3.eth.send_transaction({"from": stranger.address, "to": cursor, "gas": 100_000})
    receipt = client.web3.eth.wait_for_transaction_receipt(digest)
    assert (receipt["status"], receipt["gasUsed"]) == (1, 21_000)
    assert bytes(client.web3.eth.get_code(cursor)) == before


@pytest.mark.parametrize("second", TIMES)
def test_an_approval_ends_at_its_second_after_2106_as_before(client, chain, at, technologist, patient, second):
    client.transact(patient, "restrictInbox", True)
    client.transact(patient, "approveSender", technologist, second)
    done = at_second(chain, second, lambda: client.transact(technologist, "send", patient, 0, ENVELOPE))
    assert done.error is None
    at(second + 1)
    refused = ("NotApproved", (patient.address, technologist.address, second))
    assert client.transact(technologist, "send", patient, 0, ENVELOPE).error == refused


def test_an_approval_of_long_ago_does_not_return_after_2106(client, at, technologist, patient):
    client.transact(patient, "restrictInbox", True)
    client.transact(patient, "approveSender", technologist, 1000)
    at(IN_2106 + 10)
    refused = ("NotApproved", (patient.address, technologist.address, 1000))
    assert client.transact(technologist, "send", patient, 0, ENVELOPE).error == refused


def test_an_approval_for_ever_holds_after_2106(client, at, technologist, patient):
    client.transact(patient, "restrictInbox", True)
    client.transact(patient, "approveSender", technologist, FOREVER)
    at(2**36)
    assert client.transact(technologist, "send", patient, 0, ENVELOPE).error is None


@pytest.mark.parametrize("deadline", [*TIMES, 2**40, MILLISECONDS])
def test_a_signature_holds_up_to_its_deadline_after_2106_as_before(
    client, chain, domain, at, patient, relayer, deadline
):
    fields = (patient.address, True, 1, deadline)
    signature = sign(patient.private_key, domain, "RestrictInbox", fields)
    done = at_second(chain, deadline, partial(client.transact, relayer, METHODS["RestrictInbox"], *fields, signature))
    assert done.error is None
    fields = (patient.address, False, 2, deadline)
    signature = sign(patient.private_key, domain, "RestrictInbox", fields)
    at(deadline + 1)
    assert client.transact(relayer, METHODS["RestrictInbox"], *fields, signature).error == ("Expired", (deadline,))


@pytest.mark.parametrize("deadline", [2**64 + 5, 2**256 - 1])
def test_a_deadline_may_be_any_number(client, domain, patient, relayer, deadline):
    fields = (patient.address, True, 1, deadline)
    signature = sign(patient.private_key, domain, "RestrictInbox", fields)
    assert client.transact(relayer, METHODS["RestrictInbox"], *fields, signature).error is None
