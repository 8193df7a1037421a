"""Logs of a chain's node become events, or nothing: whatever the node sends."""

import json

import pytest
from ape.contracts import ContractContainer
from eth_utils import keccak, to_checksum_address
from ethpm_types import ContractType
from hypothesis import given
from hypothesis import strategies as st

from radiogram.chain import contract
from radiogram.chain.events import (
    Acknowledged,
    InboxRestricted,
    KeyRegistered,
    Retracted,
    SenderApproved,
    Sent,
    Skipped,
    concerns,
    filters,
    parse_log,
)
from radiogram.formats.public_key import coordinates, public_key_of
from tests.chain.logs import INBOX, log_of

addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
indices = st.integers(0, 2**39 - 1)
versions = st.integers(1, 2**32 - 1)
keys = st.binary(min_size=31, max_size=31).map(lambda secret: public_key_of(b"\x01" + secret))
digests = st.none() | st.binary(min_size=32, max_size=32).filter(any)
events = st.one_of(
    st.builds(Sent, addresses, addresses, indices),
    st.builds(Acknowledged, addresses, addresses, indices),
    st.builds(Retracted, addresses, addresses, indices),
    st.builds(Skipped, addresses, addresses, indices, st.binary(min_size=4, max_size=4)),
    st.builds(KeyRegistered, addresses, versions, keys, digests),
    st.builds(InboxRestricted, addresses, st.booleans(), versions),
    st.builds(SenderApproved, addresses, addresses, st.integers(0, 2**40 - 1), versions),
)
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=80) | st.sampled_from(["0x", "0x0", "0x" + "00" * 32]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def is_asked_for(raw, topics):
    """As a node matches logs (eth_getLogs)."""
    return len(raw["topics"]) >= len(topics) and all(
        wanted is None or given == wanted or given in wanted
        for given, wanted in zip(raw["topics"], topics, strict=False)
    )


@given(events)
def test_every_event_is_read_as_it_was_emitted(event):
    assert parse_log(log_of(event), INBOX).event == event


def test_the_events_are_those_of_the_contract():
    abi = ContractContainer(ContractType.model_validate(contract._compiled())).contract_type.events
    emitted = {each.name: "0x" + keccak(text=each.selector).hex() for each in abi}
    assert set(filters(INBOX)[0][0]) == set(emitted.values())
    indexed = {each.name: [part.name for part in each.inputs if part.indexed] for each in abi}
    of_senders = {emitted[name] for name, parts in indexed.items() if parts[1:2] == ["sender"]}
    assert set(filters(INBOX)[1][0]) == of_senders


@given(events, addresses)
def test_what_is_asked_for_is_what_names_the_account(event, stranger):
    people = {getattr(event, name, None) for name in ("recipient", "account", "sender")} - {None}
    for address in {*people, stranger}:
        asked = any(is_asked_for(log_of(event), topics) for topics in filters(address))
        assert asked == concerns(event, address) == (address in people)


@given(events)
def test_an_event_of_another_contract_is_nothing(event):
    other = to_checksum_address("0x" + "77" * 20)
    assert parse_log(log_of(event, address=other), INBOX) is None


@given(events)
def test_an_event_that_a_reorganisation_removed_is_nothing(event):
    assert parse_log(log_of(event, removed=True), INBOX) is None


@pytest.mark.parametrize("member", ["blockNumber", "blockHash"])
def test_an_event_that_is_in_no_block_yet_is_nothing(member):
    assert parse_log(log_of(Sent(INBOX, INBOX, 0), **{member: None}), INBOX) is None


@given(junk)
def test_what_is_no_log_is_refused_and_breaks_nothing(said):
    with pytest.raises(ValueError, match="log"):
        parse_log({**log_of(Sent(INBOX, INBOX, 0)), "topics": [], **said} if isinstance(said, dict) else said, INBOX)


@given(events, st.data())
def test_a_log_with_one_member_that_makes_no_sense_is_refused(event, data):
    raw = log_of(event)
    member = data.draw(st.sampled_from(["topics", "data", "blockHash", "transactionHash", "logIndex", "blockNumber"]))
    said = data.draw(junk.filter(lambda value: value is not None or member not in ("blockHash", "blockNumber")))
    if json.dumps(said) == json.dumps(raw[member]) or (member in ("logIndex", "blockNumber") and said == "0x0"):
        return
    if member in ("blockHash", "transactionHash") and said == "0x" + "00" * 32:
        return
    if member == "data" and said == "0x" + "00" * 32 and isinstance(event, Skipped):
        return
    with pytest.raises(ValueError, match="log"):
        parse_log(raw | {member: said}, INBOX)


@given(events, st.integers(0, 3), st.integers(0, 31), st.integers(1, 255))
def test_a_topic_that_was_changed_is_refused_or_another_event(event, topic, place, change):
    raw = log_of(event)
    topics = [bytearray.fromhex(each[2:]) for each in raw["topics"]]
    topics[topic % len(topics)][place] ^= change
    try:
        read = parse_log(raw | {"topics": ["0x" + each.hex() for each in topics]}, INBOX)
    except ValueError:
        return
    assert read.event != event


@pytest.mark.parametrize(
    "changed",
    [
        Sent(INBOX, INBOX, 2**39),
        InboxRestricted(INBOX, True, 2**32),
        SenderApproved(INBOX, INBOX, 2**40, 1),
    ],
)
def test_a_number_for_which_the_contract_has_no_room_is_refused(changed):
    with pytest.raises(ValueError, match="not a log of the inbox contract"):
        parse_log(log_of(changed), INBOX)


def test_a_key_that_is_off_the_curve_is_refused():
    x, y = coordinates(public_key_of(b"\x01" * 32))
    raw = log_of(KeyRegistered(INBOX, 1, public_key_of(b"\x01" * 32), None))
    assert raw["data"] == "0x" + (x + y + bytes(32)).hex()
    with pytest.raises(ValueError, match="not a log of the inbox contract"):
        parse_log(raw | {"data": "0x" + (x + x + bytes(32)).hex()}, INBOX)
