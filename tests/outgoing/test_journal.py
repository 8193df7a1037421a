"""The journal of sends: what is in it after a crash, who may read it, and what it tells."""

import errno
import json
import os
import resource
import stat
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from eth_utils.crypto import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radiogram.chain.inbox import Receipt
from radiogram.chain.transactions import SignedTransaction
from radiogram.errors import StateFolderError
from radiogram.outgoing.journal import (
    Arrived,
    BatchRecord,
    Begun,
    Dropped,
    Entry,
    Erasure,
    Journal,
    Purpose,
    Sealed,
    entry_of,
)

PURPOSE = Purpose(
    b"\x99" * 32, "0x" + "11" * 20, "0x" + "22" * 20, "0x" + "33" * 20, b"\x02" * 33, b"manifest", b"secret"
)
BEGUN = Begun(1_795_714_901, b"\x99" * 32, "0x" + "11" * 20, "0x" + "22" * 20, "0x" + "33" * 20, 7)
SEALED = Sealed(b"\x01U" + bytes(34), 43_794, None, 0, b"\x02" + bytes(153))
SIGNED = SignedTransaction(4, "0x" + "44" * 32, b"\x02\xf9", 10**9)
ARRIVED = Arrived(7, "0x" + "44" * 32, 105_442, 10**14)


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "outgoing")


def write(journal, *steps, purpose=PURPOSE):
    with journal.entry(purpose) as entry:
        for step in steps:
            entry.append(step)


def state(entry):
    return entry.begun, entry.sealed, list(entry), entry.arrived


def read(journal):
    with journal.entry(PURPOSE) as entry:
        return state(entry)


def file_of(journal):
    (file,) = journal.folder.iterdir()
    return file


# ---- what is kept


def test_every_step_is_there_for_the_next_run(journal):
    write(journal, BEGUN, SEALED, SIGNED, replace(SIGNED, max_fee=2))
    write(journal, ARRIVED)
    assert read(journal) == (BEGUN, SEALED, [SIGNED, replace(SIGNED, max_fee=2)], ARRIVED)


def test_what_was_erased_is_there_for_the_next_run_by_its_envelope(journal):
    write(journal, BEGUN, SEALED, SIGNED, ARRIVED)
    write(journal, Erasure(1_795_714_999, SEALED.envelope))
    with journal.entry(PURPOSE) as entry:
        assert entry.erased == {SEALED.envelope}
        assert state(entry) == (BEGUN, SEALED, [SIGNED], ARRIVED)


def test_a_send_that_begins_anew_forgets_the_one_before(journal):
    write(journal, BEGUN, SEALED, SIGNED, ARRIVED, replace(BEGUN, since=8))
    assert read(journal) == (replace(BEGUN, since=8), None, [], None)


def test_what_arrived_before_is_still_known_when_a_second_copy_is_dropped(journal):
    write(journal, BEGUN, SEALED, SIGNED, ARRIVED, BEGUN, Dropped())
    assert read(journal) == (BEGUN, SEALED, [SIGNED], ARRIVED)


def test_what_is_dropped_before_it_arrived_leaves_nothing(journal):
    write(journal, BEGUN, SEALED, Dropped())
    assert read(journal) == (None, None, [], None)


def test_what_was_begun_anew_and_dropped_leaves_nothing_of_either(journal):
    write(journal, BEGUN, SEALED, BEGUN, SEALED, Dropped())
    assert read(journal) == (None, None, [], None)


def test_what_arrived_without_a_transaction_of_ours_is_still_known_too(journal):
    write(journal, BEGUN, SEALED, ARRIVED, BEGUN, Dropped())
    assert read(journal) == (BEGUN, SEALED, [], ARRIVED)


def test_the_folder_is_made_with_those_that_it_lies_in(tmp_path):
    deep = Journal(tmp_path / "a" / "b" / "outgoing")
    write(deep, BEGUN)
    assert read(deep) == (BEGUN, None, [], None)


def test_without_a_file_an_entry_lasts_as_long_as_the_process():
    entry = Entry()
    entry.append(BEGUN)
    entry.append(SIGNED)
    assert state(entry) == (BEGUN, None, [SIGNED], None)
    assert entry.tag == ""


