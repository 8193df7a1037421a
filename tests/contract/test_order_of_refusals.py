"""What is wrong with a call is told in one order, the same always: each call below has all faults at once, and loses
them one by one. What is so already is no fault, but for what is never taken: a wrong cursor, and what is no key."""

import pytest
from eth_utils import keccak

from tests.contract.client import ZERO_ADDRESS
from tests.contract.cursors import phantom
from tests.contract.samples import ENVELOPE, LATER
from tests.contract.signing import METHODS, sign
from tests.contract.storage import COUNT, KEY_VERSION, RESTRICTION, set_field
from tests.contract.strategies import FOREVER, MAX_VERSION, NO_HYBRID, compressed, point

OVERFLOW = ("", (keccak(text="Panic(uint256)")[:4] + bytes(31) + b"\x11",))
NO_POINT = (b"\1" * 32, b"\2" * 32)


@pytest.fixture
def refusal(client):
    return lambda caller, *call: client.transact(caller, *call).error


def test_of_send(client, refusal, technologist, patient):
    client.transact(patient, "registerKey", *point(1), NO_HYBRID)
    client.transact(patient, "restrictInbox", True)
    for envelope in (b"", bytes(2049)):
        assert refusal(technologist, "send", patient, 0, envelope) == ("BadEnvelope", (len(envelope),))
    assert refusal(technologist, "send", patient, 0, ENVELOPE) == ("StaleKey", (patient.address, 1))
    refused = ("NotApproved", (patient.address, technologist.address, 0))
    assert refusal(technologist, "send", patient, 1, ENVELOPE) == refused
    client.transact(patient, "approveSender", technologist, FOREVER)
    assert refusal(technologist, "send", patient, 1, ENVELOPE) is None


def test_of_the_items_of_a_batch(client, technologist, patient):
    client.transact(patient, "registerKey", *point(1), NO_HYBRID)
    client.transact(patient, "restrictInbox", True)
    items = [(patient.address, *item) for item in ((0, b""), (0, ENVELOPE), (1, ENVELOPE))]
    done = client.transact(technologist, "sendBatch", items)
    names = ["BadEnvelope(uint256)", "StaleKey(address,uint32)", "NotApproved(address,address,uint40)"]
    assert [event["reason"] for _, event in done.events] == [keccak(text=name)[:4] for name in names]


def test_of_retract(client, refusal, cursor, technologist, patient):
    client.transact(patient, "send", patient, 0, ENVELOPE)
    for given in (ZERO_ADDRESS, phantom(client.contract.address, patient.address, 0)):
        assert refusal(technologist, "retract", patient, 0, given) == ("BadCursor", (patient.address, 0, given))
    assert refusal(technologist, "retract", patient, 0, cursor(0)) == ("NotSender", (patient.address,))
    assert refusal(patient, "retract", patient, 0, cursor(0)) is None
    assert refusal(patient, "retract", patient, 0, ZERO_ADDRESS) == ("BadCursor", (patient.address, 0, ZERO_ADDRESS))
    assert refusal(technologist, "retract", patient, 0, cursor(0)) == ("NotSender", (patient.address,))


def test_of_acknowledge(client, refusal, cursor, technologist, patient):
    client.transact(technologist, "send", patient, 0, ENVELOPE)
    bad = ("BadCursor", (patient.address, 0, ZERO_ADDRESS))
    assert refusal(patient, "acknowledge", 0, ZERO_ADDRESS) == bad
    assert refusal(patient, "acknowledge", 0, cursor(0)) is None
    assert refusal(patient, "acknowledge", 0, ZERO_ADDRESS) == bad


def test_of_a_signed_acknowledgement(client, refusal, domain, cursor, technologist, patient, relayer):
    client.transact(technologist, "send", patient, 0, ENVELOPE)
    method, bad = METHODS["Acknowledge"], ("BadCursor", (patient.address, 0, ZERO_ADDRESS))
    assert refusal(relayer, method, patient, 0, ZERO_ADDRESS, 1, b"") == bad
    assert refusal(relayer, method, patient, 0, cursor(0), 1, b"") == ("Expired", (1,))
    assert refusal(relayer, method, patient, 0, cursor(0), LATER, b"") == ("BadSignature", (patient.address,))
    fields = (patient.address, 0, cursor(0), LATER)
    assert refusal(relayer, method, *fields, sign(patient.private_key, domain, "Acknowledge", fields)) is None
    assert refusal(relayer, method, patient, 0, cursor(0), 1, b"") is None
    assert refusal(relayer, method, patient, 0, ZERO_ADDRESS, 1, b"") == bad


