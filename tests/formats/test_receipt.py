"""Receipts as files that their accounts have signed: docs/format.md, Receipts."""

import json

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import ReceiptError
from radiogram.formats.receipt import ARRIVAL, ERASURE, MAX_BYTES, arrival, parse_receipt, signing_text, to_bytes
from tests.formats.test_vectors import vectors

KEY = b"\x01" * 32
ACCOUNT = Account.from_key(KEY).address
addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
numbers = st.integers(0, 2**53 - 1)
AT = "2026-11-27T07:00:00+00:00"


def signed(receipt: dict, key: bytes = KEY) -> bytes:
    return to_bytes(receipt, bytes(Account.sign_message(encode_defunct(text=signing_text(receipt)), key).signature))


@pytest.mark.parametrize("vector", vectors("receipt.json", "write"), ids=lambda v: v["file"][-30:-10])
def test_the_bytes_are_those_of_the_vectors(vector):
    receipt = parse_receipt(vector["file"].encode())
    value = {name: each for name, each in json.loads(vector["file"]).items() if name != "signature"}
    assert (receipt.account, signing_text(value)) == (vector["account"], vector["text"])
    assert signed(value, bytes.fromhex(vector["private_key"][2:])).decode() == vector["file"]


@pytest.mark.parametrize("vector", vectors("receipt.json", "refuse"), ids=lambda v: v["why"])
def test_what_is_no_receipt_is_refused(vector):
    with pytest.raises(ReceiptError):
        parse_receipt(vector["file"].encode())


@given(numbers, addresses, addresses, numbers, addresses)
def test_what_was_signed_is_read(chain_id, inbox, recipient, index, cursor):
    found = parse_receipt(signed(arrival(chain_id, inbox, ACCOUNT, (recipient, index, cursor), AT)))
    assert (found.kind, found.account, found.made_at) == (ARRIVAL, ACCOUNT, AT)
    assert (found.chain_id, found.inbox) == (chain_id, inbox)
    assert (found.recipient, found.index, found.cursor) == (recipient, index, cursor)


def test_an_erasures_is_its_senders_and_may_have_other_members():
    place = dict.fromkeys(("inbox", "recipient", "cursor"), "0x" + "11" * 20)
    value = {"format": ERASURE, "version": 1, "made_at": AT, "chain_id": 1, "index": 0, "sender": ACCOUNT, "kept": []}
    found = parse_receipt(signed(value | place))
    assert (found.kind, found.account, found.value["kept"]) == (ERASURE, ACCOUNT, [])


def test_somebody_elses_signature_is_refused():
    receipt = arrival(1, ACCOUNT, ACCOUNT, (ACCOUNT, 0, ACCOUNT), AT)
    with pytest.raises(ReceiptError, match=f"not signed by {ACCOUNT}, whom it names"):
        parse_receipt(signed(receipt, b"\x02" * 32))


def test_what_is_not_signed_is_refused():
    with pytest.raises(ReceiptError, match="not signed"):
        parse_receipt(to_bytes(arrival(1, ACCOUNT, ACCOUNT, (ACCOUNT, 0, ACCOUNT), AT), b""))


def test_more_than_a_mebibyte_is_not_looked_at():
    receipt = signed(arrival(1, ACCOUNT, ACCOUNT, (ACCOUNT, 0, ACCOUNT), AT))
    assert parse_receipt(receipt.ljust(MAX_BYTES)).index == 0
    with pytest.raises(ReceiptError, match="too large"):
        parse_receipt(receipt.ljust(MAX_BYTES + 1))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(raw):
    with pytest.raises(ReceiptError):
        parse_receipt(raw)
