"""retract: a sender marks a message that they sent, which its cursor names; nothing deletes it."""

import pytest

from tests.contract.client import ZERO_ADDRESS
from tests.contract.cursors import phantom
from tests.contract.reverts import reverts
from tests.contract.samples import ENVELOPE, RETRACTED


def test_a_sender_retracts_what_they_sent(sent, cursor, technologist, patient, statuses):
    tx = sent.retract(patient, 0, cursor(0), sender=technologist)
    assert tx.events == [sent.Retracted(recipient=patient, sender=technologist, index=0)]
    assert statuses() == [RETRACTED, 0, 0]


@pytest.mark.parametrize("act", ["retract", "acknowledge"])
def test_an_act_costs_the_same_however_many_newer_messages_there_are(sent, client, cursor, technologist, patient, act):
    def cost(index):
        place = (patient, index) if act == "retract" else (index,)
        return client.transact(technologist if act == "retract" else patient, act, *place, cursors[index]).gas

    cursors = [cursor(index) for index in range(3)]
    sent.acknowledge(1, cursors[1], sender=patient)  # the first mark of 128 messages costs more
    last = cost(2)
    client.transact(technologist, "sendBatch", [(patient.address, 0, ENVELOPE)] * 50)
    assert abs(cost(0) - last) < 100


def test_a_retracted_message_stays_readable(sent, client, cursor, technologist, patient):
    before = client.messages(patient)[0]
    sent.retract(patient, 0, cursor(0), sender=technologist)
    assert client.messages(patient)[0] == before._replace(status=RETRACTED)


def test_nobody_but_the_sender_retracts(sent, cursor, technologist, stranger, patient, statuses):
    for caller in (stranger, patient):
        with reverts(sent.NotSender, sender=technologist.address):
            sent.retract(patient, 0, cursor(0), sender=caller)
    assert statuses() == [0, 0, 0]


def test_without_its_cursor_no_message_is_retracted(sent, cursor, technologist, patient, statuses):
    """Not by 0 for a search, by another message's, by that of a message without bytes, by any other contract."""
    for given in (ZERO_ADDRESS, cursor(2), phantom(sent.address, patient.address, 0), sent.address, patient.address):
        with reverts(sent.BadCursor, recipient=patient.address, index=0, cursor=given):
            sent.retract(patient, 0, given, sender=technologist)
    assert statuses() == [0, 0, 0]


def test_a_cursor_of_ones_own_message_does_not_retract_anothers(sent, cursor, technologist, patient):
    with reverts(sent.BadCursor, recipient=patient.address, index=1, cursor=cursor(0)):
        sent.retract(patient, 1, cursor(0), sender=technologist)


def test_an_index_that_runs_over_into_the_recipient_does_not_retract(inbox, client, technologist):
    """Recipient and index share the salt of a data contract's address: 160 and 96 bits."""
    recipient, other = "0x" + "00" * 19 + "01", ZERO_ADDRESS
    inbox.send(recipient, 0, ENVELOPE, sender=technologist)
    cursor = client.cursor(recipient, 0)
    with reverts(inbox.BadCursor, recipient=other, index=1 << 96, cursor=cursor):
        inbox.retract(other, 1 << 96, cursor, sender=technologist)


def test_a_message_that_is_not_there_is_not_retracted(sent, cursor, technologist, patient):
    for given in (ZERO_ADDRESS, cursor(2), phantom(sent.address, patient.address, 3)):
        with reverts(sent.BadCursor, recipient=patient.address, index=3, cursor=given):
            sent.retract(patient, 3, given, sender=technologist)


def test_retracting_once_more_changes_nothing(sent, cursor, technologist, patient, statuses):
    sent.retract(patient, 0, cursor(0), sender=technologist)
    assert sent.retract(patient, 0, cursor(0), sender=technologist).events == []
    assert statuses() == [RETRACTED, 0, 0]
