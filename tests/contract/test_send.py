"""send: what is sent is stored byte for byte, for its recipient and nobody else, in order, never overwritten."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.client import ZERO_ADDRESS
from tests.contract.cursors import address_of, code_of
from tests.contract.isolation import isolated
from tests.contract.reverts import reverts
from tests.contract.samples import ACKNOWLEDGED, ENVELOPE
from tests.contract.strategies import EXAMPLES, MAX_VERSION, NO_HYBRID, addresses, envelopes, point


def test_send_stores_sender_time_key_version_and_envelope(inbox, technologist, patient):
    tx = inbox.send(patient, 0, ENVELOPE, sender=technologist)
    message = inbox.message(patient, 0, ZERO_ADDRESS)
    assert message.sender == technologist
    assert message.sentAt == tx.timestamp
    assert (message.keyVersion, message.status) == (0, 0)
    assert message.envelope == ENVELOPE


def test_send_emits_exactly_one_event_with_recipient_sender_and_index(inbox, technologist, patient):
    tx = inbox.send(patient, 0, ENVELOPE, sender=technologist)
    assert tx.events == [inbox.Sent(recipient=patient, sender=technologist, index=0)]


def test_send_returns_the_index(inbox, technologist, patient):
    assert inbox.send.call(patient, 0, ENVELOPE, sender=technologist) == 0
    inbox.send(patient, 0, ENVELOPE, sender=technologist)
    assert inbox.send.call(patient, 0, ENVELOPE, sender=technologist) == 1


@given(envelope=envelopes)
def test_every_envelope_is_stored_byte_for_byte_with_one_matching_event(chain, client, technologist, patient, envelope):
    with isolated(chain):
        done = client.transact(technologist, "send", patient, 0, envelope)
        assert done.events == [("Sent", {"recipient": patient, "sender": technologist, "index": 0})]
        message, count = client.call_views(
            [("message", (patient.address, 0, ZERO_ADDRESS)), ("count", (patient.address,))]
        )
        code = code_of(0, done.timestamp, technologist.address, ZERO_ADDRESS, envelope)
        cursor = address_of(client.contract.address, patient.address, 0, code)
        assert message == ((technologist.address, done.timestamp, 0, 0, cursor, envelope),)
        assert count == (1,)


@given(recipient=addresses | st.sampled_from(["0x" + "00" * 20, "0x" + "00" * 19 + "01", "0x" + "ff" * 20]))
def test_any_20_bytes_may_receive(chain, client, technologist, recipient):
    with isolated(chain):
        done = client.transact(technologist, "send", recipient, 0, ENVELOPE)
        assert [name for name, _ in done.events] == ["Sent"]
        assert client.call_views([("message", (recipient, 0, ZERO_ADDRESS))])[0][0][5] == ENVELOPE


def test_the_contract_itself_may_receive(inbox, technologist):
    inbox.send(inbox, 0, ENVELOPE, sender=technologist)
    assert inbox.message(inbox, 0, ZERO_ADDRESS).envelope == ENVELOPE


@settings(max_examples=2 * EXAMPLES)
@given(posts=st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from([1, 2, 3]), envelopes), max_size=7))
def test_messages_lie_in_order_in_the_inbox_they_were_sent_to_and_in_no_other(chain, client, accounts, posts):
    with isolated(chain):
        sent = {recipient: [] for recipient in (1, 2, 3)}
        for sender, recipient, envelope in posts:
            done = client.transact(accounts[sender], "send", accounts[recipient], 0, envelope)
            sent[recipient].append((accounts[sender].address, done.timestamp, 0, 0, envelope))
        found = [client.messages(accounts[recipient]) for recipient in sent]
        assert [[(*m[:4], m.envelope) for m in messages] for messages in found] == list(sent.values())


def test_a_later_message_never_overwrites_an_earlier_one(inbox, technologist, stranger, patient):
    inbox.send(patient, 0, b"first", sender=technologist)
    before = inbox.message(patient, 0, ZERO_ADDRESS)
    inbox.send(patient, 0, b"second", sender=stranger)
    assert inbox.message(patient, 0, ZERO_ADDRESS) == before
    assert inbox.message(patient, 1, ZERO_ADDRESS).envelope == b"second"


def test_the_same_envelope_may_be_sent_again(inbox, technologist, patient):
    for index in (0, 1):
        tx = inbox.send(patient, 0, ENVELOPE, sender=technologist)
        assert tx.events == [inbox.Sent(recipient=patient, sender=technologist, index=index)]


@pytest.mark.parametrize("size", [1, 1024, 2048])
def test_an_envelope_may_have_1_to_2048_bytes(inbox, technologist, patient, size):
    inbox.send(patient, 0, b"\x02" * size, sender=technologist)
    assert inbox.message(patient, 0, ZERO_ADDRESS).envelope == b"\x02" * size


@pytest.mark.parametrize("size", [0, 2049, 20_000])
def test_an_envelope_of_another_size_is_refused(inbox, technologist, patient, size):
    with reverts(inbox.BadEnvelope, size=size):
        inbox.send(patient, 0, b"\x02" * size, sender=technologist)
    assert inbox.count(patient) == 0


def test_a_key_version_that_was_never_registered_is_refused(inbox, technologist, patient):
    with reverts(inbox.StaleKey, recipient=patient.address, current=0):
        inbox.send(patient, 1, ENVELOPE, sender=technologist)


def test_a_send_to_the_version_in_force_is_delivered_and_keeps_its_version(inbox, technologist, patient):
    for version in (1, 2):
        inbox.registerKey(*point(version), NO_HYBRID, sender=patient)
        inbox.send(patient, version, ENVELOPE, sender=technologist)
    assert [inbox.message(patient, index, ZERO_ADDRESS).keyVersion for index in (0, 1)] == [1, 2]


@pytest.mark.parametrize("version", [0, 1, 3, MAX_VERSION, 2**32 - 1])
def test_a_send_to_any_other_version_is_refused(inbox, technologist, patient, version):
    inbox.registerKey(*point(1), NO_HYBRID, sender=patient)
    inbox.registerKey(*point(2), NO_HYBRID, sender=patient)
    with reverts(inbox.StaleKey, recipient=patient.address, current=2):
        inbox.send(patient, version, ENVELOPE, sender=technologist)


def test_a_send_with_too_little_gas_stores_nothing(inbox, client, technologist, patient):
    inbox.send(patient, 0, ENVELOPE, sender=technologist)
    outcomes = set()
    for gas in range(60_000, 105_000, 2_500):
        done = client.send_data(technologist, client.encode("send", patient, 0, ENVELOPE), gas=gas)
        outcomes.add(done.error)
        assert inbox.count(patient) == 1
    assert ("NotStored", ()) in outcomes
    assert None not in outcomes


def test_a_new_message_has_no_status(sent, cursor, technologist, patient, statuses):
    sent.acknowledge(2, cursor(2), sender=patient)
    sent.send(patient, 0, ENVELOPE, sender=technologist)
    assert statuses() == [0, 0, ACKNOWLEDGED, 0]
