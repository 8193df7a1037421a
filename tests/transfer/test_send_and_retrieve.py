"""A study is sent, opened and retrieved: what each end is told, and what is refused."""

import errno
import hashlib
import os
import stat
from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from radiogram import transfer
from radiogram.errors import (
    IpfsError,
    IpfsUnreachable,
    NoHybridRecipientError,
    NoHybridSecretError,
    OutputExists,
    OutputFolderError,
    StudyError,
    WrongKeyError,
    WrongKeyVersionError,
)
from radiogram.formats.bundle import signing_text
from radiogram.formats.hybrid_key import hybrid_digest, recipient_cid
from radiogram.formats.kept_manifest import FOLDER, kept_names
from radiogram.formats.key_reference import KeyReference, raw_cid
from radiogram.formats.keys import Keys
from radiogram.formats.signed_act import RegisterKey
from radiogram.formats.source_files import Study, read_study
from radiogram.ipfs.client import Ipfs


def opened(sent, person, inbox, ipfs):
    return transfer.open_message(inbox.message(sent.recipient.address, sent.index), person.keys, inbox, ipfs)


# ---- suite 1


def test_the_sender_is_told_what_the_message_says(send, study, plain_patient, inbox, ipfs, technologist):
    sent = send(study, plain_patient)
    message = inbox.message(plain_patient.address, sent.index)
    assert (message.sender, sent.sender) == (technologist.address, technologist.address)
    assert sent.recipient == inbox.recipient(plain_patient.address, plain_patient.public)
    reference = opened(sent, plain_patient, inbox, ipfs).reference
    assert (sent.cid, sent.ciphertext_bytes) == (reference.cid, reference.ciphertext_bytes)
    assert (sent.was_begun, sent.was_sent) == (False, False)
    assert sent.receipt.tx_hash.startswith("0x")
    assert sent.receipt.fee_wei > sent.receipt.gas_used > 21_000


def test_a_message_to_a_public_key_alone_is_not_quantum_safe(send, study, plain_patient, inbox, ipfs):
    sent = send(study, plain_patient)
    message = inbox.message(plain_patient.address, sent.index)
    envelope = transfer.open_envelope(message, plain_patient.keys, inbox)
    assert (sent.packet_cid, envelope.has_packet, len(message.envelope)) == (None, False, 154)
    opened = envelope.opened(None)  # which needs no IPFS
    assert (opened.packet_cid, opened.is_quantum_safe) == (None, False)


def test_what_is_retrieved_is_what_was_sent(send, study, plain_patient, inbox, ipfs, technologist, tmp_path):
    reference = opened(send(study, plain_patient), plain_patient, inbox, ipfs).reference
    received = transfer.retrieve(reference, tmp_path / "out", ipfs=ipfs)
    assert received.cid == reference.cid
    assert [place.read_bytes() for place, _ in received.files] == [each.path.read_bytes() for each in study.sources]
    assert [place for place, _ in received.files] == [tmp_path / "out" / each.name for each in study.manifest.files]
    assert [entry for _, entry in received.files] == list(study.manifest.files)
    assert received.signed_by == technologist.address


def test_every_byte_is_counted_on_the_way_there_and_back(send, study, plain_patient, inbox, ipfs, tmp_path):
    there, back = [], []
    sent = send(study, plain_patient, progress=there.append)
    reference = opened(sent, plain_patient, inbox, ipfs).reference
    transfer.retrieve(reference, tmp_path / "out", ipfs=ipfs, progress=back.append)
    assert sum(there) == sum(back) == study.plaintext_bytes


def test_nobody_signs_for_a_sender_who_does_not(send, study, plain_patient, inbox, ipfs, tmp_path):
    sent = send(study, plain_patient, sign=lambda _: b"")
    received = transfer.retrieve(opened(sent, plain_patient, inbox, ipfs).reference, tmp_path / "out", ipfs=ipfs)
    assert received.signed_by is None


def test_a_preview_has_the_manifest_and_its_signer(send, study, plain_patient, inbox, ipfs, technologist):
    named = study.with_metadata("Klinik", ())
    sent = send(named, plain_patient)
    preview = transfer.read_manifest(opened(sent, plain_patient, inbox, ipfs).reference, ipfs=ipfs)
    assert (preview.manifest, preview.signed_by) == (named.manifest, technologist.address)


