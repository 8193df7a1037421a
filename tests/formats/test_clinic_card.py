"""A clinic's card: what is read is what was signed, and nothing else is read."""

import json
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import ClinicCardError
from radiogram.formats.clinic_card import (
    ENS_RECORD,
    MAILBOX_KEY_NUMBER,
    MAX_BYTES,
    WELL_KNOWN,
    ClinicCard,
    is_site,
    new_clinic_card,
    parse_clinic_card,
)
from radiogram.formats.public_key import address_of, public_key_of
from tests.vectors.clinic import mailbox_key, signed

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "clinic_card.json").read_text())
CLINIC, STRANGER = b"\x01" * 32, b"\x02" * 32
ADDRESS, MAILBOX = address_of(public_key_of(CLINIC)), public_key_of(b"\x03" * 32)
CARD = signed(new_clinic_card("St Anne Hospital", ADDRESS, MAILBOX, "st-anne.example"), CLINIC)

labels = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=100)
hosts = st.from_regex(r"\A([a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?\.){1,4}[a-z]{2,20}\Z")


# ---- vectors


@pytest.mark.parametrize("vector", VECTORS["read"], ids=lambda each: each["why"])
def test_a_card_says_what_its_vector_says(vector):
    for text in (vector["card"], vector["link"], f"  {vector['link']}\n", vector["link"].partition("/open.html")[2]):
        card = parse_clinic_card(text.encode())
        assert (card.label, card.address, card.site) == (vector["label"], vector["address"], vector["site"])
        assert ["0x" + each.hex() for each in (card.mailbox_key, card.signature)] == [
            vector["mailbox_key"],
            vector["signature"],
        ]
    assert card.signing_text() == vector["signing_text"]
    assert card.to_bytes().decode() == vector["card"]
    assert card.link("https://radiogram.example/") == vector["link"]


@pytest.mark.parametrize("vector", VECTORS["read"], ids=lambda each: each["why"])
def test_a_card_is_signed_by_its_account_where_its_vector_says_so(vector):
    card = parse_clinic_card(vector["card"].encode())
    if vector["is_signed"]:
        card.check_signature()
        return
    with pytest.raises(ClinicCardError, match=f"not signed by its account, {card.address}"):
        card.check_signature()


@pytest.mark.parametrize("vector", VECTORS["refuse"], ids=lambda each: each["why"])
def test_what_is_no_card_in_a_vector_is_refused(vector):
    with pytest.raises(ClinicCardError):
        parse_clinic_card(vector["card"].encode())


def test_the_mailbox_key_of_an_account_is_that_of_the_vector():
    said = VECTORS["mailbox"]
    private_key = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
    assert (said["account"], said["number"]) == (address_of(public_key_of(private_key)), MAILBOX_KEY_NUMBER)
    assert said["private_key"] == "0x" + mailbox_key(private_key).hex()
    assert said["public_key"] == "0x" + public_key_of(mailbox_key(private_key)).hex()


# ---- the bytes


def test_a_card_is_these_bytes():
    assert CARD.to_bytes().decode() == (
        "{\n"
        ' "format": "radiogram-clinic-card",\n'
        ' "version": 1,\n'
        ' "label": "St Anne Hospital",\n'
        f' "address": "{ADDRESS}",\n'
        f' "mailbox_key": "0x{MAILBOX.hex()}",\n'
        ' "site": "st-anne.example",\n'
        f' "signature": "0x{CARD.signature.hex()}"\n'
        "}\n"
    )
    assert b'"site"' not in new_clinic_card("x", ADDRESS, MAILBOX).to_bytes()
    assert "山" in ClinicCard("山", ADDRESS, MAILBOX).to_bytes().decode()


def test_a_link_is_to_a_page_of_the_site_whatever_its_name():
    for site in ("https://x.example/X", "https://x.example/X/", "https://x.example/X//"):
        assert CARD.link(site).startswith("https://x.example/X/open.html#clinic=eyJ")


def test_a_signed_card_differs_in_its_signature_alone():
    card = new_clinic_card("St Anne Hospital", ADDRESS, MAILBOX, "st-anne.example")
    assert card.signature == b""
    assert card.signed(b"\x05") == ClinicCard("St Anne Hospital", ADDRESS, MAILBOX, "st-anne.example", b"\x05")


def test_what_is_signed_covers_every_member():
    text = CARD.signing_text()
    assert text.startswith("Radiogram: this is the card of my clinic.\nCard SHA-256: ")
    others = [
        ClinicCard("St Anne", ADDRESS, MAILBOX, "st-anne.example"),
        ClinicCard("St Anne Hospital", address_of(MAILBOX), MAILBOX, "st-anne.example"),
        ClinicCard("St Anne Hospital", ADDRESS, public_key_of(STRANGER), "st-anne.example"),
        ClinicCard("St Anne Hospital", ADDRESS, MAILBOX, "st-anne2.example"),
        ClinicCard("St Anne Hospital", ADDRESS, MAILBOX),
    ]
    assert len({text, *(each.signing_text() for each in others)}) == 6
    assert ClinicCard(CARD.label, ADDRESS, MAILBOX, CARD.site, b"\x09").signing_text() == text


def test_the_names_of_places_are_those_of_the_format():
    assert (WELL_KNOWN, ENS_RECORD, MAILBOX_KEY_NUMBER) == ("/.well-known/radiogram.json", "radiogram.card", 65535)


