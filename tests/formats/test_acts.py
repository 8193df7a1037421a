"""Signed acts: what is signed, and the file that hands it on."""

import dataclasses
import json
import re
import time
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import ActError
from radiogram.formats.public_key import address_of, public_key_of
from radiogram.formats.signed_act import (
    ACT_FILE_LIMIT,
    Acknowledge,
    ApproveSender,
    KeyOnRecord,
    RegisterKey,
    RestrictInbox,
    SignedAct,
    parse_signed_act,
    signable,
    typed_data,
)
from radiogram.formats.unix_time import FOREVER, iso, parse_until, when
from tests.formats.strategies import addresses, private_keys

ROOT = Path(__file__).resolve().parents[2]
EXACT = 2**53 - 1
# The second account of the mnemonic that Ganache and Anvil start with.
PRIVATE_KEY = bytes.fromhex("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
ACCOUNT = address_of(public_key_of(PRIVATE_KEY))
INBOX = "0x" + "1b" * 20
KEY = RegisterKey.of(ACCOUNT, 1, public_key_of(PRIVATE_KEY))
SIGNED = SignedAct(KEY, 1337, address_of(public_key_of(b"\x01" * 32)), 1_900_000_000, bytes(range(65)))
GOOD = json.loads(SIGNED.to_bytes())

digests = st.none() | st.binary(min_size=32, max_size=32).filter(any)
acts = st.one_of(
    st.builds(RegisterKey.of, addresses, st.integers(1, 2**28 - 1), private_keys.map(public_key_of), digests),
    st.builds(RestrictInbox, addresses, st.booleans(), st.integers(1, 2**28 - 1)),
    st.builds(ApproveSender, addresses, addresses, st.integers(0, FOREVER), st.integers(1, 2**32 - 1)),
    st.builds(Acknowledge, addresses, st.integers(0, EXACT), addresses),
)
signed_acts = st.builds(
    SignedAct, acts, st.integers(1, EXACT), addresses, st.integers(0, EXACT), st.binary(max_size=300)
)


def damaged(**changes: object) -> bytes:
    """The good file with some members changed."""
    return json.dumps(GOOD | changes).encode()


def damaged_key(**changes: object) -> bytes:
    """The good file with some fields of the act changed."""
    return damaged(fields=GOOD["fields"] | changes)


# ---- what is signed


@given(acts, st.integers(1, EXACT), addresses, st.integers(0, EXACT))
def test_what_is_signed_is_the_struct_of_the_interface_in_the_domain_of_the_contract(act, chain_id, inbox, deadline):
    def word(value: object) -> bytes:
        if isinstance(value, bytes):
            return value
        return (int(value, 16) if isinstance(value, str) else int(value)).to_bytes(32, "big")

    named = {"account": act.account, "recipient": act.account, "deadline": deadline} | vars(act)
    members = re.fullmatch(r"\w+\((.*)\)", act.STRUCT)[1].split(",")
    values = [word(named[member.split(" ")[1]]) for member in members]
    struct = keccak(keccak(act.STRUCT.encode()) + b"".join(values))
    domain_type = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    domain = keccak(domain_type + keccak(b"ImageInbox") + keccak(b"1") + word(chain_id) + word(inbox))
    message = signable(act, chain_id, inbox, deadline)
    assert _hash_eip191_message(message) == keccak(b"\x19\x01" + domain + struct)


@given(acts)
def test_a_wallet_is_handed_the_same_typed_data(act):
    data = json.loads(json.dumps(typed_data(act, 1337, INBOX, 1)))
    members = ",".join(f"{member['type']} {member['name']}" for member in data["types"][data["primaryType"]])
    assert f"{data['primaryType']}({members})" == act.STRUCT
    assert list(data["message"]) == [member["name"] for member in data["types"][data["primaryType"]]]
    signature = Account.sign_typed_data(PRIVATE_KEY, full_message=data).signature
    assert Account.recover_message(signable(act, 1337, INBOX, 1), signature=signature) == ACCOUNT


@pytest.mark.parametrize("kind", [RegisterKey, RestrictInbox, ApproveSender, Acknowledge])
def test_the_members_of_an_act_are_those_of_the_struct_that_the_interface_states(kind):
    members = ",".join(f"{type_} {name}" for name, type_ in kind.TYPES.items())
    assert f"{kind.NAME}({members})" == kind.STRUCT
    assert f"`{kind.STRUCT}`" in (ROOT / "interfaces" / "IImageInbox.sol").read_text()


@given(acts, st.integers(0, EXACT))
def test_an_act_hands_its_values_to_the_contract_in_the_order_of_the_struct(act, deadline):
    values = act.message(deadline)
    assert list(values) == list(act.TYPES)
    assert act.arguments() == tuple(values[name] for name in act.fields() if name != "version")


# ---- the file


@given(signed_acts)
def test_a_signed_act_reads_as_it_was_written(signed):
    assert parse_signed_act(signed.to_bytes()) == signed


def test_the_file_has_the_members_that_the_format_lists():
    assert list(GOOD) == ["format", "version", "chain_id", "inbox", "act", "account", "fields", "deadline", "signature"]
    assert list(GOOD["fields"]) == ["version", "x", "y", "hybrid"]


def test_an_address_in_lower_case_is_taken():
    assert parse_signed_act(damaged(account=ACCOUNT.lower())) == SIGNED


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "its JSON can't be read"),
        (b"\xff\xfe", "its JSON can't be read"),
        (b"[" * 50_000, "its JSON can't be read"),
        (b"[]", "should be a JSON object"),
        (b"{}", "not a signed act"),
        (b" " * 65_537, "too large"),
        (SIGNED.to_bytes().replace(b'"act"', b'"act": "Acknowledge", "act"'), "its JSON can't be read"),
        (damaged(format="radiogram-bundle"), "not a signed act"),
        (damaged(version=2), "a format this version does not know"),
        (damaged(version=True), "a format this version does not know"),
        (json.dumps({k: v for k, v in GOOD.items() if k != "signature"}).encode(), "it should have format, version,"),
        (damaged(paid_by=ACCOUNT), "it should have format, version,"),
        (damaged(act="Delete"), "there is no such act"),
        (damaged(act=["RegisterKey"]), "there is no such act"),
        (damaged(act="Acknowledge"), "it should have index, cursor"),
        (damaged(fields=[]), "there is no such act"),
        (damaged_key(z=1), "it should have version, x, y, hybrid"),
        (damaged_key(version=2**32), "version is not uint32"),
        (damaged_key(version=True), "version is not uint32"),
        (damaged_key(version=-1), "version is not uint32"),
        (damaged_key(x="0x" + "11" * 31), "x is not bytes32"),
        (damaged_key(x="11" * 32), "x is not bytes32"),
        (damaged_key(x=GOOD["fields"]["x"].upper()), "x is not bytes32"),
        (damaged_key(x="0x" + "11" * 32), "not on the curve"),
        (damaged_key(x="0x" + "ff" * 32), "not on the curve"),
        (damaged(account=ACCOUNT[:-1] + "9"), "wrong sign"),
        (damaged(account=ACCOUNT[2:]), "account is not address"),
        (damaged(inbox=7), "inbox is not address"),
        (damaged(chain_id=1337.0), "chain_id is not uint256"),
        (damaged(chain_id="1337"), "chain_id is not uint256"),
        (damaged(deadline=2**53), "deadline is not uint256"),
        (damaged(deadline=1).replace(b'"deadline": 1', b'"deadline": 1e400'), "deadline is not uint256"),
        (damaged(signature="0x0"), "signature is not bytes"),
    ],
)  # fmt: skip
def test_what_is_no_signed_act_is_refused(raw, words):
    with pytest.raises(ActError, match=words):
        parse_signed_act(raw)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: json.dumps({"format": text}).encode()))