def test_a_study_whose_list_nobody_would_read_is_refused_before_anything_is_signed(send, study, plain_patient, inbox):
    entry = study.manifest.files[0]
    files = tuple(replace(entry, name=f"{'folder/' * 27}{number:06}.dcm") for number in range(100_000))
    asked = []
    long = Study(replace(study.manifest, files=files), study.sources * 50_000)
    with pytest.raises(StudyError, match="list of files"):
        send(long, plain_patient, sign=asked.append, identity=b"of its own")
    assert (asked, inbox.count(plain_patient.address)) == ([], 0)


# ---- suite 2


def test_a_message_to_keys_of_a_seed_is_quantum_safe(send, study, patient, inbox, ipfs):
    sent = send(study, patient)
    message = inbox.message(patient.address, sent.index)
    assert (len(message.envelope), transfer.open_envelope(message, patient.keys, inbox).has_packet) == (114, True)
    opened = transfer.open_message(message, patient.keys, inbox, ipfs)
    assert (opened.packet_cid, opened.is_quantum_safe) == (sent.packet_cid, True)
    assert sent.packet_cid == raw_cid(ipfs.read(sent.packet_cid, 4096))
    assert (opened.reference.cid, opened.reference.ciphertext_bytes) == (sent.cid, sent.ciphertext_bytes)


def test_a_quantum_safe_message_does_not_open_with_the_private_key_alone(send, study, patient, inbox, ipfs):
    message = inbox.message(patient.address, send(study, patient).index)
    with pytest.raises(NoHybridSecretError):
        transfer.open_message(message, Keys(patient.keys.private_key), inbox, ipfs)


def test_a_key_packet_is_not_opened_without_ipfs(send, study, patient, inbox):
    message = inbox.message(patient.address, send(study, patient).index)
    with pytest.raises(IpfsError, match="no IPFS node"):
        transfer.open_envelope(message, patient.keys, inbox).opened(None)


def test_a_hybrid_key_that_is_published_is_found_by_its_digest(send, study, patient, inbox, ipfs, digest_alone):
    cid = transfer.publish_recipient(patient.public.hybrid_recipient, ipfs)
    assert cid == recipient_cid(patient.public.hybrid_digest)
    sent = send(study, patient, recipient=digest_alone)
    assert sent.recipient.hybrid_recipient == patient.public.hybrid_recipient
    assert opened(sent, patient, inbox, ipfs).is_quantum_safe


def test_a_recipient_without_a_hybrid_key_or_with_all_of_it_is_complete_without_ipfs(inbox, patient, plain_patient):
    for person in (patient, plain_patient):
        recipient = inbox.recipient(person.address, person.public)
        assert transfer.complete(recipient, None) is recipient


@pytest.mark.parametrize("published", ["nothing", "junk", "more than a recipient has"])
def test_nothing_is_sent_less_safely_than_a_digest_promises(send, study, patient, inbox, ipfs, digest_alone, published):
    if published != "nothing":
        text = "no recipient" if published == "junk" else patient.public.hybrid_recipient + " " * 90
        transfer.publish_recipient(text, ipfs)
        digest_alone = replace(digest_alone, hybrid_digest=hybrid_digest(text))
    with pytest.raises(NoHybridRecipientError, match=patient.address):
        send(study, patient, recipient=digest_alone, ipfs=Ipfs(ipfs.api.url, timeout=20))
    assert inbox.count(patient.address) == 0


def test_bytes_that_are_no_text_are_no_hybrid_key(inbox, patient, ipfs, digest_alone):
    junk = b"\xff" * 40
    ipfs.add([junk])
    with pytest.raises(NoHybridRecipientError):
        transfer.complete(replace(digest_alone, hybrid_digest=hashlib.sha256(junk).digest()), ipfs)


def test_that_the_node_is_down_is_not_taken_for_a_missing_key(digest_alone, closed_url):
    with pytest.raises(IpfsUnreachable):
        transfer.complete(digest_alone, Ipfs(closed_url))


# ---- handing on


