"""What the journal says of everything that was uploaded, whatever became of it."""

from dataclasses import replace

import pytest

from radiogram.outgoing.journal import Dropped, Erasure, Journal
from radiogram.outgoing.uploads import read_history
from tests.outgoing.test_journal import ARRIVED, BEGUN, PURPOSE, SEALED, SIGNED, write

PACKET = replace(SEALED, packet_cid=b"\x01U" + b"\x07" * 34)


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "outgoing")


def test_there_is_nothing_where_nothing_was_sent(journal):
    history = read_history(journal.folder)
    assert (history.attempts, history.unreadable, history.cut_lines) == ([], [], 0)
    assert not journal.folder.exists()


def test_a_message_needs_its_ciphertext_and_its_key_packet(journal):
    write(journal, BEGUN, PACKET, SIGNED, ARRIVED)
    [attempt] = read_history(journal.folder).attempts
    assert attempt.cids == (PACKET.cid, PACKET.packet_cid)
    assert (attempt.begun, attempt.arrived) == (BEGUN, ARRIVED)
    assert not attempt.is_needless
    assert not attempt.is_unfinished


def test_a_message_without_a_key_packet_needs_its_ciphertext_alone(journal):
    write(journal, BEGUN, SEALED)
    [attempt] = read_history(journal.folder).attempts
    assert attempt.cids == (SEALED.cid,)


def test_all_sends_are_read_and_all_cut_lines_of_them_counted(journal):
    for contents in (b"one", b"two", b"three"):
        write(journal, BEGUN, SEALED, purpose=replace(PURPOSE, contents=contents))
    files = sorted(journal.folder.iterdir())
    for file in files[:2]:
        with file.open("ab") as stream:
            stream.write(b'\n{"step": "Arri\n\n{')
    history = read_history(journal.folder)
    assert (len(history.attempts), history.cut_lines) == (3, 4)


def test_what_never_arrived_is_not_said_to_be_repeated(journal):
    write(journal, BEGUN, SEALED, BEGUN, SEALED)
    assert [each.is_repeated for each in read_history(journal.folder).attempts] == [False, False]


def test_what_follows_a_file_that_can_t_be_read_is_read(journal):
    write(journal, BEGUN)
    (journal.folder / "0.jsonl").mkdir()
    (journal.folder / "z.jsonl").mkdir()
    history = read_history(journal.folder)
    assert history.unreadable == [journal.folder / "0.jsonl", journal.folder / "z.jsonl"]
    assert len(history.attempts) == 1


def test_a_step_of_nothing_begun_counts_for_nothing(journal):
    write(journal, SEALED, BEGUN)
    [attempt] = read_history(journal.folder).attempts
    assert attempt.sealed is None


def test_a_second_copy_does_not_make_the_first_needless(journal):
    write(journal, BEGUN, SEALED, SIGNED, ARRIVED, BEGUN, PACKET, SIGNED, ARRIVED)
    attempts = read_history(journal.folder).attempts
    assert [each.sealed for each in attempts] == [SEALED, PACKET]
    assert not any(each.is_needless for each in attempts)
    assert [each.is_repeated for each in attempts] == [True, False]


@pytest.mark.parametrize("steps", [(BEGUN,), (BEGUN, SEALED), (BEGUN, SEALED, SIGNED)])
def test_what_was_begun_is_unfinished_and_needed(journal, steps):
    write(journal, *steps)
    [attempt] = read_history(journal.folder).attempts
    assert attempt.is_unfinished
    assert not attempt.is_needless


@pytest.mark.parametrize("end", [(Dropped(),), (BEGUN, PACKET)])
def test_an_upload_that_was_dropped_or_made_anew_is_needless(journal, end):
    write(journal, BEGUN, SEALED, *end)
    first = read_history(journal.folder).attempts[0]
    assert first.is_needless
    assert not first.is_unfinished


@pytest.mark.parametrize("end", [(Dropped(),), (BEGUN, PACKET)])
def test_what_a_signed_transaction_leads_to_is_never_needless(journal, end):
    write(journal, BEGUN, SEALED, SIGNED, *end)
    assert not read_history(journal.folder).attempts[0].is_needless


