"""Inboxes of more than 256 messages: indices of more than one byte, statuses in more than two words."""

import pytest
from ape import networks

from tests.contract.client import ZERO_ADDRESS, ContractClient
from tests.contract.reverts import reverts
from tests.contract.samples import ACKNOWLEDGED, RETRACTED

COUNT = 300
MARKED = [0, 1, 127, 128, 129, 255, 256, 257, 298, 299]


def envelope(index: int) -> bytes:
    return index.to_bytes(2, "big") * 3


@pytest.fixture(scope="module")
def long(inbox, accounts):
    """`inbox`, with so many messages of the technologist's for the patient; each test begins with it as it is here."""
    client, technologist, patient = ContractClient(inbox, networks.provider), accounts[0], accounts[1]
    for start in range(0, COUNT, 100):
        batch = [(patient.address, 0, envelope(index)) for index in range(start, start + 100)]
        assert client.transact(technologist, "sendBatch", batch).error is None
    return inbox


@pytest.fixture(scope="module")
def cursors(long, accounts):
    return [message.cursor for message in ContractClient(long, networks.provider).messages(accounts[1].address)]


def test_every_message_is_where_it_was_sent(long, client, patient):
    assert long.count(patient) == COUNT
    assert [message.envelope for message in client.messages(patient.address)] == [envelope(i) for i in range(COUNT)]


def test_every_message_is_found_alone(client, cursors, patient):
    for given in (lambda _: ZERO_ADDRESS, cursors.__getitem__):
        found = client.call_views([("message", (patient.address, index, given(index))) for index in MARKED])
        assert [message[5] for (message,) in found] == [envelope(index) for index in MARKED]
        assert [message[4] for (message,) in found] == [cursors[index] for index in MARKED]


def test_a_search_of_several_calls_finds_what_one_finds(client, cursors, patient):
    for strides in ([299, 257, 256, 255, 128, 0], [299, 150, 1], [298, 299 - 256]):
        start, cursor = strides[0], cursors[strides[0]]
        for index in strides[1:]:
            ((cursor,),) = client.call_views([("cursorOf", (patient.address, index, start, cursor))])
            assert cursor == cursors[index]
            start = index


def test_a_page_may_start_anywhere(client, cursors, patient):
    for end, limit in ((300, 60), (257, 2), (256, 256), (129, 3)):
        messages, following = client.page(patient.address, end, limit, cursors[end - 1])
        assert [message.envelope for message in messages] == [envelope(end - 1 - i) for i in range(limit)]
        assert following == (cursors[end - limit - 1] if end > limit else ZERO_ADDRESS)


def test_a_cursor_is_that_of_its_index_in_all_its_bits(long, cursors, patient):
    for index, other in ((0, 256), (1, 257), (256, 0), (43, 299)):
        with reverts(long.BadCursor, recipient=patient.address, index=index, cursor=cursors[other]):
            long.message(patient, index, cursors[other])


def test_each_message_has_its_own_status(client, cursors, technologist, patient, statuses):
    """Two bits a message, 128 messages a word: marks on both sides of each border stay apart."""
    expected = [0] * COUNT
    for place, index in enumerate(MARKED):
        assert client.transact(patient, "acknowledge", index, cursors[index]).error is None
        expected[index] |= ACKNOWLEDGED
        if place % 2:
            assert client.transact(technologist, "retract", patient, index, cursors[index]).error is None
            expected[index] |= RETRACTED
    assert statuses() == expected
    alone = client.call_views([("message", (patient.address, index, cursors[index])) for index in MARKED])
    assert [message[3] for (message,) in alone] == [expected[index] for index in MARKED]


def test_a_status_of_one_inbox_is_none_of_another(long, client, cursors, technologist, stranger, patient):
    client.transact(technologist, "sendBatch", [(stranger.address, 0, b"sealed")] * 3)
    client.transact(patient, "acknowledge", 2, cursors[2])
    client.transact(patient, "acknowledge", 130, cursors[130])
    assert [message.status for message in client.messages(stranger.address)] == [0, 0, 0]
