"""Small age files: their armour, and what is refused of each part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.formats.age_file import (
    ARMOUR_BEGIN,
    ARMOUR_END,
    decode_armour,
    encode_age_file,
    encode_armour,
    parse_age_file,
)
from radiogram.formats.age_header import AgeFileError, Stanza, encode_header

ARGUMENTS, BODY = ["first", "second"], bytes(range(32))


def encoded(plaintext: bytes = b"plaintext") -> tuple[bytes, bytes]:
    """An age file, and its file key."""
    keys = []

    def wrap(file_key: bytes) -> tuple[list[str], bytes]:
        keys.append(file_key)
        return ARGUMENTS, BODY

    data = encode_age_file("kind", wrap, plaintext)
    return data, keys[0]


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
    assert file.stanza == Stanza("kind", tuple(ARGUMENTS), BODY)
    assert data.endswith(file.payload)
    assert file.decrypt(file_key) == b"plaintext"


@pytest.mark.parametrize("part", ["header", "payload"])
def test_damage_to_either_part_is_refused(part):
    data, file_key = encoded()
    damaged = data.replace(b"first", b"worst") if part == "header" else data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(AgeFileError, match=part):
        parse_age_file(damaged).decrypt(file_key)


LONGER = encode_header(Stanza("kind", (), bytes(33)), bytes(16))
TWO = LONGER.replace(b"\n---", b"\n-> other\n\n---")


@pytest.mark.parametrize("data", [b"", b"age-encryption.org/v1\n", encoded()[0][1:], LONGER, TWO])
def test_what_is_no_age_file_of_one_stanza_with_a_file_key_is_refused(data):
    with pytest.raises(AgeFileError):
        parse_age_file(data)
