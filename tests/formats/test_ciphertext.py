"""Properties of the ciphertext: docs/format.md, Ciphertext."""

import io
import subprocess
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import BundleError, CiphertextError
from radiogram.formats import ciphertext

CHUNK = 64 * 1024
plaintexts = st.one_of(
    st.binary(max_size=200), st.sampled_from([CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]).map(lambda size: b"\xa5" * size)
)
places = st.floats(0, 1, exclude_max=True)  # how far into the ciphertext; its length varies (age adds grease)
content_keys = st.binary(min_size=32, max_size=32)


def encrypted(plaintext: bytes, content_key: bytes) -> bytes:
    sink = io.BytesIO()
    ciphertext.encrypt(io.BytesIO(plaintext), sink, content_key)
    return sink.getvalue()


def decrypted(data: bytes, content_key: bytes) -> bytes:
    sink = io.BytesIO()
    ciphertext.decrypt(io.BytesIO(data), sink, content_key)
    return sink.getvalue()


@given(plaintexts, content_keys)
def test_decrypt_inverts_encrypt(plaintext, content_key):
    assert decrypted(encrypted(plaintext, content_key), content_key) == plaintext


@given(plaintexts, content_keys)
def test_the_reported_size_is_the_size(plaintext, content_key):
    sink = io.BytesIO()
    assert ciphertext.encrypt(io.BytesIO(plaintext), sink, content_key) == len(sink.getvalue())


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
        ("100,000 stanzas, which the library takes minutes for", [STANZA] * 100_000),
        ("a line of 100 MB, which it holds in memory", [b"-> X25519 ", *[b"A" * 1_000_000] * 100]),
        ("a header without end", [b"-> a\n\n"] * 10_000_000),
    ],
)
def test_a_header_that_costs_too_much_is_refused_at_once(why, header):
    class Costly(io.RawIOBase):
        read_bytes = 0
        pieces = iter([b"age-encryption.org/v1\n", *header])

        def read(self, size=-1):
            piece = next(self.pieces, b"")
            self.read_bytes += len(piece)
            return piece

    source = Costly()
    with pytest.raises(CiphertextError, match="is damaged"):
        ciphertext.decrypt(source, io.BytesIO(), bytes(32))
    assert source.read_bytes < 2_000_000, why


def test_new_content_keys_differ():
    keys = {ciphertext.new_content_key() for _ in range(100)}
    assert (len(keys), {len(key) for key in keys}) == (100, {32})


def test_stock_age_decrypts_with_the_content_key(tmp_path, need):
    need("age")
    content_key = ciphertext.new_content_key()
    (tmp_path / "key.txt").write_text(ciphertext.age_identity(content_key))
    (tmp_path / "bundle.age").write_bytes(encrypted(b"a study" * 20_000, content_key))
    command = ["age", "-d", "-i", str(tmp_path / "key.txt"), str(tmp_path / "bundle.age")]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"a study" * 20_000


class FullSink(io.RawIOBase):
    """Takes `room` bytes, then fails as a full disk does."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, data):
        if len(data) > self.room:
            raise OSError(28, "No space left on device")
        self.room -= len(data)
        return len(data)


@pytest.mark.parametrize("size", [0, 9, 3 * CHUNK + 9])
@pytest.mark.parametrize("room", [0, 100, 400, CHUNK, 3 * CHUNK])
def test_a_sink_that_fails_is_reported_wherever_it_does(room, size):
    if room <= 100 or size > room:
        with pytest.raises(OSError, match="No space left"):
            ciphertext.encrypt(io.BytesIO(bytes(size)), FullSink(room), bytes(32))


@pytest.mark.parametrize("size", [9, 3 * CHUNK + 9])
def test_a_sink_that_fails_is_reported_when_decrypting(size):
    with pytest.raises(OSError, match="No space left"):
        ciphertext.decrypt(io.BytesIO(encrypted(bytes(size), bytes(32))), FullSink(8), bytes(32))


class BrokenSource(io.RawIOBase):
    def read(self, size=-1):
        raise OSError(5, "Input/output error")


def test_a_source_that_fails_is_reported_when_encrypting():
    with pytest.raises(OSError, match="Input/output error"):
        ciphertext.encrypt(BrokenSource(), io.BytesIO(), bytes(32))


def test_a_source_that_fails_is_reported_when_decrypting():
    with pytest.raises(OSError, match="Input/output error"):
        ciphertext.decrypt(BrokenSource(), io.BytesIO(), bytes(32))


def test_an_opened_ciphertext_reads_as_its_plaintext():
    data = encrypted(b"x" * 300_000, bytes(32))
    with ciphertext.open_decrypted(io.BytesIO(data), bytes(32)) as plaintext:
        assert plaintext.read() == b"x" * 300_000


def test_what_decrypts_does_not_keep_a_process_from_ending():
    with ciphertext.open_decrypted(io.BytesIO(encrypted(b"x" * 30_000_000, bytes(32))), bytes(32), partly=True):
        [thread] = [each for each in threading.enumerate() if each.name == "decrypt"]
        assert thread.daemon


def test_a_reader_may_leave_before_the_end_only_if_it_said_so():
    data = encrypted(b"x" * 30_000_000, bytes(32))
    with ciphertext.open_decrypted(io.BytesIO(data), bytes(32), partly=True) as plaintext:
        assert plaintext.read(10) == b"x" * 10
    with (
        pytest.raises(BrokenPipeError),
        ciphertext.open_decrypted(io.BytesIO(data), bytes(32)) as plaintext,
    ):
        plaintext.read(10)


@pytest.mark.parametrize("partly", [False, True])
def test_damage_is_reported_to_a_reader_that_has_read_to_the_end(partly):
    data = encrypted(b"x" * 300_000, bytes(32))[:-1]
    with (
        pytest.raises(CiphertextError),
        ciphertext.open_decrypted(io.BytesIO(data), bytes(32), partly=partly) as plaintext,
    ):
        assert len(plaintext.read()) < 300_000


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
