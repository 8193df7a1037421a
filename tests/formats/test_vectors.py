"""The vectors that every program passes: tests/vectors."""

import base64
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message

from radiogram import errors, transfer
from radiogram.dicom.display import shown_name
from radiogram.formats import bundle, ciphertext
from radiogram.formats.derived_key import key_from_signature, key_typed_data
from radiogram.formats.envelope import open_envelope
from radiogram.formats.key_card import read_card
from radiogram.formats.key_reference import Context, KeyReference
from radiogram.formats.public_key import address_of, fingerprint, parse_public_key, public_key_of
from radiogram.formats.signed_act import parse_signed_act, signable, typed_data

FOLDER = Path(__file__).parent.parent / "vectors"


def vectors(file: str, kind: str) -> list[dict]:
    return json.loads((FOLDER / file).read_text())[kind]


def test_they_are_what_the_program_makes_that_is_named_for_it(tmp_path):
    copy = tmp_path / "vectors"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, FOLDER / "make.py", copy], check=True, cwd=FOLDER.parents[1])
    for made in copy.glob("*.json"):
        assert made.read_bytes() == (FOLDER / made.name).read_bytes(), made.name


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


@pytest.mark.parametrize("vector", vectors("envelope.json", "open"))
def test_an_envelope_says_what_its_vector_says(vector):
    context = Context(**vector["context"])
    said = vector["contents"]
    contents = KeyReference(unhex(said["content_key"]), int(said["ciphertext_bytes"]), unhex(said["cid"]))
    assert open_envelope(unhex(vector["envelope"]), unhex(vector["private_key"]), context) == contents
    assert context.digest() == unhex(vector["context_digest"])


@pytest.mark.parametrize("vector", vectors("envelope.json", "refuse"), ids=lambda v: v["why"])
def test_an_envelope_is_refused_with_the_error_of_its_vector(vector):
    with pytest.raises(errors.EnvelopeError) as refusal:
        open_envelope(unhex(vector["envelope"]), unhex(vector["private_key"]), Context(**vector["context"]))
    assert type(refusal.value).__name__ == vector["error"]


@pytest.mark.parametrize("vector", vectors("public_key.json", "read"), ids=lambda v: v["text"][:6])
def test_a_public_key_is_read_as_its_vector_says(vector):
    key = parse_public_key(vector["text"])
    assert (key, address_of(key)) == (unhex(vector["public_key"]), vector["address"])


@pytest.mark.parametrize("vector", vectors("public_key.json", "read"), ids=lambda v: v["text"][:6])
def test_a_public_key_has_the_fingerprint_of_its_vector(vector):
    assert fingerprint(unhex(vector["public_key"])) == tuple(vector["fingerprint"])


@pytest.mark.parametrize("vector", vectors("public_key.json", "refuse"), ids=lambda v: v["why"])
def test_what_is_no_public_key_in_a_vector_is_refused(vector):
    with pytest.raises(errors.KeyFormatError):
        parse_public_key(vector["text"])


@pytest.mark.parametrize("vector", vectors("wallet_key.json", "derive"))
def test_a_signature_makes_the_key_of_its_vector(vector):
    key = key_from_signature(unhex(vector["signature"]), vector["account"], vector["number"])
    assert key_typed_data(vector["account"], vector["number"]) == vector["typed_data"]
    assert (key, public_key_of(key)) == (unhex(vector["private_key"]), unhex(vector["public_key"]))


@pytest.mark.parametrize("vector", vectors("wallet_key.json", "refuse"), ids=lambda v: v["why"])
def test_a_signature_of_a_vector_that_makes_no_key_is_refused(vector):
    with pytest.raises(errors.KeyFormatError):
        key_from_signature(unhex(vector["signature"]), vector["account"], vector["number"])


@pytest.mark.parametrize("vector", json.loads((FOLDER / "person_name.json").read_text()), ids=lambda v: ascii(v["raw"]))
def test_a_persons_name_is_shown_as_its_vector_says(vector):
    assert shown_name(vector["raw"]) == vector["shown"]


def written(vector: dict, folder: Path) -> Path:
    card = folder / "card"
    card.write_text(vector["card"])
    return card


@pytest.mark.parametrize("vector", vectors("key_card.json", "read"), ids=lambda v: v["why"])
def test_a_key_card_holds_the_key_of_its_vector(vector, tmp_path):
    key = read_card(written(vector, tmp_path)).public_key
    assert (key, address_of(key)) == (unhex(vector["public_key"]), vector["address"])


