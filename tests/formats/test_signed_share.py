"""Signed shares: the text that is signed, the file, and what a relay refuses."""

import dataclasses
import json
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import ActError, NotAnActError, OtherChainError
from radiogram.formats.signed_share import (
    FILE_LIMIT,
    LONGEST,
    MAX_ENVELOPE,
    SignedShare,
    parse_signed_share,
    signing_text,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "signed_share.json").read_text())
KEY = b"\x01" * 32
ACCOUNT = to_checksum_address(Account.from_key(KEY).address)
INBOX, SENDER, RECIPIENT = ("0x" + digit * 40 for digit in "123")
NOW = 1_800_000_000

addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
numbers = st.integers(0, 2**53 - 1)
shares = st.builds(
    SignedShare,
    numbers,
    addresses,
    addresses,
    addresses,
    addresses,
    st.integers(0, 2**32 - 1),
    st.binary(min_size=1, max_size=MAX_ENVELOPE),
    numbers,
    st.binary(min_size=65, max_size=65),
)


def signed(**changes) -> SignedShare:
    values = {
        "chain_id": 1337,
        "inbox": INBOX,
        "account": ACCOUNT,
        "sender": SENDER,
        "recipient": RECIPIENT,
        "key_version": 0,
        "envelope": b"\x02" * 137,
        "deadline": NOW + 60,
    } | changes
    share = SignedShare(**values, signature=bytes(65))
    return dataclasses.replace(
        share, signature=bytes(Account.sign_message(encode_defunct(text=share.text), KEY).signature)
    )


def check(share: SignedShare, now: float = NOW) -> None:
    share.check(1337, INBOX, SENDER, now)


# ---- the file


@given(shares)
def test_a_share_reads_as_it_was_written(share):
    assert parse_signed_share(share.to_bytes()) == share


@pytest.mark.parametrize("vector", VECTORS["write"], ids=lambda vector: str(len(vector["file"])))
def test_the_bytes_are_those_of_the_vectors(vector):
    share = parse_signed_share(vector["file"].encode())
    assert share.to_bytes().decode() == vector["file"]
    assert share.text == vector["text"]
    key = bytes.fromhex(vector["private_key"][2:])
    assert bytes(Account.sign_message(encode_defunct(text=share.text), key).signature) == share.signature
    assert "0x" + share.signature.hex() == vector["signature"]


@pytest.mark.parametrize("vector", VECTORS["refuse"], ids=lambda vector: vector["why"])
def test_what_is_no_signed_share_is_refused(vector):
    with pytest.raises(ActError) as raised:
        parse_signed_share(vector["file"].encode())
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    "name",
    ["chain_id", "inbox", "account", "sender", "recipient", "key_version", "envelope", "deadline", "signature"],
)
def test_the_member_that_is_damaged_is_named(name):
    value = json.loads(signed().to_bytes()) | {name: None}
    with pytest.raises(ActError, match=f"^the signed share is damaged: {name} is "):
        parse_signed_share(json.dumps(value).encode())


def test_another_format_has_an_error_of_its_own():
    with pytest.raises(NotAnActError):
        parse_signed_share(b'{"format": "radiogram-signed-act"}')


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_another_encoding_is_refused(encoding):
    with pytest.raises(ActError):
        parse_signed_share(signed().to_bytes().decode().encode(encoding))


def test_a_file_of_just_the_limit_is_read():
    raw = signed().to_bytes()
    assert parse_signed_share(raw + b" " * (FILE_LIMIT - len(raw))) == signed()


@given(st.binary(max_size=300))
def test_whatever_else_comes_is_refused(raw):
    with pytest.raises(ActError):
        parse_signed_share(raw)


# ---- what is signed


@given(shares, shares)
def test_no_two_shares_have_one_text(one, other):
    same = dataclasses.replace(other, account=one.account, signature=one.signature) == one
    assert (one.text == other.text) == same


def test_the_text_says_to_whom_and_through_whom():
    lines = signing_text(1, INBOX, SENDER, RECIPIENT, 7, b"x", 5).split("\n")
    assert lines == [
        "Radiogram: hand on my images.",
        "Chain: 1",
        f"Inbox contract: {INBOX}",
        f"Through: {SENDER}",
        f"To: {RECIPIENT}, key 7",
        "Envelope (SHA-256): 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
        "Until: 5",
    ]


# ---- what a relay checks


def test_a_share_that_its_account_signed_passes():
    check(signed())


@pytest.mark.parametrize("deadline", [NOW, NOW + LONGEST])
def test_a_deadline_may_be_now_or_a_day_away(deadline):
    check(signed(deadline=deadline))


@pytest.mark.parametrize("deadline", [NOW - 1, NOW + LONGEST + 1])
def test_a_deadline_that_is_over_or_more_than_a_day_away_is_refused(deadline):
    with pytest.raises(ActError, match="holds until"):
        check(signed(deadline=deadline))


def test_another_chain_is_refused():
    with pytest.raises(OtherChainError, match="chain 5, and this is chain 1337"):
        check(signed(chain_id=5))


@pytest.mark.parametrize("change", [{"inbox": RECIPIENT}, {"sender": RECIPIENT}])
def test_another_contract_or_sender_is_refused(change):
    with pytest.raises(ActError, match="another contract or sender"):
        check(signed(**change))


@pytest.mark.parametrize(
    "change",
    [{"recipient": SENDER}, {"key_version": 1}, {"envelope": b"\x03"}, {"deadline": NOW + 61}, {"account": SENDER}],
    ids=str,
)
def test_what_was_changed_after_it_was_signed_is_refused(change):
    with pytest.raises(ActError, match="is not the signature of"):
        check(dataclasses.replace(signed(), **change))


@pytest.mark.parametrize("v", [0, 1, 2, 26, 29, 35, 255])
def test_the_last_byte_of_a_signature_is_27_or_28(v):
    """As docs/format.md has it: libraries take others too."""
    share = signed()
    with pytest.raises(ActError, match="is not the signature of"):
        check(dataclasses.replace(share, signature=share.signature[:64] + bytes([v])))


@pytest.mark.parametrize("signature", [bytes(65), b"\xff" * 65, b"\x11" * 64 + b"\x05"], ids=["zeros", "ones", "v"])
def test_a_signature_that_is_nobodys_is_refused(signature):
    with pytest.raises(ActError, match="is not the signature of"):
        check(dataclasses.replace(signed(), signature=signature))
