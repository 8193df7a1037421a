"""restrictInbox, restrictInboxBySignature and restrictionOf: an inbox that takes messages of approved senders only."""

import pytest

from tests.contract.client import ZERO_ADDRESS
from tests.contract.reverts import reverts
from tests.contract.samples import LATER
from tests.contract.signing import METHODS, sign

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


def test_a_restricted_inbox_refuses_its_own_owner_unless_approved(inbox, patient):
    inbox.restrictInbox(True, sender=patient)
    with reverts(inbox.NotApproved, recipient=patient.address, sender=patient.address, until=0):
        inbox.send(patient, 0, ENVELOPE, sender=patient)


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


def test_restricting_leaves_messages_and_key_as_they_were(inbox, technologist, patient):
    inbox.send(patient, 0, ENVELOPE, sender=technologist)
    before = inbox.message(patient, 0, ZERO_ADDRESS), inbox.count(patient), inbox.keyOf(patient)
    inbox.restrictInbox(True, sender=patient)
    assert (inbox.message(patient, 0, ZERO_ADDRESS), inbox.count(patient), inbox.keyOf(patient)) == before


def test_one_account_does_not_restrict_anothers_inbox(inbox, stranger, patient):
    inbox.restrictInbox(True, sender=stranger)
    assert tuple(inbox.restrictionOf(patient)) == (False, 0)


def test_a_signed_restriction_does_not_return_once_the_inbox_was_opened(inbox, client, domain, patient, relayer):
    fields = (patient.address, True, 1, LATER)
    signature = sign(patient.private_key, domain, "RestrictInbox", fields)
    client.transact(relayer, METHODS["RestrictInbox"], *fields, signature)
    client.transact(patient, "restrictInbox", False)
    assert client.transact(relayer, METHODS["RestrictInbox"], *fields, signature).error == ("BadVersion", (1, 2))
    assert tuple(inbox.restrictionOf(patient)) == (False, 2)