@given(cut=st.integers(min_value=0))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_journal_cut_short_anywhere_has_the_steps_before_and_takes_the_next(tmp_path_factory, cut):
    journal = Journal(tmp_path_factory.mktemp("cut"))
    write(journal, BEGUN, SEALED, SIGNED)
    file = file_of(journal)
    whole = file.read_bytes()
    file.write_bytes(whole[: cut % (len(whole) + 1)])
    before = read(journal)
    assert before in [
        (None, None, [], None),
        (BEGUN, None, [], None),
        (BEGUN, SEALED, [], None),
        (BEGUN, SEALED, [SIGNED], None),
    ]
    write(journal, ARRIVED)
    assert read(journal) == (*before[:3], ARRIVED)


def test_what_arrived_is_kept_with_its_receipt_if_there_is_one():
    receipt = Receipt({"index": 7}, ARRIVED.tx_hash, ARRIVED.gas_used, ARRIVED.fee_wei)
    assert Arrived.of(7, receipt) == ARRIVED
    assert ARRIVED.receipt == replace(receipt, event=None)
    assert Arrived.of(7, None) == Arrived(7, "", 0, 0)
    assert Arrived.of(7, None).receipt is None


@pytest.mark.parametrize(
    "line", [b"{}", b"[]", b'{"step": "Other"}', b'{"step": "Begun"}', b'{"step": "Dropped", "a": 1}']
)
def test_a_line_that_is_no_step_hides_no_other(journal, line):
    write(journal, BEGUN)
    with file_of(journal).open("ab") as stream:
        stream.write(line + b"\n")
    write(journal, SEALED)
    assert read(journal) == (BEGUN, SEALED, [], None)


def test_a_sender_without_a_journal_has_an_entry_that_is_not_kept(journal):
    with entry_of(None, PURPOSE) as entry:
        entry.append(BEGUN)
        assert entry.begun == BEGUN
    with entry_of(journal, PURPOSE) as entry:
        assert (entry.begun, entry.tag) == (None, PURPOSE.tag)


# ---- when it can't be written


def test_a_step_that_does_not_fit_on_the_disk_is_refused_and_leaves_no_part_of_it(journal):
    write(journal, BEGUN)
    before = file_of(journal).read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with journal.entry(PURPOSE) as entry:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))
        try:
            with pytest.raises(StateFolderError, match=r"can't be written: (File too large|No space left)"):
                entry.append(SEALED)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert state(entry) == (BEGUN, None, [], None)
    assert file_of(journal).read_bytes() == before


def test_a_folder_that_can_t_be_made_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with (
        pytest.raises(StateFolderError, match=os.strerror(errno.ENOTDIR)),
        Journal(tmp_path / "file" / "outgoing").entry(PURPOSE),
    ):
        pass


# ---- who may read it, and what it tells


