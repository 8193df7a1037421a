"""A study is sent once, however often the command is run, stopped at whatever point, and run again."""

import os
from dataclasses import replace

import pytest

from radiogram import delivery, transfer
from radiogram.chain import transactions
from radiogram.errors import InboxError, IpfsUnreachable, StateFolderError, UnconfirmedError
from radiogram.formats.bundle import signing_text
from radiogram.formats.key_reference import KeyReference, raw_cid
from radiogram.ipfs.client import Ipfs
from radiogram.outgoing.journal import Arrived, Begun, Dropped, Entry, Purpose, Sealed
from radiogram.outgoing.uploads import read_history
from tests.ipfs.conftest import reply
from tests.transfer.conftest import write_study


def purpose(study, person, inbox, technologist, sign):
    """What a send is known by, put together from what docs/reliability.md says of it."""
    key = person.public.public_key + (person.public.hybrid_digest or b"")
    contents = replace(study.manifest, created="").to_bytes()
    secret = sign("Radiogram: what I have sent, told to nobody but this computer of mine")
    return Purpose(inbox.chain, inbox.address, technologist.address, person.address, key, contents, secret)


class Stopped(KeyboardInterrupt):
    pass


def stop(*_: object, **__: object) -> None:
    raise Stopped


# ---- run again


@pytest.mark.parametrize("kind", ["patient", "plain_patient"])
def test_the_same_again_sends_nothing(send, study, journal, inbox, request, kind):
    person = request.getfixturevalue(kind)
    first, second = (send(study, person, journal=journal) for _ in range(2))
    assert second == replace(first, was_sent=True)
    assert (first.was_sent, first.was_begun, second.was_begun) == (False, False, False)
    assert inbox.count(person.address) == 1


def test_the_journal_knows_a_send_by_its_parties_keys_and_files(
    send, study, patient, journal, inbox, technologist, sign
):
    sent = send(study, patient, journal=journal)
    with journal.entry(purpose(study, patient, inbox, technologist, sign)) as entry:
        assert entry.arrived.index == sent.index
        assert (entry.begun.chain, entry.begun.inbox) == (inbox.chain, inbox.address)
        assert (entry.begun.sender, entry.begun.recipient) == (technologist.address, patient.address)
        assert entry.begun.since == 0
        assert entry.begun.at > 1_700_000_000
        assert (entry.sealed.cid, entry.sealed.ciphertext_bytes) == (sent.cid, sent.ciphertext_bytes)
        assert (entry.sealed.packet_cid, entry.sealed.key_version) == (sent.packet_cid, 0)
        assert entry.sealed.envelope == inbox.message(patient.address, sent.index).envelope
        assert [each.tx_hash for each in entry] == [sent.receipt.tx_hash]


def test_when_the_files_were_read_makes_no_other_study(send, study, plain_patient, journal, inbox):
    send(study, plain_patient, journal=journal)
    later = replace(study, manifest=replace(study.manifest, created="2030-01-01T00:00:00+00:00"))
    assert send(later, plain_patient, journal=journal).was_sent


def test_another_study_is_another_message(send, study, plain_patient, journal, tmp_path):
    send(study, plain_patient, journal=journal)
    assert not send(write_study(tmp_path / "other"), plain_patient, journal=journal).was_sent


def test_an_identity_tells_studies_apart_in_the_place_of_their_files(send, study, plain_patient, journal, tmp_path):
    send(study, plain_patient, journal=journal, identity=b"one")
    other = write_study(tmp_path / "other")
    assert send(other, plain_patient, journal=journal, identity=b"one").was_sent
    assert not send(other, plain_patient, journal=journal, identity=b"two").was_sent


def test_the_same_is_sent_twice_where_that_is_asked_for(send, study, plain_patient, journal, inbox):
    first, second, third = (send(study, plain_patient, journal=journal, again=again) for again in (False, True, False))
    assert (first.index, second.index, second.was_sent, second.was_begun) == (0, 1, False, False)
    assert second.cid != first.cid
    assert (third.index, third.was_sent) == (1, True)


def test_the_same_is_sent_twice_where_no_journal_is_kept(send, study, plain_patient):
    assert [send(study, plain_patient).index for _ in range(2)] == [0, 1]


def test_a_sender_without_a_journal_signs_the_manifest_alone(send, study, plain_patient, sign):
    asked = []

    def watched(text):
        asked.append(text)
        return sign(text)

    send(study, plain_patient, sign=watched)
    assert asked == [signing_text(study.manifest.to_bytes())]


