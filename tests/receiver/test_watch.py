"""Files that appear in a watched folder are in the outbox before they are gone from there."""

import pytest

from radiogram.receiver.watch import WatchedFolder
from tests.outbox.box import kept
from tests.receiver.test_provider import data_set


@pytest.fixture
def inside(tmp_path):
    folder = tmp_path / "watched" / "deeper"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def notes():
    return []


@pytest.fixture
def watched(receiving, inside, notes):
    """That takes what it sees for the second time."""
    return WatchedFolder(inside.parent, receiving, 0.0, notes.append)


def test_a_file_is_taken_bit_for_bit_and_deleted(watched, box, inside, slice_of):
    data = slice_of().read_bytes()
    (inside / "IM1").write_bytes(data)
    watched.look()
    assert kept(box) == []  # it may still grow
    watched.look()
    assert kept(box) == [data]
    assert not list(inside.iterdir())


def test_a_file_that_has_changed_is_waited_for(watched, box, inside, slice_of):
    data = slice_of().read_bytes()
    (inside / "IM1").write_bytes(data[:5000])
    watched.look()
    (inside / "IM1").write_bytes(data)
    watched.look()
    assert kept(box) == []
    watched.look()
    assert kept(box) == [data]


def test_a_file_without_a_preamble_gets_one_and_its_data_set_stays(watched, box, inside, slice_of):
    bare = data_set(slice_of().read_bytes())
    (inside / "IM1").write_bytes(bare)
    for _ in range(2):
        watched.look()
    (file,) = kept(box)
    assert file[128:132] == b"DICM"
    assert data_set(file) == bare


@pytest.mark.parametrize("data", [b"", b"no image", bytes(1000)])
def test_what_can_not_be_kept_stays_and_is_told_once(watched, box, inside, notes, data):
    (inside / "note.txt").write_bytes(data)
    for _ in range(4):
        watched.look()
    assert (inside / "note.txt").read_bytes() == data
    assert len(notes) == len(box.refusals()) == 1


def test_another_instance_of_the_same_uid_stays(watched, box, inside, slice_of):
    first = slice_of().read_bytes()
    (inside / "IM1").write_bytes(first)
    for _ in range(2):
        watched.look()
    (inside / "IM2").write_bytes(slice_of(PatientName="Roe^Jane").read_bytes())
    for _ in range(2):
        watched.look()
    assert kept(box) == [first]
    assert (inside / "IM2").exists()


def test_where_there_is_no_room_a_file_stays_and_is_taken_later(watched, box, inside, slice_of, notes):
    (inside / "IM1").write_bytes(slice_of().read_bytes())
    watched.look()
    incoming = box.folder / "incoming"
    incoming.rmdir()
    watched.look()
    assert (inside / "IM1").exists()
    assert "is not taken yet" in notes[0]
    incoming.mkdir(0o700)
    watched.look()
    assert len(kept(box)) == 1


def test_links_are_left_alone(watched, box, inside, slice_of):
    (inside / "IM1").symlink_to(slice_of())
    for _ in range(3):
        watched.look()
    assert kept(box) == []
    assert slice_of().exists()
