"""A file to send opens itself, as it was found and not otherwise."""

import os
from dataclasses import replace

import pytest

from radiogram.errors import StudyError
from radiogram.formats import bundle
from radiogram.formats.source_files import READ_BYTES, find_files, read_files, read_study


@pytest.fixture
def file(tmp_path):
    (tmp_path / "image").write_bytes(b"0123456789")
    return find_files([tmp_path / "image"])[0]


def test_it_is_read_from_the_first_byte_on(file):
    with file.open() as stream:
        assert stream.read() == b"0123456789"


def test_its_head_is_as_long_as_is_asked_for(file):
    assert file.head(4) == b"0123"
    assert file.head(99) == b"0123456789"


def test_a_header_is_read_from_where_it_lies(file):
    assert file.header_source == file.path


def test_one_that_has_changed_is_not_opened(file):
    file.path.write_bytes(b"another")
    with pytest.raises(StudyError, match="changed while it was being sent"), file.open():
        pytest.fail("opened")


def test_a_study_in_another_order_has_the_same_files_each_with_its_own_digest(tmp_path):
    for name in "abc":
        (tmp_path / name).write_text(f"content of {name}")
    study = read_study([tmp_path / name for name in "abc"])
    other = study.in_order([2, 0, 1])
    assert (
        [source.name for source in other.sources] == [entry.name for entry in other.manifest.files] == ["c", "a", "b"]
    )
    assert set(other.manifest.files) == set(study.manifest.files)
    assert other.manifest.created == study.manifest.created


# ---- held in memory


SIZES = [0, 1, READ_BYTES - 1, READ_BYTES, READ_BYTES + 1, 3 * READ_BYTES]


@pytest.fixture
def folder(tmp_path):
    for size in SIZES:
        (tmp_path / "study" / f"{size}").parent.mkdir(exist_ok=True)
        (tmp_path / "study" / f"{size}").write_bytes(os.urandom(size))
    return tmp_path / "study"


def held_bytes(study):
    return sum(len(block) for source in study.sources for block in source.held)


def bundled(study):
    return b"".join(bundle.pieces(study, b""))


def test_a_study_that_is_held_has_the_bundle_of_one_that_is_read_twice(folder):
    held, read = (read_files(find_files([folder]), hold=each) for each in (True, False))
    assert held.manifest.files == read.manifest.files
    assert (held_bytes(held), held_bytes(read)) == (sum(SIZES), 0)
    assert bundled(replace(held, manifest=read.manifest)) == bundled(read)


def test_what_is_bundled_is_what_was_digested_though_the_file_has_changed_since(folder):
    held, before = read_files(find_files([folder]), hold=True), read_files(find_files([folder]))
    wanted = bundled(replace(before, manifest=held.manifest))
    (folder / "1").write_bytes(b"another")
    assert bundled(held) == wanted


def test_nothing_is_held_after_it_was_bundled_and_a_change_is_seen_again(folder):
    study = read_files(find_files([folder]), hold=True)
    once = bundled(study)
    assert held_bytes(study) == 0
    assert bundled(study) == once
    (folder / "1").write_bytes(b"another")
    with pytest.raises(StudyError, match="changed while it was being sent"):
        bundled(study)


def test_a_file_that_changed_before_it_was_digested_is_not_held(folder):
    found = find_files([folder])
    (folder / "1").write_bytes(b"another")
    with pytest.raises(StudyError, match="changed while it was being sent"):
        read_files(found, hold=True)
    assert [each.held for each in found if each.name == "study/1"] == [[]]


def test_what_is_held_is_not_shown(folder):
    (folder / "1").write_bytes(b"\xa7")
    assert "xa7" not in repr(read_files(find_files([folder / "1"]), hold=True))
