"""Whose signature a study has: the sender's, that of somebody whom the reader knows, or nobody's."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from radiogram.chain.inbox import Message
from radiogram.cli.signer import signer_of

SENDER, PATIENT, CLINIC, STRANGER = ("0x" + digit * 40 for digit in "1234")
MESSAGE = Message(PATIENT, 0, SENDER, datetime(2026, 11, 26, tzinfo=UTC), 0, False, False, PATIENT, b"")
KNOWN = {CLINIC: "clinic"}


def told(signed_by, aliases=KNOWN):
    return list(signer_of(signed_by, MESSAGE, aliases).fields().values())


def test_the_sender_is_known_by_the_message():
    assert signer_of(SENDER, MESSAGE, {}).is_sender
    assert told(SENDER, {}) == [SENDER, None]


def test_somebody_else_is_known_by_the_readers_own_name_for_them():
    signer = signer_of(CLINIC, MESSAGE, KNOWN)
    assert (signer.is_sender, signer.name) == (False, "clinic")
    assert told(CLINIC) == [CLINIC, None]


def test_the_reader_knows_themselves():
    assert signer_of(PATIENT, MESSAGE, {}).name == "you"
    assert signer_of(PATIENT, MESSAGE, {PATIENT: "me"}).name == "me"


def test_without_a_signature_nobody_signed():
    assert told(None) == [None, None]


@given(st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()))
def test_no_other_account_is_said_to_have_signed(account):
    signer = signer_of(account, MESSAGE, KNOWN)
    if account not in (SENDER, PATIENT, CLINIC):
        assert (signer.is_known, told(account)) == (False, [None, account])
