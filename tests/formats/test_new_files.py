"""A small file is written whole where nothing was, or not at all."""

import os
import resource
import signal
import stat
import tempfile
from pathlib import Path

import pytest

from radiogram.errors import OutputError
from radiogram.output import files
from radiogram.output.files import check_place, write_new


@pytest.fixture(autouse=True)
def _usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(autouse=True, params=["named when it is whole", "named first"])
def way(request, monkeypatch):
    """As on Linux; and as where a file can't be without a name."""
    if request.param == "named first":
        monkeypatch.delattr(os, "O_TMPFILE")
        monkeypatch.setattr(tempfile, "_O_TMPFILE_WORKS", False)
    return request.param


@pytest.mark.parametrize(("mode", "given"), [(0o644, {}), (0o600, {"mode": 0o600})])
def test_a_new_file_has_its_bytes_and_its_mode(tmp_path, mode, given):
    write_new(tmp_path / "new", b"data", **given)
    assert (tmp_path / "new").read_bytes() == b"data"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == mode


@pytest.mark.parametrize("there", ["a file", "a folder", "a link to nothing"])
def test_what_is_there_is_not_replaced(tmp_path, there):
    place = tmp_path / "taken"
    if there == "a file":
        place.write_bytes(b"old")
    elif there == "a folder":
        place.mkdir()
    else:
        place.symlink_to(tmp_path / "nothing")
    with pytest.raises(OutputError) as refusal:
        write_new(place, b"new")
    assert refusal.value.message == f"{place} is there already, and is not replaced"
    assert there != "a file" or place.read_bytes() == b"old"
    assert not (tmp_path / "nothing").exists()


def test_a_file_that_comes_in_between_is_not_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "refuse_existing", lambda path: path.write_bytes(b"another's"))
    with pytest.raises(OutputError, match="new can't be written: File exists"):
        write_new(tmp_path / "new", b"data")
    assert (tmp_path / "new").read_bytes() == b"another's"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OutputError) as refusal:
        write_new(tmp_path / "nowhere" / "new", b"data")
    assert refusal.value.message == f"{tmp_path / 'nowhere' / 'new'} can't be written: No such file or directory"


def test_a_place_where_a_new_file_can_be_is_left_as_it_is(tmp_path):
    check_place(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("taken", "is there already, and is not replaced"),
        ("nowhere/new", "can't be written: No such file or directory"),
        ("taken/new", "can't be written: Not a directory"),
        ("x" * 300, "can't be written: File name too long"),
    ],
)
def test_a_place_where_none_can_be_is_told_before_there_is_anything_to_write(tmp_path, name, why):
    (tmp_path / "taken").touch()
    with pytest.raises(OutputError) as refusal:
        check_place(tmp_path / name)
    assert refusal.value.message == f"{tmp_path / name} {why}"


def test_a_folder_that_takes_no_file_is_told_before_there_is_anything_to_write():
    with pytest.raises(OutputError, match=r"^/proc/new can't be written: "):
        check_place(Path("/proc/new"))


def test_of_a_file_that_does_not_fit_on_the_disk_nothing_is_left(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OutputError, match="can't be written: File too large"):
            write_new(tmp_path / "new", bytes(10_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


ON_LINUX = pytest.mark.parametrize("way", ["named when it is whole"], indirect=True)


@ON_LINUX
def test_a_file_has_no_name_before_it_is_whole(tmp_path, way, monkeypatch):
    monkeypatch.delattr(files, "_write_named")
    write_new(tmp_path / "new", b"data")
    assert (tmp_path / "new").read_bytes() == b"data"


@ON_LINUX
def test_a_process_that_is_killed_before_a_file_is_whole_leaves_none(tmp_path, way):
    child = os.fork()
    if not child:
        os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
        write_new(tmp_path / "new", b"data")
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert list(tmp_path.iterdir()) == []