def test_no_bytes_break_the_reader(raw):
    with pytest.raises(ActError):
        parse_signed_act(raw)


@given(st.data())
def test_a_file_with_a_byte_changed_is_refused_or_reads_one_way_only(data):
    """What reads is another act, which the signature does not fit: the chain refuses it."""
    raw = bytearray(SIGNED.to_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = parse_signed_act(bytes(raw))
    except ActError:
        return
    assert parse_signed_act(read.to_bytes()) == read


# ---- where and when it holds


def test_a_signed_act_holds_up_to_and_including_its_deadline():
    SIGNED.check(SIGNED.chain_id, SIGNED.inbox, SIGNED.deadline)
    with pytest.raises(ActError, match="ran out at 2030-03-17 17:46:40 UTC"):
        SIGNED.check(SIGNED.chain_id, SIGNED.inbox, SIGNED.deadline + 1)


class OnRecord:
    """A contract on which nothing is but what a test says."""

    def __init__(self, key=KeyOnRecord(0, b"", None), restriction=(False, 0), approval=(0, 0), acknowledged=()):  # noqa: B008
        self._key, self._restriction, self._approval, self._acknowledged = key, restriction, approval, acknowledged

    def key(self, account):
        return self._key if account == ACCOUNT else KeyOnRecord(0, b"", None)

    def restriction(self, account):
        return self._restriction if account == ACCOUNT else (False, 0)

    def approval(self, account, sender):
        return self._approval if (account, sender) == (ACCOUNT, INBOX) else (0, 0)

    def is_acknowledged(self, recipient, index, cursor):
        return (recipient, index, cursor) in self._acknowledged


HYBRID = b"\x07" * 32
PUBLIC_KEY = public_key_of(PRIVATE_KEY)


@pytest.mark.parametrize(
    ("act", "record"),
    [
        (KEY, OnRecord(key=KeyOnRecord(5, PUBLIC_KEY, None))),
        (RegisterKey.of(ACCOUNT, 1, PUBLIC_KEY, HYBRID), OnRecord(key=KeyOnRecord(5, PUBLIC_KEY, HYBRID))),
        (RestrictInbox(ACCOUNT, True, 1), OnRecord(restriction=(True, 5))),
        (RestrictInbox(ACCOUNT, False, 1), OnRecord(restriction=(False, 5))),
        (ApproveSender(ACCOUNT, INBOX, 100, 1), OnRecord(approval=(100, 5))),
    ],
)
def test_what_is_so_already_is_known_with_the_version_that_made_it_so(act, record):
    assert act.already_in_effect(record) == dataclasses.replace(act, version=5)


@pytest.mark.parametrize(
    ("act", "record"),
    [
        (KEY, OnRecord()),
        (KEY, OnRecord(key=KeyOnRecord(5, public_key_of(b"\x01" * 32), None))),
        (KEY, OnRecord(key=KeyOnRecord(5, PUBLIC_KEY, HYBRID))),
        (RestrictInbox(ACCOUNT, True, 1), OnRecord()),
        (RestrictInbox(ACCOUNT, False, 1), OnRecord(restriction=(True, 5))),
        (ApproveSender(ACCOUNT, INBOX, 100, 1), OnRecord(approval=(101, 5))),
        (ApproveSender(ACCOUNT, ACCOUNT, 100, 1), OnRecord(approval=(100, 5))),
        (Acknowledge(ACCOUNT, 3, INBOX), OnRecord(acknowledged=[(ACCOUNT, 4, INBOX), (ACCOUNT, 3, ACCOUNT)])),
    ],
)
def test_what_is_not_so_yet_is_to_be_done(act, record):
    assert act.already_in_effect(record) is None


def test_an_acknowledgement_is_in_effect_for_its_message_alone():
    act = Acknowledge(ACCOUNT, 3, INBOX)
    assert act.already_in_effect(OnRecord(acknowledged=[(ACCOUNT, 3, INBOX)])) is act


def test_a_file_is_read_up_to_its_limit():
    raw = SIGNED.to_bytes()
    padded = raw + b" " * (ACT_FILE_LIMIT - len(raw))
    assert parse_signed_act(padded) == SIGNED
    with pytest.raises(ActError, match="too large"):
        parse_signed_act(padded + b" ")


def test_a_signed_act_holds_on_its_chain_alone():
    with pytest.raises(ActError, match="signed for chain 1337, and this is chain 1"):
        SIGNED.check(1, SIGNED.inbox, 0)


def test_a_signed_act_holds_for_its_contract_alone():
    with pytest.raises(ActError, match=f"signed for the contract {SIGNED.inbox}, not for {ACCOUNT}"):
        SIGNED.check(SIGNED.chain_id, ACCOUNT, 0)


# ---- the end of an approval


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("1970-01-01", 86_399),
        ("2030-12-31", 1_924_991_999),
        ("2030-12-31T12:00", 1_924_948_800),
        ("2030-12-31T12:00:00+02:00", 1_924_941_600),
        ("forever", FOREVER),
        ("9999-12-31", 253_402_300_799),
    ],
)
def test_an_approval_ends_with_its_day_or_at_its_second(text, second):
    assert parse_until(text) == second


