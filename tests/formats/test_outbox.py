"""What an outbox keeps, by the byte: what opens it, what its names tell, and what is no outbox."""

import io
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import CiphertextError, KeyFormatError, OutboxError
from radiogram.formats import ciphertext, outbox
from radiogram.formats.account_key import secret_of
from radiogram.formats.manifest import PatientMetadata, StudyMetadata
from radiogram.formats.outbox import OutboxKey, Refused

ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
SECRET = secret_of(bytes(range(65)), outbox.KEY_INFO)
KEY = OutboxKey(ACCOUNT, ciphertext.age_recipient(SECRET), bytes(32))
GRACE = StudyMetadata(PatientMetadata("Okafor^Grace", "1962-03-14", "F", "ID-4711"), "1.2.3", "2026-11-20")


def test_the_key_of_an_outbox_is_derived_from_r_and_s_alone():
    """HKDF-SHA256 (RFC 5869), computed here by its own definition."""
    import hashlib
    import hmac

    extracted = hmac.digest(bytes(32), bytes(range(64)), hashlib.sha256)
    assert hmac.digest(extracted, b"radiogram outbox v1\x01", hashlib.sha256) == SECRET
    assert secret_of(bytes(range(64)) + b"\x1b", outbox.KEY_INFO) == SECRET


@pytest.mark.parametrize("length", [0, 1, 63])
def test_an_account_that_can_not_sign_has_no_key(length):
    with pytest.raises(KeyFormatError, match="can't sign a text"):
        secret_of(bytes(length), outbox.KEY_INFO)


def test_a_signature_without_v_makes_the_same_key():
    assert secret_of(bytes(range(64)), outbox.KEY_INFO) == SECRET


def test_names_are_keyed_digests():
    """HMAC-SHA256 (RFC 2104), as docs/format.md has it."""
    import hmac

    wanted = {
        kind: hmac.new(KEY.name_key, kind.encode() + b"\0" + value, "sha256").hexdigest()[:32]
        for kind, value in {"study": b"1.2", "series": b"1.2", "instance": b"1.2", "content": bytes(32)}.items()
    }
    assert wanted == {
        "study": KEY.study_name("1.2"),
        "series": KEY.series_name("1.2"),
        "instance": KEY.instance_name("1.2"),
        "content": KEY.content_name(bytes(32)),
    }


def test_an_outbox_is_written_as_the_format_says():
    assert json.loads(KEY.to_bytes()) == {
        "format": "radiogram-outbox",
        "version": 1,
        "account": ACCOUNT,
        "recipient": KEY.recipient,
        "name_key": "00" * 32,
    }


def test_what_is_signed_for_the_key_is_this_text():
    assert outbox.KEY_TEXT == ("Radiogram: open my outbox.\nSign this only in a Radiogram that you opened yourself.")


def test_a_reason_of_a_refusal_is_cut_and_what_is_missing_in_it_is_empty():
    assert outbox.parse_refused(Refused("", "", "x" * 301).to_bytes()).reason == "x" * 300
    assert outbox.parse_refused(b'{"at": 7}') == Refused("", "", "", "", ())


def test_an_outbox_is_read_as_it_was_written():
    assert outbox.parse_outbox_key(KEY.to_bytes()) == KEY
    assert KEY.recipient.startswith("age1")
    assert "name_key" not in repr(KEY)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("format", "radiogram-register", "not an outbox"),
        ("version", 2, "later version"),
        ("account", "0x1", "damaged"),
        ("recipient", "age1zz", "damaged"),
        ("name_key", "00", "damaged"),
        ("name_key", 7, "damaged"),
    ],
)
def test_another_outbox_is_refused(name, value, said):
    changed = json.loads(KEY.to_bytes()) | {name: value}
    with pytest.raises(OutboxError, match=said):
        outbox.parse_outbox_key(json.dumps(changed).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b"[" * 9999])
def test_what_is_no_outbox_is_refused(data):
    with pytest.raises(OutboxError):
        outbox.parse_outbox_key(data)


def test_one_uid_has_other_names_as_a_study_as_a_series_and_in_another_outbox():
    other = OutboxKey(ACCOUNT, KEY.recipient, b"\x01" * 32)
    names = [KEY.study_name("1.2"), KEY.series_name("1.2"), KEY.instance_name("1.2"), other.study_name("1.2")]
    assert len(set(names)) == 4
    assert all(len(name) == 32 for name in names)
    assert KEY.study_name("1.2") == names[0]


def test_records_are_opened_by_the_secret_and_by_no_other():
    sealed = KEY.seal(outbox.series_record(GRACE))
    assert b"Okafor" not in sealed
    assert outbox.parse_series_record(outbox.open_record(sealed, SECRET)) == GRACE
    with pytest.raises(OutboxError, match="another account's"):
        outbox.open_record(sealed, os.urandom(32))


def test_a_refusal_is_read_as_it_was_written():
    refused = Refused("2026-11-27T10:00:00+00:00", "CT1 at 10.0.0.1", "another one is kept", "1.2.3.4", (GRACE,))
    assert outbox.parse_refused(refused.to_bytes()) == refused
    assert "CT1" not in repr(refused)


@pytest.mark.parametrize("data", [b"", b"[]", b"7"])
def test_a_record_that_is_none_is_said(data):
    for parse in (outbox.parse_refused, outbox.parse_series_record):
        with pytest.raises(OutboxError, match="damaged"):
            parse(data)


def test_an_outbox_whose_recipient_was_exchanged_is_found_out():
    outbox.check_secret(KEY, SECRET)
    changed = OutboxKey(ACCOUNT, ciphertext.age_recipient(os.urandom(32)), KEY.name_key)
    with pytest.raises(OutboxError, match="not encrypted to this account's key"):
        outbox.check_secret(changed, SECRET)


@given(st.one_of(st.integers(0, 300), st.sampled_from([65535, 65536, 65537, 131072])))
def test_the_size_of_a_plaintext_is_told_by_the_header(size):
    encryptor = ciphertext.encryptor_to(KEY.recipient)
    data = encryptor.update(bytes(size)) + encryptor.finalize()
    assert ciphertext.plaintext_bytes(io.BytesIO(data), len(data)) == size


@pytest.mark.parametrize("data", [b"", b"age-encryption.org/v1\n", b"x" * 300, b"age-encryption.org/v1\n" + b"x" * 300])
def test_what_is_no_age_file_has_no_size(data):
    with pytest.raises(CiphertextError, match="no age file"):
        ciphertext.plaintext_bytes(io.BytesIO(data), len(data))
