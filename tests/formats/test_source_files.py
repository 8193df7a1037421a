"""A file to send opens itself, as it was found and not otherwise."""

import pytest

from radiogram.errors import StudyError
from radiogram.formats.source_files import find_files, read_study


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
