"""The vectors of suite 2 that every program passes: tests/vectors."""

import base64
import json

import pytest

from radiogram import errors
from radiogram.formats.envelope import PacketReference, open_envelope
from radiogram.formats.hybrid_key import (
    hybrid_digest,
    hybrid_identity,
    hybrid_recipient_of,
    parse_hybrid_recipient,
    recipient_cid,
)
from radiogram.formats.key_card import AddressCard, encode_card, key_code, parse_key_code, read_card, read_named_card
from radiogram.formats.key_file import read_keys
from radiogram.formats.key_packet import open_key_packet
from radiogram.formats.key_reference import Context, KeyReference, raw_cid
from radiogram.formats.keys import Keys, PublicKeys
from radiogram.formats.seed import keys_of_words
from tests.formats.test_vectors import FOLDER, unhex, vectors


def why(vector: dict) -> str:
    return vector["why"]


def optional(text: str | None) -> bytes | None:
    return None if text is None else unhex(text)


# ---- seeds


@pytest.mark.parametrize("vector", vectors("seed.json", "read"), ids=why)
def test_a_seed_makes_the_keys_of_its_vector(vector):
    keys = keys_of_words(vector["text"])
    public = keys.public()
    assert keys == keys_of_words(vector["words"])
    assert keys == Keys(unhex(vector["private_key"]), unhex(vector["hybrid_secret"]))
    assert public == PublicKeys(unhex(vector["public_key"]), unhex(vector["hybrid_digest"]), vector["hybrid_recipient"])
    assert (public.address, public.words) == (vector["address"], tuple(vector["fingerprint"]))
    assert key_code(public) == vector["key_code"]


@pytest.mark.parametrize("vector", vectors("seed.json", "refuse"), ids=why)
def test_words_are_refused_with_the_error_of_their_vector(vector):
    with pytest.raises(errors.SeedWordsError) as refusal:
        keys_of_words(vector["text"])
    assert type(refusal.value).__name__ == vector["error"]


# ---- hybrid keys


@pytest.mark.parametrize("vector", [*vectors("hybrid.json", "read"), *vectors("seed.json", "read")])
def test_a_hybrid_secret_has_the_recipient_of_its_vector(vector):
    secret, recipient = unhex(vector["hybrid_secret"]), vector["hybrid_recipient"]
    digest = unhex(vector["hybrid_digest"])
    assert hybrid_recipient_of(secret) == recipient
    assert (hybrid_identity(secret), hybrid_digest(recipient)) == (vector["hybrid_identity"], digest)
    assert recipient_cid(digest) == unhex(vector["recipient_cid"]) == raw_cid(recipient.encode())


@pytest.mark.parametrize("vector", vectors("hybrid.json", "refuse"), ids=why)
def test_a_text_that_is_no_hybrid_recipient_is_refused(vector):
    with pytest.raises(errors.HybridRecipientError):
        parse_hybrid_recipient(vector["hybrid_recipient"])


@pytest.mark.parametrize("vector", json.loads((FOLDER / "x_wing.json").read_text()), ids=lambda v: v["source"])
def test_an_x_wing_secret_has_the_public_key_that_its_draft_says(vector):
    recipient = hybrid_recipient_of(unhex(vector["hybrid_secret"]))
    assert parse_hybrid_recipient(recipient) == unhex(vector["public_key"])


# ---- key packets


def packet_and_place(vector: dict) -> tuple[bytes, bytes, bytes, Context]:
    return (
        base64.b64decode(vector["packet"]),
        unhex(vector["packet_cid"]),
        unhex(vector["hybrid_secret"]),
        Context(**vector["context"]),
    )


@pytest.mark.parametrize("vector", vectors("key_packet.json", "open"), ids=lambda v: v["made_by"])
def test_a_key_packet_says_what_its_vector_says(vector):
    said = vector["contents"]
    reference = KeyReference(unhex(said["content_key"]), int(said["ciphertext_bytes"]), unhex(said["cid"]))
    context = Context(**vector["context"])
    assert open_key_packet(*packet_and_place(vector)) == reference
    assert reference.to_bytes(context) == unhex(vector["plaintext"])
    assert context.digest() == unhex(vector["context_digest"])


@pytest.mark.parametrize("vector", vectors("key_packet.json", "refuse"), ids=why)
def test_a_key_packet_is_refused_with_the_error_of_its_vector(vector):
    with pytest.raises(errors.KeyPacketError) as refusal:
        open_key_packet(*packet_and_place(vector))
    assert type(refusal.value).__name__ == vector["error"]


