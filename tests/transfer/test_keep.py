"""What is sent is kept first: by whom, `keep` decides, once all is uploaded and before anything is signed."""

import pytest

from radiogram import transfer
from radiogram.errors import HomesError
from radiogram.formats.key_reference import KeyReference
from tests.transfer.test_once import stopped_before_it_left  # noqa: F401 - a fixture


class Keeper:
    """Keeps what it is asked to, or raises; it knows what it was asked."""

    def __init__(self, error=None):
        self.asked, self.error = [], error

    def __call__(self, sealed):
        self.asked.append(sealed)
        if self.error:
            raise self.error


@pytest.fixture
def keeper():
    return Keeper()


@pytest.fixture
def refusing():
    return Keeper(HomesError("only 1 of 2 homes hold it"))


def test_it_is_asked_once_for_study_and_key_packet(send, study, patient, journal, keeper):
    sent = send(study, patient, journal=journal, keep=keeper)
    [sealed] = keeper.asked
    assert (sealed.cid, sealed.ciphertext_bytes, sealed.packet_cid) == (
        sent.cid,
        sent.ciphertext_bytes,
        sent.packet_cid,
    )
    assert sealed.has_uploaded


def test_what_is_not_kept_is_not_sent_and_the_next_run_sends_the_same_upload(
    send, study, patient, journal, inbox, refusing, keeper
):
    with pytest.raises(HomesError):
        send(study, patient, journal=journal, keep=refusing)
    assert inbox.count(patient.address) == 0
    sent = send(study, patient, journal=journal, keep=keeper)
    assert (sent.was_begun, sent.was_sent) == (True, False)
    assert keeper.asked == refusing.asked
    assert sent.cid == refusing.asked[0].cid


def test_what_was_sent_before_is_not_asked_about(send, study, patient, journal, keeper):
    send(study, patient, journal=journal)
    assert send(study, patient, journal=journal, keep=keeper).was_sent
    assert keeper.asked == []


@pytest.mark.usefixtures("stopped_before_it_left")
def test_what_was_signed_and_may_have_left_is_not_held_back(send, study, plain_patient, journal, refusing):
    assert send(study, plain_patient, journal=journal, keep=refusing).was_begun
    assert refusing.asked == []


def test_of_what_is_handed_on_it_is_told_that_the_study_was_there(
    send, study, patient, inbox, ipfs, technologist, journal, keeper
):
    sent = send(study, patient)
    reference = KeyReference(bytes(32), sent.ciphertext_bytes, sent.cid)
    recipient = inbox.recipient(patient.address, patient.public)
    shared = transfer.share(
        reference, recipient, sender=technologist, inbox=inbox, ipfs=ipfs, journal=journal, keep=keeper
    )
    [sealed] = keeper.asked
    assert (sealed.has_uploaded, sealed.packet_cid) == (False, shared.packet_cid)
