"""acknowledge and acknowledgeBySignature: a recipient marks a message as received, which its cursor names."""

from functools import partial

import pytest

from tests.contract.client import ZERO_ADDRESS
from tests.contract.cursors import phantom
from tests.contract.isolation import at_second
from tests.contract.reverts import reverts
from tests.contract.samples import ACKNOWLEDGED, ENVELOPE, LATER, RETRACTED
from tests.contract.signing import METHODS, sign


def test_a_recipient_acknowledges_what_they_received(sent, cursor, stranger, patient, statuses):
    tx = sent.acknowledge(1, cursor(1), sender=patient)
    assert tx.events == [sent.Acknowledged(recipient=patient, sender=stranger, index=1)]
    assert statuses() == [0, ACKNOWLEDGED, 0]


def test_a_sender_finds_what_was_acknowledged_to_them_by_the_events_topic(sent, chain, cursor, stranger, patient):
    sent.acknowledge(0, cursor(0), sender=patient)
    tx = sent.acknowledge(1, cursor(1), sender=patient)
    topic = "0x" + bytes(12).hex() + stranger.address[2:].lower()
    found = chain.provider.web3.eth.get_logs({"address": sent.address, "topics": [None, None, topic]})
    acknowledgements = [log for log in found if bytes(log["topics"][0]) == bytes(tx.logs[0]["topics"][0])]
    assert [log["transactionHash"].hex() for log in acknowledgements] == [tx.txn_hash.removeprefix("0x")]


def test_a_caller_acknowledges_in_no_inbox_but_their_own(sent, cursor, technologist, statuses):
    with reverts(sent.BadCursor, recipient=technologist.address, index=0, cursor=cursor(0)):
        sent.acknowledge(0, cursor(0), sender=technologist)
    assert statuses() == [0, 0, 0]


@pytest.mark.parametrize("index", [3, 128, 2**96, 2**256 - 1])
def test_a_message_that_is_not_there_is_not_acknowledged(sent, cursor, patient, index):
    for given in (ZERO_ADDRESS, cursor(2)):
        with reverts(sent.BadCursor, recipient=patient.address, index=index, cursor=given):
            sent.acknowledge(index, given, sender=patient)


def test_without_its_cursor_no_message_is_acknowledged(sent, cursor, patient, statuses):
    """Not by 0 for a search, by another message's, by that of a message without bytes, by any other contract."""
    for given in (ZERO_ADDRESS, cursor(1), phantom(sent.address, patient.address, 0), sent.address, patient.address):
        with reverts(sent.BadCursor, recipient=patient.address, index=0, cursor=given):
            sent.acknowledge(0, given, sender=patient)
    assert statuses() == [0, 0, 0]


def test_acknowledging_once_more_changes_nothing(sent, cursor, patient, statuses):
    sent.acknowledge(1, cursor(1), sender=patient)
    assert sent.acknowledge(1, cursor(1), sender=patient).events == []
    assert statuses() == [0, ACKNOWLEDGED, 0]


def test_a_message_may_be_both_acknowledged_and_retracted_in_either_order(
    sent, cursor, technologist, patient, statuses
):
    sent.acknowledge(0, cursor(0), sender=patient)
    sent.retract(patient, 0, cursor(0), sender=technologist)
    sent.retract(patient, 2, cursor(2), sender=technologist)
    sent.acknowledge(2, cursor(2), sender=patient)
    assert statuses() == [RETRACTED | ACKNOWLEDGED, 0, RETRACTED | ACKNOWLEDGED]


def test_a_signed_acknowledgement_of_one_message_is_none_of_another(
    client, domain, cursor, technologist, patient, relayer
):
    client.transact(technologist, "sendBatch", [(patient.address, 0, b"sealed")] * 2)
    for signed, relayed in ((0, 1), (1, 0)):
        signature = sign(patient.private_key, domain, "Acknowledge", (patient.address, signed, cursor(signed), LATER))
        fields = (patient, relayed, cursor(relayed), LATER)
        done = client.transact(relayer, METHODS["Acknowledge"], *fields, signature)
        assert done.error == ("BadSignature", (patient.address,))


def test_an_acknowledgement_signed_without_the_messages_cursor_is_refused(
    sent, client, domain, cursor, patient, relayer, statuses
):
    for given in (ZERO_ADDRESS, cursor(1), phantom(sent.address, patient.address, 0), patient.address):
        fields = (patient.address, 0, given, LATER)
        signature = sign(patient.private_key, domain, "Acknowledge", fields)
        done = client.transact(relayer, METHODS["Acknowledge"], *fields, signature)
        assert done.error == ("BadCursor", (patient.address, 0, given))
    assert statuses() == [0, 0, 0]


def test_an_acknowledgement_signed_before_its_message_is_there_is_refused(client, domain, patient, relayer, inbox):
    fields = (patient.address, 0, phantom(inbox.address, patient.address, 0), LATER)
    signature = sign(patient.private_key, domain, "Acknowledge", fields)
    done = client.transact(relayer, METHODS["Acknowledge"], *fields, signature)
    assert done.error == ("BadCursor", (patient.address, 0, fields[2]))


@pytest.mark.parametrize("difference", ["sender", "envelope", "time"])
def test_after_a_reorganisation_an_acknowledgement_holds_for_no_other_message_at_its_index(
    chain, client, domain, cursor, technologist, stranger, patient, relayer, statuses, difference
):
    """What was signed for a message of the chain's old branch is no receipt for the one that took its place."""
    before, now = chain.snapshot(), chain.pending_timestamp + 100
    at_second(chain, now, lambda: client.transact(technologist, "send", patient, 0, ENVELOPE))
    meant = cursor(0)
    fields = (patient.address, 0, meant, LATER)
    signature = sign(patient.private_key, domain, "Acknowledge", fields)
    chain.restore(before)
    sender = stranger if difference == "sender" else technologist
    envelope = ENVELOPE[:-1] + b"\0" if difference == "envelope" else ENVELOPE
    second = now + (difference == "time")
    at_second(chain, second, lambda: client.transact(sender, "send", patient, 0, envelope))
    assert cursor(0) != meant
    refused = ("BadCursor", (patient.address, 0, meant))
    assert client.transact(patient, "acknowledge", 0, meant).error == refused
    assert client.transact(relayer, METHODS["Acknowledge"], *fields, signature).error == refused
    other = client.transact(relayer, METHODS["Acknowledge"], *fields[:2], cursor(0), LATER, signature)
    assert other.error == ("BadSignature", (patient.address,))
    assert statuses() == [0]


def test_after_a_reorganisation_that_kept_the_message_its_acknowledgement_still_holds(
    chain, client, domain, cursor, technologist, patient, relayer, statuses
):
    before, now = chain.snapshot(), chain.pending_timestamp + 100
    send = partial(client.transact, technologist, "send", patient, 0, ENVELOPE)
    at_second(chain, now, send)
    fields = (patient.address, 0, cursor(0), LATER)
    signature = sign(patient.private_key, domain, "Acknowledge", fields)
    chain.restore(before)
    at_second(chain, now, send)
    assert client.transact(relayer, METHODS["Acknowledge"], *fields, signature).error is None
    assert statuses() == [ACKNOWLEDGED]
