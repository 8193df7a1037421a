"""Hybrid keys (ML-KEM-768 with X25519), their age recipients and digests: docs/format.md, Hybrid key.

The only place that touches HPKE.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

import bech32
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from radiogram.errors import HybridDigestError, HybridRecipientError, WrongHybridKeyError
from radiogram.formats.key_reference import RAW_CID_PREFIX

SECRET_BYTES = 32
DIGEST_BYTES = 32
RECIPIENT_CHARACTERS = 1959
ENCAPSULATION_BYTES = 1120
_ML_KEM_BYTES, _X25519_BYTES = 1184, 32  # of a public key
_ML_KEM_SEED_BYTES = 64
_RECIPIENT_PREFIX, _IDENTITY_PREFIX = "age1pq", "age-secret-key-pq-"
_CHECKSUM_CHARACTERS = 6
_INFO = b"age-encryption.org/mlkem768x25519"

_DIGITS = {sign: digit for digit, sign in enumerate(bech32.CHARSET)}


def hybrid_recipient_of(secret: bytes) -> str:
    """The age recipient, `age1pq1…`, that belongs to a hybrid secret of 32 bytes."""
    ml_kem, x25519 = _expanded(secret)
    raw = ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    return bech32.bech32_encode(_RECIPIENT_PREFIX, bech32.convertbits(raw, 8, 5) or [])


def hybrid_identity(secret: bytes) -> str:
    """A hybrid secret as age spells it, `AGE-SECRET-KEY-PQ-1…`: with it, stock `age -d -i` opens key packets."""
    return bech32.bech32_encode(_IDENTITY_PREFIX, bech32.convertbits(secret, 8, 5) or []).upper()


@lru_cache(4096)  # a day's list reads each once to check it, and once to seal to it; 3 KB each
def parse_hybrid_recipient(text: str) -> bytes:
    """The 1,216 bytes of an age recipient, `age1pq1…`. Raises HybridRecipientError."""
    separator = f"{_RECIPIENT_PREFIX}1"
    if not text.startswith(separator):
        kind = "in lower case" if text.lower().startswith(separator) else "age1pq1…"
        raise HybridRecipientError(f"that is not a hybrid recipient: it should be {kind}", "ask for the card again")
    if len(text) != RECIPIENT_CHARACTERS:
        raise HybridRecipientError(
            f"that is not a hybrid recipient: it has {len(text):,} signs, not {RECIPIENT_CHARACTERS:,}",
            "ask for the card again",
        )
    digits = [_DIGITS.get(sign, -1) for sign in text[len(separator) :]]
    raw = bytes(bech32.convertbits(digits[:-_CHECKSUM_CHARACTERS], 5, 8, False) or b"")
    # The library decodes no more than 90 signs; its parts know no such limit.
    if not raw or -1 in digits or not bech32.bech32_verify_checksum(_RECIPIENT_PREFIX, digits):
        raise HybridRecipientError(
            "that is not a hybrid recipient: a sign is wrong (its checksum does not fit)", "ask for the card again"
        )
    _public_key(raw)
    return raw


def hybrid_digest(recipient: str) -> bytes:
    """The SHA-256 of a recipient's characters, which stands for it: 32 bytes."""
    return hashlib.sha256(recipient.encode()).digest()


def recipient_cid(digest: bytes) -> bytes:
    """The CID at which a recipient lies, where its owner publishes it: 36 bytes."""
    return RAW_CID_PREFIX + digest


def check_recipient(recipient: str, digest: bytes) -> None:
    """Raises HybridRecipientError for a text that is no recipient, HybridDigestError for another's than `digest`."""
    parse_hybrid_recipient(recipient)
    if not hmac.compare_digest(hybrid_digest(recipient), digest):
        raise HybridDigestError(
            "the hybrid recipient is not the one that belongs to this key (its digest differs)",
            "do not send to it, ask for the card again",
        )


def hpke_seal(plaintext: bytes, recipient: str) -> tuple[bytes, bytes]:
    """The encapsulation (1,120 bytes), and the ciphertext with a tag of 16. Raises HybridRecipientError."""
    public_key = _public_key(parse_hybrid_recipient(recipient))
    try:
        sealed = _suite().encrypt(plaintext, public_key, _INFO)
    except ValueError:  # RFC 7748, 6.1: the shared secret would be zeros
        raise HybridRecipientError(
            "that is not a hybrid recipient: its X25519 key is not valid", "ask for the card again"
        ) from None
    return sealed[:ENCAPSULATION_BYTES], sealed[ENCAPSULATION_BYTES:]


def hpke_open(encapsulation: bytes, ciphertext: bytes, secret: bytes) -> bytes:
    """What was sealed to the recipient of `secret`. Raises WrongHybridKeyError."""
    try:
        return _suite().decrypt(encapsulation + ciphertext, MLKEM768X25519PrivateKey(*_expanded(secret)), _INFO)
    except (InvalidTag, ValueError):
        raise wrong_hybrid_key() from None


def wrong_hybrid_key() -> WrongHybridKeyError:
    return WrongHybridKeyError(
        "this key does not open the key packet: it was sealed to another hybrid key, or is damaged",
        "use the key file that the message was sealed to",
    )


def _expanded(secret: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """X-Wing (draft-connolly-cfrg-xwing-kem, 5.2): SHAKE256 makes both secrets of the one of 32 bytes."""
    if len(secret) != SECRET_BYTES:
        raise WrongHybridKeyError(f"a hybrid secret has {SECRET_BYTES} bytes, not {len(secret)}")
    expanded = hashlib.shake_256(secret).digest(_ML_KEM_SEED_BYTES + _X25519_BYTES)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:_ML_KEM_SEED_BYTES]),
        X25519PrivateKey.from_private_bytes(expanded[_ML_KEM_SEED_BYTES:]),
    )


def _public_key(raw: bytes) -> MLKEM768X25519PublicKey:
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(raw[:_ML_KEM_BYTES]),
            X25519PublicKey.from_public_bytes(raw[_ML_KEM_BYTES:]),
        )
    except ValueError:  # FIPS 203, 7.2: a coefficient is not reduced
        raise HybridRecipientError(
            "that is not a hybrid recipient: its ML-KEM key is not valid", "ask for the card again"
        ) from None


def _suite() -> Suite:
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
