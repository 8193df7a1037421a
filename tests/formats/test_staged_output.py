"""Received files go into the output folder in one step, or nowhere."""

import pytest

from radiogram.errors import OutputError, OutputFolderError
from radiogram.output.staging import StagedOutput


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


def test_a_file_for_an_output_folder_is_refused(tmp_path):
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(OutputFolderError, match="out can't be written: "), StagedOutput(tmp_path / "out"):
        pass
