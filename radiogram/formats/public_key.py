"""secp256k1 public keys as people hand them over, the addresses that they determine, and six words to compare them."""

from __future__ import annotations

import binascii
import hashlib
import re

from coincurve import PrivateKey, PublicKey
from eth_account.hdaccount.mnemonic import Mnemonic
from eth_typing import ChecksumAddress
from eth_utils.address import is_address, is_checksum_address, is_checksum_formatted_address, to_checksum_address
from eth_utils.crypto import keccak

from radiogram.errors import KeyFormatError

PRIVATE_KEY_BYTES = 32
FINGERPRINT_WORDS = 6


def parse_public_key(text: str) -> bytes:
    """The 33 compressed bytes (SEC 1, 2.3.3) of a secp256k1 public key in hex.

    Takes 33 compressed, 65 uncompressed or 64 bare bytes (x, y), with or without 0x.
    Raises KeyFormatError for anything else, hybrid encodings (06, 07) and points off the curve included.
    """
    shown = shorten(text)
    try:
        raw = binascii.unhexlify(text.strip().removeprefix("0x").removeprefix("0X"))
    except ValueError:
        raise KeyFormatError(f"{shown} is not a public key: it should be 66, 128 or 130 hex digits") from None
    if len(raw) == PRIVATE_KEY_BYTES:
        raise KeyFormatError(
            "that has the length of a private key", "never hand it over, ask for the public key (66 or 128 hex digits)"
        )
    if len(raw) == 64:
        raw = b"\x04" + raw
    if (len(raw), raw[:1]) not in {(33, b"\x02"), (33, b"\x03"), (65, b"\x04")}:
        raise KeyFormatError(
            f"{shown} is not a public key: it should be 33 bytes from 02 or 03, 65 from 04, or 64 (it has {len(raw)})"
        )
    try:
        return compress(raw)
    except ValueError:
        raise KeyFormatError(f"{shown} is not on the curve secp256k1", "copy the public key again") from None


def compress(public_key: bytes) -> bytes:
    """The 33 compressed bytes of a public key of 33 or 65. Raises ValueError off the curve."""
    return PublicKey(public_key).format(compressed=True)


def coordinates(public_key: bytes) -> tuple[bytes, bytes]:
    """x and y, 32 bytes each, big endian, of a public key of 33 or 65 bytes. Raises ValueError off the curve."""
    raw = PublicKey(public_key).format(compressed=False)
    return raw[1:33], raw[33:]


def public_key_of(private_key: bytes) -> bytes:
    """The 33 compressed bytes that belong to a 32-byte private key."""
    return PrivateKey(private_key).public_key.format(compressed=True)


def address_of(public_key: bytes) -> ChecksumAddress:
    """The account of a public key: the last 20 bytes of keccak256(x ‖ y), in EIP-55 spelling."""
    return to_checksum_address(keccak(PublicKey(public_key).format(compressed=False)[1:])[12:])


def fingerprint(public_key: bytes, hybrid_digest: bytes | None = None) -> tuple[str, ...]:
    """Six words that two people read to each other to compare a public key of 33 bytes, and the digest of the hybrid
    key (32 bytes) where there is one: docs/format.md, Fingerprint.
    """
    digest = hashlib.sha256(public_key + (hybrid_digest or b"")).digest()
    digits = int.from_bytes(digest, "big") >> 256 - 11 * FINGERPRINT_WORDS
    words = Mnemonic().wordlist
    return tuple(words[digits >> 11 * place & 0x7FF] for place in reversed(range(FINGERPRINT_WORDS)))


def parse_address(text: str) -> ChecksumAddress:
    """An address in EIP-55 spelling. Raises KeyFormatError, for a wrong checksum too."""
    text = text.strip()
    if not is_address(text):
        raise KeyFormatError(f"{shorten(text)} is not an address: it starts with 0x and has 42 signs")
    if is_checksum_formatted_address(text) and not is_checksum_address(text):
        raise KeyFormatError(f"{text} has a wrong sign (its EIP-55 checksum does not fit)", "copy the address again")
    return to_checksum_address(text)


def shorten(text: str) -> str:
    """What may be shown of a mistyped key: never enough to be a private key, and nothing of what may be a seed."""
    text = text.strip()
    if len(text) > 24 and re.search(r"\s", text):
        return "that"
    return repr(text) if len(text) <= 24 else repr(f"{text[:8]}…{text[-4:]}")
