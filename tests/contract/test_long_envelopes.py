"""Envelopes of every length, with cursors: the size of a data contract has two bytes in its init code."""

import pytest

from tests.contract.client import ZERO_ADDRESS
from tests.contract.cursors import address_of, code_of
from tests.contract.samples import ACKNOWLEDGED, LATER, RETRACTED
from tests.contract.signing import METHODS, sign

HEAD = 49  # bytes of a data contract before the envelope
SIZES = [1, 31, 32, 33, 255 - HEAD, 256 - HEAD, 257 - HEAD, 255, 256, 257, 1024, 1230, 2047, 2048]


def envelope(size: int) -> bytes:
    return bytes(1 + index * 7 % 255 for index in range(size))


@pytest.fixture(params=SIZES)
def size(request):
    return request.param


@pytest.fixture
def meant(client, technologist, patient, size):
    """The cursor of a message of this size, which has others before and after it."""
    for each in (3, size, 5):
        assert client.transact(technologist, "send", patient, 0, envelope(each)).error is None
    return client.cursor(patient.address, 1)


def test_a_cursor_commits_to_the_whole_envelope(client, inbox, meant, technologist, patient, size):
    before, message, _ = client.messages(patient.address)
    code = code_of(0, message.sent_at, technologist.address, before.cursor, envelope(size))
    assert bytes(client.web3.eth.get_code(meant)) == code
    assert meant == address_of(inbox.address, patient.address, 1, code)


def test_a_message_is_read_by_its_cursor(client, meant, patient, size):
    views = [("message", (patient.address, 1, meant)), ("page", (patient.address, 2, 1, meant))]
    (alone,), (page, following) = client.call_views(views)
    assert alone[5] == envelope(size)
    assert page == (alone,)
    assert client.call_views([("cursorOf", (patient.address, 0, 1, meant))]) == [(following,)]


def test_a_message_is_acknowledged_and_retracted_by_its_cursor(client, meant, technologist, patient, statuses):
    assert client.transact(patient, "acknowledge", 1, meant).error is None
    assert client.transact(technologist, "retract", patient, 1, meant).error is None
    assert statuses() == [0, RETRACTED | ACKNOWLEDGED, 0]


def test_a_message_is_acknowledged_by_a_signature_over_its_cursor(client, domain, meant, relayer, patient, statuses):
    fields = (patient.address, 1, meant, LATER)
    signature = sign(patient.private_key, domain, "Acknowledge", fields)
    assert client.transact(relayer, METHODS["Acknowledge"], *fields, signature).error is None
    assert statuses() == [0, ACKNOWLEDGED, 0]


def test_a_page_has_envelopes_of_all_sizes_beside_each_other(client, technologist, patient):
    for size in SIZES:
        client.transact(technologist, "send", patient, 0, envelope(size))
    page, _ = client.page(patient.address, len(SIZES), len(SIZES), ZERO_ADDRESS)
    assert [message.envelope for message in page[::-1]] == [envelope(size) for size in SIZES]


def test_a_batch_has_envelopes_of_all_sizes_beside_each_other(client, technologist, patient):
    done = client.transact(technologist, "sendBatch", [(patient.address, 0, envelope(size)) for size in SIZES])
    assert done.error is None
    assert [message.envelope for message in client.messages(patient.address)] == [envelope(size) for size in SIZES]