def test_times_are_those_of_utc_wherever_the_computer_is(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert parse_until("2030-01-01T00:00:00") == parse_until("2030-01-01T09:00:00+09:00") == 1_893_456_000
        assert parse_until("2029-12-31") == 1_893_455_999
        assert (iso(1_893_456_000), when(1_893_456_000)) == ("2030-01-01T00:00:00+00:00", "2030-01-01 00:00:00 UTC")
        assert iso(FOREVER) == when(FOREVER) == "forever"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("text", ["", "tomorrow", "2030-13-01", "31.12.2030", "1893456000"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ActError, match="is not a date"):
        parse_until(text)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (KEY, f"messages to {ACCOUNT} are sealed to the key 0x{public_key_of(PRIVATE_KEY).hex()}, version 1"),
        (RestrictInbox(ACCOUNT, True, 1), f"{ACCOUNT} takes messages from approved senders only"),
        (RestrictInbox(ACCOUNT, False, 2), f"{ACCOUNT} takes messages from everyone"),
        (ApproveSender(ACCOUNT, INBOX, 0, 1), f"{ACCOUNT} does not approve {INBOX}"),
        (ApproveSender(ACCOUNT, INBOX, 59, 1), f"{ACCOUNT} approves {INBOX} until 1970-01-01 00:00:59 UTC"),
        (ApproveSender(ACCOUNT, INBOX, FOREVER, 1), f"{ACCOUNT} approves {INBOX} forever"),
        (Acknowledge(ACCOUNT, 3, INBOX), f"{ACCOUNT} has received message 3"),
    ],
)
def test_an_act_says_in_words_what_it_does(act, words):
    assert str(act) == words