def test_a_message_that_was_taken_back_is_sent_anew(send, study, plain_patient, journal, inbox, technologist):
    first = send(study, plain_patient, journal=journal)
    inbox.retraction(inbox.message(plain_patient.address, first.index)).send(technologist)
    second = send(study, plain_patient, journal=journal)
    assert (second.index, second.was_sent, second.was_begun) == (1, False, False)


def test_what_was_handed_on_is_not_handed_on_twice(plain_patient, inbox, technologist, journal):
    reference = KeyReference(os.urandom(32), 10, raw_cid(os.urandom(8)))
    doctor = inbox.recipient(plain_patient.address, plain_patient.public)
    shared = [
        transfer.share(reference, doctor, sender=technologist, inbox=inbox, journal=journal, **again)
        for again in ({}, {}, {"again": True})
    ]
    assert [(each.index, each.was_sent) for each in shared] == [(0, False), (0, True), (1, False)]
    known = (doctor.public_key, reference.cid, reference.content_key)
    with journal.entry(Purpose(inbox.chain, inbox.address, technologist.address, doctor.address, *known)) as entry:
        assert entry.arrived.index == 1


def test_the_journal_knows_whether_a_study_was_uploaded_or_handed_on(
    send, study, patient, plain_patient, inbox, ipfs, technologist, journal
):
    sent = send(study, plain_patient, journal=journal)
    doctor = inbox.recipient(patient.address, patient.public)
    reference = KeyReference(os.urandom(32), sent.ciphertext_bytes, sent.cid)
    shared = transfer.share(reference, doctor, sender=technologist, inbox=inbox, ipfs=ipfs, journal=journal)
    attempts = {each.begun.recipient: each for each in read_history(journal.folder).attempts}
    uploaded, handed_on = attempts[plain_patient.address], attempts[patient.address]
    assert (uploaded.sealed.has_uploaded, uploaded.uploads) == (True, (sent.cid,))
    assert (handed_on.sealed.has_uploaded, handed_on.uploads) == (False, (shared.packet_cid,))


# ---- whether IPFS still has it


def forget(ipfs, cid):
    """The node loses what lies there."""
    import requests

    from radiogram.ipfs.cid import cid_text

    for call in (f"pin/rm?arg={cid_text(cid)}", "repo/gc"):
        assert requests.post(f"{ipfs.api.url}/api/v0/{call}", timeout=30).ok


@pytest.fixture
def impatient(transfer_node):
    """The node, to one who does not wait long for what it does not have."""
    return Ipfs(transfer_node.api, transfer_node.gateway, timeout=20)


@pytest.mark.parametrize("lost", ["cid", "packet_cid"])
def test_what_ipfs_has_lost_is_sent_anew(send, study, patient, journal, impatient, lost):
    first = send(study, patient, journal=journal)
    forget(impatient, getattr(first, lost))
    second = send(study, patient, journal=journal, ipfs=impatient)
    assert (second.index, second.was_sent) == (1, False)
    assert getattr(second, lost) != getattr(first, lost)


def test_a_share_whose_key_packet_ipfs_has_lost_is_made_anew(
    send, study, patient, plain_patient, inbox, technologist, journal, impatient
):
    sent = send(study, plain_patient)
    reference = KeyReference(os.urandom(32), sent.ciphertext_bytes, sent.cid)
    doctor = inbox.recipient(patient.address, patient.public)

    def share():
        return transfer.share(reference, doctor, sender=technologist, inbox=inbox, ipfs=impatient, journal=journal)

    first = share()
    forget(impatient, first.packet_cid)
    second = share()
    assert (second.was_sent, second.cid) == (False, first.cid)
    assert second.packet_cid != first.packet_cid


def test_a_node_that_lets_a_sender_add_and_not_read_is_believed_to_have_it(
    send, study, plain_patient, journal, hostile
):
    send(study, plain_patient, journal=journal)
    closed = Ipfs(hostile(lambda handler: reply(handler, 403)).url)
    assert send(study, plain_patient, journal=journal, ipfs=closed).was_sent


def test_that_the_node_is_down_does_not_make_a_message_one_that_was_not_sent(
    send, study, plain_patient, journal, closed_url
):
    send(study, plain_patient, journal=journal)
    with pytest.raises(IpfsUnreachable):
        send(study, plain_patient, journal=journal, ipfs=Ipfs(closed_url))


# ---- stopped on the way


def test_an_upload_that_failed_leaves_nothing_to_be_finished(send, study, plain_patient, journal, closed_url, inbox):
    with pytest.raises(IpfsUnreachable):
        send(study, plain_patient, journal=journal, ipfs=Ipfs(closed_url))
    with journal.unfinished() as entries:
        assert entries == []
    assert send(study, plain_patient, journal=journal).was_begun is False