def test_nobody_else_on_this_computer_may_read_it(journal):
    write(journal, BEGUN)
    assert stat.S_IMODE(journal.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file_of(journal).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "other",
    [
        {"chain": bytes(32)},
        {"inbox": "0x" + "12" * 20},
        {"sender": "0x" + "23" * 20},
        {"recipient": "0x" + "34" * 20},
        {"recipient_key": b"\x03" * 33},
        {"contents": b"manifests"},
        {"secret": b"secrets"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_the_tag_is_that_of_one_purpose_alone(other):
    assert replace(PURPOSE, **other).tag != PURPOSE.tag


def test_the_tag_is_the_same_for_the_same_purpose(journal):
    write(journal, BEGUN)
    assert file_of(journal).stem == PURPOSE.tag == replace(PURPOSE).tag


# ---- several processes

HOLD = """
import sys
from pathlib import Path
from radiogram.outgoing.journal import Journal, Purpose
with Journal(Path(sys.argv[1])).entry(Purpose(b"\\x99" * 32, *sys.argv[2:5], *map(bytes.fromhex, sys.argv[5:]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(journal):
    """Another process that works on the entry."""
    words = [PURPOSE.inbox, PURPOSE.sender, PURPOSE.recipient]
    words += [each.hex() for each in (PURPOSE.recipient_key, PURPOSE.contents, PURPOSE.secret)]
    command = [sys.executable, "-c", HOLD, str(journal.folder), *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_an_entry_that_another_process_works_on_is_waited_for(journal, holder):
    waited = []

    def waits():
        waited.append(holder.poll())
        holder.stdin.close()

    with Journal(journal.folder, waits).entry(PURPOSE):
        assert holder.wait(10) == 0
    assert waited == [None]


def test_an_entry_whose_process_was_killed_is_free(journal, holder):
    holder.kill()
    holder.wait(10)
    with Journal(journal.folder, lambda: pytest.fail("it waits")).entry(PURPOSE) as entry:
        assert entry.begun is None


def test_what_another_process_works_on_is_not_unfinished(journal, holder):
    other = replace(PURPOSE, contents=b"other")
    write(journal, BEGUN, purpose=other)
    with journal.unfinished() as entries:
        assert [entry.tag for entry in entries] == [other.tag]


# ---- what is unfinished


def test_the_unfinished_are_those_begun_and_not_ended_oldest_first(journal):
    steps = {
        b"late": (replace(BEGUN, at=3),),
        b"early": (replace(BEGUN, at=1), SEALED, SIGNED),
        b"middle": (replace(BEGUN, at=2), SEALED),
        b"done": (BEGUN, SEALED, SIGNED, ARRIVED),
        b"dropped": (BEGUN, Dropped()),
    }
    for contents, taken in steps.items():
        write(journal, *taken, purpose=replace(PURPOSE, contents=contents))
    with journal.unfinished() as entries:
        assert [entry.begun.at for entry in entries] == [1, 2, 3]


def test_sends_of_the_same_second_are_unfinished_both(journal):
    for contents in (b"one", b"other"):
        write(journal, BEGUN, purpose=replace(PURPOSE, contents=contents))
    with journal.unfinished() as entries:
        assert [entry.begun for entry in entries] == [BEGUN, BEGUN]


def test_a_file_that_can_t_be_opened_hides_no_other(journal):
    write(journal, BEGUN)
    for name in ("0.jsonl", "z.jsonl"):
        (journal.folder / name).mkdir()
    with journal.unfinished() as entries:
        assert [entry.begun for entry in entries] == [BEGUN]
    assert journal.knows(BEGUN.chain, BEGUN.inbox, BEGUN.sender, BEGUN.recipient)


def test_it_knows_from_whom_to_whom_it_has_sent(journal):
    route = BEGUN.chain, BEGUN.inbox, BEGUN.sender, BEGUN.recipient
    assert not journal.knows(*route)
    write(journal, BEGUN, SEALED)
    assert journal.knows(*route)
    assert not journal.knows(*route[:3], BEGUN.sender)


# ---- to whom


def test_the_recipients_of_an_account_are_those_of_all_its_sends_in_one_contract_of_one_chain(journal):
    """Begun, finished and dropped ones; nothing of another account, contract or chain."""
    mine = (PURPOSE.chain, PURPOSE.inbox, PURPOSE.sender)
    assert journal.recipients(*mine) == set()
    people = ["0x" + digit * 40 for digit in "4567"]
    for number, person in enumerate(people[:2]):
        purpose = replace(PURPOSE, recipient=person)
        write(journal, replace(BEGUN, recipient=person), *[SEALED, ARRIVED][:number], purpose=purpose)
    others = [
        replace(BEGUN, recipient=people[2], chain=b"\x98" * 32),
        replace(BEGUN, recipient=people[2], inbox="0x" + "12" * 20),
        replace(BEGUN, recipient=people[2], sender="0x" + "23" * 20),
    ]
    for number, begun in enumerate(others):
        write(journal, begun, purpose=replace(PURPOSE, contents=bytes([number])))
    write(journal, SEALED, purpose=replace(PURPOSE, contents=b"never begun"))
    assert journal.recipients(*mine) == set(people[:2])


# ---- batches

BATCH = SignedTransaction(4, "0x" + keccak(b"\x02 to many").hex(), b"\x02 to many", 10**9)
OTHERS = [replace(PURPOSE, contents=bytes([number])) for number in range(3)]


@contextmanager
def entries(journal):
    """Three, of messages that are sealed."""
    with ExitStack() as held:
        opened = [held.enter_context(journal.entry(purpose)) for purpose in OTHERS]
        for each in opened:
            each.append(BEGUN)
            each.append(SEALED)
        yield opened


def signed(journal):
    found = []
    for purpose in OTHERS:
        with journal.entry(purpose) as entry:
            found.append(list(entry))
    return found


def test_a_transaction_that_sends_many_is_in_the_entry_of_each(journal):
    with entries(journal) as opened:
        record = BatchRecord(opened)
        assert list(record) == []
        record.append(BATCH)
        assert list(record) == [BATCH]
        assert [list(each) for each in opened] == [[BATCH]] * 3
    assert signed(journal) == [[BATCH]] * 3


def test_its_bytes_are_kept_once_and_for_their_owner_alone(journal):
    with entries(journal) as opened:
        BatchRecord(opened).append(BATCH)
    (file,) = (journal.folder / "batches").iterdir()
    assert (file.name, file.read_bytes()) == (BATCH.tx_hash, BATCH.raw)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    last = [each.read_text().splitlines()[-1] for each in journal.folder.glob("*.jsonl")]
    assert [(step["step"], step["tx_hash"], step["raw"]) for step in map(json.loads, last)] == [
        ("SignedTransaction", BATCH.tx_hash, "")
    ] * 3


@pytest.mark.parametrize("written", [b"", BATCH.raw[:-1], BATCH.raw + b"x", None])
def test_a_batch_whose_bytes_are_not_whole_has_not_left_and_counts_as_never_signed(journal, written):
    with entries(journal) as opened:
        BatchRecord(opened).append(BATCH)
    file = journal.folder / "batches" / BATCH.tx_hash
    if written is None:
        file.unlink()
    else:
        file.write_bytes(written)
    assert signed(journal) == [[]] * 3


def test_bytes_that_a_full_disk_had_cut_are_written_anew(journal):
    (journal.folder / "batches").mkdir(parents=True)
    (journal.folder / "batches" / BATCH.tx_hash).write_bytes(b"a longer rest of something else")
    with entries(journal) as opened:
        BatchRecord(opened).append(BATCH)
    assert signed(journal) == [[BATCH]] * 3


class Full(Entry):
    """An entry whose disk is full."""

    batches = None

    def append(self, step, /):
        raise StateFolderError("the disk is full")


def test_no_bytes_are_kept_of_a_batch_that_the_entry_of_one_can_t_take(journal):
    with entries(journal) as opened, pytest.raises(StateFolderError):
        BatchRecord([*opened, Full()]).append(BATCH)
    assert not (journal.folder / "batches").exists()
    assert signed(journal) == [[]] * 3


def test_a_folder_of_batches_that_can_t_be_made_is_told(journal):
    with entries(journal) as opened:
        (journal.folder / "batches").write_bytes(b"")
        with pytest.raises(StateFolderError, match="batches can't be written"):
            BatchRecord(opened).append(BATCH)
    assert signed(journal) == [[]] * 3


def test_entries_that_are_kept_nowhere_have_the_bytes_themselves():
    entry = Entry()
    record = BatchRecord([entry])
    record.append(BATCH)
    assert list(entry) == list(record) == [BATCH]


def test_a_batch_beside_other_transactions_keeps_its_place(journal):
    with entries(journal) as opened:
        opened[0].append(SIGNED)
        BatchRecord(opened).append(BATCH)
        opened[0].append(replace(SIGNED, max_fee=2))
        assert list(opened[0]) == [SIGNED, BATCH, replace(SIGNED, max_fee=2)]


def test_a_journal_that_does_not_say_what_is_a_mailbox_is_read_as_one_of_inboxes(journal):
    """Older versions did not."""
    write(journal, replace(BEGUN, in_mailbox=True), SEALED)
    file = file_of(journal)
    assert read(journal)[0].in_mailbox
    file.write_bytes(file.read_bytes().replace(b', "in_mailbox": true', b""))
    assert read(journal) == (BEGUN, SEALED, [], None)
