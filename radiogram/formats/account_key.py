"""The key to what an account keeps on its own disk, of a signature: docs/format.md, Register of contacts, Outbox."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from radiogram.errors import KeyFormatError

_RS_BYTES = 64  # of a signature, without v


def secret_of(signature: bytes, info: bytes) -> bytes:
    """An X25519 secret (32 bytes): HKDF-SHA256 of r ‖ s of an EIP-191 signature (65 bytes), with no salt.

    Raises KeyFormatError for one that is shorter, as of an account that can't sign.
    """
    if len(signature) < _RS_BYTES:
        raise KeyFormatError("this account can't sign a text")
    return HKDF(SHA256(), 32, None, info).derive(signature[:_RS_BYTES])