def test_an_upload_that_was_interrupted_leaves_nothing_to_be_finished(send, study, plain_patient, journal):
    with pytest.raises(Stopped):
        send(study, plain_patient, journal=journal, progress=stop)
    with journal.unfinished() as entries:
        assert entries == []


@pytest.fixture
def stopped_before_signing(send, study, plain_patient, journal, monkeypatch):
    """A send that was stopped when the envelope was made, and no transaction yet."""
    with monkeypatch.context() as patch:
        patch.setattr(transactions, "sign", stop)
        with pytest.raises(Stopped) as stopped:
            send(study, plain_patient, journal=journal)
    return stopped.value


@pytest.fixture
def stopped_before_it_left(send, study, plain_patient, journal, monkeypatch):
    """A send that was stopped when its transaction was signed and written down, and had not left."""
    with monkeypatch.context() as patch:
        patch.setattr(transactions, "put", stop)
        with pytest.raises(Stopped) as stopped:
            send(study, plain_patient, journal=journal)
    return stopped.value


def sealed_in(journal):
    with journal.unfinished() as [entry]:
        return entry.sealed


def test_a_send_that_was_stopped_before_signing_goes_on_with_its_envelope(
    stopped_before_signing, send, study, plain_patient, journal, inbox
):
    sealed = sealed_in(journal)
    sent = send(study, plain_patient, journal=journal)
    assert (sent.was_begun, sent.was_sent, sent.cid) == (True, False, sealed.cid)
    assert [each.envelope for each in inbox.messages(plain_patient.address)] == [sealed.envelope]


def test_a_send_that_was_stopped_after_signing_goes_on_with_its_transaction(
    stopped_before_it_left, send, study, plain_patient, journal, inbox
):
    with journal.unfinished() as [entry]:
        [signed] = entry
    sent = send(study, plain_patient, journal=journal)
    assert (sent.was_begun, sent.was_sent, sent.receipt.tx_hash) == (True, False, signed.tx_hash)
    assert inbox.count(plain_patient.address) == 1


def test_even_where_another_copy_is_asked_for_what_was_begun_is_finished_first(
    stopped_before_it_left, send, study, plain_patient, journal, inbox
):
    assert send(study, plain_patient, journal=journal, again=True).was_begun
    assert inbox.count(plain_patient.address) == 1


def test_who_stops_a_send_that_may_have_left_is_told_how_to_go_on(stopped_before_it_left):
    assert stopped_before_it_left.__notes__[-1] == (
        "Run the same command again, which waits for it and sends nothing twice"
    )


def test_who_stops_a_send_that_has_not_left_is_told_nothing_of_that(stopped_before_signing):
    assert not getattr(stopped_before_signing, "__notes__", [])


def test_an_upload_that_was_lost_before_anything_was_signed_is_made_anew(
    stopped_before_signing, send, study, plain_patient, journal, impatient
):
    first = sealed_in(journal)
    forget(impatient, first.cid)
    sent = send(study, plain_patient, journal=journal, ipfs=impatient)
    assert (sent.was_begun, sent.was_sent) == (False, False)
    assert sent.cid != first.cid


def test_a_transaction_that_was_signed_is_gone_on_with_though_its_upload_was_lost(
    stopped_before_it_left, send, study, plain_patient, journal, impatient
):
    first = sealed_in(journal)
    forget(impatient, first.cid)
    sent = send(study, plain_patient, journal=journal, ipfs=impatient)
    assert (sent.was_begun, sent.cid) == (True, first.cid)


def test_an_envelope_to_a_key_that_is_no_longer_in_force_is_made_anew(
    stopped_before_signing, send, study, plain_patient, journal, inbox, technologist, sign
):
    known = purpose(study, plain_patient, inbox, technologist, sign)
    with journal.entry(known) as entry:
        entry.append(replace(entry.sealed, key_version=1))
    sent = send(study, plain_patient, journal=journal)
    assert (sent.was_begun, sent.was_sent) == (False, False)


def test_a_message_that_was_reorganised_away_is_sent_again_with_its_envelope(
    send, study, plain_patient, journal, inbox, ask
):
    before = ask("evm_snapshot")
    first = send(study, plain_patient, journal=journal)
    envelope = inbox.message(plain_patient.address, first.index).envelope
    assert ask("evm_revert", before)
    second = send(study, plain_patient, journal=journal)
    assert (second.was_sent, second.was_begun, second.cid) == (False, False, first.cid)
    assert [each.envelope for each in inbox.messages(plain_patient.address)] == [envelope]


def test_another_message_in_the_place_of_one_that_was_reorganised_away_is_not_taken_for_it(
    send, study, plain_patient, journal, inbox, ask, tmp_path
):
    before = ask("evm_snapshot")
    first = send(study, plain_patient, journal=journal)
    assert ask("evm_revert", before)
    send(write_study(tmp_path / "other"), plain_patient)
    second = send(study, plain_patient, journal=journal)
    assert (first.index, second.index, second.was_sent) == (0, 1, False)


