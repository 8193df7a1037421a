"""Small age files of one stanza, whole in memory: age v1 (https://c2sp.org/age).

Key packets, with a stanza `mlkem768x25519`, and key files, with `scrypt`. Cryptography is the library's; here is the
framing.
"""

from __future__ import annotations

import base64
import io
import secrets
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from radiogram.formats.age_header import (
    FILE_KEY_BYTES,
    WRAPPED_BYTES,
    AgeFileError,
    AgeHeader,
    Stanza,
    encode_header,
    parse_header,
)
from radiogram.formats.age_payload import PayloadEncryptor, PayloadReader

ARMOUR_BEGIN, ARMOUR_END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"


@dataclass(frozen=True)
class AgeFile:
    """An age file, taken apart; nothing of it is checked but its form."""

    header: AgeHeader
    payload: bytes

    @property
    def stanza(self) -> Stanza:
        """The one there is; its body is the wrapped file key, 32 bytes."""
        return self.header.stanzas[0]

    def decrypt(self, file_key: bytes) -> bytes:
        """The plaintext. Raises AgeFileError for damage."""
        self.header.check(file_key)
        return io.BufferedReader(PayloadReader(io.BytesIO(self.payload), file_key)).read()


def encode_age_file(kind: str, wrap: Callable[[bytes], tuple[list[str], bytes]], plaintext: bytes) -> bytes:
    """`plaintext` as an age file.

    `wrap` is given the file key, 16 bytes, and returns the arguments of the stanza and its body, 32 bytes.
    """
    file_key = secrets.token_bytes(FILE_KEY_BYTES)
    arguments, body = wrap(file_key)
    encryptor = PayloadEncryptor(file_key, encode_header(Stanza(kind, tuple(arguments), body), file_key))
    return bytes(encryptor.update(plaintext) + encryptor.finalize())


def parse_age_file(data: bytes) -> AgeFile:
    """Raises AgeFileError."""
    header = parse_header(data)
    if len(header.stanzas) != 1 or len(header.stanzas[0].body) != WRAPPED_BYTES:
        raise AgeFileError("not an age file of one stanza")
    return AgeFile(header, data[header.size :])


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
