"""A sender may retract, a recipient may acknowledge; both only mark, and nothing deletes."""

import pytest

from tests.contract.client import ZERO_ADDRESS
from tests.contract.reverts import reverts

ENVELOPE = bytes(range(154))
RETRACTED, ACKNOWLEDGED = 1, 2


@pytest.fixture
def sent(inbox, client, technologist, stranger, patient):
    """`inbox`, with messages 0 and 2 of the technologist's and 1 of a stranger's for the patient."""
    for sender in (technologist, stranger, technologist):
        client.transact(sender, "send", patient, 0, ENVELOPE)
    return inbox


@pytest.fixture
def statuses(client, patient):
    return lambda: [message.status for message in client.messages(patient)]


def test_a_sender_retracts_what_they_sent(sent, technologist, patient, statuses):
    tx = sent.retract(patient, 0, ZERO_ADDRESS, sender=technologist)
    assert tx.events == [sent.Retracted(recipient=patient, sender=technologist, index=0)]
    assert statuses() == [RETRACTED, 0, 0]


def test_a_cursor_spares_the_search(sent, technologist, patient, statuses):
    tx = sent.retract(patient, 0, sent.cursorOf(patient, 0), sender=technologist)
    assert tx.events == [sent.Retracted(recipient=patient, sender=technologist, index=0)]
    assert statuses() == [RETRACTED, 0, 0]


def test_retracting_with_a_cursor_costs_the_same_however_many_newer_messages_there_are(
    sent, client, technologist, patient
):
    cursors = [sent.cursorOf(patient, index) for index in (0, 2)]
    sent.acknowledge(1, sender=patient)  # the first mark of 128 messages costs more
    last = sent.retract(patient, 2, cursors[1], sender=technologist).gas_used
    client.transact(technologist, "sendBatch", [(patient.address, 0, ENVELOPE)] * 50)
    assert abs(sent.retract(patient, 0, cursors[0], sender=technologist).gas_used - last) < 100


def test_a_retracted_message_stays_readable(sent, technologist, patient):
    before = sent.message(patient, 0)
    sent.retract(patient, 0, ZERO_ADDRESS, sender=technologist)
    after = sent.message(patient, 0)
    assert after.status == RETRACTED
    assert tuple(after)[:3] == tuple(before)[:3]
    assert after.envelope == ENVELOPE


def test_nobody_but_the_sender_retracts(sent, technologist, stranger, patient, statuses):
    for caller in (stranger, patient):
        with reverts(sent.NotSender, sender=technologist.address):
            sent.retract(patient, 0, ZERO_ADDRESS, sender=caller)
        with reverts(sent.NotSender, sender=technologist.address):
            sent.retract(patient, 0, sent.cursorOf(patient, 0), sender=caller)
    assert statuses() == [0, 0, 0]


def test_a_cursor_of_ones_own_message_does_not_retract_anothers(sent, technologist, patient):
    cursor = sent.cursorOf(patient, 0)
    with reverts(sent.BadCursor, recipient=patient.address, index=1, cursor=cursor):
        sent.retract(patient, 1, cursor, sender=technologist)


def test_an_index_that_runs_over_into_the_recipient_does_not_retract(inbox, technologist):
    """Recipient and index share the salt of a data contract's address: 160 and 96 bits."""
    recipient, other = "0x" + "00" * 19 + "01", ZERO_ADDRESS
    inbox.send(recipient, 0, ENVELOPE, sender=technologist)
    cursor = inbox.cursorOf(recipient, 0)
    with reverts(inbox.BadCursor, recipient=other, index=1 << 96, cursor=cursor):
        inbox.retract(other, 1 << 96, cursor, sender=technologist)


def test_a_message_that_is_not_there_is_not_retracted(sent, technologist, patient):
    with reverts(sent.NoMessage, recipient=patient.address, index=3):
        sent.retract(patient, 3, ZERO_ADDRESS, sender=technologist)


def test_retracting_once_more_changes_nothing(sent, technologist, patient, statuses):
    sent.retract(patient, 0, ZERO_ADDRESS, sender=technologist)
    assert sent.retract(patient, 0, ZERO_ADDRESS, sender=technologist).events == []
    assert statuses() == [RETRACTED, 0, 0]


def test_a_recipient_acknowledges_what_they_received(sent, patient, statuses):
    tx = sent.acknowledge(1, sender=patient)
    assert tx.events == [sent.Acknowledged(recipient=patient, index=1)]
    assert statuses() == [0, ACKNOWLEDGED, 0]


def test_a_caller_acknowledges_in_no_inbox_but_their_own(sent, technologist, patient, statuses):
    with reverts(sent.NoMessage, recipient=technologist.address, index=0):
        sent.acknowledge(0, sender=technologist)
    assert statuses() == [0, 0, 0]


@pytest.mark.parametrize("index", [3, 128, 2**256 - 1])
def test_a_message_that_is_not_there_is_not_acknowledged(sent, patient, index):
    with reverts(sent.NoMessage, recipient=patient.address, index=index):
        sent.acknowledge(index, sender=patient)


def test_acknowledging_once_more_changes_nothing(sent, patient, statuses):
    sent.acknowledge(1, sender=patient)
    assert sent.acknowledge(1, sender=patient).events == []
    assert statuses() == [0, ACKNOWLEDGED, 0]


def test_a_message_may_be_both_acknowledged_and_retracted_in_either_order(sent, technologist, patient, statuses):
    sent.acknowledge(0, sender=patient)
    sent.retract(patient, 0, ZERO_ADDRESS, sender=technologist)
    sent.retract(patient, 2, ZERO_ADDRESS, sender=technologist)
    sent.acknowledge(2, sender=patient)
    assert statuses() == [RETRACTED | ACKNOWLEDGED, 0, RETRACTED | ACKNOWLEDGED]


def test_a_new_message_has_no_status(sent, technologist, patient, statuses):
    sent.acknowledge(2, sender=patient)
    sent.send(patient, 0, ENVELOPE, sender=technologist)
    assert statuses() == [0, 0, ACKNOWLEDGED, 0]


def test_each_of_many_messages_has_its_own_status(inbox, client, technologist, patient, statuses):
    """Two bits a message, 128 messages a word: marks on both sides of the border stay apart."""
    for _ in range(3):
        client.transact(technologist, "sendBatch", [(patient.address, 0, b"\2")] * 50)
    marked = [0, 63, 64, 126, 127, 128, 129]
    for index in marked:
        client.transact(patient, "acknowledge", index)
    client.transact(technologist, "retract", patient, 127, ZERO_ADDRESS)
    expected = [ACKNOWLEDGED if index in marked else 0 for index in range(150)]
    expected[127] |= RETRACTED
    assert statuses() == expected
