"""Small age files of one stanza, whole in memory: age v1 (age-encryption.org/v1).

For the two kinds of stanza that pyrage does not write as needed: `mlkem768x25519`, which it does not know, and `scrypt`
with a work factor that is always the same. Cryptography is the library's; here is the framing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from radiogram.errors import RadiogramError

FILE_KEY_BYTES = 16
WRAPPED_BYTES = FILE_KEY_BYTES + 16  # with a tag
CHUNK_BYTES = 64 * 1024  # of plaintext
_SEALED_CHUNK = CHUNK_BYTES + 16  # with a tag
ARMOUR_BEGIN, ARMOUR_END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
_NONCE_BYTES = 16
_HEADER = re.compile(
    rb"age-encryption\.org/v1\n-> (?P<kind>[!-~]+)(?P<arguments>(?: [!-~]+)*)\n(?P<body>[A-Za-z0-9+/]{43})\n"
    rb"--- (?P<mac>[A-Za-z0-9+/]{43})\n"
)


class AgeFileError(RadiogramError):
    """Not an age file of one stanza, or damaged."""


@dataclass(frozen=True)
class AgeFile:
    """An age file, taken apart; nothing of it is checked but its form."""

    kind: str
    """Of the one stanza."""
    arguments: tuple[str, ...]
    body: bytes
    """The wrapped file key, 32 bytes."""
    header: bytes
    """What the MAC is computed over."""
    mac: bytes
    payload: bytes

    def decrypt(self, file_key: bytes) -> bytes:
        """The plaintext. Raises AgeFileError for damage."""
        if not hmac.compare_digest(self.mac, _mac(file_key, self.header)):
            raise AgeFileError("the header is damaged")
        nonce, payload = self.payload[:_NONCE_BYTES], self.payload[_NONCE_BYTES:]
        cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        try:
            chunks = [cipher.decrypt(number, chunk, None) for number, chunk in _numbered(payload, _SEALED_CHUNK)]
        except InvalidTag:
            raise AgeFileError("the payload is damaged or cut short") from None
        if len(chunks) > 1 and not chunks[-1]:
            raise AgeFileError("the payload ends with an empty chunk")
        return b"".join(chunks)


def encode_age_file(kind: str, wrap: Callable[[bytes], tuple[list[str], bytes]], plaintext: bytes) -> bytes:
    """`plaintext` as an age file.

    `wrap` is given the file key, 16 bytes, and returns the arguments of the stanza and its body, 32 bytes.
    """
    file_key, nonce = secrets.token_bytes(FILE_KEY_BYTES), secrets.token_bytes(_NONCE_BYTES)
    arguments, body = wrap(file_key)
    header = f"age-encryption.org/v1\n-> {' '.join([kind, *arguments])}\n{encode_base64(body)}\n---".encode()
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    chunks = (cipher.encrypt(number, chunk, None) for number, chunk in _numbered(plaintext, CHUNK_BYTES))
    return header + f" {encode_base64(_mac(file_key, header))}\n".encode() + nonce + b"".join(chunks)


def parse_age_file(data: bytes) -> AgeFile:
    """Raises AgeFileError."""
    found = _HEADER.match(data)
    if not found:
        raise AgeFileError("not an age file of one stanza")
    header = data[: found.start("mac") - 1]
    arguments = found["arguments"].decode().split()
    body, mac = decode_base64(found["body"].decode()), decode_base64(found["mac"].decode())
    return AgeFile(found["kind"].decode(), tuple(arguments), body, header, mac, data[found.end() :])


def encode_armour(data: bytes) -> str:
    """An age file as text, in lines of 64 signs between two that say what it is."""
    return "\n".join([ARMOUR_BEGIN, *textwrap.wrap(base64.b64encode(data).decode(), 64), ARMOUR_END, ""])


def decode_armour(text: str) -> bytes:
    """What is in armour, however its lines are broken: people copy it. Raises AgeFileError."""
    first, *lines = text.strip().splitlines() or [""]
    if first != ARMOUR_BEGIN or not lines or lines.pop() != ARMOUR_END:
        raise AgeFileError("no armour, or cut short")
    try:
        return base64.b64decode("".join(lines), validate=True)
    except ValueError:
        raise AgeFileError("not base64") from None


def encode_base64(data: bytes) -> str:
    """Without padding, as age writes it."""
    return base64.b64encode(data).decode().rstrip("=")


def decode_base64(text: str) -> bytes:
    """Of the one spelling that each text has. Raises AgeFileError."""
    try:
        data = base64.b64decode(text + "==")  # more padding than is needed does no harm
    except ValueError:
        raise AgeFileError("not base64") from None
    if encode_base64(data) != text:
        raise AgeFileError("not the base64 that age writes")
    return data


def _numbered(data: bytes, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Chunks of `size` bytes, the last one of what is left. Before each its nonce: number, and whether it is last."""
    places = range(0, max(len(data), 1), size)
    for number, place in enumerate(places):
        yield number.to_bytes(11, "big") + bytes([place == places[-1]]), data[place : place + size]


def _mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derived(file_key, None, b"header"), header, hashlib.sha256)


def _derived(file_key: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(file_key)
