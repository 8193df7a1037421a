"""Seals to a public key what the chain stores of a study, and opens it with the private key: docs/format.md, Envelope.

In suite 1 that is the key reference, in suite 2 the CID of the key packet that holds it. Pure: bytes in, bytes out.
The only place that touches eciespy.
"""

from __future__ import annotations

from dataclasses import dataclass

import ecies
from ecies.config import Config

from radiogram.errors import EnvelopeError, WrongContextError, WrongKeyError
from radiogram.formats import key_reference
from radiogram.formats.key_reference import (
    CID_BYTES,
    CONTEXT_BYTES,
    RAW_CID_PREFIX,
    REFERENCE_BYTES,
    Context,
    KeyReference,
    parse_key_reference,
)

PACKET_VERSION = 2
PACKET_PLAINTEXT_BYTES = 1 + CONTEXT_BYTES + CID_BYTES
OVERHEAD_BYTES = 33 + 12 + 16  # ephemeral public key, nonce, tag
ENVELOPE_BYTES = REFERENCE_BYTES + OVERHEAD_BYTES
PACKET_ENVELOPE_BYTES = PACKET_PLAINTEXT_BYTES + OVERHEAD_BYTES


@dataclass(frozen=True)
class PacketReference:
    """What an envelope of suite 2 says: which key packet to open."""

    cid: bytes
    """Binary CIDv1 of the packet's bytes as one raw block, 36 bytes."""


def seal(contents: KeyReference | PacketReference, public_key: bytes, context: Context) -> bytes:
    """An envelope that only the private key to `public_key` (33 bytes) opens: 154 bytes in suite 1, 114 in suite 2.

    ECIES: ephemeral public key (33) ‖ nonce (12) ‖ tag (16) ‖ AES-256-GCM ciphertext (93 or 53), HKDF-SHA256.
    Two seals of the same contents differ. Raises EnvelopeError for a CID or content key of another size or kind.
    """
    if isinstance(contents, KeyReference):
        plaintext = contents.to_bytes(context)
    elif not _is_raw_cid(contents.cid):
        raise EnvelopeError("the CID of a key packet must be that of one raw block, in 36 bytes")
    else:
        plaintext = bytes([PACKET_VERSION]) + context.digest() + contents.cid
    return ecies.encrypt(public_key, plaintext, _config())


def open_envelope(envelope: bytes, private_key: bytes, context: Context) -> KeyReference | PacketReference:
    """What `envelope` says, to the holder of the 32-byte `private_key`.

    Raises WrongKeyError, WrongContextError, or EnvelopeError for bytes that are no envelope of version 1 or 2.
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
    parsed = parse_key_reference(plaintext) or _parse_packet_reference(plaintext)
    if parsed is None:
        raise EnvelopeError("the message is in a format this version does not know", "update, and open it again")
    digest, contents = parsed
    if digest != context.digest():
        raise WrongContextError(
            "the message was copied here from another sender, inbox or chain", "do not trust it, ask the sender"
        )
    return contents


def _parse_packet_reference(plaintext: bytes) -> tuple[bytes, PacketReference] | None:
    if len(plaintext) != PACKET_PLAINTEXT_BYTES or plaintext[0] != PACKET_VERSION:
        return None
    context, cid = key_reference.split(plaintext[1:], CONTEXT_BYTES, CID_BYTES)
    return (context, PacketReference(cid)) if _is_raw_cid(cid) else None


def _is_raw_cid(cid: bytes) -> bool:
    return len(cid) == CID_BYTES and cid.startswith(RAW_CID_PREFIX)


def _config() -> Config:
    # A fresh object at every call: eciespy's own default is a global that anyone may change.
    return Config(is_ephemeral_key_compressed=True, is_hkdf_key_compressed=True, symmetric_nonce_length=12)
