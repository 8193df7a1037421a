"""Wycheproof's vectors against what opens envelopes and age files here: each library, as it is called.

Envelopes take a point as 33 compressed bytes, and cards in hex: of the ECDH vectors, those that differ in their DER
alone say nothing here, and an invalid point of two coordinates can only come on a card.
"""

import hashlib

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from ecies.utils.hash import derive_key
from ecies.utils.symmetric import sym_decrypt
from eth_keys.exceptions import BadSignature, ValidationError
from eth_keys.main import KeyAPI

from radiogram.errors import KeyFormatError, WrongKeyError
from radiogram.formats.envelope import open_envelope
from radiogram.formats.key_reference import Context, KeyReference, raw_cid
from radiogram.formats.public_key import compress, parse_public_key
from tests.formats.published_vectors import require, wycheproof

ECDH = wycheproof("ecdh_secp256k1")
ECDSA = wycheproof("ecdsa_secp256k1_sha256_p1363")
AES_GCM = [(group, test) for group, test in wycheproof("aes_gcm") if group["keySize"] == 256]
CHACHA = wycheproof("chacha20_poly1305")
HKDF_SHA256 = wycheproof("hkdf_sha256")
CURVE = "3056301006072a8648ce3d020106052b8104000a034200"  # DER that says secp256k1 by name, before 65 bytes of a point
CONTEXT = Context(1, *["0x" + "11" * 20] * 3)
# Two signatures whose point lies beyond the group's order, one in 2^127: Ethereum has no v for them (27 and 28 alone).
LARGE_X = {115, 247}
REFERENCE = KeyReference(bytes(range(32)), 1234, raw_cid(b""))


def test_all_vectors_are_there():
    require(ECDH, 752)
    require(ECDSA, 252)
    require(AES_GCM, 105)
    require(CHACHA, 325)
    require(HKDF_SHA256, 86)


def points(result: str) -> list[dict[str, str]]:
    """The ECDH tests with a plain point of the curve's size."""
    return [test for _, test in ECDH if test["result"] == result and test["public"].startswith(CURVE)]


def test_an_envelope_opens_by_the_shared_secret_of_every_valid_ecdh_vector():
    """Sealed without a private key, from what the vector says that both sides share."""
    tests = points("valid")
    require(tests, 473)
    for test in tests:
        private_key = int(test["private"], 16).to_bytes(32, "big")
        ephemeral = compress(bytes.fromhex(test["public"].removeprefix(CURVE)))
        opened = 0
        for sign in (b"\x02", b"\x03"):  # a vector has x of the shared point alone
            key = HKDF(SHA256(), 32, None, b"").derive(ephemeral + sign + bytes.fromhex(test["shared"]))
            sealed = AESGCM(key).encrypt(bytes(12), REFERENCE.to_bytes(CONTEXT), None)
            envelope = ephemeral + bytes(12) + sealed[-16:] + sealed[:-16]
            try:
                assert open_envelope(envelope, private_key, CONTEXT) == REFERENCE
                opened += 1
            except WrongKeyError:
                pass
        assert opened == 1, test


@pytest.mark.parametrize("test", points("invalid"), ids=lambda test: str(test["tcId"]))
def test_a_card_with_an_invalid_point_is_refused(test):
    with pytest.raises(KeyFormatError):
        parse_public_key(test["public"].removeprefix(CURVE))


def test_the_cipher_of_envelopes_opens_what_is_valid_and_refuses_the_rest():
    for group, test in AES_GCM:
        if test["aad"] or group["ivSize"] != 96 or group["tagSize"] != 128:
            continue  # an envelope has none of that
        key, nonce, tag, sealed = (bytes.fromhex(test[name]) for name in ("key", "iv", "tag", "ct"))
        try:
            opened = sym_decrypt(key, nonce + tag + sealed, "aes-256-gcm", 12).hex()
        except ValueError:
            opened = None
        assert opened == (test["msg"] if test["result"] == "valid" else None), test


def test_the_cipher_of_age_files_opens_what_is_valid_and_refuses_the_rest():
    for _, test in CHACHA:
        key, nonce, tag, sealed, aad = (bytes.fromhex(test[name]) for name in ("key", "iv", "tag", "ct", "aad"))
        try:
            opened = ChaCha20Poly1305(key).decrypt(nonce, sealed + tag, aad).hex()
        except (InvalidTag, ValueError):  # ValueError: a nonce of another size
            opened = None
        assert opened == (test["msg"] if test["result"] == "valid" else None), test


def test_keys_are_derived_as_rfc_5869_says():
    for _, test in HKDF_SHA256:
        given, salt, info = (bytes.fromhex(test[name]) for name in ("ikm", "salt", "info"))
        try:
            derived = HKDF(SHA256(), test["size"], salt, info).derive(given).hex()
        except ValueError:  # too long
            derived = ""
        assert derived == (test["okm"] if test["result"] == "valid" else ""), test
        if not salt and not info and test["size"] == 32:
            assert derive_key(given).hex() == test["okm"]


def test_a_signature_recovers_to_its_key_where_it_is_valid_and_to_no_such_key_where_it_is_not():
    """As a sender's over a manifest does (eth-account, through eth-keys). Every s is taken: those above half of the
    order are the same signature in another form, and nothing here is named by a signature."""
    for group, test in ECDSA:
        signature, key = bytes.fromhex(test["sig"]), bytes.fromhex(group["publicKey"]["uncompressed"])[1:]
        digest = hashlib.sha256(bytes.fromhex(test["msg"])).digest()
        is_valid = test["result"] == "valid" and test["tcId"] not in LARGE_X
        assert (key in recovered(digest, signature)) == is_valid, test


def recovered(digest: bytes, signature: bytes) -> list[bytes]:
    found = []
    for parity in (0, 1):
        try:
            given = KeyAPI.Signature(signature + bytes([parity]))
            found.append(given.recover_public_key_from_msg_hash(digest).to_bytes())
        except (BadSignature, ValidationError):
            continue
    return found
