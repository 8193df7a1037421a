"""The header of an age file: https://c2sp.org/age, Header."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from radiogram.errors import RadiogramError

FILE_KEY_BYTES = 16
WRAPPED_BYTES = FILE_KEY_BYTES + 16  # with a tag
MAC_LINE = b"\n--- "
"""How the last line begins, behind the line before it."""
_LINE_SIGNS = 64
_MAC_SIGNS = 43
_VERSION = b"age-encryption.org/v1\n"
_STANZA = rb"-> (?P<arguments>[!-~]+(?: [!-~]+)*)\n(?P<body>(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)"
_HEADER = re.compile(
    rb"(?P<authenticated>age-encryption\.org/v1\n(?P<stanzas>(?:%s)+)---) (?P<mac>[A-Za-z0-9+/]{43})\n"
    % re.sub(rb"\?P<\w+>", b"?:", _STANZA)
)


class AgeFileError(RadiogramError):
    """Not an age file of the kind that is looked for, or damaged."""


@dataclass(frozen=True)
class Stanza:
    """The file key, wrapped for one recipient."""

    kind: str
    arguments: tuple[str, ...]
    body: bytes


@dataclass(frozen=True)
class AgeHeader:
    """A header, taken apart; nothing of it is checked but its form."""

    stanzas: tuple[Stanza, ...]
    authenticated: bytes
    """What the MAC is computed over."""
    mac: bytes
    size: int
    """In bytes; the payload follows."""

    def check(self, file_key: bytes) -> None:
        """Raises AgeFileError for damage, or another file key (16 bytes)."""
        if not hmac.compare_digest(self.mac, _mac(file_key, self.authenticated)):
            raise AgeFileError("the header is damaged")


def encode_header(stanza: Stanza, file_key: bytes) -> bytes:
    """A header of one stanza, in which the file key (16 bytes) is wrapped."""
    body = encode_base64(stanza.body)
    lines = [body[start : start + _LINE_SIGNS] for start in range(0, len(body) + 1, _LINE_SIGNS)]
    text = "\n".join([f"-> {' '.join([stanza.kind, *stanza.arguments])}", *lines, "---"])
    authenticated = _VERSION + text.encode()
    return authenticated + f" {encode_base64(_mac(file_key, authenticated))}\n".encode()


def parse_header(data: bytes) -> AgeHeader:
    """The header with which `data` begins. Raises AgeFileError."""
    found = _HEADER.match(data)
    if not found:
        raise AgeFileError("not an age file")
    stanzas = tuple(
        _stanza(each["arguments"].decode().split(" "), each["body"].decode())
        for each in re.finditer(_STANZA, found["stanzas"])
    )
    if len(stanzas) > 1 and any(each.kind == "scrypt" for each in stanzas):
        raise AgeFileError("a passphrase is not its only recipient")
    return AgeHeader(stanzas, found["authenticated"], decode_base64(found["mac"].decode()), found.end())


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


def _stanza(arguments: Sequence[str], body: str) -> Stanza:
    kind, *others = arguments
    return Stanza(kind, tuple(others), decode_base64(body.replace("\n", "")))


def _mac(file_key: bytes, authenticated: bytes) -> bytes:
    key = HKDF(SHA256(), 32, None, b"header").derive(file_key)
    return hmac.digest(key, authenticated, hashlib.sha256)
