"""Properties of the envelope: docs/format.md, Envelope."""

import dataclasses

import ecies
import pytest
from ecies.config import Config
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import EnvelopeError, WrongContextError, WrongKeyError
from radiogram.formats import envelope
from radiogram.formats.envelope import open_envelope, seal
from radiogram.formats.key_reference import Context, KeyReference, raw_cid
from radiogram.formats.public_key import public_key_of
from tests.formats.strategies import addresses, contents, contexts, private_keys


@given(contents, private_keys, contexts)
def test_open_inverts_seal(sealed, private_key, context):
    assert open_envelope(seal(sealed, public_key_of(private_key), context), private_key, context) == sealed


@given(contents, private_keys, contexts)
def test_an_envelope_has_154_bytes_and_starts_with_a_compressed_public_key(sealed, private_key, context):
    letter = seal(sealed, public_key_of(private_key), context)
    assert (len(letter), letter[0] in (2, 3)) == (154, True)


@given(contents, private_keys, contexts)
def test_two_seals_of_the_same_contents_share_no_part(sealed, private_key, context):
    first, second = (seal(sealed, public_key_of(private_key), context) for _ in range(2))
    parts = ((1, 33), (33, 45), (45, 61), (61, 154))
    assert all(first[a:b] != second[a:b] for a, b in parts)


@given(contents, private_keys, contexts)
def test_an_envelope_shows_nothing_of_its_contents(sealed, private_key, context):
    letter = seal(sealed, public_key_of(private_key), context)
    assert sealed.cid not in letter
    assert sealed.content_key not in letter


@given(contents, private_keys, contexts, st.integers(0, 153), st.integers(0, 7))
def test_an_envelope_with_any_bit_flipped_is_refused(sealed, private_key, context, place, bit):
    letter = bytearray(seal(sealed, public_key_of(private_key), context))
    letter[place] ^= 1 << bit
    with pytest.raises(EnvelopeError):
        open_envelope(bytes(letter), private_key, context)


@given(contents, private_keys, contexts, st.integers(0, 153))
def test_an_envelope_cut_short_is_refused(sealed, private_key, context, length):
    with pytest.raises(EnvelopeError):
        open_envelope(seal(sealed, public_key_of(private_key), context)[:length], private_key, context)


@given(contents, private_keys, contexts, st.binary(min_size=1, max_size=40))
def test_an_envelope_with_bytes_behind_it_is_refused(sealed, private_key, context, more):
    with pytest.raises(WrongKeyError):
        open_envelope(seal(sealed, public_key_of(private_key), context) + more, private_key, context)


@given(contents, private_keys, private_keys, contexts)
def test_another_private_key_is_refused_as_a_wrong_key(sealed, private_key, other, context):
    letter = seal(sealed, public_key_of(private_key), context)
    if other == private_key:
        return
    with pytest.raises(WrongKeyError, match="this private key does not open the message"):
        open_envelope(letter, other, context)


@pytest.mark.parametrize("field", ["inbox", "sender", "recipient"])
@given(sealed=contents, private_key=private_keys, context=contexts, other=addresses)
def test_an_envelope_copied_to_another_place_is_refused_as_such(field, sealed, private_key, context, other):
    letter = seal(sealed, public_key_of(private_key), context)
    moved = dataclasses.replace(context, **{field: other})
    if moved == context:
        return
    with pytest.raises(WrongContextError):
        open_envelope(letter, private_key, moved)


@given(contents, private_keys, contexts, st.integers(1, 2**64))
def test_an_envelope_copied_to_another_chain_is_refused_as_such(sealed, private_key, context, distance):
    letter = seal(sealed, public_key_of(private_key), context)
    with pytest.raises(WrongContextError):
        open_envelope(letter, private_key, dataclasses.replace(context, chain_id=context.chain_id + distance))


@given(contents, private_keys, contexts)
def test_a_sealed_plaintext_of_an_unknown_version_is_refused(sealed, private_key, context):
    config = Config(is_ephemeral_key_compressed=True, is_hkdf_key_compressed=True, symmetric_nonce_length=12)
    plaintext = b"\x02" + context.digest() + sealed.content_key + bytes(8) + sealed.cid
    letter = ecies.encrypt(public_key_of(private_key), plaintext, config)
    with pytest.raises(EnvelopeError, match="a format this version does not know"):
        open_envelope(letter, private_key, context)


@given(st.binary(max_size=300), private_keys, contexts)
def test_arbitrary_bytes_are_refused(junk, private_key, context):
    with pytest.raises(EnvelopeError):
        open_envelope(junk, private_key, context)


@pytest.mark.parametrize("length", [0, 1, 60, 61])
def test_what_is_too_short_to_hold_anything_is_no_envelope(length):
    with pytest.raises(EnvelopeError, match=f"this message of {length} bytes") as refusal:
        open_envelope((b"\x02" + bytes(60))[:length], b"\x01" * 32, Context(1, *["0x" + "11" * 20] * 3))
    assert type(refusal.value) is EnvelopeError


@pytest.mark.parametrize("private_key", [b"", bytes(31), bytes(33)])
def test_a_private_key_that_has_not_32_bytes_is_refused(private_key):
    context = Context(1, *["0x" + "11" * 20] * 3)
    with pytest.raises(EnvelopeError, match="32 bytes"):
        open_envelope(b"\x02" + bytes(153), private_key, context)


@pytest.mark.parametrize(
    ("content_key", "cid"), [(bytes(31), raw_cid(b"")), (bytes(32), bytes(35)), (bytes(32), bytes(36))]
)
def test_contents_of_other_sizes_or_with_another_cid_are_not_sealed(content_key, cid):
    with pytest.raises(EnvelopeError):
        seal(KeyReference(content_key, 1, cid), public_key_of(b"\x01" * 32), Context(1, *["0x" + "11" * 20] * 3))


def test_contents_do_not_show_the_content_key():
    assert "42" * 32 not in repr(KeyReference(b"\x42" * 32, 1, bytes(36)))
    assert "BBBB" not in repr(KeyReference(b"\x42" * 32, 1, bytes(36)))


def test_sealing_does_not_depend_on_eciespys_global_settings(monkeypatch):
    monkeypatch.setattr(ecies.ECIES_CONFIG, "symmetric_nonce_length", 16)
    monkeypatch.setattr(ecies.ECIES_CONFIG, "is_ephemeral_key_compressed", False)
    context = Context(1, *["0x" + "11" * 20] * 3)
    sealed = seal(KeyReference(bytes(32), 1, raw_cid(b"")), public_key_of(b"\x01" * 32), context)
    assert len(sealed) == envelope.ENVELOPE_BYTES
