"""The audit log: on the disk before anybody is told, never changed, for its owner alone."""

import fcntl
import json
import resource
import stat
from dataclasses import asdict

import pytest

from radiogram.errors import LockedError, StateFolderError
from radiogram.outgoing import audit_log
from radiogram.outgoing.audit_log import NAME, REFUSED, SENT, Audited, AuditLog

SENT_ONE = Audited(
    SENT, 1337, "0x" + "11" * 20, "0x" + "22" * 20, 2, "0x" + "33" * 20, 7, "bafy", "bafk", 43_794, 3, "0x" + "44" * 32
)
REFUSED_ONE = Audited(REFUSED, 1337, "0x" + "11" * 20, "0x" + "22" * 20, 3, error="StudyError")


@pytest.fixture
def log(tmp_path):
    return AuditLog(tmp_path / "home")


def lines(log):
    return [json.loads(line) for line in log.path.read_bytes().splitlines()]


def test_what_was_sent_and_what_was_refused_is_a_line_each(log):
    log.add([SENT_ONE])
    log.add([REFUSED_ONE, SENT_ONE])
    written = lines(log)
    assert [{name: value for name, value in each.items() if name != "time"} for each in written] == [
        asdict(SENT_ONE),
        asdict(REFUSED_ONE),
        asdict(SENT_ONE),
    ]
    assert all(each["time"].endswith("+00:00") for each in written)


def test_the_members_are_those_of_the_page():
    assert list(asdict(SENT_ONE)) == [
        *("outcome", "chain_id", "contract", "sender", "line", "inbox", "index", "cid", "packet_cid"),
        *("ciphertext_bytes", "files", "tx_hash", "error"),
    ]


def test_the_folder_is_made_with_those_that_it_lies_in(tmp_path):
    deep = AuditLog(tmp_path / "a" / "b" / "home")
    deep.add([SENT_ONE])
    assert lines(deep)[0]["outcome"] == SENT


def test_it_is_for_its_owner_alone(log):
    log.check()
    assert log.path.name == NAME == "audit.jsonl"
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700
    assert log.path.read_bytes() == b""


def test_a_line_that_was_cut_short_is_left_and_the_next_is_whole(log):
    log.add([SENT_ONE])
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + whole[:40])
    log.add([REFUSED_ONE])
    first, cut, last = log.path.read_bytes().splitlines(keepends=True)
    assert (first, cut) == (whole, whole[:40] + b"\n")
    assert json.loads(last)["outcome"] == REFUSED


def test_a_log_that_can_t_be_written_is_said_before_anything_is_sent(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / NAME).mkdir()
    for do in (AuditLog(tmp_path / "home").check, lambda: AuditLog(tmp_path / "home").add([SENT_ONE])):
        with pytest.raises(StateFolderError, match=r"audit.jsonl can't be written: Is a directory"):
            do()


def test_what_does_not_fit_on_the_disk_leaves_no_part_of_it(log):
    log.add([SENT_ONE])
    before = log.path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, hard))
    try:
        with pytest.raises(StateFolderError, match=r"can't be written: (File too large|No space left)"):
            log.add([SENT_ONE])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert log.path.read_bytes() == before


def test_nothing_is_written_of_nothing(log):
    log.add([])
    assert not log.path.exists()


def test_nobody_waits_for_ever_for_a_command_that_holds_it(log, monkeypatch):
    monkeypatch.setattr(audit_log, "PATIENCE", 0.2)
    log.check()
    with log.path.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LockedError, match=f"another command holds {log.path}"):
            log.add([SENT_ONE])
    assert lines(log) == []
    log.add([SENT_ONE])
    assert len(lines(log)) == 1
