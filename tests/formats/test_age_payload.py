"""The payload of an age file, against the cipher alone: the chunks are made here as c2sp.org/age has them."""

import io

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from radiogram.formats.age_header import AgeFileError
from radiogram.formats.age_payload import CHUNK_BYTES, PayloadEncryptor, PayloadReader

FILE_KEY, NONCE = bytes(range(16)), bytes(range(16, 32))
FULL = bytes(CHUNK_BYTES)
SEALED = CHUNK_BYTES + 16
# Around the chunks that are read at once: 4 three times, and then 16 with the one that is kept for the next.
ENDS = (1, 2, 4, 5, 8, 12, 16, 27, 28, 42, 43)
SIZES = [0, 1, *(each * CHUNK_BYTES + more for each in ENDS for more in (-1, 0, 1))]
sizes = st.sampled_from(SIZES)


def chunked(*chunks: bytes, last: int | None = None, first: int = 0) -> bytes:
    """A payload of these chunks, whatever their sizes. `last` is which of them says that it is the last one."""
    cipher = ChaCha20Poly1305(HKDF(SHA256(), 32, NONCE, b"payload").derive(FILE_KEY))
    last = len(chunks) - 1 if last is None else last
    return NONCE + b"".join(
        cipher.encrypt((first + number).to_bytes(11, "big") + bytes([number == last]), chunk, None)
        for number, chunk in enumerate(chunks)
    )


def opened(payload: bytes, file_key: bytes = FILE_KEY, begun: int = 0, step: int = -1) -> bytes:
    stream = io.BytesIO(payload)
    reader = io.BufferedReader(PayloadReader(stream, file_key, stream.read(begun)))
    return reader.read() if step < 0 else b"".join(iter(lambda: reader.read(step), b""))


