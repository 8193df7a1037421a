"""Properties of suite 2: seeds, hybrid keys, key packets, and the files and cards that carry them."""

import base64
import hashlib
import hmac
import unicodedata

import pyrage
import pytest
from eth_account import Account
from eth_account.hdaccount.mnemonic import Mnemonic
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import (
    EnvelopeError,
    HybridDigestError,
    HybridRecipientError,
    KeyFormatError,
    KeyPacketError,
    OtherPacketError,
    PacketContextError,
    PassphraseError,
    SeedListError,
    SeedWordsError,
    WrongHybridKeyError,
)
from radiogram.formats.age_file import parse_age_file
from radiogram.formats.envelope import PacketReference, open_envelope, seal
from radiogram.formats.hybrid_key import (
    check_recipient,
    hybrid_digest,
    hybrid_identity,
    hybrid_recipient_of,
    parse_hybrid_recipient,
)
from radiogram.formats.key_card import encode_card, key_code, parse_key_code, read_card
from radiogram.formats.key_file import encode_key_file, read_keys
from radiogram.formats.key_packet import PACKET_BYTES, open_key_packet, seal_key_packet
from radiogram.formats.key_reference import KeyReference, raw_cid
from radiogram.formats.keys import Keys
from radiogram.formats.public_key import public_key_of
from radiogram.formats.seed import keys_of_words, new_seed_words
from tests import age_program
from tests.formats.strategies import contents, contexts, private_keys, seed_words
from tests.formats.test_keys import never_asked
from tests.formats.test_vectors import vectors

PASSPHRASE = "correct horse – Pferd"
FAST = 10  # a work factor that takes milliseconds
secrets = st.binary(min_size=32, max_size=32)
packet_references = st.binary(min_size=32, max_size=32).map(lambda digest: PacketReference(raw_cid(digest)))

WORDS = new_seed_words()
KEYS = keys_of_words(WORDS)
RECIPIENT = KEYS.public().hybrid_recipient


def opened(packet: bytes, secret: bytes, context, cid: bytes | None = None) -> KeyReference:
    return open_key_packet(packet, cid or raw_cid(packet), secret, context)


# ---- key packets


@given(contents, secrets, contexts)
def test_open_inverts_seal(reference, secret, context):
    packet = seal_key_packet(reference, hybrid_recipient_of(secret), context)
    assert opened(packet, secret, context) == reference


@given(contents, contexts)
def test_a_key_packet_has_1752_bytes(reference, context):
    assert len(seal_key_packet(reference, RECIPIENT, context)) == PACKET_BYTES == 1752


@given(contents, contexts)
def test_two_packets_of_the_same_reference_share_nothing_but_their_form(reference, context):
    one, other = (parse_age_file(seal_key_packet(reference, RECIPIENT, context)) for _ in range(2))
    assert one.header != other.header
    assert one.stanza.arguments[0] != other.stanza.arguments[0]
    assert one.payload[:16] != other.payload[:16]
    assert one.payload[16:] != other.payload[16:]


@given(contents, contexts)
def test_a_key_packet_shows_nothing_of_its_contents(reference, context):
    packet = seal_key_packet(reference, RECIPIENT, context)
    assert reference.cid not in packet
    assert reference.content_key not in packet


@given(contents, contexts, st.integers(0, PACKET_BYTES - 1), st.integers(0, 7))
def test_a_key_packet_with_any_bit_flipped_is_refused(reference, context, place, bit):
    packet = bytearray(seal_key_packet(reference, RECIPIENT, context))
    packet[place] ^= 1 << bit
    with pytest.raises(KeyPacketError):
        opened(bytes(packet), KEYS.hybrid_secret, context)


@given(contents, contexts, st.integers(0, PACKET_BYTES - 1))
def test_a_key_packet_cut_short_is_refused(reference, context, length):
    packet = seal_key_packet(reference, RECIPIENT, context)[:length]
    with pytest.raises(KeyPacketError, match="bytes, not 1,752"):
        opened(packet, KEYS.hybrid_secret, context)


@given(contents, contexts, secrets)
def test_another_persons_hybrid_key_is_refused_as_such(reference, context, stranger):
    packet = seal_key_packet(reference, RECIPIENT, context)
    with pytest.raises(WrongHybridKeyError, match="this key does not open the key packet"):
        opened(packet, stranger, context)


@given(contents, contexts)
def test_another_packet_of_the_same_person_is_not_taken_for_the_one_that_is_named(reference, context):
    named, other = (seal_key_packet(reference, RECIPIENT, context) for _ in range(2))
    with pytest.raises(OtherPacketError):
        opened(other, KEYS.hybrid_secret, context, raw_cid(named))


@given(contents, contexts, contexts)
def test_a_key_packet_copied_to_another_place_is_refused_as_such(reference, context, moved):
    if moved == context:
        return
    packet = seal_key_packet(reference, RECIPIENT, context)
    with pytest.raises(PacketContextError):
        opened(packet, KEYS.hybrid_secret, moved)