def test_a_study_is_handed_on_without_another_upload(send, study, plain_patient, patient, inbox, ipfs, technologist):
    reference = opened(send(study, plain_patient), plain_patient, inbox, ipfs).reference
    doctor = inbox.recipient(patient.address, patient.public)
    shared = transfer.share(reference, doctor, sender=technologist, inbox=inbox, ipfs=ipfs)
    assert (shared.cid, shared.sender, shared.recipient) == (reference.cid, technologist.address, doctor)
    assert opened(shared, patient, inbox, ipfs).reference == reference
    assert shared.packet_cid


def test_a_study_is_handed_on_to_a_hybrid_key_of_which_the_digest_is_known(
    patient, inbox, ipfs, technologist, digest_alone
):
    transfer.publish_recipient(patient.public.hybrid_recipient, ipfs)
    reference = KeyReference(os.urandom(32), 10, raw_cid(os.urandom(8)))
    shared = transfer.share(reference, digest_alone, sender=technologist, inbox=inbox, ipfs=ipfs)
    assert opened(shared, patient, inbox, ipfs) == transfer.Opened(reference, shared.packet_cid)


def test_handing_on_to_a_public_key_alone_needs_no_ipfs(plain_patient, inbox, technologist):
    reference = KeyReference(os.urandom(32), 10, raw_cid(os.urandom(8)))
    doctor = inbox.recipient(plain_patient.address, plain_patient.public)
    shared = transfer.share(reference, doctor, sender=technologist, inbox=inbox)
    assert opened(shared, plain_patient, inbox, None).reference == reference


def test_handing_on_to_a_hybrid_key_needs_ipfs(patient, inbox, technologist):
    reference = KeyReference(os.urandom(32), 10, raw_cid(os.urandom(8)))
    doctor = inbox.recipient(patient.address, patient.public)
    with pytest.raises(IpfsError, match="no IPFS node"):
        transfer.share(reference, doctor, sender=technologist, inbox=inbox)
    assert inbox.count(patient.address) == 0


# ---- keys


def test_another_key_does_not_open_a_message(send, study, plain_patient, patient, inbox):
    message = inbox.message(plain_patient.address, send(study, plain_patient).index)
    with pytest.raises(WrongKeyError) as refusal:
        transfer.open_envelope(message, patient.keys, inbox)
    assert type(refusal.value) is WrongKeyError


def test_of_a_registered_key_its_version_is_named(plain_patient, inbox, technologist):
    version = inbox.key(technologist.address).version + 1
    key = plain_patient.public.public_key
    inbox.act(RegisterKey.of(technologist.address, version, key)).send(technologist)
    reference = KeyReference(os.urandom(32), 10, raw_cid(b"study"))
    recipient = inbox.recipient(technologist.address)
    sent = transfer.share(reference, recipient, sender=technologist, inbox=inbox)
    message = inbox.message(technologist.address, sent.index)
    assert message.key_version == version
    assert transfer.open_message(message, plain_patient.keys, inbox, None).reference == reference
    with pytest.raises(WrongKeyVersionError, match=f"version {version}"):
        transfer.open_envelope(message, Keys(os.urandom(32)), inbox)


# ---- the output folder


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def reference(send, study, plain_patient, inbox, ipfs):
    return opened(send(study, plain_patient), plain_patient, inbox, ipfs).reference


def test_manifest_and_signature_lie_beside_the_files(reference, ipfs, tmp_path, sign):
    received = transfer.retrieve(reference, tmp_path / "out", ipfs=ipfs)
    manifest, signature = (tmp_path / "out" / name for name in kept_names(received.header.manifest_bytes))
    assert manifest.read_bytes() == received.header.manifest_bytes == received.header.manifest.to_bytes()
    assert signature.read_bytes() == received.header.signature == sign(signing_text(manifest.read_bytes()))
    assert len(received.files) == len(received.header.manifest.files)
    assert "manifest_bytes" not in repr(received)


def test_a_manifest_that_is_there_already_is_no_hindrance(reference, ipfs, tmp_path):
    first = transfer.retrieve(reference, tmp_path / "out", ipfs=ipfs)
    for path, _ in first.files:
        path.unlink()
    again = transfer.retrieve(reference, tmp_path / "out", ipfs=ipfs)
    assert again.files == first.files
    assert (tmp_path / "out" / kept_names(again.header.manifest_bytes)[0]).is_file()