def content(size: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in range(size // 4 + 1))[:size]


def encrypted(plaintext: bytes, step: int) -> bytes:
    encryptor, pieces = PayloadEncryptor(FILE_KEY), []
    for start in range(0, len(plaintext), step):
        pieces.append(encryptor.update(plaintext[start : start + step]))
    return b"".join([*pieces, encryptor.finalize()])


@pytest.mark.parametrize("size", SIZES)
def test_what_another_program_made_is_read(size):
    data = content(size)
    chunks = [data[start : start + CHUNK_BYTES] for start in range(0, max(size, 1), CHUNK_BYTES)]
    assert opened(chunked(*chunks)) == data


@given(sizes, st.integers(1000, 200_000))
@settings(deadline=None)
def test_what_is_encrypted_is_what_another_program_makes_of_it(size, step):
    data = content(size)
    payload = encrypted(data, step)
    cipher = ChaCha20Poly1305(HKDF(SHA256(), 32, payload[:16], b"payload").derive(FILE_KEY))
    sealed = [payload[start : start + SEALED] for start in range(16, len(payload), SEALED)]
    assert (
        b"".join(
            cipher.decrypt(number.to_bytes(11, "big") + bytes([number == len(sealed) - 1]), chunk, None)
            for number, chunk in enumerate(sealed)
        )
        == data
    )


@given(sizes, st.integers(1, 300_000), st.integers(0, 2000), st.integers(10_000, 200_000))
@settings(deadline=None)
def test_it_is_read_as_it_was_written_in_whatever_pieces(size, step, begun, read):
    assert opened(encrypted(content(size), step * 10), begun=begun, step=read) == content(size)


def test_a_nonce_is_used_once():
    assert encrypted(b"", 1)[:16] != encrypted(b"", 1)[:16]


def test_the_header_comes_out_first():
    encryptor = PayloadEncryptor(FILE_KEY, b"header")
    first = encryptor.update(b"")
    assert first[:6] == b"header"
    assert opened(bytes(first[6:] + encryptor.finalize())) == b""


def test_a_chunk_is_given_away_as_soon_as_it_is_not_the_last():
    encryptor = PayloadEncryptor(FILE_KEY)
    assert len(encryptor.update(FULL)) == 16
    assert len(encryptor.update(b"a")) == SEALED
    assert len(encryptor.finalize()) == 1 + 16


class Pieces(io.RawIOBase):
    """A source that gives little at a time, and tells how much it gave."""

    def __init__(self, data: bytes, most: int = 1 << 30, error: Exception | None = None) -> None:
        self.stream, self.most, self.error, self.given = io.BytesIO(data), most, error, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self.stream.read(min(len(buffer), self.most))
        if not data and self.error:
            raise self.error
        buffer[: len(data)] = data
        self.given += len(data)
        return len(data)


def test_a_source_that_gives_little_at_a_time_is_read_to_its_end():
    data = content(3 * CHUNK_BYTES + 5)
    assert io.BufferedReader(PayloadReader(Pieces(encrypted(data, 1 << 20), 7), FILE_KEY)).read() == data


def test_little_more_is_read_of_the_source_than_is_asked_for():
    source = Pieces(chunked(*[FULL] * 100))
    PayloadReader(source, FILE_KEY).readinto(bytearray(10))
    assert source.given <= 5 * SEALED


def test_of_the_first_eleven_chunks_each_is_read_out_of_the_first_mebibyte():
    source = Pieces(chunked(*[FULL] * 100))
    reader = PayloadReader(source, FILE_KEY)
    for _ in range(11):
        assert reader.readinto(bytearray(CHUNK_BYTES)) == CHUNK_BYTES
        assert source.given <= 12 * SEALED + len(NONCE)


def test_from_the_twelfth_on_as_many_chunks_are_read_at_once_as_there_is_room_for():
    source = Pieces(chunked(*[FULL] * 100))
    reader = PayloadReader(source, FILE_KEY)
    for _ in range(12):
        reader.readinto(bytearray(CHUNK_BYTES))
    assert source.given == (12 + 15) * SEALED + len(NONCE)


def damaged(payload: bytes, place: int) -> bytes:
    return payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]


WHOLE = chunked(FULL, FULL, b"a")


@pytest.mark.parametrize(
    ("why", "payload"),
    [
        ("nothing", b""),
        ("half of a nonce", NONCE[:8]),
        ("no chunk", NONCE),
        ("half of a tag", WHOLE[: 16 + 8]),
        ("cut in a chunk", WHOLE[:1000]),
        ("cut between chunks", WHOLE[: 16 + SEALED]),
        ("cut before the last", WHOLE[: 16 + 2 * SEALED]),
        ("cut in the last", WHOLE[:-1]),
        ("a byte too many", WHOLE + b"a"),
        ("a chunk too many", WHOLE + WHOLE[16 : 16 + SEALED]),
        ("an empty last chunk", chunked(FULL, b"")),
        ("an empty last chunk after several", chunked(FULL, FULL, b"")),
        ("an empty chunk before the last", chunked(b"", FULL)),
        ("a short chunk before the last", chunked(b"short", FULL)),
        ("none that is the last", chunked(FULL, b"a", last=5)),
        ("a last one before the end", chunked(FULL, FULL, b"a", last=1)),
        ("chunks that are counted from one", chunked(FULL, b"a", first=1)),
        (
            "chunks that changed places",
            NONCE + WHOLE[16 + SEALED : 16 + 2 * SEALED] + WHOLE[16:][:SEALED] + WHOLE[-17:],
        ),
        ("another nonce", bytes(16) + WHOLE[16:]),
        ("a damaged nonce", damaged(WHOLE, 0)),
        ("a damaged chunk", damaged(WHOLE, 16 + 5)),
        ("a damaged second chunk", damaged(WHOLE, 16 + SEALED + 5)),
        ("a damaged tag", damaged(WHOLE, len(WHOLE) - 1)),
    ],
)
def test_damage_is_refused(why, payload):
    with pytest.raises(AgeFileError):
        opened(payload)


def test_another_file_key_is_refused():
    with pytest.raises(AgeFileError):
        opened(WHOLE, bytes(16))


def test_no_byte_is_given_away_of_a_chunk_that_is_damaged():
    reader = PayloadReader(io.BytesIO(damaged(chunked(*[FULL] * 8), 16 + 5 * SEALED + 9)), FILE_KEY)
    read = 0
    with pytest.raises(AgeFileError):
        while count := reader.readinto(bytearray(1000)):
            read += count
    assert read == 5 * CHUNK_BYTES


def test_after_damage_nothing_more_is_read_and_no_end_is_told():
    reader = PayloadReader(io.BytesIO(damaged(WHOLE, 20)), FILE_KEY)
    for _ in range(3):
        with pytest.raises(AgeFileError):
            reader.readinto(bytearray(1 << 17))


def test_after_an_error_of_the_source_no_end_is_told():
    reader = PayloadReader(Pieces(WHOLE[:1000], error=OSError(5, "Input/output error")), FILE_KEY)
    for _ in range(3):
        with pytest.raises(OSError, match="Input/output error"):
            reader.readinto(bytearray(10))
