"""An account may restrict its inbox to senders that it approves, each until a time."""

import pytest

from tests.contract.reverts import reverts
from tests.contract.strategies import FOREVER

ENVELOPE = b"sealed"


def test_an_inbox_is_open_at_first(inbox, technologist, patient):
    assert tuple(inbox.restrictionOf(patient)) == (False, 0)
    inbox.send(patient, 0, ENVELOPE, sender=technologist)
    assert inbox.count(patient) == 1


def test_restricting_is_announced(inbox, patient):
    tx = inbox.restrictInbox(True, sender=patient)
    assert tx.events == [inbox.InboxRestricted(account=patient, restricted=True, version=1)]
    assert tuple(inbox.restrictionOf(patient)) == (True, 1)


def test_a_restricted_inbox_refuses_a_sender_never_approved(inbox, technologist, patient):
    inbox.restrictInbox(True, sender=patient)
    with reverts(inbox.NotApproved, recipient=patient.address, sender=technologist.address, until=0):
        inbox.send(patient, 0, ENVELOPE, sender=technologist)


def test_a_restricted_inbox_takes_messages_from_an_approved_sender(inbox, technologist, patient):
    inbox.restrictInbox(True, sender=patient)
    inbox.approveSender(technologist, FOREVER, sender=patient)
    inbox.send(patient, 0, ENVELOPE, sender=technologist)
    assert inbox.count(patient) == 1


def test_a_restricted_inbox_refuses_its_own_owner_unless_approved(inbox, patient):
    inbox.restrictInbox(True, sender=patient)
    with reverts(inbox.NotApproved, recipient=patient.address, sender=patient.address, until=0):
        inbox.send(patient, 0, ENVELOPE, sender=patient)


def test_an_approval_is_announced_and_kept(inbox, technologist, patient):
    tx = inbox.approveSender(technologist, 5_000_000_000, sender=patient)
    assert tx.events == [inbox.SenderApproved(account=patient, sender=technologist, until=5_000_000_000, version=1)]
    assert tuple(inbox.approvalOf(patient, technologist)) == (5_000_000_000, 1)


def test_an_approval_holds_up_to_and_including_its_second(inbox, chain, technologist, patient):
    until = chain.pending_timestamp + 1000
    inbox.restrictInbox(True, sender=patient)
    inbox.approveSender(technologist, until, sender=patient)
    chain.pending_timestamp = until
    tx = inbox.send(patient, 0, ENVELOPE, sender=technologist)
    assert tx.timestamp == until
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


def test_an_inbox_opened_again_takes_messages_from_everyone(inbox, stranger, patient):
    inbox.restrictInbox(True, sender=patient)
    tx = inbox.restrictInbox(False, sender=patient)
    assert tx.events == [inbox.InboxRestricted(account=patient, restricted=False, version=2)]
    inbox.send(patient, 0, ENVELOPE, sender=stranger)
    assert inbox.count(patient) == 1


@pytest.mark.parametrize("restricted", [True, False])
def test_the_setting_in_force_once_more_changes_nothing(inbox, patient, restricted):
    inbox.restrictInbox(True, sender=patient)
    inbox.restrictInbox(restricted, sender=patient)
    before = inbox.restrictionOf(patient)
    assert inbox.restrictInbox(restricted, sender=patient).events == []
    assert inbox.restrictionOf(patient) == before


def test_the_approval_in_force_once_more_changes_nothing(inbox, technologist, patient):
    inbox.approveSender(technologist, 77, sender=patient)
    assert inbox.approveSender(technologist, 77, sender=patient).events == []
    assert tuple(inbox.approvalOf(patient, technologist)) == (77, 1)


def test_restricting_leaves_messages_and_key_as_they_were(inbox, technologist, patient):
    inbox.send(patient, 0, ENVELOPE, sender=technologist)
    before = inbox.message(patient, 0), inbox.count(patient), inbox.keyOf(patient)
    inbox.restrictInbox(True, sender=patient)
    assert (inbox.message(patient, 0), inbox.count(patient), inbox.keyOf(patient)) == before


def test_one_account_does_not_restrict_anothers_inbox(inbox, stranger, patient):
    inbox.restrictInbox(True, sender=stranger)
    assert tuple(inbox.restrictionOf(patient)) == (False, 0)