ERASURE = Erasure(1_795_714_999, PACKET.envelope)
SHARED = replace(SEALED, envelope=b"\x02" + bytes(152) + b"\x01", has_uploaded=False)
OTHER_PURPOSE = replace(PURPOSE, contents=b"handed on")


def test_what_was_erased_is_needless(journal):
    write(journal, BEGUN, PACKET, SIGNED, ARRIVED)
    assert read_history(journal.folder).needed == {PACKET.cid, PACKET.packet_cid}
    with journal.entry_with(read_history(journal.folder).attempts[0].tag) as entry:
        entry.append(ERASURE)
    history = read_history(journal.folder)
    assert (history.needed, history.needless) == (set(), {PACKET.cid, PACKET.packet_cid})
    assert [each.is_erased for each in history.attempts] == [True]


def test_an_erasure_is_of_one_message_and_not_of_those_after_it(journal):
    again = replace(SEALED, cid=b"\x01U" + b"\x08" * 34, envelope=b"\x03" + bytes(153))
    write(journal, BEGUN, PACKET, SIGNED, ARRIVED, BEGUN, again, SIGNED, ARRIVED, ERASURE)
    history = read_history(journal.folder)
    assert [each.is_erased for each in history.attempts] == [True, False]
    assert history.needed == {again.cid}


def test_a_send_goes_on_as_if_there_were_no_erasure(journal):
    write(journal, BEGUN, PACKET, SIGNED, ARRIVED, ERASURE)
    with journal.entry(PURPOSE) as entry:
        assert (entry.sealed, entry.arrived) == (PACKET, ARRIVED)


def test_a_study_that_is_handed_on_is_needed_until_nothing_leads_to_it(journal):
    write(journal, BEGUN, SEALED, SIGNED, ARRIVED, Erasure(0, SEALED.envelope))
    write(journal, BEGUN, SHARED, SIGNED, ARRIVED, purpose=OTHER_PURPOSE)
    history = read_history(journal.folder)
    assert (history.needed, history.needless) == ({SEALED.cid}, set())
    assert [each.sealed for each in history.leading_to(SEALED.cid)] == [SHARED]
    write(journal, Erasure(0, SHARED.envelope), purpose=OTHER_PURPOSE)
    assert read_history(journal.folder).needless == {SEALED.cid}


def test_a_study_that_was_not_uploaded_from_here_is_never_needless(journal):
    write(journal, BEGUN, SHARED, Dropped())
    history = read_history(journal.folder)
    assert (history.attempts[0].is_needless, history.needless) == (True, set())


@pytest.mark.parametrize(
    ("steps", "uploads"),
    [
        ((BEGUN,), ()),
        ((BEGUN, SEALED), (SEALED.cid,)),
        ((BEGUN, PACKET), (PACKET.cid, PACKET.packet_cid)),
        ((BEGUN, SHARED), ()),
        ((BEGUN, replace(SHARED, packet_cid=PACKET.packet_cid)), (PACKET.packet_cid,)),
    ],
    ids=["nothing yet", "study", "study and key packet", "nothing of what is handed on", "its key packet"],
)
def test_it_is_known_what_was_put_on_ipfs_for_a_message(journal, steps, uploads):
    write(journal, *steps)
    [attempt] = read_history(journal.folder).attempts
    assert attempt.uploads == uploads


def test_lines_that_were_cut_short_are_counted_and_the_others_read(journal):
    write(journal, BEGUN, SEALED)
    [file] = journal.folder.iterdir()
    with file.open("ab") as stream:
        stream.write(b'\n{"step": "Arri')
    history = read_history(journal.folder)
    assert history.cut_lines == 1
    assert history.attempts[0].sealed == SEALED


def test_a_file_that_can_t_be_read_is_named(journal):
    write(journal, BEGUN)
    [file] = journal.folder.iterdir()
    file.unlink()
    file.symlink_to(file.parent)
    assert read_history(journal.folder).unreadable == [file]


def test_looking_takes_no_lock(journal):
    write(journal, BEGUN)
    with journal.entry(PURPOSE):
        assert len(read_history(journal.folder).attempts) == 1
    assert [each.stem for each in journal.folder.iterdir()] == [PURPOSE.tag]
