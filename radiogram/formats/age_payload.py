"""The payload of an age file, as a stream: https://c2sp.org/age, Payload (STREAM, 64 KiB at a time, ChaCha20-Poly1305).

The cipher is OpenSSL's, and other threads run meanwhile.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from radiogram.formats.age_header import AgeFileError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

CHUNK_BYTES = 64 * 1024  # of plaintext
TAG_BYTES = 16
NONCE_BYTES = 16
_SEALED_BYTES = CHUNK_BYTES + TAG_BYTES
# Chunks that are read at once: of the first few, all of which are in the first block on IPFS (1 MiB), and then many.
_OF_FIRST, _FIRST, _TOGETHER = 4, 12, 16


class PayloadEncryptor:
    """Encrypts a plaintext with a file key (16 bytes), piece by piece."""

    def __init__(self, file_key: bytes, header: bytes = b"") -> None:
        """`header` is what comes out before all else."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        self._before, self._cipher = header + nonce, _cipher(file_key, nonce)
        self._chunk, self._filled = memoryview(bytearray(CHUNK_BYTES)), 0  # not encrypted yet: it may be the last
        self._number = 0

    def update(self, data: ReadableBuffer) -> bytearray:
        """What can be given away after so much more of the plaintext."""
        view = memoryview(data).cast("B")
        sealed, places = self._room(max(self._filled + len(view) - 1, 0) // CHUNK_BYTES * _SEALED_BYTES)
        for into in places:
            if self._filled:
                view = self._fill(view)
                self._seal(self._chunk, into)
                self._filled = 0
            else:
                self._seal(view[:CHUNK_BYTES], into)
                view = view[CHUNK_BYTES:]
        self._fill(view)
        return sealed

    def finalize(self) -> bytearray:
        """The rest, after all of the plaintext."""
        sealed, (into,) = self._room(self._filled + TAG_BYTES)
        self._seal(self._chunk[: self._filled], into, is_last=True)
        return sealed

    def _room(self, size: int) -> tuple[bytearray, list[memoryview]]:
        """Room for what comes out, and in it the places of chunks, of `size` bytes together."""
        start = len(self._before)
        room = bytearray(start + size)
        room[:start], self._before = self._before, b""
        view = memoryview(room)[start:]
        return room, [view[each : each + _SEALED_BYTES] for each in range(0, size, _SEALED_BYTES)]

    def _fill(self, view: memoryview) -> memoryview:
        """Fill up the chunk; what is left then."""
        size = min(len(view), CHUNK_BYTES - self._filled)
        self._chunk[self._filled : self._filled + size] = view[:size]
        self._filled += size
        return view[size:]

    def _seal(self, chunk: memoryview, into: memoryview, *, is_last: bool = False) -> None:
        """Any chunk but the last has CHUNK_BYTES, and the last is empty only if it is the first."""
        self._cipher.encrypt_into(_chunk_nonce(self._number, is_last), chunk, None, into)
        self._number += 1


class PayloadReader(io.RawIOBase):
    """The plaintext of an age payload, decrypted as it is read: no byte is given away before its chunk was checked.

    Reading raises AgeFileError for another file key, damage or truncation, and what `payload` raises.
    """

    def __init__(self, payload: BinaryIO, file_key: bytes, begun: bytes = b"") -> None:
        """`begun` was read of `payload` already."""
        while len(begun) < NONCE_BYTES and (more := payload.read(NONCE_BYTES - len(begun))):
            begun += more
        self._cipher = _cipher(file_key, begun[:NONCE_BYTES])
        self._chunks = _chunks(payload, _SEALED_BYTES, begun[NONCE_BYTES:])
        self._chunk = memoryview(bytearray(CHUNK_BYTES))
        self._rest = self._chunk[:0]
        self._error: BaseException | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self._error:
            raise self._error
        view = memoryview(buffer).cast("B")
        try:
            if not self._rest and len(view) >= CHUNK_BYTES:
                return self._next(view[:CHUNK_BYTES])
            if not self._rest:
                self._rest = self._chunk[: self._next(self._chunk)]
        except BaseException as error:
            self._error = error  # what follows is not the end
            raise
        count = min(len(view), len(self._rest))
        view[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def _next(self, into: memoryview) -> int:
        """Decrypt one chunk; its size, 0 at the end."""
        number, chunk = next(self._chunks, (b"", None))
        if chunk is None:
            return 0
        size = len(chunk) - TAG_BYTES
        is_allowed = size > 0 or (size == 0 and not any(number[:-1]))  # an empty one stands alone
        try:
            if is_allowed:
                return self._cipher.decrypt_into(number, chunk, None, into[:size])
        except InvalidTag:
            pass
        raise AgeFileError("the payload is damaged or cut short")


def _chunks(stream: BinaryIO, size: int, begun: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """The chunks of `stream`, of `size` bytes, the last of what is left; before each its nonce. There is at least one,
    and none but the first is empty. A chunk lasts until the next.
    """
    view = memoryview(bytearray(_TOGETHER * size))
    filled, number, ended = len(begun), 0, False
    view[:filled] = begun
    wanted = _OF_FIRST * size
    while not ended:
        while filled < wanted and not ended:
            count = stream.readinto(view[filled:wanted])  # type: ignore[attr-defined]
            filled, ended = filled + count, not count
        whole = filled if ended else filled - size  # one is held back: it may be the last
        for start in range(0, max(whole, 1), size):
            end = min(start + size, filled)
            yield _chunk_nonce(number, ended and end == filled), view[start:end]
            number += 1
        view[: filled - whole] = view[whole:filled]
        filled -= whole
        wanted = filled + _OF_FIRST * size if number + 1 < _FIRST else len(view)


def _chunk_nonce(number: int, is_last: bool) -> bytes:
    """12 bytes: its number, big-endian, in 11 of them, and whether it is the last."""
    return number.to_bytes(11, "big") + bytes([is_last])


def _cipher(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(SHA256(), 32, nonce, b"payload").derive(file_key))