@pytest.mark.parametrize("vector", vectors("envelope.json", "packets"))
def test_an_envelope_of_suite_2_names_the_packet_of_its_vector(vector):
    opened = open_envelope(unhex(vector["envelope"]), unhex(vector["private_key"]), Context(**vector["context"]))
    assert opened == PacketReference(unhex(vector["packet_cid"]))


def test_the_envelopes_of_suite_2_name_the_key_packets():
    named = [vector["packet_cid"] for vector in vectors("envelope.json", "packets")]
    assert named == [vector["packet_cid"] for vector in vectors("key_packet.json", "open")]


# ---- what people hand over, and keep


@pytest.mark.parametrize("vector", vectors("public_key.json", "codes"), ids=why)
def test_a_key_code_says_what_its_vector_says(vector):
    keys = parse_key_code(vector["text"])
    assert keys == PublicKeys(unhex(vector["public_key"]), optional(vector["hybrid_digest"]))
    assert (keys.address, keys.words) == (vector["address"], tuple(vector["fingerprint"]))
    assert key_code(keys) == vector["written"]


@pytest.mark.parametrize("vector", vectors("public_key.json", "refuse_codes"), ids=why)
def test_what_is_no_key_code_in_a_vector_is_refused(vector):
    with pytest.raises(errors.KeyFormatError):
        parse_key_code(vector["text"])


CARDS = [vector for vector in vectors("key_card.json", "read") if "hybrid_digest" in vector]
BAD_CARDS = [vector for vector in vectors("key_card.json", "refuse") if "error" in vector]


@pytest.mark.parametrize("vector", CARDS, ids=why)
def test_a_card_of_suite_2_says_what_its_vector_says(vector, tmp_path):
    (tmp_path / "card").write_text(vector["card"])
    keys = read_card(tmp_path / "card")
    public_key, digest = unhex(vector["public_key"]), optional(vector["hybrid_digest"])
    assert keys == PublicKeys(public_key, digest, vector["hybrid_recipient"])
    assert (keys.address, keys.words) == (vector["address"], tuple(vector["fingerprint"]))


@pytest.mark.parametrize("vector", [vector for vector in CARDS if "name" in vector], ids=why)
def test_a_card_says_its_owners_name_as_its_vector_does(vector, tmp_path):
    (tmp_path / "card").write_text(vector["card"])
    assert read_named_card(tmp_path / "card").name == vector["name"]


@pytest.mark.parametrize("vector", BAD_CARDS, ids=why)
def test_a_card_is_refused_with_the_error_of_its_vector(vector, tmp_path):
    (tmp_path / "card").write_text(vector["card"])
    with pytest.raises(errors.KeyFormatError) as refusal:
        read_card(tmp_path / "card")
    assert type(refusal.value).__name__ == vector["error"]


@pytest.mark.parametrize("vector", CARDS, ids=why)
def test_a_card_is_read_as_it_was_written(vector, tmp_path):
    (tmp_path / "card").write_text(vector["card"])
    keys = read_card(tmp_path / "card")
    (tmp_path / "again").write_bytes(encode_card(keys))
    assert read_card(tmp_path / "again") == keys


@pytest.mark.parametrize("vector", vectors("key_card.json", "addresses"), ids=why)
def test_a_card_of_an_account_that_has_registered_its_keys_says_what_its_vector_says(vector, tmp_path):
    (tmp_path / "card").write_text(vector["card"])
    card = read_card(tmp_path / "card")
    assert card == AddressCard(vector["address"], unhex(vector["hybrid_digest"]), vector["hybrid_recipient"])
    (tmp_path / "again").write_bytes(encode_card(card))
    assert read_card(tmp_path / "again") == card


def passphrase_of(vector: dict) -> str:
    assert vector["passphrase"] is not None, "asked for a passphrase"
    return vector["passphrase"]


@pytest.mark.parametrize("vector", vectors("key_file.json", "read"), ids=why)
def test_a_key_file_holds_the_keys_of_its_vector(vector, tmp_path):
    (tmp_path / "key").write_bytes(vector["file"].encode())
    keys = read_keys(tmp_path / "key", lambda: passphrase_of(vector))
    assert keys == Keys(unhex(vector["private_key"]), optional(vector["hybrid_secret"]))


@pytest.mark.parametrize("vector", vectors("key_file.json", "refuse"), ids=why)
def test_a_key_file_is_refused_with_the_error_of_its_vector(vector, tmp_path):
    (tmp_path / "key").write_bytes(vector["file"].encode())
    with pytest.raises(errors.KeyFormatError) as refusal:
        read_keys(tmp_path / "key", lambda: passphrase_of(vector))
    assert type(refusal.value).__name__ == vector["error"]
