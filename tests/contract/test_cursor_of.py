"""cursorOf: the data contract that holds a message, searched from the newest message or from any newer one."""

import pytest

from tests.contract.client import ZERO_ADDRESS
from tests.contract.cursors import address_of, code_of, phantom
from tests.contract.reverts import reverts
from tests.contract.samples import ENVELOPE


def test_a_data_contract_holds_the_documented_bytes(inbox, chain, cursor, technologist, stranger, patient):
    inbox.send(patient, 0, b"first", sender=stranger)
    tx = inbox.send(patient, 0, ENVELOPE, sender=technologist)
    code = code_of(0, tx.timestamp, technologist.address, cursor(0), ENVELOPE)
    assert bytes(chain.provider.get_code(cursor(1))) == code
    assert bytes(chain.provider.get_code(cursor(0)))[29:49] == bytes(20)


def test_a_data_contract_is_at_the_documented_address(sent, chain, cursor, patient):
    for index in range(3):
        code = bytes(chain.provider.get_code(cursor(index)))
        assert cursor(index) == address_of(sent.address, patient.address, index, code)


def test_a_data_contract_does_nothing_when_called(inbox, chain, cursor, technologist, stranger, patient):
    inbox.send(patient, 0, b"\xff" * 154, sender=technologist)
    before = chain.provider.get_code(cursor(0))
    tx = stranger.transfer(cursor(0), 0, data="0x01020304")
    assert (tx.status, tx.gas_used - 21_064 < 100, len(tx.logs)) == (1, True, 0)
    assert chain.provider.get_code(cursor(0)) == before


def test_a_search_may_start_at_any_newer_message(full, client, cursor, patient):
    places = [(index, start) for start in range(7) for index in range(start + 1)]
    views = [("cursorOf", (patient.address, index, start, cursor(start))) for index, start in places]
    assert client.call_views(views) == [(cursor(index),) for index, _ in places]


@pytest.mark.parametrize("start", [0, 3, 6, 7, 2**256 - 1])
def test_without_a_cursor_a_search_starts_at_the_newest_message_whatever_the_start(
    full, client, cursor, patient, start
):
    views = [("cursorOf", (patient.address, index, start, ZERO_ADDRESS)) for index in range(7)]
    assert client.call_views(views) == [(cursor(index),) for index in range(7)]


@pytest.mark.parametrize("index", [7, 8, 2**96, 2**256 - 1])
def test_a_message_that_is_not_there_is_not_found(full, patient, index):
    for start in (0, index):
        with reverts(full.NoMessage, recipient=patient.address, index=index):
            full.cursorOf(patient, index, start, ZERO_ADDRESS)


@pytest.mark.parametrize(("index", "start"), [(1, 0), (6, 5), (7, 6), (2**256 - 1, 6)])
def test_a_search_does_not_start_at_an_older_message(full, cursor, patient, index, start):
    with reverts(full.BadCursor, recipient=patient.address, index=index, cursor=cursor(start)):
        full.cursorOf(patient, index, start, cursor(start))


def test_a_search_starts_at_no_cursor_but_that_of_its_start(full, client, cursor, technologist, patient):
    others = client.cursor(technologist.address, 0)
    for given in (cursor(4), others, phantom(full.address, patient.address, 3), full.address, patient.address):
        for index in (0, 3, 5):
            with reverts(full.BadCursor, recipient=patient.address, index=3, cursor=given):
                full.cursorOf(patient, index, 3, given)


def test_a_search_starts_at_no_message_to_come(full, cursor, patient):
    for given in (cursor(6), phantom(full.address, patient.address, 7)):
        with reverts(full.BadCursor, recipient=patient.address, index=7, cursor=given):
            full.cursorOf(patient, 7, 7, given)


def test_a_search_from_a_cursor_costs_the_same_however_many_newer_messages_there_are(
    full, client, cursor, technologist, patient
):
    data = "0x" + client.encode("cursorOf", patient, 0, 6, cursor(6)).hex()
    before = client.web3.eth.estimate_gas({"to": full.address, "data": data})
    client.transact(technologist, "sendBatch", [(patient.address, 0, ENVELOPE)] * 50)
    assert client.web3.eth.estimate_gas({"to": full.address, "data": data}) - before < 100
