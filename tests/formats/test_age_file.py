"""Small age files: their base64, their armour, and what is refused of each part."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from radiogram.formats.age_file import (
    ARMOUR_BEGIN,
    ARMOUR_END,
    CHUNK_BYTES,
    AgeFileError,
    decode_armour,
    decode_base64,
    encode_age_file,
    encode_armour,
    encode_base64,
    parse_age_file,
)

ARGUMENTS, BODY = ["first", "second"], bytes(range(32))


def encoded(plaintext: bytes = b"plaintext") -> tuple[bytes, bytes]:
    """An age file, and its file key."""
    keys = []

    def wrap(file_key: bytes) -> tuple[list[str], bytes]:
        keys.append(file_key)
        return ARGUMENTS, BODY

    data = encode_age_file("kind", wrap, plaintext)
    return data, keys[0]


@given(st.binary(max_size=100))
def test_base64_reads_as_it_was_written(data):
    assert decode_base64(encode_base64(data)) == data


def test_base64_reads_as_it_was_written_whatever_sign_it_ends_with():
    for last in range(256):
        for length in range(3):
            data = bytes(length) + bytes([last])
            assert decode_base64(encode_base64(data)) == data


@pytest.mark.parametrize("text", ["A", "QQ==", "QR", "Q Q", "Q\nQ", "QUJD!", "-_-_", "ä"])
def test_another_spelling_of_base64_than_ages_is_refused(text):
    with pytest.raises(AgeFileError):
        decode_base64(text)


@given(st.binary(max_size=300))
def test_armour_reads_as_it_was_written(data):
    armour = encode_armour(data)
    assert decode_armour(armour) == data
    assert armour.endswith(f"\n{ARMOUR_END}\n")
    assert all(len(line) <= 64 for line in armour.splitlines())


def test_armour_reads_however_it_was_copied():
    first, *lines, last = encode_armour(bytes(range(100))).splitlines()
    text = "\r\n".join(["", first, *(f"{line[:30]}\r\n{line[30:]}" for line in lines), last, "", ""])
    assert decode_armour(text) == bytes(range(100))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ARMOUR_BEGIN,
        ARMOUR_END,
        f"{ARMOUR_BEGIN}\nQUJD",
        f"QUJD\n{ARMOUR_END}",
        f"{ARMOUR_BEGIN}\nQUJ\n{ARMOUR_END}",
        f"{ARMOUR_BEGIN}\nQUJD!\n{ARMOUR_END}",
    ],
)
def test_damaged_armour_is_refused(text):
    with pytest.raises(AgeFileError):
        decode_armour(text)


def test_an_age_file_is_taken_apart_into_what_it_was_made_of():
    data, file_key = encoded()
    file = parse_age_file(data)
    assert (file.kind, file.arguments, file.body) == ("kind", tuple(ARGUMENTS), BODY)
    assert file.header + b" " + encode_base64(file.mac).encode() + b"\n" + file.payload == data
    assert file.decrypt(file_key) == b"plaintext"


@given(st.integers(0, 3), st.integers(-1, 1), st.binary(min_size=1, max_size=1))
@settings(deadline=None)
def test_an_age_file_of_any_number_of_chunks_is_read_as_it_was_written(chunks, more, byte):
    plaintext = byte * max(0, chunks * CHUNK_BYTES + more)
    data, file_key = encoded(plaintext)
    assert parse_age_file(data).decrypt(file_key) == plaintext


def chunked(*chunks: bytes) -> tuple[bytes, bytes]:
    """An age file of these chunks, whatever their sizes, and its file key; as age-encryption.org/v1 has it."""
    file_key, nonce = bytes(range(16)), bytes(range(16, 32))
    header = b"age-encryption.org/v1\n-> kind\n" + encode_base64(BODY).encode() + b"\n---"
    mac = hmac.digest(HKDF(SHA256(), 32, None, b"header").derive(file_key), header, hashlib.sha256)
    cipher = ChaCha20Poly1305(HKDF(SHA256(), 32, nonce, b"payload").derive(file_key))
    payload = [
        cipher.encrypt(number.to_bytes(11, "big") + bytes([number == len(chunks) - 1]), chunk, None)
        for number, chunk in enumerate(chunks)
    ]
    return b"".join([header, b" ", encode_base64(mac).encode(), b"\n", nonce, *payload]), file_key


FULL_CHUNK = bytes(CHUNK_BYTES)


@pytest.mark.parametrize("chunks", [[b""], [b"a"], [FULL_CHUNK], [FULL_CHUNK, b"a"], [FULL_CHUNK] * 3])
def test_the_chunks_of_another_program_are_read_in_their_order(chunks):
    data, file_key = chunked(*chunks)
    assert parse_age_file(data).decrypt(file_key) == b"".join(chunks)


@pytest.mark.parametrize("full", [1, 2])
def test_an_empty_chunk_after_others_is_refused(full):
    data, file_key = chunked(*[FULL_CHUNK] * full, b"")
    with pytest.raises(AgeFileError, match="empty chunk"):
        parse_age_file(data).decrypt(file_key)


@pytest.mark.parametrize("part", ["header", "payload"])
def test_damage_to_either_part_is_refused(part):
    data, file_key = encoded()
    damaged = data.replace(b"first", b"worst") if part == "header" else data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(AgeFileError, match=part):
        parse_age_file(damaged).decrypt(file_key)


@pytest.mark.parametrize("data", [b"", b"age-encryption.org/v1\n", encoded()[0][1:]])
def test_what_is_no_age_file_of_one_stanza_is_refused(data):
    with pytest.raises(AgeFileError):
        parse_age_file(data)
