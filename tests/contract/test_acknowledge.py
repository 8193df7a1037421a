"""acknowledge and acknowledgeBySignature: a recipient marks a message as received."""

import pytest

from tests.contract.client import ZERO_ADDRESS
from tests.contract.reverts import reverts
from tests.contract.samples import ACKNOWLEDGED, LATER, RETRACTED
from tests.contract.signing import METHODS, sign


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


def test_a_signed_acknowledgement_of_one_message_is_none_of_another(client, domain, technologist, patient, relayer):
    client.transact(technologist, "sendBatch", [(patient.address, 0, b"sealed")] * 2)
    for signed, relayed in ((0, 1), (1, 0)):
        signature = sign(patient.private_key, domain, "Acknowledge", (patient.address, signed, LATER))
        done = client.transact(relayer, METHODS["Acknowledge"], patient, relayed, LATER, signature)
        assert done.error == ("BadSignature", (patient.address,))


def test_a_signed_acknowledgement_of_a_message_not_there_is_refused(client, domain, patient, relayer):
    fields = (patient.address, 0, LATER)
    signature = sign(patient.private_key, domain, "Acknowledge", fields)
    done = client.transact(relayer, METHODS["Acknowledge"], *fields, signature)
    assert done.error == ("NoMessage", (patient.address, 0))
