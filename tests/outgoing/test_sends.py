"""What was sent from a state folder: what pages were about to send is written down beside what commands have sent."""

import stat
from dataclasses import replace

import pytest

from radiogram import sends
from radiogram.errors import StateFolderError
from radiogram.outgoing.journal import Erasure, Journal
from radiogram.sends import PageSend, journal_of, read_sends, record
from tests.outgoing.test_journal import ARRIVED, BEGUN, SEALED, write

PACKET = b"\x01U" + b"\x07" * 34
SHARED = replace(SEALED, cid=b"", ciphertext_bytes=0, packet_cid=PACKET, has_uploaded=False)


def attempts(folder):
    return read_sends(folder).history.attempts


def test_what_a_page_is_about_to_send_is_there_as_it_was_said(tmp_path):
    record(tmp_path, BEGUN, replace(SEALED, packet_cid=PACKET))
    [found] = attempts(tmp_path)
    assert isinstance(found, PageSend)
    assert (found.begun, found.sealed) == (BEGUN, replace(SEALED, packet_cid=PACKET))
    assert found.cids == found.uploads == (SEALED.cid, PACKET)
    assert not found.is_needless


def test_nobody_else_may_read_it(tmp_path):
    record(tmp_path, BEGUN, SEALED)
    folder = tmp_path / sends.PAGES
    assert [stat.S_IMODE(each.stat().st_mode) for each in (folder, *folder.iterdir())] == [0o700, 0o600]


def test_no_command_is_asked_to_finish_it(tmp_path):
    record(tmp_path, BEGUN, SEALED)
    with Journal(tmp_path / sends.COMMANDS).unfinished() as unfinished:
        assert unfinished == []
    assert not attempts(tmp_path)[0].is_unfinished


def test_said_again_it_stays_as_it_was_first(tmp_path):
    record(tmp_path, BEGUN, SEALED)
    record(tmp_path, replace(BEGUN, at=BEGUN.at + 1), replace(SEALED, cid=PACKET))
    [found] = attempts(tmp_path)
    assert (found.begun, found.sealed) == (BEGUN, SEALED)


def test_another_envelope_or_recipient_is_another_message(tmp_path):
    record(tmp_path, BEGUN, SEALED)
    record(tmp_path, BEGUN, replace(SEALED, envelope=b"\x03" + bytes(153)))
    record(tmp_path, replace(BEGUN, recipient="0x" + "44" * 20), SEALED)
    assert len(attempts(tmp_path)) == 3


@pytest.mark.parametrize("end", [200, -2], ids=["in its first step", "in its last"])
def test_what_was_cut_short_by_a_crash_is_written_anew(tmp_path, end):
    record(tmp_path, BEGUN, SEALED)
    [file] = (tmp_path / sends.PAGES).iterdir()
    file.write_bytes(file.read_bytes()[:end])
    assert attempts(tmp_path) == []
    record(tmp_path, BEGUN, SEALED)
    assert [each.sealed for each in attempts(tmp_path)] == [SEALED]


def test_of_what_is_handed_on_the_key_packet_alone_is_kept(tmp_path):
    record(tmp_path, BEGUN, SHARED)
    [found] = attempts(tmp_path)
    assert found.cids == found.uploads == (PACKET,)


def test_what_a_command_has_sent_no_page_says_otherwise(tmp_path):
    write(Journal(tmp_path / sends.COMMANDS), BEGUN, SEALED, ARRIVED)
    record(tmp_path, BEGUN, replace(SEALED, cid=PACKET))
    [found] = attempts(tmp_path)
    assert (type(found) is PageSend, found.sealed, found.arrived) == (False, SEALED, ARRIVED)


def test_each_is_erased_in_its_own_journal(tmp_path):
    write(Journal(tmp_path / sends.COMMANDS), BEGUN, SEALED, ARRIVED)
    record(tmp_path, BEGUN, replace(SEALED, cid=PACKET, envelope=b"\x03"))
    for each in attempts(tmp_path):
        with journal_of(each, tmp_path).entry_with(each.tag) as entry:
            entry.append(Erasure(BEGUN.at, each.sealed.envelope))
    assert [each.is_erased for each in attempts(tmp_path)] == [True, True]


def test_files_that_can_t_be_read_are_named_of_both(tmp_path):
    for folder in (sends.COMMANDS, sends.PAGES):
        (tmp_path / folder / "a.jsonl").mkdir(parents=True)
    record(tmp_path, BEGUN, SEALED)
    history = read_sends(tmp_path).history
    assert [each.parent.name for each in history.unreadable] == [sends.COMMANDS, sends.PAGES]
    assert len(history.attempts) == 1


def test_where_it_can_t_be_written_it_is_said(tmp_path):
    (tmp_path / sends.PAGES).touch()
    with pytest.raises(StateFolderError, match="website can't be written"):
        record(tmp_path, BEGUN, SEALED)
