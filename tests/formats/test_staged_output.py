"""Received files go into the output folder in one step, or nowhere."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from radiogram.errors import OutputError, OutputFolderError
from radiogram.formats.manifest import PARTIAL_PREFIX
from radiogram.output import staging
from radiogram.output.staging import StagedOutput, abandoned, remove_abandoned


def test_files_appear_in_the_output_folder_only_at_the_end(tmp_path):
    with StagedOutput(tmp_path / "out") as staged:
        (staged.folder / "a.dcm").write_bytes(b"1")
        assert not (tmp_path / "out" / "a.dcm").exists()
        assert staged.finish(["a.dcm"]) == [tmp_path / "out" / "a.dcm"]
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["a.dcm"]


def test_a_failure_leaves_no_trace(tmp_path):
    with pytest.raises(ZeroDivisionError), StagedOutput(tmp_path / "deep" / "out") as staged:
        (staged.folder / "a.dcm").write_bytes(b"1")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_a_folder_that_was_there(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(ZeroDivisionError), StagedOutput(tmp_path / "out"):
        raise ZeroDivisionError
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_of_the_same_name_is_not_overwritten(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"old")
    with pytest.raises(OutputError, match="is there already"), StagedOutput(tmp_path) as staged:
        (staged.folder / "a.dcm").write_bytes(b"new")
        staged.finish(["a.dcm"])
    assert (tmp_path / "a.dcm").read_bytes() == b"old"


def test_a_file_of_the_same_name_is_overwritten_when_asked(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"old")
    with StagedOutput(tmp_path, overwrite=True) as staged:
        (staged.folder / "a.dcm").write_bytes(b"new")
        staged.finish(["a.dcm"])
    assert (tmp_path / "a.dcm").read_bytes() == b"new"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_where_a_file_should_go_is_refused(tmp_path, overwrite):
    (tmp_path / "a.dcm").mkdir()
    with pytest.raises(OutputError, match="is there already"), StagedOutput(tmp_path, overwrite) as staged:
        staged.refuse_existing(["a.dcm"])


def test_a_file_where_a_folder_should_go_is_refused(tmp_path):
    (tmp_path / "ct").write_bytes(b"")
    with pytest.raises(OutputError, match="ct is there already"), StagedOutput(tmp_path, overwrite=True) as staged:
        staged.refuse_existing(["ct/a.dcm"])


def test_a_failure_half_way_puts_everything_back(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"old")
    with pytest.raises(OutputError), StagedOutput(tmp_path, overwrite=True) as staged:
        (staged.folder / "a.dcm").write_bytes(b"new")
        staged.finish(["a.dcm", "never written.dcm"])
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a.dcm", b"old")]


def test_a_failure_half_way_puts_several_files_back(tmp_path):
    before = {"a.dcm": b"old a", "ct/b.dcm": b"old b", "c.dcm": b"old c"}
    (tmp_path / "ct").mkdir()
    for name, data in before.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(OutputError), StagedOutput(tmp_path, overwrite=True) as staged:
        (staged.folder / "ct").mkdir()
        for name in before:
            (staged.folder / name).write_bytes(b"new")
        staged.finish([*before, "never written.dcm"])
    assert files_in(tmp_path) == before


def test_every_move_is_written_down_before_the_first(tmp_path, monkeypatch):
    (tmp_path / "a.dcm").write_bytes(b"old")
    written, move = [], Path.replace

    def watched(source, target):
        [journal] = tmp_path.glob(f"*/{staging.MOVES}")
        written.append(json.loads(journal.read_bytes()))
        return move(source, target)

    monkeypatch.setattr(Path, "replace", watched)
    with StagedOutput(tmp_path, overwrite=True) as staged:
        (staged.folder / "ct").mkdir()
        for name in ("a.dcm", "ct/b.dcm"):
            (staged.folder / name).write_bytes(b"new")
        staged.finish(["a.dcm", "ct/b.dcm"])
    new = os.path.relpath(staged.folder, tmp_path)
    [room, to], *others = written[0]
    assert (room, to.split("/")[0]) == ("a.dcm", new.split("/")[0])
    assert others == [[f"{new}/a.dcm", "a.dcm"], [f"{new}/ct/b.dcm", "ct/b.dcm"]]
    assert written == [written[0]] * 3


def test_an_output_folder_may_be_named_by_way_of_one_that_is_not_there(tmp_path):
    with StagedOutput(tmp_path / "other" / ".." / "out") as staged:
        (staged.folder / "a.dcm").write_bytes(b"1")
        staged.finish(["a.dcm"])
    assert files_in(tmp_path) == {"out/a.dcm": b"1"}


def test_a_staging_folder_that_somebody_removed_is_no_error(tmp_path):
    with StagedOutput(tmp_path / "out") as staged:
        shutil.rmtree(staged.folder.parent)
    assert list(tmp_path.iterdir()) == []


def test_a_file_for_an_output_folder_is_refused(tmp_path):
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(OutputFolderError, match="out can't be written: "), StagedOutput(tmp_path / "out"):
        pass


@pytest.mark.parametrize("private", [{}, {"private": False}, {"private": True}])
def test_what_is_private_nobody_else_may_read(tmp_path, private):
    before = os.umask(0o022)
    try:
        with StagedOutput(tmp_path / "deep" / "out", **private) as staged:
            (staged.folder / "ct").mkdir()
            (staged.folder / "ct" / "a.dcm").write_bytes(b"1")
            staged.finish(["ct/a.dcm"])
    finally:
        os.umask(before)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "deep").rglob("*")}
    file, folder = ("0o600", "0o700") if private.get("private") else ("0o644", "0o755")
    assert modes == {"out": folder, "ct": folder, "a.dcm": file}


def test_what_is_staged_lies_where_it_is_found_again(tmp_path):
    with StagedOutput(tmp_path) as staged:
        [folder] = tmp_path.glob(f"{PARTIAL_PREFIX}*")
        assert staged.folder.parent == folder


@pytest.fixture
def disturbed(monkeypatch):
    """Does something to the first staging folder before it is locked."""

    def disturb(act):
        made, make = [], tempfile.mkdtemp

        def mkdtemp(**options):
            made.append(make(**options))
            if len(made) == 1:
                act(made[0])
            return made[-1]

        monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
        return made

    return disturb


def test_a_staging_folder_that_another_process_removes_is_made_anew(tmp_path, disturbed):
    made = disturbed(os.rmdir)
    with StagedOutput(tmp_path) as staged:
        assert str(staged.folder.parent) == made[1]


def test_a_staging_folder_that_another_process_holds_is_left_to_it(tmp_path, disturbed):
    with ExitStack() as held:
        made = disturbed(lambda folder: staging._lock(Path(folder), held))
        with StagedOutput(tmp_path) as staged:
            assert str(staged.folder.parent) == made[1]


# ---- a process that is killed

WRITER = """
import os, signal, sys
from pathlib import Path
from radiogram.formats.manifest import PARTIAL_PREFIX
from radiogram.output import staging
from radiogram.output.staging import StagedOutput
out, moves = Path(sys.argv[1]), int(sys.argv[2])
replace, moved = Path.replace, 0
def killing(self, target):
    global moved
    if moved == moves:
        os.kill(os.getpid(), signal.SIGKILL)
    moved += 1
    return replace(self, target)
