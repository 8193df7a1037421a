"""page: messages of an inbox, from the newest to the oldest."""

from hypothesis import given
from hypothesis import strategies as st

from tests.contract.client import ZERO_ADDRESS
from tests.contract.cursors import phantom
from tests.contract.reverts import reverts
from tests.contract.samples import ENVELOPES


def envelopes(page):
    return [message.envelope for message in page[0]]


def test_a_page_lists_the_newest_messages_first(full, client, patient):
    assert envelopes(client.page(patient, 7, 3, ZERO_ADDRESS)) == [ENVELOPES[6], ENVELOPES[5], ENVELOPES[4]]


def test_an_end_above_the_count_means_the_count(full, client, patient):
    assert client.page(patient, 2**256 - 1, 2, ZERO_ADDRESS) == client.page(patient, 7, 2, ZERO_ADDRESS)


def test_a_page_may_end_anywhere(full, client, patient):
    assert envelopes(client.page(patient, 3, 2, ZERO_ADDRESS)) == [ENVELOPES[2], ENVELOPES[1]]


def test_a_limit_above_what_is_left_returns_what_is_left(full, client, patient):
    page = client.page(patient, 2, 2**256 - 1, ZERO_ADDRESS)
    assert envelopes(page) == [ENVELOPES[1], ENVELOPES[0]]
    assert page[1] == ZERO_ADDRESS


def test_a_limit_of_zero_returns_no_messages_and_where_they_would_begin(full, client, cursor, patient):
    assert client.page(patient, 3, 0, ZERO_ADDRESS) == ([], cursor(2))


def test_an_end_of_zero_returns_nothing_whatever_the_cursor(full, client, cursor, patient):
    assert client.page(patient, 0, 5, cursor(0)) == ([], ZERO_ADDRESS)


def test_next_is_the_cursor_of_the_message_after_the_page(full, client, cursor, patient):
    assert client.page(patient, 7, 3, ZERO_ADDRESS)[1] == cursor(3)


def test_a_page_from_a_cursor_is_the_page_found_without_it(full, client, cursor, patient):
    assert client.page(patient, 4, 2, cursor(3)) == client.page(patient, 4, 2, ZERO_ADDRESS)


def test_a_page_shows_each_message_as_it_is_alone(full, client, cursor, technologist, patient):
    full.acknowledge(2, cursor(2), sender=patient)
    full.retract(patient, 1, cursor(1), sender=technologist)
    newest_first, _ = client.page(patient, 7, 7, ZERO_ADDRESS)
    alone = client.call_views([("message", (patient, index, ZERO_ADDRESS)) for index in reversed(range(7))])
    assert newest_first == [message for (message,) in alone]
    assert [message.status for message in newest_first] == [0, 0, 0, 0, 2, 1, 0]


@given(limit=st.integers(1, 9))
def test_pages_put_together_are_the_inbox(full, client, patient, limit):
    end, cursor, found = full.count(patient), ZERO_ADDRESS, []
    while end == 7 or cursor != ZERO_ADDRESS:
        messages, cursor = client.page(patient, end, limit, cursor)
        found += [message.envelope for message in messages]
        end -= len(messages)
    assert found == ENVELOPES[::-1]
    assert end == 0


def test_a_page_from_a_cursor_costs_the_same_however_many_newer_messages_there_are(
    inbox, client, cursor, technologist, patient
):
    client.transact(technologist, "send", patient, 0, ENVELOPES[0])
    data = "0x" + client.encode("page", patient, 1, 1, cursor(0)).hex()
    before = client.web3.eth.estimate_gas({"to": inbox.address, "data": data})
    client.transact(technologist, "sendBatch", [(patient.address, 0, ENVELOPES[0])] * 50)
    assert client.web3.eth.estimate_gas({"to": inbox.address, "data": data}) - before < 100


def test_a_cursor_of_another_message_is_refused(full, cursor, patient):
    other = cursor(4)
    with reverts(full.BadCursor, recipient=patient.address, index=3, cursor=other):
        full.page(patient, 4, 2, other)


def test_a_cursor_of_another_inbox_is_refused(full, cursor, technologist, patient):
    other = cursor(0, technologist)
    with reverts(full.BadCursor, recipient=patient.address, index=0, cursor=other):
        full.page(patient, 1, 1, other)


def test_a_cursor_that_is_no_data_contract_is_refused(full, patient, stranger):
    for other in (stranger.address, full.address, phantom(full.address, patient.address, 6)):
        with reverts(full.BadCursor, recipient=patient.address, index=6, cursor=other):
            full.page(patient, 7, 2, other)


def test_a_data_contract_of_another_deployment_is_no_cursor(project, full, technologist, patient):
    other = technologist.deploy(project.ImageInbox)
    other.send(patient, 0, ENVELOPES[0], sender=technologist)
    cursor = other.cursorOf(patient, 0, 0, ZERO_ADDRESS)
    with reverts(full.BadCursor, recipient=patient.address, index=0, cursor=cursor):
        full.page(patient, 1, 1, cursor)
