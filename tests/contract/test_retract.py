"""retract: a sender marks a message that they sent; nothing deletes it."""

from tests.contract.client import ZERO_ADDRESS
from tests.contract.reverts import reverts
from tests.contract.samples import ENVELOPE, RETRACTED


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
