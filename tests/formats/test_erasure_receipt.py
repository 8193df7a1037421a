"""The receipt of an erasure as a file, and the text that its sender signs: docs/format.md, Erasure receipt."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.formats.receipt import ERASURE, signing_text, to_bytes

RECEIPT = {
    "format": ERASURE,
    "version": 1,
    "index": 0,
    "retracted_by": None,
    "deleted": [{"node": "https://knoten.example/ä", "holds": "study", "blocks": 4}],
    "kept": [],
}
CANONICAL = (
    '{"deleted":[{"blocks":4,"holds":"study","node":"https://knoten.example/ä"}],'
    '"format":"radiogram-erasure-receipt","index":0,"kept":[],"retracted_by":null,"version":1}'
)

values = st.recursive(
    st.none() | st.integers(0, 2**53 - 1) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)
receipts = st.dictionaries(st.text().filter(lambda name: name != "signature"), values).map(
    lambda receipt: receipt | {"format": ERASURE}
)


def test_what_is_signed_is_the_digest_of_the_canonical_receipt():
    assert signing_text(RECEIPT) == (
        "Radiogram: I deleted what this receipt says.\n"
        f"Receipt SHA-256: {hashlib.sha256(CANONICAL.encode()).hexdigest()}"
    )


@pytest.mark.parametrize("signature", [None, "0x" + "07" * 65])
def test_what_is_signed_is_the_same_with_and_without_the_signature(signature):
    assert signing_text(RECEIPT | {"signature": signature}) == signing_text(RECEIPT)


@given(receipts, st.binary(max_size=65))
def test_what_is_signed_can_be_told_from_the_file(receipt, signature):
    file = json.loads(to_bytes(receipt, signature))
    assert file == receipt | {"signature": "0x" + signature.hex() if signature else None}
    assert signing_text(file) == signing_text(receipt)


def test_a_receipt_is_written_as_a_person_can_read_it():
    assert (
        to_bytes(RECEIPT, b"\x07" * 65).decode()
        == f"""{{
  "format": "radiogram-erasure-receipt",
  "version": 1,
  "index": 0,
  "retracted_by": null,
  "deleted": [
    {{
      "node": "https://knoten.example/ä",
      "holds": "study",
      "blocks": 4
    }}
  ],
  "kept": [],
  "signature": "0x{"07" * 65}"
}}
"""
    )


def test_a_receipt_of_an_account_that_can_t_sign_says_so():
    assert to_bytes({"version": 1}, b"") == b'{\n  "version": 1,\n  "signature": null\n}\n'
