"""Encrypts a bundle to a content key, and decrypts it: age v1 with one X25519 recipient (docs/format.md, Ciphertext).

Streaming, 64 KiB at a time. Cryptography is the library's; here is the stanza: https://c2sp.org/age, X25519.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import bech32
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from radiogram.errors import CiphertextError
from radiogram.formats.age_header import (
    FILE_KEY_BYTES,
    MAC_LINE,
    WRAPPED_BYTES,
    AgeFileError,
    AgeHeader,
    Stanza,
    decode_base64,
    encode_base64,
    encode_header,
    parse_header,
)
from radiogram.formats.age_payload import CHUNK_BYTES, NONCE_BYTES, TAG_BYTES, PayloadEncryptor, PayloadReader

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

HEADER_LIMIT = 16 * 1024  # bytes; ours has 168
BUFFER_BYTES = 128 << 10
_RECIPIENT_PREFIX = "age"
_STANZA = "X25519"
_LABEL = b"age-encryption.org/v1/X25519"
_PUBLIC_BYTES = 32
_NO_NONCE = bytes(12)  # each wrapping key is used once


def new_content_key() -> bytes:
    """A fresh X25519 secret scalar, 32 bytes."""
    return secrets.token_bytes(32)


def age_recipient(secret: bytes) -> str:
    """The public part of an X25519 secret (32 bytes) as age spells it, `age1…`."""
    public = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    recipient: str = bech32.bech32_encode(_RECIPIENT_PREFIX, bech32.convertbits(public, 8, 5) or [])
    return recipient


def encrypt(bundle: Iterable[ReadableBuffer], content_key: bytes) -> Iterator[bytearray]:
    """The pieces of a bundle, encrypted to the public part of `content_key`, in pieces again."""
    encryptor = encryptor_to(age_recipient(content_key))
    for piece in bundle:
        if sealed := encryptor.update(piece):
            yield sealed
    yield encryptor.finalize()


def encryptor_to(recipient: str) -> PayloadEncryptor:
    """Encrypts to `recipient` (`age1…`). Raises CiphertextError."""
    file_key = secrets.token_bytes(FILE_KEY_BYTES)
    try:
        stanza = _wrapped(file_key, _public_key(recipient))
    except AgeFileError:
        raise CiphertextError("that is not an age recipient: it should be age1…") from None
    return PayloadEncryptor(file_key, encode_header(stanza, file_key))


def encrypt_bytes(data: bytes, recipient: str) -> bytes:
    """A few bytes, encrypted to `recipient` (`age1…`). Raises CiphertextError."""
    encryptor = encryptor_to(recipient)
    return bytes(encryptor.update(data) + encryptor.finalize())


def decrypt_bytes(data: bytes, secret: bytes) -> bytes:
    """The same, decrypted with the X25519 secret (32 bytes) of the recipient. Raises CiphertextError."""
    with open_decrypted(io.BytesIO(data), secret) as plaintext:
        return plaintext.read()


def check_recipient(recipient: str) -> None:
    """Raises CiphertextError for what is no `age1…`."""
    encryptor_to(recipient)


@contextmanager
def open_decrypted(ciphertext: BinaryIO, content_key: bytes, *, partly: bool = False) -> Iterator[BinaryIO]:
    """The plaintext of `ciphertext` as a stream to read, each chunk checked before a byte of it is given away; what was
    not read is checked on leaving, unless it is read `partly`. What came before an error is not to be kept.

    Raises CiphertextError for another content key, damage or truncation, on leaving, and what `ciphertext` raises.
    """
    try:
        begun = ciphertext.read(HEADER_LIMIT)
        header = parse_header(begun)
        file_key = _unwrapped(header, content_key)
        header.check(file_key)
        plaintext = io.BufferedReader(PayloadReader(ciphertext, file_key, begun[header.size :]), BUFFER_BYTES)
        yield plaintext
        while not partly and plaintext.read(BUFFER_BYTES):
            pass
    except AgeFileError as error:
        raise CiphertextError(
            "the encrypted image is damaged or cut short: it is not what was sent", "fetch it again"
        ) from error


def plaintext_bytes(ciphertext: BinaryIO, size: int) -> int:
    """How many bytes an age file of `size` bytes decrypts to, from its header alone; the stream is left behind that.

    Raises CiphertextError.
    """
    head = ciphertext.read(HEADER_LIMIT)
    ends = head.find(b"\n", head.find(MAC_LINE) + 1) + 1 if MAC_LINE in head else 0
    payload = size - ends - NONCE_BYTES
    if not ends or payload < TAG_BYTES:
        raise CiphertextError("no age file, or one that is cut short")
    return payload - -(-payload // (CHUNK_BYTES + TAG_BYTES)) * TAG_BYTES


def _wrapped(file_key: bytes, public_key: X25519PublicKey) -> Stanza:
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    key = _wrapping_key(ephemeral, public_key, share + public_key.public_bytes_raw())
    return Stanza(_STANZA, (encode_base64(share),), ChaCha20Poly1305(key).encrypt(_NO_NONCE, file_key, None))


def _unwrapped(header: AgeHeader, secret: bytes) -> bytes:
    """The file key that the header has for the holder of an X25519 secret (32 bytes). Raises AgeFileError."""
    private_key = X25519PrivateKey.from_private_bytes(secret)
    own = private_key.public_key().public_bytes_raw()
    for stanza in header.stanzas:
        if stanza.kind != _STANZA:
            continue
        share = decode_base64(stanza.arguments[0]) if len(stanza.arguments) == 1 else b""
        if len(share) != _PUBLIC_BYTES or len(stanza.body) != WRAPPED_BYTES:
            raise AgeFileError("a damaged stanza")
        key = _wrapping_key(private_key, X25519PublicKey.from_public_bytes(share), share + own)
        try:
            return ChaCha20Poly1305(key).decrypt(_NO_NONCE, stanza.body, None)
        except InvalidTag:
            continue
    raise AgeFileError("not encrypted to this key")


def _wrapping_key(private_key: X25519PrivateKey, public_key: X25519PublicKey, salt: bytes) -> bytes:
    """Raises AgeFileError."""
    try:
        shared = private_key.exchange(public_key)
    except ValueError:  # RFC 7748, 6.1: the shared secret would be zeros
        raise AgeFileError("its X25519 key is not valid") from None
    return HKDF(SHA256(), 32, salt, _LABEL).derive(shared)


def _public_key(recipient: str) -> X25519PublicKey:
    """Raises AgeFileError."""
    prefix, words = bech32.bech32_decode(recipient)
    raw = bytes(bech32.convertbits(words or [], 5, 8, False) or b"")
    if prefix != _RECIPIENT_PREFIX or len(raw) != _PUBLIC_BYTES:
        raise AgeFileError("not an age recipient")
    return X25519PublicKey.from_public_bytes(raw)