def test_of_register_key(client, refusal, inbox, patient):
    client.transact(patient, "registerKey", *point(1), NO_HYBRID)
    set_field(client.web3, inbox.address, patient.address, KEY_VERSION, 28, MAX_VERSION)
    assert refusal(patient, "registerKey", *NO_POINT, NO_HYBRID) == ("BadKey", NO_POINT)
    assert refusal(patient, "registerKey", *point(2), NO_HYBRID) == ("LastVersion", (MAX_VERSION,))
    assert refusal(patient, "registerKey", *point(1), NO_HYBRID) is None


def test_of_a_signed_key(client, refusal, inbox, domain, patient, relayer):
    method = METHODS["RegisterKey"]
    client.transact(patient, "registerKey", *point(1), NO_HYBRID)
    assert refusal(relayer, method, patient, 9, *NO_POINT, NO_HYBRID, 1, b"") == ("BadKey", NO_POINT)
    assert refusal(relayer, method, patient, 9, *point(1), NO_HYBRID, 1, b"") is None
    assert refusal(relayer, method, patient, 9, *point(2), NO_HYBRID, 1, b"") == ("BadVersion", (9, 1))
    assert refusal(relayer, method, patient, 2, *point(2), NO_HYBRID, 1, b"") == ("Expired", (1,))
    refused = ("BadSignature", (patient.address,))
    assert refusal(relayer, method, patient, 2, *point(2), NO_HYBRID, LATER, b"") == refused
    set_field(client.web3, inbox.address, patient.address, KEY_VERSION, 28, MAX_VERSION)
    fields = (patient.address, MAX_VERSION + 1, *point(2), NO_HYBRID, LATER)
    assert refusal(relayer, method, *fields, b"") == refused
    signature = sign(patient.private_key, domain, "RegisterKey", fields)
    assert refusal(relayer, method, *fields, signature) == ("LastVersion", (MAX_VERSION,))


def test_of_a_signed_restriction(client, refusal, inbox, domain, patient, relayer):
    method = METHODS["RestrictInbox"]
    assert refusal(relayer, method, patient, False, 9, 1, b"") is None
    assert refusal(relayer, method, patient, True, 9, 1, b"") == ("BadVersion", (9, 0))
    assert refusal(relayer, method, patient, True, 1, 1, b"") == ("Expired", (1,))
    assert refusal(relayer, method, patient, True, 1, LATER, b"") == ("BadSignature", (patient.address,))
    set_field(client.web3, inbox.address, patient.address, RESTRICTION, 28, MAX_VERSION)
    fields = (patient.address, False, MAX_VERSION + 1, LATER)
    assert refusal(relayer, method, *fields, b"") == ("BadSignature", (patient.address,))
    signature = sign(patient.private_key, domain, "RestrictInbox", fields)
    assert refusal(relayer, method, *fields, signature) == ("LastVersion", (MAX_VERSION,))


def test_of_a_signed_approval(refusal, technologist, patient, relayer):
    method = METHODS["ApproveSender"]
    assert refusal(relayer, method, patient, technologist, 0, 9, 1, b"") is None
    assert refusal(relayer, method, patient, technologist, 5, 9, 1, b"") == ("BadVersion", (9, 0))
    assert refusal(relayer, method, patient, technologist, 5, 1, 1, b"") == ("Expired", (1,))
    assert refusal(relayer, method, patient, technologist, 5, 1, LATER, b"") == ("BadSignature", (patient.address,))


def test_of_the_last_message_of_an_inbox(client, refusal, inbox, technologist, patient):
    """Nobody sends so many; the next one fails before it would run over into the fields below."""
    client.transact(patient, "registerKey", *point(1), NO_HYBRID)
    client.transact(patient, "restrictInbox", True)
    set_field(client.web3, inbox.address, patient.address, COUNT, 39, 2**39 - 1)
    assert refusal(technologist, "send", patient, 0, ENVELOPE) == ("StaleKey", (patient.address, 1))
    assert refusal(technologist, "send", patient, 1, ENVELOPE)[0] == "NotApproved"
    client.transact(patient, "approveSender", technologist, FOREVER)
    assert refusal(technologist, "send", patient, 1, ENVELOPE) == OVERFLOW
    assert inbox.count(patient) == 2**39 - 1
    assert tuple(inbox.keyOf(patient)) == (1, compressed(*point(1)), NO_HYBRID)
    assert tuple(inbox.restrictionOf(patient)) == (True, 1)


def test_of_several_calls_the_first_that_fails_is_told(client, refusal, technologist, patient):
    stale, bad = client.encode("send", patient, 7, ENVELOPE), client.encode("send", patient, 7, b"")
    assert refusal(technologist, "multicall", [stale, bad]) == ("StaleKey", (patient.address, 0))
    assert refusal(technologist, "multicall", [bad, stale]) == ("BadEnvelope", (0,))
