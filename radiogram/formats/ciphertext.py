"""Encrypts a bundle to a content key, and decrypts it: age v1 with one X25519 recipient (docs/format.md, Ciphertext).

Streaming, 64 KiB at a time. The only place that touches pyrage.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import bech32
import pyrage
from pyrage import x25519

from radiogram.errors import CiphertextError, RadiogramError

CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
NONCE_BYTES = 16
HEADER_LIMIT = 16 * 1024  # bytes; ours has about 330, and age takes time and memory for a longer one
_MAC_LINE = b"\n--- "  # the header's last (age v1)
BUFFER_BYTES = 128 << 10
_IDENTITY_PREFIX = "age-secret-key-"


def new_content_key() -> bytes:
    """A fresh X25519 secret scalar, 32 bytes."""
    return secrets.token_bytes(32)


def age_identity(content_key: bytes) -> str:
    """The content key as age spells it, `AGE-SECRET-KEY-1…`: with it, stock `age -d -i` decrypts."""
    words = bech32.convertbits(content_key, 8, 5) or []
    return bech32.bech32_encode(_IDENTITY_PREFIX, words).upper()


def age_recipient(secret: bytes) -> str:
    """The public part of an X25519 secret (32 bytes) as age spells it, `age1…`."""
    return str(x25519.Identity.from_str(age_identity(secret)).to_public())


def encrypt(bundle: BinaryIO, sink: BinaryIO, content_key: bytes) -> int:
    """`encrypt_to` the public part of `content_key`."""
    return encrypt_to(bundle, sink, age_recipient(content_key))


def encrypt_to(plaintext: BinaryIO, sink: BinaryIO, recipient: str) -> int:
    """Encrypt all of `plaintext` into `sink`, to `recipient` (`age1…`); the size of the ciphertext in bytes.

    Raises what `plaintext` or `sink` raised, and CiphertextError if the sink did not get every byte
    (pyrage reports success although its last write failed).
    """
    source, counted = _CountingReader(plaintext), _CountingWriter(sink)
    try:
        pyrage.encrypt_io(source, counted, [x25519.Recipient.from_str(recipient)])
    except (OSError, pyrage.EncryptError) as error:
        raise source.error or counted.error or CiphertextError(f"encryption failed ({type(error).__name__})") from error
    if error_seen := source.error or counted.error:
        raise error_seen
    expected = counted.header_bytes() + NONCE_BYTES + payload_bytes(source.read_bytes)
    if counted.written_bytes != expected:
        raise CiphertextError(f"encryption stopped early ({counted.written_bytes} of {expected} bytes)", "send again")
    return counted.written_bytes


def decrypt(ciphertext: BinaryIO, sink: BinaryIO, content_key: bytes) -> None:
    """Decrypt all of `ciphertext` into `sink`. What reaches the sink before an error is not to be kept.

    Raises what `ciphertext` or `sink` raised, and CiphertextError for another content key, damage or truncation.
    """
    source, counted = _CountingReader(ciphertext), _CountingWriter(sink)
    damaged = CiphertextError("the encrypted image is damaged or cut short: it is not what was sent", "fetch it again")
    identity = x25519.Identity.from_str(age_identity(content_key))
    try:
        source.read_ahead(_MAC_LINE, HEADER_LIMIT)
        pyrage.decrypt_io(source, counted, [identity])
    except (OSError, pyrage.DecryptError) as error:
        raise source.error or counted.error or damaged from error
    if error_seen := source.error or counted.error:
        raise error_seen


@contextmanager
def open_decrypted(ciphertext: BinaryIO, content_key: bytes, *, partly: bool = False) -> Iterator[BinaryIO]:
    """The plaintext of `ciphertext` as a stream to read, decrypted on a thread of its own; `partly`, not to its end.

    The errors of `decrypt` are raised on leaving, before any that reading a cut-short plaintext gave rise to.
    """
    read_end, write_end = os.pipe()
    failure: list[BaseException] = []

    def work() -> None:
        try:
            with os.fdopen(write_end, "wb", buffering=BUFFER_BYTES) as sink:
                decrypt(ciphertext, sink, content_key)
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work, name="decrypt", daemon=True)
    with os.fdopen(read_end, "rb", buffering=BUFFER_BYTES) as plaintext:
        thread.start()
        try:
            yield plaintext
        except RadiogramError:
            plaintext.close()
            thread.join()
            if failure and not isinstance(failure[0], BrokenPipeError):
                raise failure[0] from None
            raise
    thread.join()
    if failure and not (partly and isinstance(failure[0], BrokenPipeError)):
        raise failure[0]


def plaintext_bytes(ciphertext: BinaryIO, size: int) -> int:
    """How many bytes an age file of `size` bytes decrypts to, from its header alone; the stream is left behind that.

    Raises CiphertextError.
    """
    head = ciphertext.read(HEADER_LIMIT)
    ends = head.find(b"\n", head.find(_MAC_LINE) + 1) + 1 if _MAC_LINE in head else 0
    payload = size - ends - NONCE_BYTES
    if not ends or payload < TAG_BYTES:
        raise CiphertextError("no age file, or one that is cut short")
    return payload - -(-payload // (CHUNK_BYTES + TAG_BYTES)) * TAG_BYTES


def payload_bytes(plaintext_bytes: int) -> int:
    """Size of an age payload after its nonce: the plaintext and a 16-byte tag for each 64 KiB chunk begun."""
    chunks = max(1, -(-plaintext_bytes // CHUNK_BYTES))
    return plaintext_bytes + chunks * TAG_BYTES


class _CountingReader:
    """A reader that counts, and keeps the error that pyrage would turn into its own."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._ahead = b""
        self.read_bytes = 0
        self.error: BaseException | None = None

    def read_ahead(self, end: bytes, limit: int) -> None:
        """Read until `end` has come. Raises OSError if it is not among the first `limit` bytes."""
        ahead = b""
        while end not in ahead[:limit]:
            piece = self.read(limit) if len(ahead) < limit else b""
            if not piece:
                raise OSError("no end of the header")
            ahead += piece
        self._ahead = ahead

    def read(self, size: int = -1) -> bytes:
        if self._ahead and size >= 0:
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        try:
            data = self._stream.read(size)
        except BaseException as error:  # Ctrl-C too: pyrage would make an OSError of it
            self.error = error
            raise OSError(str(error)) from error
        self.read_bytes += len(data)
        return data


class _CountingWriter:
    """A writer that counts, keeps the header, and keeps the error that pyrage would lose."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._head = b""
        self.written_bytes = 0
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            self._stream.write(data)
        except BaseException as error:
            self.error = error
            raise OSError(str(error)) from error
        if self.written_bytes < HEADER_LIMIT:
            self._head += data[: HEADER_LIMIT - self.written_bytes]
        self.written_bytes += len(data)
        return len(data)

    def header_bytes(self) -> int:
        """Size of the age header, which ends with the line of its MAC (age v1: `--- ` and 43 signs)."""
        mac_line = self._head.find(_MAC_LINE)
        return self._head.index(b"\n", mac_line + 1) + 1
