"""Receipts of arrivals: signed by the recipient, for the sender's eyes, and nothing on the chain."""

import json
import stat

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from radiogram.formats.receipt import signing_text, to_bytes
from tests.flows.conftest import Person
from tests.flows.test_mailboxes import acquainted, clinic_card, opened, send  # noqa: F401 - fixtures


@pytest.fixture
def in_register(devnet, acquainted):  # noqa: F811 - a fixture
    """The technologist's contact; by a label of their own."""
    devnet.json(
        *("contacts", "add", acquainted.public_key, "--label", acquainted.address, "--anybody", "--has-our-card")
    )
    yield acquainted
    devnet.json("contacts", "forget", acquainted.address)


@pytest.fixture
def receipt(devnet, xray, in_register, tmp_path):
    """Of a message in a mailbox."""
    send(devnet, xray, in_register)
    [message] = opened(devnet, in_register)
    devnet.json("acknowledge", message["name"], "--receipt", tmp_path / "receipt.json", *in_register.opens)
    return tmp_path / "receipt.json"


def test_a_receipt_of_a_message_in_a_mailbox_says_to_its_sender_who_has_it(devnet, receipt, in_register):
    said = devnet.json("verify_receipt", receipt)
    assert (said["account"], said["label"]) == (in_register.address, in_register.address)
    assert said["is_theirs"] is True
    assert stat.S_IMODE(receipt.stat().st_mode) == 0o600
    printed = devnet.run("verify_receipt", receipt).stdout
    assert f"{in_register.address} ({in_register.address}) has received message 0 of" in printed
    assert "NOT KNOWN" not in printed


def test_nothing_of_it_is_on_the_chain(devnet, receipt):
    said = json.loads(receipt.read_text())
    [message] = devnet.json("inbox", "--of", said["recipient"])["messages"]
    assert message["status"] == "sent"


def test_to_another_account_a_mailbox_is_nobodys(devnet, receipt):
    said = devnet.json("verify_receipt", receipt, "--account", "2")
    assert (said["label"], said["is_theirs"]) == (None, False)
    assert "WHETHER IT WAS FOR THEM IS NOT KNOWN HERE" in devnet.run("verify_receipt", receipt, "--account", "2").stdout


def test_who_signs_for_somebody_elses_mailbox_is_not_believed(devnet, receipt, tmp_path):
    """Whoever sees the mailbox on the chain can sign for it: what they can't is be in the register as its owner."""
    doctor, said = Person("0b" * 32), json.loads(receipt.read_text())
    forged = {name: each for name, each in said.items() if name != "signature"} | {"account": doctor.address}
    signature = Account.sign_message(encode_defunct(text=signing_text(forged)), doctor.private_key).signature
    (tmp_path / "forged.json").write_bytes(to_bytes(forged, bytes(signature)))
    devnet.json("contacts", "add", doctor.public_key, "--label", doctor.address, "--anybody")
    try:
        found = devnet.json("verify_receipt", tmp_path / "forged.json")
        assert (found["label"], found["is_theirs"]) == (doctor.address, False)
    finally:
        devnet.json("contacts", "forget", doctor.address)


def test_a_message_in_an_inbox_can_have_one_too(devnet, xray, person, tmp_path):
    sent = devnet.json("send_image", xray, "--to", person.public_key)
    file = tmp_path / "receipt.json"
    devnet.json("acknowledge", sent["index"], "--receipt", file, *person.opens)
    said = devnet.json("verify_receipt", file)
    assert (said["recipient"], said["is_theirs"], said["label"]) == (person.address, True, None)


def test_of_an_account_too(devnet, xray, patient, tmp_path):
    sent = devnet.json("send_image", xray, "--to", patient.public_key)
    file = tmp_path / "receipt.json"
    devnet.json("acknowledge", sent["index"], "--receipt", file)
    assert devnet.json("verify_receipt", file)["account"] == patient.address


def test_the_receipt_of_an_erasure_is_its_senders(devnet, xray, patient, tmp_path):
    sent = devnet.json("send_image", xray, "--to", patient.public_key)
    file = tmp_path / "erased.json"
    devnet.json("erase", sent["index"], "--of", patient.address, "--receipt", file)
    said = devnet.json("verify_receipt", file)
    assert (said["format"], said["account"], said["is_theirs"]) == ("radiogram-erasure-receipt", sent["sender"], True)
    assert "has erased, as the receipt says, message" in devnet.run("verify_receipt", file).stdout


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"made_at": "2020-01-01T00:00:00+00:00"}, "is not signed by"),
        ({"index": 1}, "is not signed by"),
        ({"signature": None}, "that receipt is not signed: anybody can have written it"),
        ({"signature": "0x12"}, "is not signed by"),
        ({"version": 2}, "that receipt is of a later version: update this software"),
        ({"more": 1}, "that receipt is damaged: ask for it again"),
        ({"index": "0"}, "that receipt is damaged: ask for it again"),
        ({"account": "0x12"}, "that receipt is damaged: ask for it again"),
        ({"format": "radiogram-key-card"}, "that is not a receipt: ask for it again"),
    ],
    ids=str,
)
def test_what_was_changed_is_refused(devnet, receipt, change, why):
    receipt.write_text(json.dumps(json.loads(receipt.read_text()) | change))
    assert why in devnet.refusal("verify_receipt", receipt)


def test_no_receipt_is_overwritten(devnet, receipt, in_register):
    [message] = opened(devnet, in_register)
    before = receipt.read_bytes()
    line = devnet.refusal("acknowledge", message["name"], "--receipt", receipt, *in_register.opens)
    assert line == f"Error: {receipt} is there already, and is not replaced: choose another name"
    assert receipt.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--key-file", "x.txt"], "--key-file belongs to --receipt: add that, or leave this out"),
        (["--receipt", "a", "--sign-only", "b"], "--receipt and --sign-only can't be both: leave one out"),
    ],
)
def test_options_that_do_not_go_together_are_refused(devnet, options, why):
    assert devnet.refusal("acknowledge", "0", *options) == f"Error: {why}"