# ---- without the study


def test_what_was_begun_is_finished_without_the_files(
    stopped_before_it_left, journal, inbox, technologist, plain_patient
):
    with journal.unfinished() as [entry]:
        arrived = delivery.go_on(entry, technologist, inbox)
        assert entry.arrived == arrived
        assert [each.tx_hash for each in entry] == [arrived.tx_hash]
    assert (arrived.index, inbox.count(plain_patient.address)) == (0, 1)


def test_what_was_not_signed_yet_is_finished_without_the_files_too(
    stopped_before_signing, journal, inbox, technologist, plain_patient
):
    with journal.unfinished() as [entry]:
        arrived = delivery.go_on(entry, technologist, inbox)
        message = inbox.message(plain_patient.address, arrived.index)
        assert (message.envelope, message.key_version) == (entry.sealed.envelope, 0)


@pytest.mark.parametrize("steps", [(), (Begun(1, bytes(32), "0x", "0x", "0x", 0),)], ids=["nothing", "begun"])
def test_what_was_not_uploaded_is_not_finished_without_the_files(steps, inbox, technologist):
    entry = Entry()
    for step in steps:
        entry.append(step)
    with pytest.raises(InboxError, match="not uploaded to its end: send it again"):
        delivery.go_on(entry, technologist, inbox)


def test_what_came_into_the_inbox_after_all_is_seen_there(
    stopped_before_it_left, journal, inbox, ask, send, plain_patient, tmp_path
):
    with journal.unfinished() as [entry]:
        assert delivery.look(entry, inbox) is None
        [signed] = entry
        ask("eth_sendRawTransaction", "0x" + signed.raw.hex())
        send(write_study(tmp_path / "other"), plain_patient)  # a newer message, past which it is looked for
        arrived = delivery.look(entry, inbox)
        assert arrived == Arrived(0, "", 0, 0)
        assert entry.arrived == arrived


def test_what_was_never_signed_is_not_looked_for(stopped_before_signing, journal):
    with journal.unfinished() as [entry]:
        assert delivery.look(entry, None) is None


def test_a_message_that_may_still_come_is_told_with_the_way_to_wait_for_it(
    send, study, plain_patient, journal, monkeypatch
):
    def lost(provider, signed):
        raise UnconfirmedError("it is not in a block yet", signed.tx_hash, "look later")

    monkeypatch.setattr(transactions, "put", lost)
    with pytest.raises(UnconfirmedError) as refusal:
        send(study, plain_patient, journal=journal)
    with journal.unfinished() as [entry]:
        [signed] = entry
    assert (refusal.value.message, refusal.value.tx_hash) == ("it is not in a block yet", signed.tx_hash)
    assert refusal.value.hint == delivery.GO_ON


class FullDisk(Entry):
    """An entry whose disk is full when a step of one kind comes."""

    def __init__(self, kind: type) -> None:
        super().__init__()
        self.kind = kind

    def append(self, step, /):
        if isinstance(step, self.kind):
            raise StateFolderError("the disk is full")
        super().append(step)


@pytest.fixture
def deliver(plain_patient, inbox, technologist):
    """Delivers what a test seals, in an entry of its own."""

    def deliver(seal, entry):
        recipient = inbox.recipient(plain_patient.address, plain_patient.public)
        others = {"again": False, "in_mailbox": False, "is_kept": lambda _: True}
        who = {"sender": technologist.address, "inbox": inbox}
        ready = delivery.prepare(lambda _: seal(), lambda: recipient.address, 0, entry, **who, **others)
        return delivery.put(ready, technologist, inbox)

    return deliver


SEALED = Sealed(raw_cid(b"study"), 10, None, 0, b"\x02" + bytes(range(153)))


def test_a_message_that_arrived_is_told_though_the_journal_can_t_take_it(deliver):
    delivered = deliver(lambda: SEALED, FullDisk(Arrived))
    assert (delivered.sealed, delivered.arrived.index) == (SEALED, 0)


@pytest.mark.parametrize("kind", [Begun, Sealed])
def test_nothing_is_sent_that_the_journal_can_t_take(deliver, kind, inbox, plain_patient):
    with pytest.raises(StateFolderError):
        deliver(lambda: SEALED, FullDisk(kind))
    assert inbox.count(plain_patient.address) == 0


def test_why_nothing_could_be_sealed_is_told_though_the_journal_can_t_take_that(deliver):
    with pytest.raises(Stopped):
        deliver(stop, FullDisk(Dropped))