@given(st.binary(max_size=PACKET_BYTES), contexts)
def test_arbitrary_bytes_are_no_key_packet(junk, context):
    with pytest.raises(KeyPacketError):
        opened(junk, KEYS.hybrid_secret, context)


@given(packet_references, private_keys, contexts)
def test_an_envelope_of_suite_2_has_114_bytes_and_opens_to_the_packet_it_names(reference, private_key, context):
    letter = seal(reference, public_key_of(private_key), context)
    assert (len(letter), letter[0] in (2, 3)) == (114, True)
    assert open_envelope(letter, private_key, context) == reference


@given(packet_references, private_keys, contexts, st.integers(0, 113), st.integers(0, 7))
def test_an_envelope_of_suite_2_with_any_bit_flipped_is_refused(reference, private_key, context, place, bit):
    letter = bytearray(seal(reference, public_key_of(private_key), context))
    letter[place] ^= 1 << bit
    with pytest.raises(EnvelopeError):
        open_envelope(bytes(letter), private_key, context)


@given(packet_references, contents, private_keys, contexts)
def test_no_suite_opens_as_the_other(packet, reference, private_key, context):
    public_key = public_key_of(private_key)
    assert isinstance(open_envelope(seal(packet, public_key, context), private_key, context), PacketReference)
    assert isinstance(open_envelope(seal(reference, public_key, context), private_key, context), KeyReference)


@given(st.binary(max_size=40).filter(lambda cid: not (len(cid) == 36 and cid[:4] == raw_cid(b"")[:4])), contexts)
def test_an_envelope_names_no_packet_by_a_cid_of_another_kind(cid, context):
    with pytest.raises(EnvelopeError, match="one raw block"):
        seal(PacketReference(cid), public_key_of(KEYS.private_key), context)


# ---- beside Go's age


@given(reference=contents, context=contexts)
def test_gos_age_opens_our_key_packet(age, tmp_path, reference, context):
    packet = seal_key_packet(reference, RECIPIENT, context)
    identity = hybrid_identity(KEYS.hybrid_secret)
    assert age_program.decrypted(packet, identity, tmp_path) == reference.to_bytes(context)


@given(reference=contents, context=contexts)
def test_a_key_packet_by_gos_age_opens(age, reference, context):
    packet = age_program.encrypted(RECIPIENT, reference.to_bytes(context))
    assert opened(packet, KEYS.hybrid_secret, context) == reference


def test_gos_age_opens_our_key_file(age, tmp_path):
    locked = encode_key_file(WORDS, PASSPHRASE)
    assert age_program.decrypted_with_passphrase(locked, PASSPHRASE, tmp_path).decode() == WORDS + "\n"


def test_a_key_file_by_gos_age_is_read(age, tmp_path):
    locked = age_program.encrypted_to_passphrase(f"{WORDS}\n".encode(), PASSPHRASE, tmp_path)
    (tmp_path / "key").write_bytes(locked)
    assert read_keys(tmp_path / "key", lambda: PASSPHRASE) == KEYS


# ---- seeds


@given(seed_words)
def test_both_keys_of_a_seed_are_what_the_page_says_of_it(words):
    """BIP-39 and HKDF with the standard library alone."""
    keys = keys_of_words(words)
    seed = hashlib.pbkdf2_hmac("sha512", unicodedata.normalize("NFKD", words).encode(), b"mnemonic", 2048)
    extracted = hmac.digest(bytes(32), seed, "sha256")
    assert keys.hybrid_secret == hmac.digest(extracted, b"radiogram hybrid key v1\x01", "sha256")
    Account.enable_unaudited_hdwallet_features()
    assert keys.private_key == Account.from_mnemonic(words, account_path="m/44'/60'/0'/0/0").key


@given(seed_words, st.data())
def test_a_seed_with_one_word_changed_is_another_or_is_refused(words, data):
    changed = words.split()
    place = data.draw(st.integers(0, 23))
    changed[place] = data.draw(st.sampled_from(Mnemonic().wordlist).filter(lambda word: word != changed[place]))
    try:
        assert keys_of_words(" ".join(changed)) != keys_of_words(words)
    except SeedWordsError:
        return


@pytest.mark.parametrize("place", [1, 2, 24])
def test_of_a_word_that_is_not_in_the_list_its_place_is_named(place):
    words = WORDS.split()
    words[place - 1] = "radiogram"
    with pytest.raises(SeedListError, match=f"^word {place} of the seed"):
        keys_of_words(" ".join(words))


def test_no_two_new_seeds_are_the_same():
    assert new_seed_words() != new_seed_words()


def test_keys_do_not_show_their_secrets():
    shown = repr(Keys(b"\x42" * 32, b"\x43" * 32))
    assert not [part for part in ("42" * 4, "43" * 4, "BBBB", "CCCC", "\\x") if part in shown]


# ---- hybrid keys


