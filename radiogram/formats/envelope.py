"""Seals the CID and content key to a public key, and opens them with the private key: docs/format.md, Envelope.

Pure: bytes in, bytes out. The only place that touches eciespy.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import ecies
from ecies.config import Config
from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from radiogram.errors import EnvelopeError, WrongContextError, WrongKeyError

VERSION = 1
CONTEXT_BYTES = 16
CONTENT_KEY_BYTES = 32
SIZE_BYTES = 8
CID_BYTES = 36
PLAINTEXT_BYTES = 1 + CONTEXT_BYTES + CONTENT_KEY_BYTES + SIZE_BYTES + CID_BYTES
OVERHEAD_BYTES = 33 + 12 + 16  # ephemeral public key, nonce, tag
ENVELOPE_BYTES = PLAINTEXT_BYTES + OVERHEAD_BYTES
CONTEXT_TYPEHASH = keccak(b"RadiogramEnvelope(uint256 chainId,address inbox,address sender,address recipient)")


@dataclass(frozen=True)
class Context:
    """Where an envelope belongs; copied anywhere else, it does not open."""

    chain_id: int
    inbox: ChecksumAddress
    sender: ChecksumAddress
    recipient: ChecksumAddress

    def digest(self) -> bytes:
        """First 16 bytes of keccak256(abi.encode(CONTEXT_TYPEHASH, chainId, inbox, sender, recipient))."""
        values = (CONTEXT_TYPEHASH, self.chain_id, self.inbox, self.sender, self.recipient)
        return keccak(encode(["bytes32", "uint256", "address", "address", "address"], values))[:CONTEXT_BYTES]


@dataclass(frozen=True)
class EnvelopeContents:
    """What an envelope says: how to find the ciphertext, and the key to it."""

    content_key: bytes = field(repr=False)
    """X25519 secret scalar, 32 bytes."""
    ciphertext_bytes: int
    """Size of the ciphertext; no more is ever downloaded."""
    cid: bytes
    """Binary CIDv1, 36 bytes."""


def seal(contents: EnvelopeContents, public_key: bytes, context: Context) -> bytes:
    """An envelope of 154 bytes that only the private key to `public_key` (33 bytes) opens.

    ECIES: ephemeral public key (33) ‖ nonce (12) ‖ tag (16) ‖ AES-256-GCM ciphertext (93), HKDF-SHA256.
    Two seals of the same contents differ.
    """
    if len(contents.content_key) != CONTENT_KEY_BYTES or len(contents.cid) != CID_BYTES:
        raise EnvelopeError(f"the content key must have {CONTENT_KEY_BYTES} bytes and the CID {CID_BYTES}")
    plaintext = (
        bytes([VERSION])
        + context.digest()
        + contents.content_key
        + contents.ciphertext_bytes.to_bytes(SIZE_BYTES, "big")
        + contents.cid
    )
    return ecies.encrypt(public_key, plaintext, _config())


def open_envelope(envelope: bytes, private_key: bytes, context: Context) -> EnvelopeContents:
    """What `envelope` says, to the holder of the 32-byte `private_key`.

    Raises WrongKeyError, WrongContextError, or EnvelopeError for bytes that are no envelope of version 1.
    """
    if len(private_key) != 32:  # eciespy takes an empty key for "make one up"
        raise EnvelopeError(f"a private key has 32 bytes, not {len(private_key)}")
    if envelope[:1] not in (b"\x02", b"\x03") or len(envelope) <= OVERHEAD_BYTES:
        raise EnvelopeError(
            f"this message of {len(envelope)} bytes is not an envelope this version knows",
            "a newer version may open it",
        )
    try:
        plaintext = ecies.decrypt(private_key, bytes(envelope), _config())
    except ValueError:
        raise WrongKeyError(
            "this private key does not open the message: it was sealed to another key, or is damaged",
            "use the right key",
        ) from None
    if plaintext[:1] != bytes([VERSION]) or len(plaintext) != PLAINTEXT_BYTES:
        raise EnvelopeError("the message is in a format this version does not know", "update, and open it again")
    digest, content_key, size, cid = _split(plaintext[1:], CONTEXT_BYTES, CONTENT_KEY_BYTES, SIZE_BYTES, CID_BYTES)
    if digest != context.digest():
        raise WrongContextError(
            "the message was copied here from another sender, inbox or chain", "do not trust it, ask the sender"
        )
    return EnvelopeContents(content_key, int.from_bytes(size, "big"), cid)


def _split(data: bytes, *sizes: int) -> list[bytes]:
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [data[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def _config() -> Config:
    # A fresh object at every call: eciespy's own default is a global that anyone may change.
    return Config(is_ephemeral_key_compressed=True, is_hkdf_key_compressed=True, symmetric_nonce_length=12)
