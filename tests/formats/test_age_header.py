"""The header of an age file: what it is made of, and what is none."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from radiogram.formats.age_header import (
    AgeFileError,
    Stanza,
    decode_base64,
    encode_base64,
    encode_header,
    parse_header,
)

FILE_KEY = bytes(range(16))
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
stanzas = st.builds(Stanza, words, st.lists(words, max_size=3).map(tuple), st.binary(max_size=200))


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


@given(stanzas, st.binary(min_size=16, max_size=16), st.binary(max_size=100))
def test_a_header_reads_as_it_was_written_whatever_follows(stanza, file_key, payload):
    data = encode_header(stanza, file_key)
    header = parse_header(data + payload)
    assert (header.stanzas, header.size) == ((stanza,), len(data))
    header.check(file_key)


@pytest.mark.parametrize("size", [0, 1, 47, 48, 49, 95, 96, 97])
def test_the_last_line_of_a_body_is_shorter_than_the_others_and_there(size):
    data = encode_header(Stanza("kind", (), bytes(size)), FILE_KEY).decode()
    lines = data.split("\n")[2:-2]
    assert [len(line) for line in lines[:-1]] == [64] * (len(lines) - 1)
    assert len(lines[-1]) < 64
    assert len("".join(lines)) == -(-size * 4 // 3)


def test_the_mac_is_that_of_age():
    data = encode_header(Stanza("kind", ("a", "b"), bytes(32)), FILE_KEY)
    text = b"age-encryption.org/v1\n-> kind a b\n" + b"A" * 43 + b"\n---"
    mac = hmac.digest(HKDF(SHA256(), 32, None, b"header").derive(FILE_KEY), text, hashlib.sha256)
    assert data == text + b" " + encode_base64(mac).encode() + b"\n"


@given(stanzas, st.integers(0), st.integers(1, 255))
def test_a_header_with_any_byte_changed_is_refused(stanza, place, difference):
    data = bytearray(encode_header(stanza, FILE_KEY))
    data[place % len(data)] ^= difference
    with pytest.raises(AgeFileError):
        parse_header(bytes(data)).check(FILE_KEY)


def made(*lines: str) -> bytes:
    return "\n".join(["age-encryption.org/v1", *lines, f"--- {'A' * 43}", ""]).encode()


def test_each_stanza_of_several_is_read():
    header = parse_header(made("-> one a", "QUJD", "-> two", "A" * 64, "", "-> three", "A" * 64, "AA"))
    assert [(each.kind, each.arguments, len(each.body)) for each in header.stanzas] == [
        ("one", ("a",), 3),
        ("two", (), 48),
        ("three", (), 49),
    ]


@pytest.mark.parametrize(
    ("why", "data"),
    [
        ("no stanza", made()),
        ("another version", made("-> a", "").replace(b"v1", b"v2")),
        ("no body", made("-> a")),
        ("a body that ends with a full line", made("-> a", "A" * 64)),
        ("a body after a short line", made("-> a", "AA", "AA")),
        ("too long a line", made("-> a", "A" * 68)),
        ("no base64", made("-> a", "A-")),
        ("padding", made("-> a", "AA==")),
        ("bits that no byte is made of", made("-> a", "AB")),
        ("no kind", made("-> ", "")),
        ("two spaces", made("-> a  b", "")),
        ("a space at the end", made("-> a ", "")),
        ("a control character", made("-> a\tb", "")),
        ("no ASCII", made("-> ä", "")),
        ("carriage returns", made("-> a", "").replace(b"\n", b"\r\n")),
        ("a short MAC", made("-> a", "").replace(b"A\n", b"\n")),
        ("a passphrase, and another recipient", made("-> scrypt AA 10", "", "-> a", "")),
        ("another recipient, and a passphrase", made("-> a", "", "-> scrypt AA 10", "")),
    ],
)
def test_what_is_no_header_is_refused(why, data):
    with pytest.raises(AgeFileError):
        parse_header(data)


def test_another_file_key_is_refused():
    with pytest.raises(AgeFileError, match="header"):
        parse_header(encode_header(Stanza("kind", (), b""), FILE_KEY)).check(bytes(16))