# ---- properties


@given(labels, st.one_of(st.just(""), hosts))
def test_a_card_is_read_as_it_was_written(label, site):
    card = signed(new_clinic_card(label, ADDRESS, MAILBOX, site), CLINIC)
    card.check_signature()
    assert parse_clinic_card(card.to_bytes()) == parse_clinic_card(card.link("https://x.example").encode()) == card


@given(st.binary(max_size=300))
def test_bytes_that_are_no_card_are_refused(data):
    with pytest.raises(ClinicCardError):
        parse_clinic_card(data)


@given(st.integers(0, 64), st.integers(1, 255))
def test_no_other_signature_is_the_accounts(place, flip):
    changed = bytearray(CARD.signature)
    changed[place] ^= flip
    with pytest.raises(ClinicCardError):
        ClinicCard(CARD.label, ADDRESS, MAILBOX, CARD.site, bytes(changed)).check_signature()


# ---- signatures


@pytest.mark.parametrize("length", [0, 64, 66])
def test_a_signature_of_another_length_is_asked_of_the_contract_alone(length):
    card = ClinicCard(CARD.label, ADDRESS, MAILBOX, CARD.site, CARD.signature[:length].ljust(length, b"\0"))
    with pytest.raises(ClinicCardError):
        card.check_signature()
    asked = []
    card.check_signature(lambda *question: asked.append(question) or True)
    from eth_account.messages import _hash_eip191_message

    assert asked == [(ADDRESS, bytes(_hash_eip191_message(encode_defunct(text=card.signing_text()))), card.signature)]


@pytest.mark.parametrize("v", [0, 1, 26, 29])
def test_a_v_other_than_27_or_28_is_no_signature(v):
    with pytest.raises(ClinicCardError):
        ClinicCard(CARD.label, ADDRESS, MAILBOX, CARD.site, CARD.signature[:64] + bytes([v])).check_signature()


def test_of_a_key_that_has_signed_no_contract_is_asked():
    CARD.check_signature(lambda *_: pytest.fail("asked"))


def test_a_signature_of_another_text_is_not_the_cards():
    other = Account.sign_message(encode_defunct(text="Radiogram: this is the card of my clinic."), CLINIC).signature
    with pytest.raises(ClinicCardError):
        ClinicCard(CARD.label, ADDRESS, MAILBOX, CARD.site, bytes(other)).check_signature()


# ---- limits


def test_a_card_at_the_limit_is_read_and_a_byte_more_is_not():
    data = CARD.to_bytes()
    padded = data + b" " * (MAX_BYTES - len(data))
    assert parse_clinic_card(padded) == CARD
    with pytest.raises(ClinicCardError, match="too large"):
        parse_clinic_card(padded + b" ")


def test_a_signature_at_the_limit_is_read_and_a_byte_more_is_not():
    def card(size: int) -> bytes:
        return ClinicCard("x", ADDRESS, MAILBOX, "", bytes(size)).to_bytes()

    assert len(parse_clinic_card(card(4096)).signature) == 4096
    with pytest.raises(ClinicCardError):
        parse_clinic_card(card(4097))


@pytest.mark.parametrize(
    ("site", "is_one"),
    [
        ("a.b", True),
        ("st-anne.example", True),
        ("xn--mnchen-3ya.example", True),
        ("1.example", True),
        ("a.1b", True),
        ("a" * 63 + ".example", True),
        ("a" * 64 + ".example", False),
        (".".join(["a" * 63] * 3 + ["b" * 61]), True),
        (".".join(["a" * 63] * 3 + ["b" * 62]), False),
        ("example", False),
        ("1.2.3.4", False),
        ("a.1", False),
        ("", False),
        (".a.b", False),
        ("a..b", False),
        ("a.b.", False),
        ("a-.b", False),
        ("-a.b", False),
        ("a_b.c", False),
        ("ä.b", False),
        ("A.b", False),
        ("a.b\n", False),
        ("a.b/c", False),
        ("a.b:443", False),
        ("u@a.b", False),
    ],
)
def test_a_site_is_a_host_name_of_several_parts(site, is_one):
    assert is_site(site) is is_one


def test_what_can_not_stand_on_a_card_is_said():
    with pytest.raises(ClinicCardError, match="1 to 100 printable"):
        new_clinic_card("", ADDRESS, MAILBOX)
    with pytest.raises(ClinicCardError, match="not the host name"):
        new_clinic_card("x", ADDRESS, MAILBOX, "localhost")
    with pytest.raises(ClinicCardError, match="can't be the account's own"):
        new_clinic_card("x", ADDRESS, public_key_of(CLINIC))
    assert new_clinic_card("x", ADDRESS, MAILBOX, "St-Anne.Example").site == "st-anne.example"


@pytest.mark.parametrize("member", ["format", "version", "label", "address", "mailbox_key", "site", "signature"])
@pytest.mark.parametrize("value", [None, True, 7, 1.5, [], {}, [ADDRESS]])
def test_a_member_of_another_kind_is_refused(member, value):
    changed = json.loads(CARD.to_bytes()) | {member: value}
    with pytest.raises(ClinicCardError):
        parse_clinic_card(json.dumps(changed).encode())