Path.replace = killing
with StagedOutput(out, overwrite=True) as staged:
    for name in ("ct/1.dcm", "ct/2.dcm", "3.dcm"):
        (staged.folder / name).parent.mkdir(exist_ok=True)
        (staged.folder / name).write_bytes(b"new")
    staged.finish(["ct/1.dcm", "ct/2.dcm", "3.dcm"])
"""
MOVES = 5  # two files make room, three come


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.fault(
    "The process is killed while files are moved into place",
    "a killed process, at each move",
    "all files or those from before",
)
@pytest.mark.parametrize("moves", range(MOVES + 1))
def test_all_or_nothing_whenever_the_process_is_killed(tmp_path, moves):
    before = {"ct/1.dcm": b"old", "3.dcm": b"old", "other": b"other"}
    for name, data in before.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    done = subprocess.run([sys.executable, "-c", WRITER, str(tmp_path), str(moves)], check=False)
    assert done.returncode == (0 if moves == MOVES else -signal.SIGKILL)
    left = abandoned(tmp_path)
    assert len(left) == (0 if moves == MOVES else 1)
    assert remove_abandoned(tmp_path) == left
    after = {"ct/1.dcm": b"new", "ct/2.dcm": b"new", "3.dcm": b"new", "other": b"other"}
    assert files_in(tmp_path) == (after if moves == MOVES else before)
    assert remove_abandoned(tmp_path) == []


def test_what_a_running_process_stages_is_not_removed(tmp_path):
    with StagedOutput(tmp_path) as staged:
        (staged.folder / "a.dcm").write_bytes(b"1")
        assert abandoned(tmp_path) == remove_abandoned(tmp_path) == []
        staged.finish(["a.dcm"])
    assert files_in(tmp_path) == {"a.dcm": b"1"}


def test_a_link_that_is_named_like_a_staging_folder_is_left_alone(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.dcm").write_bytes(b"1")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".radiogram-partial-link").symlink_to(tmp_path / "real")
    assert abandoned(tmp_path / "out") == remove_abandoned(tmp_path / "out") == []
    assert files_in(tmp_path / "real") == {"a.dcm": b"1"}


def test_a_staging_folder_whose_moves_can_t_be_read_stays(tmp_path):
    folder = tmp_path / ".radiogram-partial-a"
    folder.mkdir()
    (folder / staging.MOVES).write_bytes(b"[[")
    assert remove_abandoned(tmp_path) == []
    assert folder.exists()


def test_a_file_that_is_named_like_a_staging_folder_is_left_alone(tmp_path):
    (tmp_path / ".radiogram-partial-a").write_bytes(b"1")
    (tmp_path / ".radiogram-partial-b").mkdir()
    (tmp_path / ".radiogram-partial-c").write_bytes(b"1")
    assert abandoned(tmp_path) == [tmp_path / ".radiogram-partial-b"] == remove_abandoned(tmp_path)
    assert files_in(tmp_path) == {".radiogram-partial-a": b"1", ".radiogram-partial-c": b"1"}


def test_a_folder_that_is_not_there_has_nothing_abandoned(tmp_path):
    assert abandoned(tmp_path / "nowhere") == remove_abandoned(tmp_path / "nowhere") == []
