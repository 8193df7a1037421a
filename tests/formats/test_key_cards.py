"""Key cards and card links: how they are written, and what of a damaged one is said: docs/format.md, Key card."""

import json

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import KeyFormatError
from radiogram.formats.key_card import (
    AddressCard,
    Card,
    card_link,
    encode_card,
    is_card_link,
    key_code,
    parse_card_text,
    read_named_card,
)
from radiogram.formats.key_file import encode_key_file, is_secret
from radiogram.formats.keys import Keys, PublicKeys
from radiogram.formats.seed import keys_of_words, new_seed_words

SEED = keys_of_words("abandon " * 23 + "art").public()
PLAIN = Keys(b"\x01" * 32).public()
CODE = f"{SEED.public_key.hex()}:{SEED.hybrid_digest.hex()}"
LINK = f"https://clinic.example/send.html#card={CODE}&words={'-'.join(SEED.words)}"
REGISTERED = AddressCard(PLAIN.address, SEED.hybrid_digest, SEED.hybrid_recipient)

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "card"


# ---- cards


def test_a_card_with_its_owners_name_is_written_as_the_format_says():
    assert (
        encode_card(SEED, "Grace Öl").decode()
        == f"""{{
 "name": "Grace Öl",
 "address": "{SEED.address}",
 "public_key": "0x{SEED.public_key.hex()}",
 "words": "{" ".join(SEED.words)}",
 "hybrid_digest": "{SEED.hybrid_digest.hex()}",
 "hybrid_recipient": "{SEED.hybrid_recipient}"
}}
"""
    )


@pytest.mark.parametrize("name", ["", "Grace Öl"])
@pytest.mark.parametrize("keys", [SEED, PLAIN, REGISTERED], ids=["seed", "public key alone", "registered account"])
def test_a_card_is_read_as_it_was_written(path, keys, name):
    path.write_bytes(encode_card(keys, name))
    assert read_named_card(path) == Card(keys, name)


def test_a_card_whose_words_are_others_names_its_file(path):
    path.write_text(json.dumps(json.loads(encode_card(SEED)) | {"words": "six other words than its key has"}))
    with pytest.raises(KeyFormatError) as refusal:
        read_named_card(path)
    assert refusal.value.message == f"{path} is damaged: its words are not those of its key"


def test_a_card_whose_words_are_no_text_names_its_file(path):
    path.write_text(json.dumps(json.loads(encode_card(SEED)) | {"words": list(SEED.words)}))
    with pytest.raises(KeyFormatError) as refusal:
        read_named_card(path)
    assert refusal.value.message == f"{path} is not a key card: its words is no text"


# ---- a key file in place of a card

PASSPHRASE = "correct horse battery staple"
WORDS = new_seed_words()
KEYSTORE = json.dumps(Account.encrypt(b"\x01" * 32, PASSPHRASE, iterations=2))
SECRETS = {
    "words": WORDS,
    "words with a slip in them": WORDS[:-1] + ",",
    "words with numbers": " ".join(f"{place}. {word}" for place, word in enumerate(WORDS.upper().split(), 1)),
    "half of the words": " ".join(WORDS.split()[:12]),
    "an age file": encode_key_file(WORDS, PASSPHRASE, 4).decode(),
    "a keystore": KEYSTORE,
    "a keystore with capitals": KEYSTORE.replace('"crypto"', '"Crypto"'),
}


def is_about_the_secret(refusal, what: str) -> bool:
    assert refusal.value.message == f"{what} is a key file, which opens images"
    assert refusal.value.hint.startswith("never hand it over, the key card (FILE.card.json) is for that")
    return "new keys" in refusal.value.hint


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_a_key_file_is_no_card_and_its_owner_needs_new_keys(path, text):
    path.write_text(text)
    with pytest.raises(KeyFormatError) as refusal:
        read_named_card(path)
    assert is_about_the_secret(refusal, str(path))


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_what_a_key_file_holds_is_no_key_and_nothing_of_it_is_repeated(text):
    with pytest.raises(KeyFormatError) as refusal:
        parse_card_text(text)
    assert is_about_the_secret(refusal, "that")


def test_no_card_link_is_taken_for_a_key_file():
    text = card_link("https://clinic.example", SEED, " ".join([*SEED.words, *SEED.words]))
    assert parse_card_text(text).name == " ".join([*SEED.words, *SEED.words])


@pytest.mark.parametrize("keys", [SEED, PLAIN, REGISTERED], ids=["seed", "public key alone", "registered account"])
def test_no_card_is_taken_for_a_key_file(keys):
    assert not is_secret(encode_card(keys, " ".join(SEED.words)).decode())


# ---- links


def test_a_card_link_is_written_as_the_format_says():
    assert card_link("https://clinic.example", SEED) == LINK
    assert card_link("https://clinic.example", SEED, "G & Ö #1=+") == f"{LINK}&name=G+%26+%C3%96+%231%3D%2B"
    assert card_link("https://clinic.example", PLAIN).endswith(
        f"#card={PLAIN.public_key.hex()}&words={'-'.join(PLAIN.words)}"
    )


@pytest.mark.parametrize("site", ["https://clinic.example/RX", "https://clinic.example/RX/"])
def test_a_card_link_is_of_the_site_with_or_without_its_last_slash(site):
    assert card_link(site, SEED).startswith("https://clinic.example/RX/send.html#")


@given(names)
def test_a_card_link_is_read_as_it_was_written(name):
    known = PublicKeys(SEED.public_key, SEED.hybrid_digest)
    assert parse_card_text(card_link("https://clinic.example", SEED, name)) == Card(known, name)


@pytest.mark.parametrize("text", [LINK, f" {LINK}\n", "#card=", "file:///tmp/send.html#x"])
def test_what_has_the_form_of_a_card_link_is_one(text):
    assert is_card_link(text)


@pytest.mark.parametrize("text", ["", CODE, "https://clinic.example/send.html", f"{LINK} and more", "a card#card=1"])
def test_what_has_another_form_is_none(text):
    assert not is_card_link(text)


@pytest.mark.parametrize("more", ["&words=", "&name=", "&words", f"&words={'-'.join(SEED.words).upper()}"])
def test_a_card_link_may_leave_out_what_is_optional(more):
    assert parse_card_text(f"#card={CODE}{more}").keys == parse_card_text(LINK).keys


@pytest.mark.parametrize(
    "members",
    [
        "name=Grace",
        "card=",
        f"card={CODE}&card={CODE}",
        f"card={CODE}&name=Grace&name=Ada",
        f"card={CODE}&name=&name=Ada",
        f"card={CODE}&name=%ff",
        f"card={CODE}&words=six-other-words-than-it-has",
        f"card={key_code(PLAIN)}&words={'-'.join(SEED.words)}",
    ],
)
def test_a_damaged_card_link_is_refused(members):
    with pytest.raises(KeyFormatError):
        parse_card_text(f"https://clinic.example/send.html#{members}")


def test_a_card_link_may_have_twenty_members_and_no_more():
    others = "".join(f"&other{number}=1" for number in range(18))
    assert parse_card_text(LINK + others) == parse_card_text(LINK)
    with pytest.raises(KeyFormatError, match="damaged card link"):
        parse_card_text(LINK + others + "&more=1")


def test_a_card_link_whose_words_are_others_is_named_as_that():
    with pytest.raises(KeyFormatError) as refusal:
        parse_card_text(f"#card={CODE}&words=six-other-words-than-it-has")
    assert refusal.value.message == "the card link is damaged: its words are not those of its key"
