"""The register of contacts as a file: docs/format.md, Register of contacts."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import RegisterError
from radiogram.formats.key_card import AddressCard
from radiogram.formats.key_file import decrypt_with_passphrase
from radiogram.formats.keys import Keys, PublicKeys
from radiogram.formats.manifest import PatientMetadata
from radiogram.formats.register import MAX_BYTES, MAX_CONTACTS, Contact, check_label, encode_register, parse_register
from radiogram.formats.seed import keys_of_words

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "register.json").read_text())
SEED = keys_of_words("abandon " * 23 + "art").public()
PLAIN = Keys(b"\x01" * 32).public()
GRACE = PatientMetadata("Okafor^Grace", "1962-03-14", "", "ID-4711", "ST MARY")
FULL = Contact(
    "Grace Okafor",
    SEED.address,
    SEED.public_key,
    SEED.hybrid_digest,
    SEED.hybrid_recipient,
    GRACE,
    "A. Nurse",
    "2026-11-26T20:00:00Z",
)
BARE = Contact("Doctor Äneas 山田", PLAIN.address, PLAIN.public_key)

labels = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=100)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=256)
patients = st.builds(PatientMetadata, name=texts, birth_date=st.just(""), id=texts, issuer=texts)


@given(st.lists(st.tuples(labels, patients), max_size=5, unique_by=lambda each: each[0].casefold()))
def test_a_register_is_read_as_it_was_written(entries):
    contacts = tuple(Contact(label, PLAIN.address, PLAIN.public_key, patient=patient) for label, patient in entries)
    assert parse_register(encode_register(contacts)) == contacts


def test_all_that_a_contact_can_hold_comes_back():
    assert parse_register(encode_register((FULL, BARE))) == (FULL, BARE)


def test_a_register_is_written_as_the_format_says():
    assert (
        encode_register((FULL, BARE)).decode()
        == f"""{{
 "format": "radiogram-register",
 "version": 1,
 "contacts": [
  {{
   "label": "Grace Okafor",
   "address": "{SEED.address}",
   "public_key": "0x{SEED.public_key.hex()}",
   "hybrid_digest": "{SEED.hybrid_digest.hex()}",
   "hybrid_recipient": "{SEED.hybrid_recipient}",
   "patient": {{
    "name": "Okafor^Grace",
    "birth_date": "1962-03-14",
    "id": "ID-4711",
    "issuer": "ST MARY"
   }},
   "compared_by": "A. Nurse",
   "compared_at": "2026-11-26T20:00:00Z"
  }},
  {{
   "label": "Doctor Äneas 山田",
   "address": "{PLAIN.address}",
   "public_key": "0x{PLAIN.public_key.hex()}"
  }}
 ]
}}
"""
    )


def test_what_is_sealed_to_is_said_as_a_card_says_it():
    assert FULL.said == PublicKeys(SEED.public_key, SEED.hybrid_digest, SEED.hybrid_recipient)
    registered = Contact("x", PLAIN.address, SEED.public_key, SEED.hybrid_digest, SEED.hybrid_recipient)
    assert registered.said == AddressCard(PLAIN.address, SEED.hybrid_digest, SEED.hybrid_recipient)
    assert Contact("x", PLAIN.address, SEED.public_key).said is None
    assert FULL.words == SEED.words


def test_of_a_registered_account_a_digest_alone_is_no_card():
    assert Contact("x", PLAIN.address, SEED.public_key, SEED.hybrid_digest).said is None


def test_neither_labels_nor_patients_are_in_what_is_logged():
    shown = repr(FULL)
    assert not any(value in shown for value in ("Okafor", "1962", "4711", "MARY", "Nurse"))


def changed(**members) -> bytes:
    value = json.loads(encode_register((FULL,)))
    value["contacts"][0] |= members
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b'{"format": "radiogram-register", "version": 1}',
        b'{"format": "radiogram-register", "version": 1, "contacts": {}}',
        b'{"format": "radiogram-register", "version": 1, "contacts": [7]}',
        b'{"format": "radiogram-register", "version": 2, "contacts": []}',
        b'{"format": "radiogram-keys", "version": 1, "contacts": []}',
        b"[" * 100_000,
        changed(label=""),
        changed(label=" x"),
        changed(label="a\x1b[2J"),
        changed(label="x" * 101),
        changed(label=7),
        changed(address="0x12"),
        changed(address=None),
        changed(public_key="02" + "00" * 31 + "05"),
        changed(hybrid_digest="00" * 32),
        changed(hybrid_digest="00" * 31, hybrid_recipient=None),
        changed(hybrid_digest=None),
        changed(hybrid_recipient="age1pq"),
        changed(compared_by=7),
        changed(compared_at="x" * 101),
    ],
)
def test_what_is_no_register_or_a_damaged_one_is_refused(data):
    with pytest.raises(RegisterError):
        parse_register(data)


def test_one_label_twice_is_refused_whatever_its_capitals():
    twin = Contact("GRACE OKAFOR", PLAIN.address, PLAIN.public_key)
    with pytest.raises(RegisterError, match="one label twice"):
        parse_register(encode_register((FULL, twin)))


def test_a_register_may_be_as_large_as_the_limit():
    data = encode_register((BARE,))
    assert parse_register(data + b" " * (MAX_BYTES - len(data))) == (BARE,)


def test_a_register_may_have_as_many_contacts_as_the_limit():
    contact = json.loads(encode_register((BARE,)))["contacts"][0]
    value = json.loads(encode_register(()))
    value["contacts"] = [contact | {"label": f"x{number}"} for number in range(MAX_CONTACTS)]
    assert len(parse_register(json.dumps(value).encode())) == MAX_CONTACTS == 20_000


@pytest.mark.parametrize("member", ["label", "compared_by", "compared_at"])
def test_a_text_of_a_contact_may_have_a_hundred_characters(member):
    (contact,) = parse_register(changed(**{member: "ä" * 100}))
    assert getattr(contact, member) == "ä" * 100


def test_a_label_may_have_a_hundred_characters_and_no_more():
    assert check_label("ä" * 100) == "ä" * 100
    with pytest.raises(RegisterError, match="1 to 100"):
        check_label("ä" * 101)


def test_one_that_is_too_large_is_refused_before_it_is_parsed():
    with pytest.raises(RegisterError, match="too large"):
        parse_register(b"{" + b" " * MAX_BYTES)


def test_one_contact_too_many_is_refused():
    value = json.loads(encode_register(()))
    with pytest.raises(RegisterError, match="more than 20,000"):
        parse_register(json.dumps(value | {"contacts": [{}] * 20_001}).encode())


def test_junk_in_a_patient_is_absent():
    (contact,) = parse_register(changed(patient={"name": 7, "id": "ID-4711", "birth_date": "about 1960"}))
    assert contact.patient == PatientMetadata(id="ID-4711")


# ---- vectors


@pytest.mark.parametrize("case", VECTORS["read"], ids=lambda case: case["why"])
def test_a_register_that_every_program_reads_is_written_by_the_byte(case):
    assert encode_register(parse_register(case["register"].encode())).decode() == case["register"]


@pytest.mark.parametrize("case", VECTORS["junk"], ids=lambda case: case["why"])
def test_what_every_program_takes_for_absent_is(case):
    (contact,) = parse_register(case["register"].encode())
    assert contact.patient.to_json() == case["patient"]


@pytest.mark.parametrize("case", VECTORS["refuse"], ids=lambda case: case["why"])
def test_a_register_that_every_program_refuses_is_refused(case):
    with pytest.raises(RegisterError):
        parse_register(case["register"].encode())


@pytest.mark.parametrize("case", VECTORS["sealed"], ids=lambda case: case["passphrase"])
def test_a_copy_that_every_program_opens_is_opened(case):
    text = decrypt_with_passphrase(case["file"], Path("copy"), lambda: case["passphrase"])
    assert text == case["register"]