@given(secrets, st.data())
def test_a_recipient_with_any_sign_changed_is_refused(secret, data):
    recipient = hybrid_recipient_of(secret)
    place = data.draw(st.integers(0, len(recipient) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda sign: sign != recipient[place]))
    with pytest.raises(HybridRecipientError):
        parse_hybrid_recipient(recipient[:place] + other + recipient[place + 1 :])


@given(st.text(max_size=50))
def test_arbitrary_text_is_no_recipient(text):
    with pytest.raises(HybridRecipientError):
        parse_hybrid_recipient(text)
    with pytest.raises(HybridRecipientError):
        parse_hybrid_recipient("age1pq1" + text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RECIPIENT.upper(), "that is not a hybrid recipient: it should be in lower case;"),
        ("age1" + RECIPIENT[7:], "that is not a hybrid recipient: it should be age1pq1…;"),
        (RECIPIENT[:-1], "that is not a hybrid recipient: it has 1,958 signs, not 1,959;"),
    ],
    ids=["capitals", "another kind", "cut short"],
)
def test_what_is_wrong_with_a_recipient_is_said(text, words):
    with pytest.raises(HybridRecipientError) as refusal:
        parse_hybrid_recipient(text)
    assert str(refusal.value).startswith(words)


def test_a_recipient_is_checked_against_a_digest():
    check_recipient(RECIPIENT, hybrid_digest(RECIPIENT))
    with pytest.raises(HybridDigestError, match="not the one that belongs to this key"):
        check_recipient(hybrid_recipient_of(bytes(32)), hybrid_digest(RECIPIENT))


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
def test_a_hybrid_secret_that_has_not_32_bytes_is_refused(secret):
    with pytest.raises(WrongHybridKeyError, match="32 bytes"):
        hybrid_recipient_of(secret)


# ---- cards, codes, key files


@given(seed_words)
def test_a_code_and_a_card_give_what_they_were_made_of(tmp_path, words):
    keys = keys_of_words(words).public()
    code = parse_key_code(key_code(keys))
    assert (code.public_key, code.hybrid_digest, code.words) == (keys.public_key, keys.hybrid_digest, keys.words)
    assert parse_key_code(key_code(keys).upper()) == code
    (tmp_path / "card").write_bytes(encode_card(keys))
    assert read_card(tmp_path / "card") == keys


def test_the_words_of_a_person_cover_the_hybrid_key():
    keys = KEYS.public()
    other = keys_of_words(new_seed_words()).public()
    assert keys.words != type(keys)(keys.public_key).words
    assert keys.words != type(keys)(keys.public_key, other.hybrid_digest).words


@given(seed_words, st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_key_file_is_read_as_it_was_written(tmp_path, words, passphrase):
    (tmp_path / "key").write_bytes(encode_key_file(words, passphrase, FAST))
    assert read_keys(tmp_path / "key", lambda: passphrase) == keys_of_words(words)


def test_a_key_file_to_a_passphrase_has_the_one_work_factor_that_phones_take():
    lines = encode_key_file(WORDS, PASSPHRASE).decode().splitlines()
    plain = pyrage.passphrase.decrypt(("\n".join(lines) + "\n").encode(), PASSPHRASE)
    assert plain.decode() == WORDS + "\n"
    stanza = parse_age_file(base64.b64decode("".join(lines[1:-1]))).stanza
    assert (stanza.kind, stanza.arguments[1]) == ("scrypt", "18")


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_another_passphrase_is_refused_as_such(tmp_path, passphrase):
    (tmp_path / "key").write_bytes(encode_key_file(WORDS, PASSPHRASE, FAST))
    with pytest.raises(PassphraseError, match="the passphrase does not fit"):
        read_keys(tmp_path / "key", lambda: passphrase)


def test_a_passphrase_fits_however_a_system_composes_its_letters(tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "fünf Wörter") for form in ("NFC", "NFD"))
    for written, typed in ((composed, decomposed), (decomposed, composed)):
        path = tmp_path / f"{len(written)}.txt"
        path.write_bytes(encode_key_file(WORDS, written, FAST))
        assert read_keys(path, lambda typed=typed: typed) == keys_of_words(WORDS)


def test_a_key_file_that_asks_for_too_much_memory_is_refused_before_its_passphrase_is_asked(tmp_path):
    (file,) = [vector["file"] for vector in vectors("key_file.json", "refuse") if "factor of 30" in vector["why"]]
    (tmp_path / "key").write_text(file)
    with pytest.raises(KeyFormatError, match="too much memory"):
        read_keys(tmp_path / "key", never_asked)


@given(st.text(st.sampled_from("abcdefghi \n"), min_size=20, max_size=300))
def test_no_refusal_repeats_mistyped_words(tmp_path, text):
    (tmp_path / "key").write_text(text)
    with pytest.raises(KeyFormatError) as refusal:
        read_keys(tmp_path / "key", lambda: PASSPHRASE)
    assert not [word for word in text.split() if len(word) > 6 and word in str(refusal.value)]
