"""Whose a signature over a text is, as docs/format.md writes signatures: 65 bytes, v 27 or 28."""

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from radiogram.formats.signature import signer_of

KEY = b"\x01" * 32
ACCOUNT = Account.from_key(KEY).address


def signed(text: str) -> bytes:
    return bytes(Account.sign_message(encode_defunct(text=text), KEY).signature)


@given(st.text(max_size=100))
def test_a_signature_is_its_accounts(text):
    assert signer_of(text, signed(text)) == ACCOUNT


@given(st.text(max_size=20), st.text(max_size=20))
def test_over_another_text_it_is_somebody_elses_or_nobodys(text, other):
    assert (signer_of(other, signed(text)) == ACCOUNT) == (text == other)


@pytest.mark.parametrize("v", [each for each in range(256) if each not in (27, 28)])
def test_any_other_last_byte_gives_nobody(v):
    assert signer_of("x", signed("x")[:64] + bytes([v])) is None


@pytest.mark.parametrize("signature", [b"", signed("x")[:64], signed("x")[1:], signed("x") + b"\x1b", b"\x1b" * 64])
def test_any_other_length_gives_nobody(signature):
    assert signer_of("x", signature) is None


@pytest.mark.parametrize("signature", [bytes(64) + b"\x1b", b"\xff" * 64 + b"\x1c"])
def test_what_no_key_can_have_made_gives_nobody(signature):
    assert signer_of("x", signature) is None
