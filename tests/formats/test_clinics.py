"""A patient's list of clinics as a file: docs/format.md, List of clinics."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import RegisterError
from radiogram.formats.clinic_card import new_clinic_card
from radiogram.formats.clinics import MAX_BYTES, Clinic, encode_clinics, parse_clinics
from radiogram.formats.public_key import address_of, public_key_of
from tests.formats.test_clinic_card import CARD, CLINIC, MAILBOX, hosts, labels
from tests.vectors.clinic import signed

OTHER = b"\x04" * 32
MOMENT = "2026-11-27T03:00:00Z"
ANNE = Clinic(CARD, "site", "st-anne.example", MOMENT)


def clinic(label: str, private_key: bytes = OTHER, how: str = "in person", name: str = "") -> Clinic:
    card = signed(new_clinic_card(label, address_of(public_key_of(private_key)), MAILBOX), private_key)
    return Clinic(card, how, name, MOMENT)


@given(labels, st.sampled_from(["ens", "site", "in person"]), hosts)
def test_a_list_is_read_as_it_was_written(label, how, host):
    if label.casefold() == CARD.label.casefold():
        return
    listed = (ANNE, clinic(label, how=how, name="" if how == "in person" else host))
    assert parse_clinics(encode_clinics(listed)) == listed


def test_a_list_is_these_members():
    assert json.loads(encode_clinics((ANNE, clinic("Dr Äneas")))) == {
        "format": "radiogram-clinics",
        "version": 1,
        "clinics": [
            {
                "card": json.loads(CARD.to_bytes()),
                "checked_by": "site",
                "name": "st-anne.example",
                "checked_at": MOMENT,
            },
            {
                "card": json.loads(clinic("Dr Äneas").card.to_bytes()),
                "checked_by": "in person",
                "checked_at": MOMENT,
            },
        ],
    }
    assert "Äneas" in encode_clinics((clinic("Dr Äneas"),)).decode()
    assert encode_clinics(()) == b'{\n "format": "radiogram-clinics",\n "version": 1,\n "clinics": []\n}\n'


def test_which_clinics_they_are_is_not_in_what_is_logged():
    assert not any(text in repr(ANNE) for text in ("Anne", "st-anne", CARD.address))


def changed(**members) -> bytes:
    value = json.loads(encode_clinics((ANNE,)))
    value["clinics"][0] |= members
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"[" * 100_000,
        b'{"format": "radiogram-clinics", "version": 1}',
        b'{"format": "radiogram-clinics", "version": 1, "clinics": {}}',
        b'{"format": "radiogram-clinics", "version": 1, "clinics": [7]}',
        b'{"format": "radiogram-clinics", "version": 1, "clinics": [{}]}',
        b'{"format": "radiogram-clinics", "version": 2, "clinics": []}',
        b'{"format": "radiogram-register", "version": 1, "clinics": []}',
        changed(card={}),
        changed(card="x"),
        changed(checked_by="word of mouth"),
        changed(checked_by=None),
        changed(checked_by=["site"]),
        changed(name=""),
        changed(name=7),
        changed(name="x" * 256),
        changed(checked_by="in person"),
        changed(checked_at=""),
        changed(checked_at="x" * 101),
        changed(checked_at=7),
    ],
)
def test_what_is_no_list_or_a_damaged_one_is_refused(data):
    with pytest.raises(RegisterError):
        parse_clinics(data)


def test_values_at_their_limits_are_read():
    (read,) = parse_clinics(changed(name="x" * 255, checked_at="x" * 100))
    assert (len(read.name), len(read.checked_at)) == (255, 100)
    (read,) = parse_clinics(changed(name="x", checked_at="x"))
    assert (read.name, read.checked_at) == ("x", "x")


@pytest.mark.parametrize("twin", [clinic("ST ANNE HOSPITAL"), clinic("St Anne", CLINIC)])
def test_one_label_or_address_twice_is_refused(twin):
    with pytest.raises(RegisterError, match="one clinic twice"):
        parse_clinics(encode_clinics((ANNE, twin)))


def test_one_that_is_too_large_is_refused_before_it_is_parsed():
    with pytest.raises(RegisterError, match="too large"):
        parse_clinics(b"{" + b" " * MAX_BYTES)
    whole = encode_clinics((ANNE,))
    assert parse_clinics(whole + b" " * (MAX_BYTES - len(whole))) == (ANNE,)


def test_one_clinic_too_many_is_refused():
    value = json.loads(encode_clinics(()))
    with pytest.raises(RegisterError, match="more than 1,000"):
        parse_clinics(json.dumps(value | {"clinics": [{}] * 1001}).encode())
    with pytest.raises(RegisterError, match="damaged"):
        parse_clinics(json.dumps(value | {"clinics": [{}] * 1000}).encode())