@pytest.mark.parametrize("vector", vectors("key_card.json", "refuse"), ids=lambda v: v["why"])
def test_what_is_no_key_card_in_a_vector_is_refused(vector, tmp_path):
    with pytest.raises(errors.KeyFormatError):
        read_card(written(vector, tmp_path))


@pytest.mark.parametrize("vector", vectors("signed_act.json", "write"))
def test_a_signed_act_is_written_as_its_vector_says(vector):
    assert parse_signed_act(vector["file"].encode()).to_bytes() == vector["file"].encode()


SIGNED_ACTS = vectors("signed_act.json", "write") + vectors("signed_act.json", "read")


@pytest.mark.parametrize("vector", SIGNED_ACTS)
def test_a_signed_act_asks_for_the_signature_of_its_vector(vector):
    signed = parse_signed_act(vector["file"].encode())
    content = (signed.act, signed.chain_id, signed.inbox, signed.deadline)
    assert typed_data(*content) == vector["typed_data"]
    assert _hash_eip191_message(signable(*content)) == unhex(vector["digest"])
    assert signed.signature == unhex(vector["signature"])


@pytest.mark.parametrize("vector", [v for v in SIGNED_ACTS if v["signed_by"]])
def test_a_signed_act_is_signed_by_the_account_of_its_vector(vector):
    signed = parse_signed_act(vector["file"].encode())
    assert signer_of(unhex(vector["digest"]), signed.signature) == vector["signed_by"] == signed.act.account


@pytest.mark.parametrize("vector", [v for v in SIGNED_ACTS if not v["signed_by"]], ids=lambda v: v["why"])
def test_a_signed_act_whose_signature_is_not_the_accounts_is_read_all_the_same(vector):
    signed = parse_signed_act(vector["file"].encode())
    assert signer_of(unhex(vector["digest"]), signed.signature) != signed.act.account


def signer_of(digest: bytes, signature: bytes) -> str | None:
    """By ECDSA, 65 bytes or 64 (ERC-2098)."""
    if len(signature) == 64:
        parity, signature = signature[32] >> 7, signature[:32] + bytes([signature[32] & 0x7F]) + signature[33:]
        signature += bytes([27 + parity])
    if len(signature) != 65:
        return None
    return Account._recover_hash(digest, signature=signature)


@pytest.mark.parametrize("vector", vectors("signed_act.json", "refuse"), ids=lambda v: v["why"])
def test_what_is_no_signed_act_in_a_vector_is_refused(vector):
    with pytest.raises(errors.ActError):
        parse_signed_act(vector["file"].encode())


def unpack(vector: dict, folder: Path) -> bundle.BundleHeader:
    encrypted = io.BytesIO(base64.b64decode(vector["ciphertext"]))
    with ciphertext.open_decrypted(encrypted, unhex(vector["content_key"])) as plaintext:
        return bundle.unpack(plaintext, folder)


@pytest.mark.parametrize("vector", vectors("bundle.json", "unpack"))
def test_a_bundle_unpacks_to_the_files_of_its_vector(vector, tmp_path):
    unpacked = unpack(vector, tmp_path)
    found = {entry.name: (tmp_path / entry.name).read_bytes() for entry in unpacked.manifest.files}
    assert found == {file["name"]: base64.b64decode(file["content"]) for file in vector["files"]}
    assert transfer.signer(unpacked.manifest_bytes, unpacked.signature) == vector["signed_by"]


@pytest.mark.parametrize(
    "vector", [v for v in vectors("bundle.json", "unpack") if "studies" in v], ids=lambda v: v["why"]
)
def test_a_bundle_says_of_its_studies_and_sender_what_its_vector_says(vector, tmp_path):
    manifest = unpack(vector, tmp_path).manifest
    assert [study.to_json() for study in manifest.studies] == vector["studies"]
    assert manifest.sender_label == vector["sender_label"]


@pytest.mark.parametrize("vector", vectors("bundle.json", "refuse"), ids=lambda v: v["why"])
def test_a_bundle_is_refused_with_the_error_of_its_vector(vector, tmp_path):
    with pytest.raises(errors.BundleError) as refusal:
        unpack(vector, tmp_path)
    assert type(refusal.value).__name__ == vector["error"]
