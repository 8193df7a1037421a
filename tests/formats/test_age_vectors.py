"""The Community Cryptography Test Vectors for age (c2sp.org/CCTV/age), against each reader of age files here.

A reader here takes the one kind of age file that docs/format.md gives it, and refuses others that age would open: those
are the deviations, all of which are argued below. One that is not listed fails, and one that is listed and is none.
"""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import bech32
import pytest

from radiogram.errors import CiphertextError, KeyFormatError, WrongHybridKeyError
from radiogram.formats import ciphertext, key_file, key_packet
from radiogram.formats.age_file import decode_armour, encode_armour
from radiogram.formats.age_header import AgeFileError
from tests.formats.age_keys import age_identity
from tests.formats.published_vectors import AgeVector, age_vectors, require

VECTORS = age_vectors()
HYBRID = "AGE-SECRET-KEY-PQ-"
REFUSED, OPENED = "refused", "opened"

NOT_ARMOURED = "a ciphertext and a key packet are binary: armour is for key files alone"
ONE_STANZA = "a key packet has one stanza, so that nobody with another key opens it too"
ANY_LINES = "people copy key files, and programs break their lines: the MAC and the tags decide, not the lines"
ANY_BITS = "bits that no byte is made of are not looked at; the MAC and the tags are over the bytes"
# What a reader here does that age does not do with the same file, and why it may.
FILES: dict[str, tuple[str, str]] = {
    "armor_crlf": (REFUSED, NOT_ARMOURED),
    "armor_full_last_line": (REFUSED, NOT_ARMOURED),
    "armor_hybrid": (REFUSED, NOT_ARMOURED),
    "armor_no_eol": (REFUSED, NOT_ARMOURED),
    "armor_whitespace_outside": (REFUSED, NOT_ARMOURED),
    "armor_x25519": (REFUSED, NOT_ARMOURED),
    "hybrid_and_x25519": (REFUSED, ONE_STANZA),
    "hybrid_grease": (REFUSED, ONE_STANZA),
    "hybrid_multiple_recipients": (REFUSED, ONE_STANZA),
}
# Armour that is read here, and not by age, and why it may be.
ARMOUR: dict[str, str] = {
    "armor_cr_between_padding": ANY_LINES,
    "armor_cr_in_body": ANY_LINES,
    "armor_cr_line_start": ANY_LINES,
    "armor_double_crlf": ANY_LINES,
    "armor_empty_last_line": ANY_LINES,
    "armor_empty_line_begin": ANY_LINES,
    "armor_empty_line_end": ANY_LINES,
    "armor_eol_between_padding": ANY_LINES,
    "armor_long_line": ANY_LINES,
    "armor_not_canonical": ANY_BITS,
    "armor_short_line": ANY_LINES,
}


def outcomes(vector: AgeVector) -> Iterator[str]:
    """What each reader does with the file for which the vector has a key. Its errors are of its own kind."""
    for identity in vector.identities or (age_identity(bytes(32)),):
        if identity.startswith(HYBRID):
            yield _of_packet(vector, secret(identity))
        else:
            yield _of_ciphertext(vector, secret(identity))
    for passphrase in vector.passphrases:
        yield _of_key_file(vector, passphrase)


def secret(identity: str) -> bytes:
    """Without a look at the checksum: the library's reader takes no more than 90 signs."""
    digits = identity.lower().rpartition("1")[2][:-6]
    return bytes(bech32.convertbits([bech32.CHARSET.find(digit) for digit in digits], 5, 8, False))


def _of_ciphertext(vector: AgeVector, content_key: bytes) -> str:
    try:
        with ciphertext.open_decrypted(io.BytesIO(vector.file), content_key) as stream:
            plaintext = stream.read()
    except CiphertextError:
        return REFUSED
    assert is_payload(vector, plaintext) or not vector.payload
    return OPENED


def _of_packet(vector: AgeVector, hybrid_secret: bytes) -> str:
    try:
        plaintext = key_packet.decrypt_packet(vector.file, hybrid_secret)
    except (AgeFileError, WrongHybridKeyError):
        return REFUSED
    assert is_payload(vector, plaintext)
    return OPENED


def _of_key_file(vector: AgeVector, passphrase: str) -> str:
    text = vector.file.decode() if vector.is_armoured else encode_armour(vector.file)
    try:
        words = key_file.decrypt_with_passphrase(text, Path(vector.name), lambda: passphrase)
    except KeyFormatError:
        return REFUSED
    assert is_payload(vector, words.encode())
    return OPENED


def is_payload(vector: AgeVector, plaintext: bytes) -> bool:
    return hashlib.sha256(plaintext).hexdigest() == vector.payload


def test_all_vectors_are_there():
    require(VECTORS, 147)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_file_is_opened_or_refused_as_age_does_but_for_what_is_argued(vector):
    done = OPENED if OPENED in set(outcomes(vector)) else REFUSED
    expected = OPENED if vector.expect == "success" else REFUSED
    assert (None if done == expected else done) == FILES.get(vector.name, (None,))[0]


@pytest.mark.parametrize("vector", [each for each in VECTORS if each.is_armoured], ids=lambda vector: vector.name)
def test_armour_is_read_or_refused_as_age_does_but_for_what_is_argued(vector):
    try:
        decode_armour(vector.file.decode("latin-1"))
        is_read = True
    except AgeFileError:
        is_read = False
    is_deviation = is_read == (vector.expect == "armor failure")
    assert is_deviation == (vector.name in ARMOUR)


def test_every_deviation_is_of_a_vector():
    if VECTORS:
        assert {*FILES, *ARMOUR} <= {vector.name for vector in VECTORS}
