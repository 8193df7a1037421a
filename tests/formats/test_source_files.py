"""A file to send opens itself, as it was found and not otherwise."""

import pytest

from radiogram.errors import StudyError
from radiogram.formats.source_files import find_files


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
