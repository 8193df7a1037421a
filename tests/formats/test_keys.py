"""Reading keys: what people paste, and the files they keep."""

import hashlib
import json

import pytest
from eth_account import Account
from eth_account.hdaccount.mnemonic import Mnemonic
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import HybridDigestError, KeyFormatError, PassphraseError
from radiogram.formats import derived_key
from radiogram.formats.derived_key import derive_key, key_from_signature, key_request
from radiogram.formats.key_card import encode_card, read_card
from radiogram.formats.key_file import read_keys
from radiogram.formats.keys import Keys, PublicKeys
from radiogram.formats.public_key import (
    address_of,
    fingerprint,
    parse_address,
    parse_public_key,
    public_key_of,
    shorten,
)
from tests.formats.strategies import private_keys

# The first account of the mnemonic that Ganache and Anvil start with.
PRIVATE_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
PASSPHRASE = "correct horse battery staple"


def never_asked() -> str:
    raise AssertionError("asked for a passphrase")


@given(private_keys, st.sampled_from(["", "0x", "0X"]), st.sampled_from(["compressed", "uncompressed", "bare"]))
def test_every_spelling_of_a_public_key_gives_its_33_bytes(private_key, prefix, form):
    key = Account.from_key(private_key)._key_obj.public_key
    spelt = {"compressed": key.to_compressed_bytes(), "uncompressed": b"\x04" + key.to_bytes(), "bare": key.to_bytes()}
    assert parse_public_key(prefix + spelt[form].hex()) == key.to_compressed_bytes() == public_key_of(private_key)


@given(private_keys)
def test_a_public_key_determines_its_address(private_key):
    assert address_of(public_key_of(private_key)) == Account.from_key(private_key).address


@pytest.mark.parametrize("first", ["06", "07"])
def test_hybrid_encodings_are_refused(first):
    bare = Account.from_key(PRIVATE_KEY)._key_obj.public_key.to_bytes().hex()
    with pytest.raises(KeyFormatError, match="not a public key"):
        parse_public_key(first + bare)


@pytest.mark.parametrize("text", ["02" + "00" * 31 + "05", "04" + "11" * 64, "11" * 64])
def test_points_off_the_curve_are_refused(text):
    with pytest.raises(KeyFormatError, match="not on the curve"):
        parse_public_key(text)


@pytest.mark.parametrize("text", ["", "hello", "0x", "02" * 32 + "0", "02" * 34, "05" + "11" * 32])
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(KeyFormatError, match="not a public key"):
        parse_public_key(text)


def test_a_private_key_in_place_of_a_public_one_is_refused_and_not_repeated():
    with pytest.raises(KeyFormatError, match="the length of a private key") as refusal:
        parse_public_key("0x" + PRIVATE_KEY)
    assert PRIVATE_KEY[:8] not in str(refusal.value)


@given(st.text(alphabet="0123456789abcdef", min_size=25, max_size=200))
def test_of_what_is_mistyped_no_more_than_twelve_signs_are_repeated(text):
    assert shorten(f" {text}\n") == f"'{text[:8]}…{text[-4:]}'"


@given(st.text(alphabet="0123456789abcdef", max_size=24))
def test_what_is_too_short_to_be_a_key_is_repeated(text):
    assert shorten(f" {text}\n") == f"'{text}'"


def test_twenty_four_signs_are_repeated_and_twenty_five_are_not():
    assert shorten("a" * 24) == f"'{'a' * 24}'"
    assert shorten("a" * 25) == f"'{'a' * 8}…{'a' * 4}'"


def test_of_a_text_with_spaces_that_is_too_long_for_a_name_nothing_is_repeated():
    assert shorten("warm plum otter legal winner thank") == "that"
    assert shorten("Bed 9") == "'Bed 9'"
    assert shorten("warm " + 19 * "a") == f"'warm {19 * 'a'}'"
    assert shorten("warm " + 20 * "a") == "that"


@pytest.mark.parametrize("text", [PRIVATE_KEY + "00", "ff" + PRIVATE_KEY, PRIVATE_KEY[:-1], "0x" + PRIVATE_KEY + "g"])
def test_no_refusal_repeats_a_private_key_with_a_slip_in_it(text):
    with pytest.raises(KeyFormatError) as refusal:
        parse_public_key(text)
    assert str(refusal.value).startswith(f"{shorten(text)} is not a public key")
    assert text[:9] not in str(refusal.value)


def test_a_private_key_alone_has_no_hybrid_half():
    keys = Keys(bytes.fromhex(PRIVATE_KEY))
    assert keys.public() == PublicKeys(public_key_of(keys.private_key))
    assert keys.public().address == ADDRESS


def test_an_address_of_any_case_is_spelt_as_eip_55_does():
    assert parse_address(ADDRESS.lower()) == parse_address(ADDRESS) == ADDRESS


def test_an_address_with_a_wrong_sign_is_refused():
    with pytest.raises(KeyFormatError, match="wrong sign"):
        parse_address(ADDRESS[:-1] + "7")


