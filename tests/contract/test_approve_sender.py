"""approveSender, approveSenderBySignature and approvalOf: who may send to a restricted inbox, and until when."""

from tests.contract.isolation import at_second
from tests.contract.reverts import reverts
from tests.contract.samples import LATER
from tests.contract.signing import METHODS, sign
from tests.contract.strategies import FOREVER

ENVELOPE = b"sealed"


def test_a_restricted_inbox_takes_messages_from_an_approved_sender(inbox, technologist, patient):
    inbox.restrictInbox(True, sender=patient)
    inbox.approveSender(technologist, FOREVER, sender=patient)
    inbox.send(patient, 0, ENVELOPE, sender=technologist)
    assert inbox.count(patient) == 1


def test_an_approval_is_announced_and_kept(inbox, technologist, patient):
    tx = inbox.approveSender(technologist, 5_000_000_000, sender=patient)
    assert tx.events == [inbox.SenderApproved(account=patient, sender=technologist, until=5_000_000_000, version=1)]
    assert tuple(inbox.approvalOf(patient, technologist)) == (5_000_000_000, 1)


def test_an_approval_holds_up_to_and_including_its_second(inbox, client, chain, technologist, patient):
    until = chain.pending_timestamp + 1000
    inbox.restrictInbox(True, sender=patient)
    inbox.approveSender(technologist, until, sender=patient)
    done = at_second(chain, until, lambda: client.transact(technologist, "send", patient, 0, ENVELOPE))
    assert (done.error, done.timestamp) == (None, until)
    assert inbox.count(patient) == 1


def test_an_approval_is_over_a_second_later(inbox, chain, technologist, patient):
    until = chain.pending_timestamp + 1000
    inbox.restrictInbox(True, sender=patient)
    inbox.approveSender(technologist, until, sender=patient)
    chain.pending_timestamp = until + 1
    with reverts(inbox.NotApproved, recipient=patient.address, sender=technologist.address, until=until):
        inbox.send(patient, 0, ENVELOPE, sender=technologist)


def test_a_withdrawn_approval_refuses(inbox, technologist, patient):
    inbox.restrictInbox(True, sender=patient)
    inbox.approveSender(technologist, FOREVER, sender=patient)
    tx = inbox.approveSender(technologist, 0, sender=patient)
    assert tx.events == [inbox.SenderApproved(account=patient, sender=technologist, until=0, version=2)]
    with reverts(inbox.NotApproved, recipient=patient.address, sender=technologist.address, until=0):
        inbox.send(patient, 0, ENVELOPE, sender=technologist)


def test_an_approval_lets_nobody_else_in_and_into_no_other_inbox(inbox, technologist, patient, clinic, stranger):
    for account in (patient, clinic):
        inbox.restrictInbox(True, sender=account)
    inbox.approveSender(technologist, FOREVER, sender=patient)
    with reverts(inbox.NotApproved, recipient=patient.address, sender=stranger.address, until=0):
        inbox.send(patient, 0, ENVELOPE, sender=stranger)
    with reverts(inbox.NotApproved, recipient=clinic.address, sender=technologist.address, until=0):
        inbox.send(clinic, 0, ENVELOPE, sender=technologist)


def test_the_approval_in_force_once_more_changes_nothing(inbox, technologist, patient):
    inbox.approveSender(technologist, 77, sender=patient)
    assert inbox.approveSender(technologist, 77, sender=patient).events == []
    assert tuple(inbox.approvalOf(patient, technologist)) == (77, 1)


def test_a_signed_approval_does_not_return_once_it_was_withdrawn(inbox, client, domain, technologist, patient, relayer):
    fields = (patient.address, technologist.address, FOREVER, 1, LATER)
    signature = sign(patient.private_key, domain, "ApproveSender", fields)
    client.transact(relayer, METHODS["ApproveSender"], *fields, signature)
    client.transact(patient, "approveSender", technologist, 0)
    assert client.transact(relayer, METHODS["ApproveSender"], *fields, signature).error == ("BadVersion", (1, 2))
    assert inbox.approvalOf(patient, technologist).until == 0


def test_a_signed_approval_not_yet_relayed_ends_with_the_next_change(
    inbox, client, domain, technologist, patient, relayer
):
    fields = (patient.address, technologist.address, FOREVER, 1, LATER)
    signature = sign(patient.private_key, domain, "ApproveSender", fields)
    client.transact(patient, "approveSender", technologist, 5)
    client.transact(patient, "approveSender", technologist, 0)
    assert client.transact(relayer, METHODS["ApproveSender"], *fields, signature).error == ("BadVersion", (1, 2))
    assert inbox.approvalOf(patient, technologist).until == 0
