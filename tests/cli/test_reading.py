"""Files to send are read while the sender is asked about them."""

import os
import threading
from dataclasses import replace

import pytest

from radiogram.cli.reading import reading
from radiogram.cli.terminal import Terminal
from radiogram.errors import StudyError
from radiogram.formats.source_files import find_files, read_files

TERMINAL = Terminal(as_json=False, yes=True)
LARGE = 64 << 30  # bytes, of a file with nothing in it: longer to read than any test


@pytest.fixture
def files(tmp_path):
    for name, content in {"a": b"", "b": b"b", "c": os.urandom(100_000)}.items():
        (tmp_path / name).write_bytes(content)
    return find_files([tmp_path])


def test_they_are_the_files_as_they_are_read_otherwise(files):
    with reading(files) as begun:
        study = begun.study(TERMINAL)
    wanted = read_files(files)
    assert replace(study.manifest, created="") == replace(wanted.manifest, created="")
    assert study.sources == wanted.sources


def test_they_are_read_before_anybody_asks_for_them(files):
    with reading(files) as begun:
        begun.wait()
        for each in files:
            each.path.unlink()
        assert [entry.bytes for entry in begun.study(TERMINAL).manifest.files] == [0, 1, 100_000]


def test_what_is_wrong_with_one_is_said_where_they_are_asked_for(files):
    files[1].path.unlink()
    with reading(files) as begun:
        begun.wait()
        with pytest.raises(StudyError, match="b can't be read: No such file or directory"):
            begun.study(TERMINAL)


def test_what_is_wrong_with_one_that_nobody_asks_for_is_not_said(files):
    files[1].path.unlink()
    with reading(files) as begun:
        begun.wait()


def test_they_are_read_no_further_when_nobody_wants_them(tmp_path):
    with (tmp_path / "large").open("wb") as stream:
        stream.truncate(LARGE)
    with pytest.raises(LookupError), reading(find_files([tmp_path / "large"])) as begun:
        raise LookupError
    assert begun.read_bytes < LARGE
    assert not [each for each in threading.enumerate() if each.name.startswith("reading")]
