"""message: one message of an inbox, by its index and perhaps its cursor."""

import pytest

from tests.contract.client import ZERO_ADDRESS
from tests.contract.cursors import phantom
from tests.contract.reverts import reverts


@pytest.mark.parametrize("index", [7, 8, 2**96, 2**256 - 1])
def test_a_message_that_is_not_there_is_refused(full, cursor, patient, index):
    with reverts(full.NoMessage, recipient=patient.address, index=index):
        full.message(patient, index, ZERO_ADDRESS)
    with reverts(full.BadCursor, recipient=patient.address, index=index, cursor=cursor(6)):
        full.message(patient, index, cursor(6))


def test_a_message_found_by_its_cursor_is_the_one_found_without(full, client, cursor, patient):
    client.transact(patient, "acknowledge", 3, cursor(3))
    for index in range(7):
        by_cursor, found = client.call_views(
            [("message", (patient.address, index, given)) for given in (cursor(index), ZERO_ADDRESS)]
        )
        assert by_cursor == found
        assert by_cursor[0][4] == cursor(index)


def test_with_a_cursor_that_is_not_its_own_no_message_is_shown(full, client, cursor, technologist, patient):
    others = client.cursor(technologist.address, 0)
    for given in (cursor(1), others, phantom(full.address, patient.address, 0), full.address, patient.address):
        with reverts(full.BadCursor, recipient=patient.address, index=0, cursor=given):
            full.message(patient, 0, given)


def test_of_an_empty_inbox_no_message_is_shown_whatever_the_cursor(inbox, patient):
    given = phantom(inbox.address, patient.address, 0)
    with reverts(inbox.BadCursor, recipient=patient.address, index=0, cursor=given):
        inbox.message(patient, 0, given)