@pytest.mark.parametrize("taken", [0, 1])
def test_a_folder_in_the_place_of_a_manifest_is_refused(reference, ipfs, tmp_path, taken):
    manifest = transfer.read_manifest(reference, ipfs=ipfs).manifest.to_bytes()
    (tmp_path / "out" / kept_names(manifest)[taken]).mkdir(parents=True)
    with pytest.raises(OutputExists):
        transfer.retrieve(reference, tmp_path / "out", ipfs=ipfs)
    assert [each.name for each in (tmp_path / "out").iterdir()] == [FOLDER]


@pytest.mark.parametrize("written", [3, 4])  # the study has two files; then come manifest and signature
def test_where_there_is_no_room_for_the_manifest_nothing_is_left(reference, ipfs, tmp_path, monkeypatch, written):
    fsync, calls = os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputFolderError) as refused:
        transfer.retrieve(reference, tmp_path / "out", ipfs=ipfs)
    assert str(refused.value) == f"{FOLDER} can't be written: No space left on device; make room"
    assert not (tmp_path / "out").exists()


def test_a_study_with_a_file_of_the_folders_name_is_refused(send, plain_patient, inbox, ipfs, tmp_path):
    (tmp_path / FOLDER).write_bytes(b"1")
    sent = send(read_study([tmp_path / FOLDER]), plain_patient)
    with pytest.raises(OutputFolderError, match=f"a file of the study is called {FOLDER},"):
        transfer.retrieve(opened(sent, plain_patient, inbox, ipfs).reference, tmp_path / "out", ipfs=ipfs)
    assert not (tmp_path / "out").exists()


def test_a_study_with_a_folder_of_that_name_is_received_with_its_files_beside_the_manifest(
    send, plain_patient, inbox, ipfs, tmp_path
):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "letter.txt").write_bytes(b"1")
    sent = send(read_study([tmp_path / FOLDER]), plain_patient)
    out = tmp_path / "out"
    received = transfer.retrieve(opened(sent, plain_patient, inbox, ipfs).reference, out, ipfs=ipfs)
    assert [path for path, _ in received.files] == [out / FOLDER / "letter.txt"]
    assert (out / kept_names(received.header.manifest_bytes)[0]).is_file()


def test_a_file_that_is_there_is_replaced_only_if_that_is_asked_for(reference, ipfs, tmp_path):
    [(place, _), *_] = transfer.retrieve(reference, tmp_path / "out", ipfs=ipfs).files
    place.write_bytes(b"old")
    with pytest.raises(OutputExists):
        transfer.retrieve(reference, tmp_path / "out", ipfs=ipfs)
    assert place.read_bytes() == b"old"
    transfer.retrieve(reference, tmp_path / "out", ipfs=ipfs, overwrite=True)
    assert place.stat().st_size > 3


@pytest.mark.parametrize(("private", "mode"), [({}, 0o600), ({"private": True}, 0o600), ({"private": False}, 0o644)])
def test_received_files_are_for_nobody_else_unless_that_is_asked_for(
    reference, ipfs, tmp_path, private, mode, usual_umask
):
    files = transfer.retrieve(reference, tmp_path / "out", ipfs=ipfs, **private).files
    assert {stat.S_IMODE(place.stat().st_mode) for place, _ in files} == {mode}


def test_nothing_appears_of_a_study_that_the_node_does_not_have(reference, ipfs, tmp_path):
    elsewhere = replace(reference, cid=raw_cid(os.urandom(8)))
    with pytest.raises(IpfsError):
        transfer.retrieve(elsewhere, tmp_path / "out", ipfs=Ipfs(ipfs.api.url, timeout=20))
    assert not (tmp_path / "out").exists()


# ---- signatures


def test_the_signer_is_the_account_that_signed():
    account = Account.create()
    text = encode_defunct(text=signing_text(b"manifest"))
    signature = bytes(account.sign_message(text).signature)
    assert transfer.signer(b"manifest", signature) == account.address
    assert transfer.signer(b"another", signature) != account.address


def test_an_empty_signature_is_nobodys():
    assert transfer.signer(b"manifest", b"") is None


@pytest.mark.parametrize("signature", [bytes(65), b"\xff" * 65, b"\x01"])
def test_a_signature_that_gives_no_account_is_nobodys(signature):
    assert transfer.signer(b"manifest", signature) is None
