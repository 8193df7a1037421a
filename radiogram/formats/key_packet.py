"""The key reference of a study, sealed to a hybrid recipient: docs/format.md, Key packet."""

from __future__ import annotations

import hmac

from radiogram.errors import KeyPacketError, OtherPacketError, PacketContextError
from radiogram.formats.age_file import encode_age_file, parse_age_file
from radiogram.formats.age_header import AgeFileError, decode_base64, encode_base64
from radiogram.formats.hybrid_key import ENCAPSULATION_BYTES, hpke_open, hpke_seal, wrong_hybrid_key
from radiogram.formats.key_reference import Context, KeyReference, parse_key_reference, raw_cid

PACKET_BYTES = 1752
PACKET_LIMIT = 4096
"""Bytes; no more is ever fetched."""
_STANZA = "mlkem768x25519"


def seal_key_packet(reference: KeyReference, recipient: str, context: Context) -> bytes:
    """A key packet of 1,752 bytes that only the hybrid secret of `recipient` (`age1pq1…`) opens.

    Two packets of the same reference differ. Raises HybridRecipientError.
    """

    def wrap(file_key: bytes) -> tuple[list[str], bytes]:
        encapsulation, body = hpke_seal(file_key, recipient)
        return [encode_base64(encapsulation)], body

    return encode_age_file(_STANZA, wrap, reference.to_bytes(context))


def open_key_packet(packet: bytes, cid: bytes, hybrid_secret: bytes, context: Context) -> KeyReference:
    """What `packet`, which an envelope names by its `cid` (36 bytes), says to the holder of the hybrid secret.

    Raises OtherPacketError, WrongHybridKeyError, PacketContextError, or KeyPacketError for what is no key packet.
    """
    if not hmac.compare_digest(raw_cid(packet), cid):
        raise OtherPacketError("the key packet is not the one that the message names", "fetch it again")
    if len(packet) != PACKET_BYTES:
        raise KeyPacketError(f"the key packet has {len(packet):,} bytes, not {PACKET_BYTES:,}", "ask the sender")
    try:
        parsed = parse_key_reference(decrypt_packet(packet, hybrid_secret))
    except AgeFileError:
        raise KeyPacketError("the key packet is damaged", "ask the sender") from None
    if parsed is None:
        raise KeyPacketError("the key packet is in a format this version does not know", "update, and open it again")
    digest, reference = parsed
    if digest != context.digest():
        raise PacketContextError(
            "the key packet was copied here from another sender, inbox or chain", "do not trust it, ask the sender"
        )
    return reference


def decrypt_packet(packet: bytes, hybrid_secret: bytes) -> bytes:
    """The plaintext of an age file to one hybrid recipient. Raises WrongHybridKeyError, AgeFileError."""
    file = parse_age_file(packet)
    stanza = file.stanza
    if stanza.kind != _STANZA:
        raise wrong_hybrid_key()
    if len(stanza.arguments) != 1:
        raise AgeFileError("a damaged stanza")
    encapsulation = decode_base64(stanza.arguments[0])
    if len(encapsulation) != ENCAPSULATION_BYTES:
        raise AgeFileError("a damaged stanza")
    return file.decrypt(hpke_open(encapsulation, stanza.body, hybrid_secret))
