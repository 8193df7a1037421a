"""Properties of the ciphertext: docs/format.md, Ciphertext."""

import io
import subprocess
import time

import bech32
import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrage import x25519

from radiogram.errors import BundleError, CiphertextError
from radiogram.formats import ciphertext
from tests.formats.age_keys import age_identity

CHUNK = 64 * 1024
plaintexts = st.one_of(
    st.binary(max_size=200), st.sampled_from([CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]).map(lambda size: b"\xa5" * size)
)
places = st.floats(0, 1, exclude_max=True)  # how far into the ciphertext
content_keys = st.binary(min_size=32, max_size=32)


def encrypted(plaintext: bytes, content_key: bytes) -> bytes:
    return b"".join(ciphertext.encrypt([plaintext], content_key))


def decrypted(data: bytes, content_key: bytes) -> bytes:
    with ciphertext.open_decrypted(io.BytesIO(data), content_key) as plaintext:
        return plaintext.read()


@given(plaintexts, content_keys)
def test_decrypt_inverts_encrypt(plaintext, content_key):
    assert decrypted(encrypted(plaintext, content_key), content_key) == plaintext


@given(st.lists(plaintexts, max_size=4), content_keys)
def test_it_does_not_matter_in_which_pieces_a_bundle_comes(pieces, content_key):
    data = b"".join(ciphertext.encrypt(pieces, content_key))
    assert decrypted(data, content_key) == b"".join(pieces)


@given(plaintexts, content_keys)
def test_what_is_encrypted_is_decrypted_by_another_library_and_the_other_way_round(plaintext, content_key):
    identity = x25519.Identity.from_str(age_identity(content_key))
    assert pyrage.decrypt(encrypted(plaintext, content_key), [identity]) == plaintext
    assert decrypted(pyrage.encrypt(plaintext, [identity.to_public()]), content_key) == plaintext


@given(content_keys)
def test_the_recipient_of_a_content_key_is_the_one_that_another_library_finds(content_key):
    identity = x25519.Identity.from_str(age_identity(content_key))
    assert ciphertext.age_recipient(content_key) == str(identity.to_public())


def test_a_file_to_several_recipients_is_decrypted_by_each():
    keys = [bytes([number]) * 32 for number in range(3)]
    data = pyrage.encrypt(b"a study", [x25519.Recipient.from_str(ciphertext.age_recipient(key)) for key in keys])
    assert [decrypted(data, key) for key in keys] == [b"a study"] * 3


def bech32_of(prefix: str, data: bytes) -> str:
    return bech32.bech32_encode(prefix, bech32.convertbits(data, 8, 5))


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "age1",
        "age1pq1" + "q" * 40,
        age_identity(b"\7" * 32),
        bech32_of("age", b"\7" * 31),
        bech32_of("age", b"\7" * 33),
        bech32_of("agf", b"\7" * 32),
    ],
)
def test_what_is_no_recipient_is_refused(recipient):
    with pytest.raises(CiphertextError, match="age recipient"):
        ciphertext.encryptor_to(recipient)


@pytest.mark.parametrize("point", [bytes(32), b"\1" + bytes(31)])
def test_a_recipient_that_would_give_all_the_same_key_is_refused(point):
    with pytest.raises(CiphertextError):
        ciphertext.encryptor_to(bech32_of("age", point))


@given(st.binary(min_size=1, max_size=200), content_keys)
def test_two_encryptions_of_the_same_bytes_differ(plaintext, content_key):
    assert encrypted(plaintext, content_key)[-16:] != encrypted(plaintext, content_key)[-16:]


@given(plaintexts, content_keys, places, st.integers(1, 255))
def test_a_ciphertext_with_any_byte_changed_is_refused(plaintext, content_key, place, difference):
    changed = bytearray(encrypted(plaintext, content_key))
    changed[int(place * len(changed))] ^= difference
    with pytest.raises(CiphertextError):
        decrypted(bytes(changed), content_key)


@given(plaintexts, content_keys, places)
def test_a_ciphertext_cut_short_is_refused(plaintext, content_key, place):
    whole = encrypted(plaintext, content_key)
    with pytest.raises(CiphertextError):
        decrypted(whole[: int(place * len(whole))], content_key)


@given(plaintexts, content_keys, st.integers(1, 30), st.integers(1, 255))
def test_another_content_key_is_refused(plaintext, content_key, place, difference):
    other = bytearray(content_key)  # not its first and last byte, some bits of which X25519 ignores (RFC 7748, 5)
    other[place] ^= difference
    with pytest.raises(CiphertextError):
        decrypted(encrypted(plaintext, content_key), bytes(other))


STANZA = b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n"