@pytest.mark.parametrize("text", ["", "0x12", ADDRESS + "00", "patient"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(KeyFormatError, match="not an address"):
        parse_address(text)


# ---- key cards


def test_a_key_card_gives_its_public_key(tmp_path):
    key = public_key_of(bytes.fromhex(PRIVATE_KEY))
    (tmp_path / "card.json").write_text(json.dumps({"address": ADDRESS, "public_key": "0x" + key.hex()}))
    assert read_card(tmp_path / "card.json").public_key == key


def test_a_text_file_with_a_public_key_is_a_key_card_too(tmp_path):
    key = public_key_of(bytes.fromhex(PRIVATE_KEY))
    (tmp_path / "card.txt").write_text(key.hex() + "\n")
    assert read_card(tmp_path / "card.txt").public_key == key


def test_a_key_card_whose_address_is_another_is_refused(tmp_path):
    other = public_key_of(b"\x01" * 32).hex()
    (tmp_path / "card.json").write_text(json.dumps({"address": ADDRESS, "public_key": other}))
    with pytest.raises(KeyFormatError, match="its address does not belong to its public key"):
        read_card(tmp_path / "card.json")


def test_the_bytes_of_a_key_card_do_not_change():
    key = public_key_of(bytes.fromhex(PRIVATE_KEY))
    card = f"""{{
 "address": "{ADDRESS}",
 "public_key": "0x{key.hex()}",
 "words": "purchase oak knock story palace sick",
 "hybrid_digest": "{"07" * 32}"
}}
"""
    assert encode_card(PublicKeys(key, b"\x07" * 32)) == card.encode()


def test_a_key_card_may_have_white_space_before_it(tmp_path):
    keys = PublicKeys(public_key_of(bytes.fromhex(PRIVATE_KEY)))
    (tmp_path / "card.json").write_bytes(b"\n " + encode_card(keys))
    assert read_card(tmp_path / "card.json") == keys


def test_a_card_whose_json_is_damaged_is_refused_by_name(tmp_path):
    (tmp_path / "card.json").write_text("{")
    with pytest.raises(KeyFormatError) as refusal:
        read_card(tmp_path / "card.json")
    assert refusal.value.message == f"{tmp_path / 'card.json'} is not a key file: its JSON is damaged"


@pytest.mark.parametrize("digest", ["07" * 31, "07" * 33, "0x" + "07" * 32, "g" * 64])
def test_a_card_with_a_damaged_digest_is_refused_by_name(tmp_path, digest):
    card = {"public_key": public_key_of(bytes.fromhex(PRIVATE_KEY)).hex(), "hybrid_digest": digest}
    (tmp_path / "card.json").write_text(json.dumps(card))
    with pytest.raises(HybridDigestError, match=r"card\.json is damaged: its hybrid_digest"):
        read_card(tmp_path / "card.json")


@pytest.mark.parametrize("member", ["public_key", "address", "hybrid_recipient", "hybrid_digest"])
def test_a_key_card_with_a_member_that_is_no_text_is_refused_by_name(tmp_path, member):
    (tmp_path / "card.json").write_text(json.dumps({member: 7}))
    with pytest.raises(KeyFormatError, match=rf"card\.json is not a key card: its {member} is no text"):
        read_card(tmp_path / "card.json")


@pytest.mark.parametrize("content", ["{}", "{", '{"public_key": 7}', "\x00", "[" * 5000])
def test_a_damaged_key_card_is_refused(tmp_path, content):
    (tmp_path / "card.json").write_text(content)
    with pytest.raises(KeyFormatError):
        read_card(tmp_path / "card.json")


# ---- private key files


@pytest.mark.parametrize("text", [PRIVATE_KEY, "0x" + PRIVATE_KEY, PRIVATE_KEY.upper() + "\n"])
def test_a_hex_file_gives_its_private_key_without_a_passphrase(tmp_path, text):
    (tmp_path / "key.hex").write_text(text)
    assert read_keys(tmp_path / "key.hex", never_asked).private_key.hex() == PRIVATE_KEY


def test_a_v3_keystore_gives_its_private_key_for_its_passphrase(tmp_path):
    (tmp_path / "key.json").write_text(json.dumps(Account.encrypt(PRIVATE_KEY, PASSPHRASE, iterations=2)))
    assert read_keys(tmp_path / "key.json", lambda: PASSPHRASE).private_key.hex() == PRIVATE_KEY


def test_a_wrong_passphrase_is_refused_as_such(tmp_path):
    (tmp_path / "key.json").write_text(json.dumps(Account.encrypt(PRIVATE_KEY, PASSPHRASE, iterations=2)))
    with pytest.raises(PassphraseError, match="the passphrase does not fit"):
        read_keys(tmp_path / "key.json", lambda: "Correct Horse")


@pytest.mark.parametrize("text", ["", "hello", PRIVATE_KEY[:-1], PRIVATE_KEY + "0", "{}", '{"version": 3}', "{", "[1]"])
def test_what_is_no_key_file_is_refused(tmp_path, text):
    (tmp_path / "key").write_text(text)
    with pytest.raises(KeyFormatError, match="key"):
        read_keys(tmp_path / "key", lambda: PASSPHRASE)


@pytest.mark.parametrize(
    ("kdf", "parameters"),
    [
        ("scrypt", {"n": 2**30, "r": 8, "p": 1}),
        ("scrypt", {"n": 2**10, "r": 8, "p": 2**20}),
        ("scrypt", {"n": 2**10, "r": 2**30, "p": 1}),
        ("scrypt", {"n": "1024", "r": 8, "p": 1}),
        ("scrypt", {"n": -1, "r": 8, "p": 1}),
        ("pbkdf2", {"c": 10**12}),
        ("pbkdf2", {"c": None}),
        ("argon2", {}),
        (None, {}),
    ],
)
def test_a_keystore_that_takes_all_memory_or_for_ever_is_refused_before_a_passphrase_is_asked_for(
    tmp_path, kdf, parameters
):
    keystore = Account.encrypt(PRIVATE_KEY, PASSPHRASE, kdf if kdf == "pbkdf2" else "scrypt", 2)
    keystore["crypto"] |= {"kdf": kdf, "KDFparams": keystore["crypto"].pop("kdfparams") | parameters}
    (tmp_path / "key.json").write_text(json.dumps(keystore))
    with pytest.raises(KeyFormatError, match="is a damaged V3 keystore, or takes too much"):
        read_keys(tmp_path / "key.json", never_asked)


@pytest.mark.parametrize("crypto", [None, [], "x", {"kdf": "scrypt", "kdfparams": []}])
def test_a_keystore_of_another_form_is_refused(tmp_path, crypto):
    (tmp_path / "key.json").write_text(json.dumps({"version": 3, "crypto": crypto}))
    with pytest.raises(KeyFormatError, match="damaged V3 keystore"):
        read_keys(tmp_path / "key.json", lambda: PASSPHRASE)


@pytest.mark.parametrize("number", ["00" * 32, "ff" * 32])
def test_a_number_that_is_no_private_key_is_refused(tmp_path, number):
    (tmp_path / "key").write_text(number)
    with pytest.raises(KeyFormatError, match="no valid private key"):
        read_keys(tmp_path / "key", never_asked)


def test_a_key_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(KeyFormatError, match="No such file"):
        read_keys(tmp_path / "nothing", never_asked)


def test_a_huge_file_is_no_key_file(tmp_path):
    (tmp_path / "key").write_bytes(bytes(100_000))
    with pytest.raises(KeyFormatError, match="too large"):
        read_keys(tmp_path / "key", never_asked)


def test_no_refusal_repeats_a_mistyped_private_key(tmp_path):
    (tmp_path / "key").write_text(PRIVATE_KEY + "0")
    with pytest.raises(KeyFormatError) as refusal:
        read_keys(tmp_path / "key", never_asked)
    assert PRIVATE_KEY[:8] not in str(refusal.value)


# ---- keys derived from a wallet's signature


def sign(message) -> bytes:
    return bytes(Account.sign_message(message, PRIVATE_KEY).signature)


def test_an_account_derives_the_same_key_each_time():
    assert (
        derive_key(ADDRESS, sign)
        == derive_key(ADDRESS, sign)
        == key_from_signature(sign(key_request(ADDRESS)), ADDRESS)
    )


def test_another_number_makes_another_key():
    assert derive_key(ADDRESS, sign, 2) != derive_key(ADDRESS, sign)


def test_a_derived_key_is_not_the_accounts_own():
    assert derive_key(ADDRESS, sign).hex() != PRIVATE_KEY


def test_signatures_that_differ_each_time_make_no_key(monkeypatch):
    made = iter([b"\x01" * 32, b"\x02" * 32])
    monkeypatch.setattr(derived_key, "key_from_signature", lambda *_: next(made))
    with pytest.raises(KeyFormatError, match="they differ each time"):
        derive_key(ADDRESS, sign)


@given(private_keys)
def test_a_signature_of_another_account_makes_no_key(private_key):
    signature = bytes(Account.sign_message(key_request(ADDRESS), private_key).signature)
    with pytest.raises(KeyFormatError, match="not that of"):
        key_from_signature(signature, ADDRESS)


@given(st.binary(max_size=70))
def test_arbitrary_bytes_make_no_key(junk):
    with pytest.raises(KeyFormatError, match="no key can be made"):
        key_from_signature(junk, ADDRESS)


# ---- fingerprints


def test_a_fingerprint_is_six_words_of_the_first_66_bits():
    key = public_key_of(bytes.fromhex(PRIVATE_KEY))
    bits = f"{int.from_bytes(hashlib.sha256(key).digest(), 'big'):0256b}"
    words = Mnemonic().wordlist
    assert fingerprint(key) == tuple(words[int(bits[at : at + 11], 2)] for at in range(0, 66, 11))


@given(private_keys, private_keys)
def test_two_keys_have_two_fingerprints(one, other):
    a, b = public_key_of(one), public_key_of(other)
    assert (fingerprint(a) == fingerprint(b)) == (a == b)
