"""Who acts is who calls, a contract as anybody: never the account that the transaction comes from."""

import hashlib

import pytest

from tests.contract.reverts import reverts
from tests.contract.samples import ACKNOWLEDGED, ENVELOPE, RETRACTED
from tests.contract.strategies import FOREVER, NO_HYBRID, compressed, point

HYBRID = hashlib.sha256(b"a recipient").digest()


@pytest.fixture
def wallet(wallet_contracts, client, clinic):
    """A contract that calls what the clinic tells it to; the clinic has settings of its own, other than those."""
    for secret in (7, 8):
        client.transact(clinic, "registerKey", *point(secret), HYBRID)
    for restricted in (True, False, True):
        client.transact(clinic, "restrictInbox", restricted)
    return clinic.deploy(wallet_contracts["Wallet"], clinic)


@pytest.fixture(autouse=True)
def _the_clinic_is_as_it_was(client, clinic, wallet):
    def settings():
        return client.call_views([("keyOf", (clinic.address,)), ("restrictionOf", (clinic.address,))])

    before = settings()
    yield
    assert settings() == before


@pytest.fixture
def act(client, clinic, wallet):
    """The clinic has its wallet call a function of the contract."""

    def call(function, *arguments):
        data = bytes(wallet.call.encode_input(client.contract, client.encode(function, *arguments)))
        return client.send_data(clinic, data, to=wallet.address)

    return call


def test_a_message_is_from_the_contract_that_sent_it(act, client, patient, wallet):
    done = act("send", patient, 0, ENVELOPE)
    assert done.events == [("Sent", {"recipient": patient, "sender": wallet, "index": 0})]
    assert client.messages(patient.address)[0].sender == wallet.address


def test_the_messages_of_a_batch_are_from_the_contract_that_sent_it(act, client, patient, wallet):
    done = act("sendBatch", [(patient.address, 0, ENVELOPE), (patient.address, 1, ENVELOPE)])
    assert [(name, event["sender"]) for name, event in done.events] == [("Sent", wallet), ("Skipped", wallet)]
    assert client.messages(patient.address)[0].sender == wallet.address


def test_a_contract_retracts_what_it_sent_and_nobody_who_calls_it_does(
    act, inbox, cursor, clinic, patient, statuses, wallet
):
    act("send", patient, 0, ENVELOPE)
    with reverts(inbox.NotSender, sender=wallet.address):
        inbox.retract(patient, 0, cursor(0), sender=clinic)
    done = act("retract", patient, 0, cursor(0))
    assert done.events == [("Retracted", {"recipient": patient, "sender": wallet, "index": 0})]
    assert statuses() == [RETRACTED]


def test_a_contract_does_not_retract_what_its_caller_sent(act, client, cursor, clinic, patient, statuses):
    client.transact(clinic, "send", patient, 0, ENVELOPE)
    assert act("retract", patient, 0, cursor(0)).error == ("NotSender", (clinic.address,))
    assert statuses() == [0]


def test_a_contract_acknowledges_what_came_to_it(act, inbox, client, technologist, clinic, wallet):
    client.transact(technologist, "send", wallet, 0, ENVELOPE)
    cursor = client.cursor(wallet.address, 0)
    with reverts(inbox.BadCursor, recipient=clinic.address, index=0, cursor=cursor):
        inbox.acknowledge(0, cursor, sender=clinic)
    done = act("acknowledge", 0, cursor)
    assert done.events == [("Acknowledged", {"recipient": wallet, "sender": technologist, "index": 0})]
    assert client.messages(wallet.address)[0].status == ACKNOWLEDGED


def test_a_contract_registers_its_own_key(act, inbox, wallet):
    act("registerKey", *point(3), NO_HYBRID)
    assert tuple(inbox.keyOf(wallet)) == (1, compressed(*point(3)), NO_HYBRID)


def test_a_contract_restricts_its_own_inbox(act, inbox, wallet):
    act("restrictInbox", True)
    assert tuple(inbox.restrictionOf(wallet)) == (True, 1)


def test_a_contract_approves_for_its_own_inbox(act, inbox, technologist, clinic, wallet):
    act("approveSender", technologist, FOREVER)
    assert tuple(inbox.approvalOf(wallet, technologist)) == (FOREVER, 1)
    assert tuple(inbox.approvalOf(clinic, technologist)) == (0, 0)


def test_a_restricted_inbox_takes_messages_of_the_contract_that_was_approved_and_not_of_its_caller(
    act, inbox, client, clinic, patient, wallet
):
    client.transact(patient, "restrictInbox", True)
    client.transact(patient, "approveSender", clinic, FOREVER)
    assert act("send", patient, 0, ENVELOPE).error == ("NotApproved", (patient.address, wallet.address, 0))
    client.transact(patient, "approveSender", wallet, FOREVER)
    done = act("send", patient, 0, ENVELOPE)
    assert done.events == [("Sent", {"recipient": patient, "sender": wallet, "index": 0})]


def test_several_calls_are_made_as_the_contract_that_makes_them(act, inbox, client, patient, wallet):
    calls = [
        client.encode("registerKey", *point(3), NO_HYBRID),
        client.encode("restrictInbox", True),
        client.encode("approveSender", wallet, FOREVER),
        client.encode("send", patient, 0, ENVELOPE),
        client.encode("send", wallet, 1, ENVELOPE),
    ]
    act("multicall", calls)
    assert [client.messages(owner.address)[0].sender for owner in (patient, wallet)] == [wallet.address] * 2
    assert (inbox.keyOf(wallet).version, inbox.restrictionOf(wallet).version) == (1, 1)
