"""Key files at their limits: which are opened, which are refused before a passphrase is asked for, and as what."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from eth_account import Account

from radiogram.errors import KeyFormatError, PassphraseError
from radiogram.formats import key_file
from radiogram.formats.age_file import encode_age_file, encode_armour
from radiogram.formats.age_header import encode_base64
from radiogram.formats.key_card import encode_card
from radiogram.formats.key_file import KEY_FILE_LIMIT, encode_key_file, read_keys
from radiogram.formats.keys import Keys
from radiogram.formats.seed import keys_of_words, new_seed_words
from tests.formats.test_keys import PASSPHRASE, PRIVATE_KEY, never_asked

FAST = 4  # a work factor
WORDS = new_seed_words()


class AskedError(Exception):
    pass


def asked() -> str:
    raise AskedError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "key"


def keystore(kdf: str = "scrypt", **parameters) -> str:
    made = Account.encrypt(PRIVATE_KEY, PASSPHRASE, kdf, 2)
    made["crypto"]["kdfparams"] |= parameters
    return json.dumps(made)


def age_file(
    plaintext: bytes = WORDS.encode(), kind: str = "scrypt", salt: bytes = bytes(16), more=(str(FAST),)
) -> str:
    """To PASSPHRASE, but for what is said otherwise."""

    def wrap(file_key):
        key = key_file._scrypt(PASSPHRASE, salt, FAST)
        return [encode_base64(salt), *more], ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None)

    return encode_armour(encode_age_file(kind, wrap, plaintext))


# ---- a card in place of a key file


@pytest.mark.parametrize("keys", [keys_of_words(WORDS).public(), Keys(b"\x01" * 32).public()], ids=["seed", "plain"])
def test_the_card_is_told_from_the_key_file_that_it_was_made_with(path, keys):
    path.write_bytes(encode_card(keys))
    with pytest.raises(KeyFormatError) as refusal:
        read_keys(path, asked)
    assert refusal.value.message == f"{path} is a key card, which is for senders"
    assert refusal.value.hint == "name the key file that was made with it"


# ---- opened


@pytest.mark.parametrize("kdf", ["scrypt", "pbkdf2"])
def test_a_keystore_opens_whichever_way_its_key_is_derived(path, kdf):
    path.write_text(keystore(kdf))
    assert read_keys(path, lambda: PASSPHRASE).private_key.hex() == PRIVATE_KEY


@pytest.mark.parametrize("text", [WORDS, f"\n {WORDS.upper()} \n", WORDS.replace(" ", "\r\n"), f"\ufeff{WORDS}"])
def test_words_are_read_in_any_case_and_on_any_lines(path, text):
    path.write_text(text)
    assert read_keys(path, never_asked) == keys_of_words(WORDS)


def test_an_age_file_opens_with_its_passphrase(path):
    path.write_text(age_file())
    assert read_keys(path, lambda: PASSPHRASE) == keys_of_words(WORDS)


def test_a_key_file_may_be_as_large_as_the_limit(path):
    path.write_text(PRIVATE_KEY + " " * (KEY_FILE_LIMIT - 64))
    assert read_keys(path, never_asked).private_key.hex() == PRIVATE_KEY
    path.write_text(PRIVATE_KEY + " " * (KEY_FILE_LIMIT - 63))
    with pytest.raises(KeyFormatError, match="too large"):
        read_keys(path, never_asked)


def test_words_without_a_passphrase_are_written_as_a_line():
    assert encode_key_file(WORDS, "") == WORDS.encode() + b"\n"


# ---- at the limits of what opening may take

AT_THE_LIMIT = [
    keystore(n=2**19, r=8, p=1),
    keystore(n=2**22, r=1, p=64),
    keystore("pbkdf2", c=10_000_000),
    keystore("pbkdf2", c=1),
    age_file(more=["20"]),
]
ABOVE_IT = [
    keystore(n=2**22 + 1, r=1, p=1),
    keystore(n=2**18, r=17, p=1),
    keystore(n=2**10, r=8, p=65),
    keystore(n=0, r=8, p=1),
    keystore(n=2**10, r=8, p=0),
    keystore(n=2**10, r=8, p=True),
    keystore("pbkdf2", c=10_000_001),
    keystore("pbkdf2", c=0),
    age_file(more=["21"]),
    age_file(more=["100"]),
]


@pytest.mark.parametrize("text", AT_THE_LIMIT, ids=range(len(AT_THE_LIMIT)))
def test_of_what_takes_as_much_as_it_may_the_passphrase_is_asked_for(path, text):
    path.write_text(text)
    with pytest.raises(AskedError):
        read_keys(path, asked)


@pytest.mark.parametrize("text", ABOVE_IT, ids=range(len(ABOVE_IT)))
def test_of_what_takes_more_it_is_not(path, text):
    path.write_text(text)
    with pytest.raises(KeyFormatError, match="too much"):
        read_keys(path, asked)


# ---- refused, and by name

DAMAGED_AGE_FILES = {
    "another stanza": age_file(kind="X25519"),
    "an argument less": age_file(more=[]),
    "an argument more": age_file(more=[str(FAST), "1"]),
    "a short salt": age_file(salt=bytes(15)),
    "a work factor of 0": age_file(more=["0"]),
    "a work factor with a zero before it": age_file(more=["04"]),
    "a work factor that is no number": age_file(more=["4x"]),
    "no text": age_file(plaintext=b"\xff\xff"),
    "cut short": age_file()[:-40],
    "damaged": age_file(plaintext=WORDS.encode())[:-60] + "AAAA" + age_file()[-56:],
}


@pytest.mark.parametrize("text", DAMAGED_AGE_FILES.values(), ids=DAMAGED_AGE_FILES)
def test_a_damaged_age_file_is_refused_by_name(path, text):
    path.write_text(text)
    with pytest.raises(KeyFormatError) as refusal:
        read_keys(path, lambda: PASSPHRASE)
    assert type(refusal.value) is KeyFormatError
    assert refusal.value.message == f"{path} is a damaged age file, or one without a passphrase"


@pytest.mark.parametrize("text", [keystore(), age_file()], ids=["a keystore", "an age file"])
def test_another_passphrase_is_refused_by_the_name_of_the_file(path, text):
    path.write_text(text)
    with pytest.raises(PassphraseError) as refusal:
        read_keys(path, lambda: "another")
    assert refusal.value.message == f"the passphrase does not fit {path}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"version": 4}', "is not a V3 keystore"),
        (b'{"version": 3}', "is a damaged V3 keystore, or takes too much to open"),
        (keystore().replace("ciphertext", "text").encode(), "is a damaged V3 keystore"),
        (b"{", "is not a key file: its JSON is damaged"),
        (b"00" * 32, "holds no valid private key"),
        (b"\xff\xfe", "is not a key file: it is not text"),
        (b"x" * (KEY_FILE_LIMIT + 1), "is too large for a key file"),
        (b"one", "is not a key file: it should hold 24 words, an age file, 64 hex digits, or a V3 keystore (JSON)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_refusal_names_the_file(path, content, words):
    path.write_bytes(content)
    with pytest.raises(KeyFormatError) as refusal:
        read_keys(path, lambda: PASSPHRASE)
    assert refusal.value.message == f"{path} {words}"


def test_damage_is_not_taken_for_another_passphrase(path):
    made = json.loads(keystore("pbkdf2"))
    made["crypto"]["mac"] = "no hex digits"
    path.write_text(json.dumps(made))
    with pytest.raises(KeyFormatError) as refusal:
        read_keys(path, lambda: PASSPHRASE)
    assert type(refusal.value) is KeyFormatError


def test_a_file_that_is_not_there_is_named(path):
    with pytest.raises(KeyFormatError) as refusal:
        read_keys(path, never_asked)
    assert refusal.value.message == f"{path} can't be read: No such file or directory"


def test_a_file_without_end_is_not_read_to_it():
    with pytest.raises(KeyFormatError, match="/dev/zero is too large for a key file"):
        read_keys(Path("/dev/zero"), never_asked)


def test_a_text_that_is_too_long_for_a_name_names_no_file(tmp_path):
    (tmp_path / "key.txt").touch()
    assert key_file.is_file(tmp_path / "key.txt")
    assert not key_file.is_file(tmp_path / "none.txt")
    assert not key_file.is_file(tmp_path / ("word " * 1000))


def test_a_card_of_an_account_is_known_by_its_hybrid_recipient(path):
    with pytest.raises(KeyFormatError, match="is a key card"):
        key_file.refuse_card('{"hybrid_recipient": "age1pq1"}', path)


@pytest.mark.parametrize("member", ["crypto", "Crypto"])
def test_a_keystore_that_names_its_public_key_is_no_card(path, member):
    key_file.refuse_card(json.dumps({"public_key": "0x02", member: {}}), path)


@pytest.mark.parametrize("text", ["[1]", "null", '"public_key"', "{", ""])
def test_what_is_no_object_is_no_card(path, text):
    key_file.refuse_card(text, path)
