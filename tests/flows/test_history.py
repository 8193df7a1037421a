"""`ape run history` as users run it: what happened to messages and keys, for people, programs and spreadsheets."""

import csv
import io
import json
import re
import signal

import pytest
from eth_account import Account

from tests.flows.conftest import PASSPHRASE, Scripts, start_devnet, write_key

STRANGER = "0x" + "99" * 20
MEMBERS = [
    *("event", "time", "block", "tx_hash", "log_index", "account", "account_name", "sender", "sender_name", "index"),
    *("version", "public_key", "hybrid_digest", "in_key_file", "restricted", "until", "reason", "basis", "text"),
]


@pytest.fixture(scope="module")
def happened(tmp_path_factory, technologist, patient):
    """Scripts on a chain of their own, on which a message was sent, acknowledged and taken back, and settings changed.

    What these tests do changes nothing.
    """
    scripts = Scripts(tmp_path_factory.mktemp("happened") / "home")
    process, scripts.node = start_devnet(scripts)
    image = tmp_path_factory.mktemp("study") / "image.bin"
    image.write_bytes(b"an image")
    scripts.sent = scripts.json("send_image", image, "--to", patient.public_key)
    scripts.json("acknowledge", 0)
    scripts.json("retract", 0, "--of", patient.address)
    scripts.json("register_key", "--derived", "--account", "1")
    scripts.json("approve_sender", technologist.address, "--until", "2999-12-31")
    scripts.json("restrict_inbox")
    yield scripts
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


def test_a_patient_sees_everything_that_touched_their_messages_and_keys(happened, technologist, patient):
    said = happened.json("history")
    assert list(said) == ["network", "inbox", "account", "first_block", "last_block", "complete", "notes", "events"]
    assert (said["account"], said["complete"], said["notes"]) == (patient.address, True, [])
    events = said["events"]
    assert [each["event"] for each in events] == [
        *("InboxRestricted", "SenderApproved", "KeyRegistered", "Retracted", "Acknowledged", "Sent"),
    ]
    assert all(list(each) == MEMBERS for each in events)
    assert {each["basis"] for each in events} == {"event and state"}
    sent = events[-1]
    assert (sent["account"], sent["sender"], sent["index"]) == (patient.address, technologist.address, 0)
    assert sent["tx_hash"] == happened.sent["tx_hash"]
    assert sent["time"] == happened.json("inbox")["messages"][0]["sent_at"]
    assert [each["block"] for each in events] == sorted((each["block"] for each in events), reverse=True)


def test_a_sender_sees_what_became_of_their_messages(happened, technologist, patient):
    said = happened.json("history", "--account", "0")
    assert said["account"] == technologist.address
    assert [each["text"] for each in said["events"]] == [
        f"this account, as a sender: approved until 2999-12-31 23:59:59 UTC by {patient.address}",
        f"message 0 to {patient.address}: taken back",
        f"message 0 to {patient.address}: acknowledged by its recipient",
        f"message 0 to {patient.address}: sent",
    ]


def test_anybody_sees_the_same_of_an_inbox_that_is_not_theirs(happened, patient):
    assert happened.json("history", "--of", patient.address, "--account", "2") == happened.json("history")


def test_a_person_reads_a_line_for_each(happened, patient, technologist):
    heading, names, *lines = happened.run("history").stdout.splitlines()
    assert re.fullmatch(rf"History of {patient.address}, 6 events, newest first, blocks [\d,]+ to [\d,]+", heading)
    assert names.split() == ["Time", "(UTC)", "Block", "Transaction", "What"]
    assert len(lines) == 6
    pattern = rf"[\d-]+ [\d:]+ +[\d,]+  0x[0-9a-f]{{12}}…  message 0 from {technologist.address}: received"
    assert re.fullmatch(pattern, lines[-1])


def test_a_sender_with_a_name_is_called_by_it(happened, tmp_path, technologist):
    folder = tmp_path / "ape" / "accounts"
    folder.mkdir(parents=True)
    keystore = Account.encrypt(technologist.private_key, PASSPHRASE, iterations=2)
    (folder / "st_anne.json").write_text(json.dumps(keystore))
    [*_, sent] = happened.json("history", APE_DATA_FOLDER=str(tmp_path / "ape"))["events"]
    assert sent["sender_name"] == "st_anne"
    assert sent["text"].startswith("message 0 from st_anne (0xf39F…2266): received")


def test_a_table_for_spreadsheets_is_all_that_csv_prints(happened):
    done = happened.run("history", "--csv")
    assert (done.returncode, done.stderr) == (0, "")
    names, *rows = csv.reader(io.StringIO(done.stdout, newline=""))
    assert names == MEMBERS
    assert [row[0] for row in rows] == [each["event"] for each in happened.json("history")["events"]]


def test_since_a_day_that_is_over_all_is_told_and_since_a_later_one_nothing(happened):
    assert len(happened.json("history", "--since", "1d")["events"]) == 6
    assert happened.json("history", "--since", "2999-01-01")["events"] == []


def test_with_a_key_file_it_is_said_whose_key_is_on_record(happened, tmp_path, patient):
    write_key(tmp_path / "key.hex", patient.private_key)
    events = happened.json("history", "--key-file", tmp_path / "key.hex")["events"]
    assert [each["in_key_file"] for each in events if each["event"] == "KeyRegistered"] == [False]


def test_nothing_has_happened_to_a_stranger(happened):
    done = happened.run("history", "--of", STRANGER)
    assert done.stdout.startswith(f"History of {STRANGER}, 0 events")
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--csv", "--json"), "--csv and --json can't be both"),
        (("--since", "yesterday"), "--since 'yesterday' is not a date"),
        (("--of", "0x12"), "is not an address"),
    ],
)
def test_what_makes_no_sense_is_refused_with_one_line(happened, options, words):
    assert words in happened.refusal("history", *options)
