"""What a reader keeps of a sender's messages: it is read as it was written, or refused."""

import json
from dataclasses import replace

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import RegisterError
from radiogram.formats.sender_log import KeptMessage, Logged, Place, SenderLog, encode_logs, parse_logs

numbers = st.integers(0, 2**39 - 1)
addresses = st.binary(min_size=20, max_size=20)
places = st.builds(Place, addresses, numbers)
checksummed = addresses.map(to_checksum_address)
logs = st.builds(
    SenderLog,
    st.binary(min_size=32, max_size=32),
    checksummed,
    checksummed,
    st.integers(0, 2**60),
    st.integers(0, 2**60),
    st.lists(st.builds(Logged, places, numbers), max_size=3).map(tuple),
    st.frozensets(places, max_size=3),
    st.lists(st.builds(KeptMessage, places, numbers, numbers, checksummed, st.binary(max_size=200)), max_size=2).map(
        tuple
    ),
    numbers,
    st.booleans(),
)
ONE = SenderLog(b"\x01" * 32, "0x" + "11" * 20, "0x" + "22" * 20, 3, 9, (Logged(Place(b"\x05" * 20, 1), 7),))


@given(st.lists(logs, max_size=3).map(tuple))
def test_what_was_written_is_read(written):
    assert parse_logs(encode_logs(written)) == written


@given(logs, logs)
def test_what_comes_after_is_added_in_its_order_and_once(log, more):
    extended = log.extended(more.sent, more.retracted, more.next_block)
    known = {each.place for each in log.sent}
    assert extended.sent == log.sent + tuple(each for each in more.sent if each.place not in known)
    assert extended.retracted == log.retracted | more.retracted
    assert (extended.next_block, extended.first_block) == (more.next_block, log.first_block)


@given(logs, logs)
def test_what_was_found_in_the_state_is_there_once_by_its_time_and_ends_the_gap(log, other):
    log = replace(log, sent=tuple(sorted(log.sent, key=lambda each: each.time)))
    found = log.with_found(other.messages, other.retracted)
    assert found == found.with_found(other.messages, other.retracted)
    assert {each.place for each in found.sent} == {each.place for each in (*log.sent, *other.messages)}
    assert [each.time for each in found.sent] == sorted(each.time for each in found.sent)
    assert {each.place for each in found.messages} >= {each.place for each in other.messages}
    assert found.retracted == log.retracted | other.retracted
    assert found.has_gap is False


@pytest.mark.parametrize(
    "change",
    [
        {"sent": "AAAA"},
        {"sent": "not base64!"},
        {"sent": "AAAA" * 10 + "\n"},
        {"messages": [["A" * 34 + "==", 0, 0, "0x" + "11" * 20, "AAAA\n"]]},
        {"retracted": "AA=="},
        {"messages": [["AAAA", 0, 0, "0x" + "11" * 20, ""]]},
        {"messages": [[]]},
        {"inbox": "0x12"},
        {"chain": "xy"},
        {"first_block": None},
    ],
    ids=str,
)
def test_what_is_damaged_is_refused(change):
    value = json.loads(encode_logs((ONE,)))
    value["logs"][0] |= change
    with pytest.raises(RegisterError, match="is damaged"):
        parse_logs(json.dumps(value).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format": "radiogram-sender-logs", "version": 2, "logs": []}'])
def test_what_is_none_is_refused(data):
    with pytest.raises(RegisterError, match="is damaged"):
        parse_logs(data)


@given(st.binary(max_size=100))
def test_any_bytes_are_refused(data):
    with pytest.raises(RegisterError):
        parse_logs(data)
