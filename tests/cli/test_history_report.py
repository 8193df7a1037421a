"""What `history` prints: nothing that a spreadsheet takes for a formula, and whoever it is by the user's own name."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.chain.events import (
    Acknowledged,
    InboxRestricted,
    KeyRegistered,
    Place,
    Retracted,
    SenderApproved,
    Sent,
    Skipped,
)
from radiogram.chain.history import History, Row
from radiogram.cli import history_report
from radiogram.cli.history_report import Words
from radiogram.formats.keys import PublicKeys
from radiogram.formats.public_key import public_key_of

ME, CLINIC, DOCTOR = ("0x" + digit * 40 for digit in "123")
NAMES = {CLINIC: "St Anne"}
WORDS = Words(ME, NAMES)
PLACE = Place(1234, b"\x05" * 32, "0x" + "ab" * 32, 2, None)
KEY = KeyRegistered(ME, 2, public_key_of(b"\x01" * 32), None)


def told(event, words=WORDS, basis="event and state"):
    return history_report.statement(Row(event, 0, PLACE, basis), words)


def history(*rows, **changes):
    fields = {
        "rows": list(rows),
        "first_block": 0,
        "last_block": 2000,
        "wanted_first_block": 0,
        "refusal": "",
        "left_out": 0,
        "untold": [],
    }
    return History(**(fields | changes))


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (Sent(ME, CLINIC, 3), "message 3 from St Anne (0x2222…2222): received"),
        (Sent(ME, DOCTOR, 3), f"message 3 from {DOCTOR}: received"),
        (Acknowledged(ME, CLINIC, 3), "message 3 from St Anne (0x2222…2222): acknowledged"),
        (Retracted(ME, CLINIC, 3), "message 3 from St Anne (0x2222…2222): taken back by its sender"),
        (Sent(CLINIC, ME, 3), "message 3 to St Anne (0x2222…2222): sent"),
        (Acknowledged(DOCTOR, ME, 3), f"message 3 to {DOCTOR}: acknowledged by its recipient"),
        (Retracted(DOCTOR, ME, 3), f"message 3 to {DOCTOR}: taken back"),
        (InboxRestricted(ME, True, 1), "the inbox takes messages from approved senders only"),
        (InboxRestricted(ME, False, 2), "the inbox takes messages from everyone"),
        (SenderApproved(ME, CLINIC, 1, 1), "sender St Anne (0x2222…2222): approved until 1970-01-01 00:00:01 UTC"),
        (SenderApproved(ME, DOCTOR, 2**40 - 1, 1), f"sender {DOCTOR}: approved for ever"),
        (SenderApproved(ME, DOCTOR, 0, 2), f"sender {DOCTOR}: no longer approved"),
        (SenderApproved(CLINIC, ME, 0, 2), "this account, as a sender: no longer approved by St Anne (0x2222…2222)"),
    ],
)
def test_each_event_is_a_sentence(event, sentence):
    assert told(event) == sentence


def test_a_key_is_told_with_the_words_to_compare_and_whether_it_is_the_key_files():
    words = PublicKeys(KEY.public_key, None).words
    said = f"key version 2 was registered, not quantum-safe{{}}; its words: {' '.join(words)}"
    assert told(KEY) == said.format("")
    assert told(KEY, Words(ME, {}, PublicKeys(KEY.public_key, None))) == said.format(", the key file's")
    other = PublicKeys(public_key_of(b"\x02" * 32), None)
    assert told(KEY, Words(ME, {}, other)) == said.format(", not the key file's")


def test_a_refused_message_is_told_with_the_contracts_reason():
    assert told(Skipped(ME, DOCTOR, 0, b"\x01\x02\x03\x04")).endswith("was refused: 0x01020304")
    reasons = {history_report._reason(Skipped(ME, DOCTOR, 0, _selector(each))) for each in history_report._REASONS}
    assert reasons == {"BadEnvelope", "StaleKey", "NotApproved"}


def _selector(signature):
    from eth_utils import keccak

    return keccak(text=signature)[:4]


def test_what_state_contradicts_or_alone_knows_is_marked():
    assert told(Sent(ME, DOCTOR, 3), basis="contradicted").startswith("NOT TO BE BELIEVED")
    assert "the node gives no event of it" in told(Sent(ME, DOCTOR, 3), basis="state")


def test_a_whole_history_needs_no_note():
    assert history_report.notes(history(Row(KEY, 0, PLACE, "event and state"))) == []


def test_what_is_missing_is_noted_with_the_nodes_own_words():
    [note] = history_report.notes(history(first_block=1_000, refusal="pruned history"))
    assert note.startswith("The chain's node gives no events before block 1,000 (it says: pruned history).")
    [note] = history_report.notes(history(Row(Sent(ME, CLINIC, 0), 0, None, "state")))
    assert note.startswith("Of 1 of these the chain's node gives no event")
    assert "keys, version 1 to 2" in history_report.notes(history(untold=["keys, version 1 to 2"]))[0]
    assert history_report.notes(history(left_out=2))[0].startswith("Left out: 2 logs")
    lied = history(Row(KEY, 0, PLACE, "contradicted"))
    assert "1 event can't be, by the contract's state" in history_report.notes(lied)[0]


# ---- for spreadsheets


@given(st.text(), st.text())
def test_no_cell_begins_as_a_formula_and_all_can_be_read_back(sender, recipient):
    words = Words(ME, {CLINIC: sender, ME: recipient})
    text = history_report.as_csv(history(Row(Sent(ME, CLINIC, 0), 0, PLACE, "event and state")), words)
    [names, cells] = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert len(names) == len(cells)
    assert not any(cell.startswith(tuple("=+-@\t\r＝＋－＠")) for cell in cells)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "\tx"])
def test_a_name_that_looks_like_a_formula_gets_an_apostrophe(name):
    row = Row(Sent(ME, CLINIC, 0), 0, PLACE, "event and state")
    [names, cells] = csv.reader(io.StringIO(history_report.as_csv(history(row), Words(ME, {CLINIC: name}))))
    assert cells[names.index("sender_name")] == "'" + name


def test_the_table_is_of_rfc_4180():
    rows = [Row(KEY, 0, PLACE, "event and state"), Row(Sent(ME, CLINIC, 0), None, None, "state")]
    text = history_report.as_csv(history(*rows), Words(ME, {CLINIC: 'A "clinic", of sorts'}))
    lines = text.split("\r\n")
    assert (len(lines), lines[-1]) == (4, "")
    assert '"A ""clinic"", of sorts"' in lines[2]
    assert "\n" not in text.replace("\r\n", "")


def test_every_column_is_a_member_of_the_json():
    assert tuple(history_report.fields(Row(KEY, 0, PLACE, "event"), WORDS)) == history_report._COLUMNS
