"""Versions end: after the last one a setting stays as it is, and nothing of the account's slot is touched. The slots
are set there by hand, since nobody changes a setting 268,435,455 times."""

import pytest
from eth_utils import keccak

from tests.contract.samples import ENVELOPE, LATER
from tests.contract.signing import METHODS, sign
from tests.contract.storage import KEY_VERSION, RESTRICTION, read_word, set_field, write_word
from tests.contract.strategies import FOREVER, MAX_VERSION, NO_HYBRID, compressed, point

LAST_APPROVAL = 2**32 - 1


@pytest.fixture
def settled(inbox, client, technologist, patient):
    """`inbox`, whose patient has a message, a key and a restriction."""
    client.transact(technologist, "send", patient, 0, ENVELOPE)
    client.transact(patient, "registerKey", *point(1), NO_HYBRID)
    client.transact(patient, "restrictInbox", True)
    client.transact(patient, "approveSender", technologist, FOREVER)
    return inbox


@pytest.fixture
def word(client, settled, patient):
    """The patient's slot as one number."""
    return lambda: read_word(client.web3, settled.address, patient.address)


def set_approval_version(client, inbox, account, sender, until, version):
    """`_approvals[account][sender]`: mappings in slot 2."""
    outer = keccak(bytes(12) + bytes.fromhex(account[2:]) + (2).to_bytes(32, "big"))
    position = keccak(bytes(12) + bytes.fromhex(sender[2:]) + outer)
    write_word(client.web3, inbox, position, version << 40 | until)


def test_the_last_key_version_is_reached_and_stays(settled, client, patient, word):
    set_field(client.web3, settled.address, patient.address, KEY_VERSION, 28, MAX_VERSION - 1)
    done = client.transact(patient, "registerKey", *point(2), NO_HYBRID)
    assert [event["version"] for _, event in done.events] == [MAX_VERSION]
    before = word()
    assert client.transact(patient, "registerKey", *point(3), NO_HYBRID).error == ("LastVersion", (MAX_VERSION,))
    assert tuple(settled.keyOf(patient)) == (MAX_VERSION, compressed(*point(2)), NO_HYBRID)
    assert word() == before


def test_the_key_of_the_last_version_once_more_is_no_failure(settled, client, patient):
    set_field(client.web3, settled.address, patient.address, KEY_VERSION, 28, MAX_VERSION)
    done = client.transact(patient, "registerKey", *point(1), NO_HYBRID)
    assert (done.error, done.events) == (None, [])


def test_messages_are_sent_to_the_key_of_the_last_version(settled, client, technologist, patient):
    set_field(client.web3, settled.address, patient.address, KEY_VERSION, 28, MAX_VERSION)
    assert client.transact(technologist, "send", patient, MAX_VERSION, ENVELOPE).error is None
    message = client.messages(patient.address)[1]
    assert (message.key_version, message.sender, message.envelope) == (MAX_VERSION, technologist.address, ENVELOPE)
    code = bytes(client.web3.eth.get_code(message.cursor))
    assert code[0] <= 0x0F  # no instruction that runs on an empty stack


def test_what_was_sent_to_a_late_key_version_does_nothing_when_called(settled, client, technologist, patient, stranger):
    for version in (2**24, MAX_VERSION):
        set_field(client.web3, settled.address, patient.address, KEY_VERSION, 28, version)
        client.transact(technologist, "send", patient, version, b"\xff" * 154)
        cursor = client.messages(patient.address)[-1].cursor
        before = bytes(client.web3.eth.get_code(cursor))
        transaction = {"from": stranger.address, "to": cursor, "gas": 100_000}
        digest = client.web3.eth.send_transaction(transaction)
        assert client.web3.eth.wait_for_transaction_receipt(digest)["status"] == 0
        assert bytes(client.web3.eth.get_code(cursor)) == before


@pytest.mark.parametrize("last", [MAX_VERSION - 1, MAX_VERSION])
def test_the_last_restriction_is_reached_and_stays(settled, client, patient, word, last):
    set_field(client.web3, settled.address, patient.address, RESTRICTION, 28, last)
    restricted = last % 2 == 1
    if last < MAX_VERSION:
        done = client.transact(patient, "restrictInbox", not restricted)
        assert [event["version"] for _, event in done.events] == [MAX_VERSION]
        restricted = not restricted
    before = word()
    refused = client.transact(patient, "restrictInbox", not restricted)
    assert refused.error == ("LastVersion", (MAX_VERSION,))
    assert tuple(settled.restrictionOf(patient)) == (restricted, MAX_VERSION)
    assert word() == before
    assert client.transact(patient, "restrictInbox", restricted).error is None


def test_the_last_version_of_an_approval_is_reached_and_stays(settled, client, technologist, patient):
    set_approval_version(client, settled.address, patient.address, technologist.address, FOREVER, LAST_APPROVAL - 1)
    assert tuple(settled.approvalOf(patient, technologist)) == (FOREVER, LAST_APPROVAL - 1)
    done = client.transact(patient, "approveSender", technologist, 5)
    assert [event["version"] for _, event in done.events] == [LAST_APPROVAL]
    refused = client.transact(patient, "approveSender", technologist, 6)
    assert refused.error == ("LastVersion", (LAST_APPROVAL,))
    assert tuple(settled.approvalOf(patient, technologist)) == (5, LAST_APPROVAL)
    assert client.transact(patient, "approveSender", technologist, 5).error is None


def test_no_signature_makes_an_approval_after_the_last(settled, client, domain, technologist, patient, relayer):
    """Its version would not fit the field that is signed."""
    set_approval_version(client, settled.address, patient.address, technologist.address, FOREVER, LAST_APPROVAL)
    for version in (0, 1, LAST_APPROVAL):
        fields = (patient.address, technologist.address, 7, version, LATER)
        signature = sign(patient.private_key, domain, "ApproveSender", fields)
        done = client.transact(relayer, METHODS["ApproveSender"], *fields, signature)
        assert done.error == ("BadVersion", (version, LAST_APPROVAL))


@pytest.mark.parametrize("name", ["RegisterKey", "RestrictInbox"])
def test_a_signed_act_makes_the_last_version_and_none_after_it(settled, client, domain, patient, relayer, word, name):
    offset = {"RegisterKey": KEY_VERSION, "RestrictInbox": RESTRICTION}[name]
    values = {"RegisterKey": (*point(2), NO_HYBRID), "RestrictInbox": (True,)}[name]

    def relay(version):
        fields = {
            "RegisterKey": (patient.address, version, *values, LATER),
            "RestrictInbox": (patient.address, *values, version, LATER),
        }[name]
        return client.transact(relayer, METHODS[name], *fields, sign(patient.private_key, domain, name, fields))

    set_field(client.web3, settled.address, patient.address, offset, 28, MAX_VERSION - 1)
    assert relay(MAX_VERSION).error is None
    before = word()
    values = {"RegisterKey": (*point(3), NO_HYBRID), "RestrictInbox": (False,)}[name]
    assert relay(MAX_VERSION + 1).error == ("LastVersion", (MAX_VERSION,))
    assert relay(0).error == ("BadVersion", (0, MAX_VERSION))
    assert word() == before