@pytest.mark.parametrize(
    ("why", "header"),
    [
        ("100,000 stanzas, which others take minutes for", STANZA * 100_000),
        ("a line of 10 MB, which others hold in memory", b"-> X25519 " + b"A" * 10_000_000),
        ("a body of 10 MB", b"-> X25519\n" + (b"A" * 64 + b"\n") * 160_000),
        ("arguments without end", b"-> a" + b" a" * 5_000_000),
        ("a header without end", b"-> a\n\n" * 2_000_000),
    ],
)
def test_a_header_that_costs_too_much_is_refused_at_once(why, header):
    source = io.BytesIO(b"age-encryption.org/v1\n" + header)
    started = time.process_time()
    with pytest.raises(CiphertextError, match="is damaged"), ciphertext.open_decrypted(source, bytes(32)):
        pytest.fail("was opened")
    assert source.tell() == ciphertext.HEADER_LIMIT, why
    assert time.process_time() - started < 1


def test_a_header_may_be_as_long_as_its_limit():
    whole = encrypted(b"a study", bytes(32))
    stanza = b"-> other\n" + (b"A" * 64 + b"\n") * 240 + b"\n"
    begin = b"age-encryption.org/v1\n"
    data = io.BytesIO(whole.replace(begin, begin + stanza))  # whose MAC is another: it is read, and refused for that
    with pytest.raises(CiphertextError) as refused, ciphertext.open_decrypted(data, bytes(32)):
        pytest.fail("was opened")
    assert "the header is damaged" in str(refused.value.__cause__)


def test_new_content_keys_differ():
    keys = {ciphertext.new_content_key() for _ in range(100)}
    assert (len(keys), {len(key) for key in keys}) == (100, {32})


def test_stock_age_decrypts_with_the_content_key(tmp_path, need):
    need("age")
    content_key = ciphertext.new_content_key()
    (tmp_path / "key.txt").write_text(age_identity(content_key))
    (tmp_path / "bundle.age").write_bytes(encrypted(b"a study" * 20_000, content_key))
    command = ["age", "-d", "-i", str(tmp_path / "key.txt"), str(tmp_path / "bundle.age")]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"a study" * 20_000


class BrokenSource(io.RawIOBase):
    """Gives so many bytes, and then fails."""

    def __init__(self, data: bytes) -> None:
        self.stream = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self.stream.read(min(len(buffer), 1000))
        if not data:
            raise OSError(5, "Input/output error")
        buffer[: len(data)] = data
        return len(data)


@pytest.mark.parametrize("size", [0, 100, 1000, 100_000, 3 * CHUNK])
def test_an_error_of_the_source_comes_out_as_it_is(size):
    source = io.BufferedReader(BrokenSource(encrypted(bytes(4 * CHUNK), bytes(32))[:size]))
    with (
        pytest.raises(OSError, match="Input/output error"),
        ciphertext.open_decrypted(source, bytes(32)) as plaintext,
    ):
        plaintext.read()


def test_an_error_of_whoever_makes_a_bundle_comes_out_as_it_is():
    def pieces():
        yield bytes(3 * CHUNK)
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        list(ciphertext.encrypt(pieces(), bytes(32)))


def test_an_opened_ciphertext_reads_as_its_plaintext():
    data = encrypted(b"x" * 300_000, bytes(32))
    with ciphertext.open_decrypted(io.BytesIO(data), bytes(32)) as plaintext:
        assert plaintext.read() == b"x" * 300_000


def test_what_a_reader_left_is_checked_unless_it_said_that_it_reads_a_part():
    data = bytearray(encrypted(b"x" * 30_000_000, bytes(32)))
    data[-1] ^= 1
    with ciphertext.open_decrypted(io.BytesIO(data), bytes(32), partly=True) as plaintext:
        assert plaintext.read(10) == b"x" * 10
    with pytest.raises(CiphertextError), ciphertext.open_decrypted(io.BytesIO(data), bytes(32)) as plaintext:
        assert plaintext.read(10) == b"x" * 10


def test_a_reader_may_leave_before_the_end():
    data = encrypted(b"x" * 30_000_000, bytes(32))
    with ciphertext.open_decrypted(io.BytesIO(data), bytes(32)) as plaintext:
        assert plaintext.read(10) == b"x" * 10


@pytest.mark.parametrize("partly", [False, True])
def test_damage_is_reported_to_a_reader_that_has_read_to_the_end(partly):
    data = encrypted(b"x" * 300_000, bytes(32))[:-1]
    with (
        pytest.raises(CiphertextError),
        ciphertext.open_decrypted(io.BytesIO(data), bytes(32), partly=partly) as plaintext,
    ):
        plaintext.read()


def test_damage_is_reported_before_what_it_makes_of_the_plaintext():
    data = bytearray(encrypted(b"x" * 300_000, bytes(32)))
    data[200_000] ^= 1

    def read() -> None:
        with ciphertext.open_decrypted(io.BytesIO(bytes(data)), bytes(32)) as plaintext:
            plaintext.read()
            raise BundleError("cut short")

    with pytest.raises(CiphertextError):
        read()


def test_a_reader_that_gives_up_gets_its_own_error():
    data = encrypted(b"x" * 30_000_000, bytes(32))

    def read() -> None:
        with ciphertext.open_decrypted(io.BytesIO(data), bytes(32)) as plaintext:
            plaintext.read(10)
            raise BundleError("not this one")

    with pytest.raises(BundleError, match="not this one"):
        read()
