"""Nothing that was sealed opens with one bit changed, whichever it is.

What can be changed without notice is known, and is no single bit: eciespy takes the point of an envelope in other forms
too, in 65 bytes from 04, 06 or 07, if it is told that points are that long. Such envelopes are refused here; all the
same, nowhere is the hash of an envelope taken for its identity.
"""

import io

import ecies
import pytest
from ecies.config import Config

from radiogram.errors import CiphertextError, EnvelopeError, KeyPacketError, OtherPacketError, WrongKeyError
from radiogram.formats import ciphertext
from radiogram.formats.envelope import PacketReference, open_envelope, seal
from radiogram.formats.hybrid_key import hybrid_recipient_of
from radiogram.formats.key_packet import open_key_packet, seal_key_packet
from radiogram.formats.key_reference import Context, KeyReference, raw_cid
from radiogram.formats.public_key import public_key_of

CONTEXT = Context(1, *["0x" + "11" * 20] * 3)
REFERENCE = KeyReference(bytes(range(32)), 1234, raw_cid(b"ciphertext"))
PRIVATE_KEY, HYBRID_SECRET = b"\x01" * 32, b"\x02" * 32


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.fault("A bit of an envelope is flipped", "each of them", "refused")
@pytest.mark.parametrize(
    ("contents", "size"), [(REFERENCE, 154), (PacketReference(raw_cid(b"packet")), 114)], ids=["suite 1", "suite 2"]
)
def test_an_envelope_is_refused_whichever_bit_is_flipped(contents, size):
    envelope = seal(contents, public_key_of(PRIVATE_KEY), CONTEXT)
    assert len(envelope) == size
    assert open_envelope(envelope, PRIVATE_KEY, CONTEXT) == contents
    for bit in range(8 * size):
        with pytest.raises(EnvelopeError) as refused:
            open_envelope(flipped(envelope, bit), PRIVATE_KEY, CONTEXT)
        assert bit < 8 or isinstance(refused.value, WrongKeyError)


def test_an_envelope_with_a_hybrid_point_is_refused_although_its_library_opens_it():
    envelope = seal(REFERENCE, public_key_of(PRIVATE_KEY), CONTEXT)
    config = Config(is_ephemeral_key_compressed=False, is_hkdf_key_compressed=True, symmetric_nonce_length=12)
    point = ecies.PublicKey("secp256k1", envelope[:33]).to_bytes(False)
    hybrid = bytes([6 + point[-1] % 2]) + point[1:] + envelope[33:]
    assert ecies.decrypt(PRIVATE_KEY, hybrid, config) == REFERENCE.to_bytes(CONTEXT)
    with pytest.raises(EnvelopeError, match="not an envelope this version knows"):
        open_envelope(hybrid, PRIVATE_KEY, CONTEXT)


@pytest.mark.fault("A bit of a key packet is flipped", "each of them", "refused")
def test_a_key_packet_is_refused_whichever_bit_is_flipped():
    packet = seal_key_packet(REFERENCE, hybrid_recipient_of(HYBRID_SECRET), CONTEXT)
    assert open_key_packet(packet, raw_cid(packet), HYBRID_SECRET, CONTEXT) == REFERENCE
    for bit in range(8 * len(packet)):
        with pytest.raises(OtherPacketError):
            open_key_packet(flipped(packet, bit), raw_cid(packet), HYBRID_SECRET, CONTEXT)


def test_a_key_packet_that_an_envelope_names_is_refused_with_a_bit_of_any_byte_flipped():
    packet = seal_key_packet(REFERENCE, hybrid_recipient_of(HYBRID_SECRET), CONTEXT)
    for byte in range(len(packet)):
        changed = flipped(packet, 8 * byte + byte % 8)
        with pytest.raises(KeyPacketError):
            open_key_packet(changed, raw_cid(changed), HYBRID_SECRET, CONTEXT)


@pytest.mark.fault("A bit of a ciphertext's beginning is flipped", "each of them", "refused")
def test_a_ciphertext_is_refused_whichever_bit_of_its_header_or_its_first_bytes_is_flipped():
    whole = b"".join(ciphertext.encrypt([b"a study"], PRIVATE_KEY))
    for bit in range(8 * len(whole)):
        changed = io.BytesIO(flipped(whole, bit))
        with pytest.raises(CiphertextError), ciphertext.open_decrypted(changed, PRIVATE_KEY) as plaintext:
            plaintext.read()
