"""The outbox on the disk: what was put in is there whole, once, and readable to nobody without the account."""

import errno
import os
import stat
import time

import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info

from radiogram.dicom.header import read_meta
from radiogram.dicom.instance import HEAD_BYTES, read_instance
from radiogram.errors import (
    CiphertextError,
    LockedError,
    OtherInstanceError,
    OutboxError,
    StateFolderError,
)
from radiogram.formats import outbox
from radiogram.formats.outbox import Refused
from radiogram.outbox import store
from radiogram.outbox.store import Door, Outbox
from tests.flows.images import GRACE
from tests.outbox.box import SECRET, kept, opened


def put(box: Outbox, data: bytes) -> bool:
    """As it would come over the network."""
    arrival = box.arrival()
    for at in range(0, len(data), 10_000):
        assert arrival.write(data[at : at + 10_000]) == len(data[at : at + 10_000])
    try:
        whole = arrival.finish()
        return box.keep(whole, read_instance(whole.head))
    finally:
        arrival.discard()


def held(box: Outbox) -> bytes:
    """All that is on the disk, with the names of files."""
    return b"".join(str(p).encode() + (p.read_bytes() if p.is_file() else b"") for p in box.folder.rglob("*"))


def test_what_was_put_in_comes_out_bit_for_bit(receiving, slice_of):
    data = [slice_of(1), slice_of(2)]
    assert [put(receiving, each) for each in data] == [True, True]
    (study,) = receiving.studies()
    assert [opened(path) for path in study.instances] == data
    assert not list((receiving.folder / "incoming").iterdir())


def test_nothing_of_a_patient_or_a_uid_is_readable_without_the_account(receiving, slice_of):
    put(receiving, slice_of())
    receiving.refuse(Refused("2026-11-27", "CT1 at 127.0.0.1", "no reason", GRACE["StudyInstanceUID"]))
    on_disk = held(receiving)
    for text in (*GRACE.values(), "CT1 at 127.0.0.1", "no reason", "CT_small", "CompressedSamples"):
        assert len(text) < 6 or text.encode() not in on_disk  # shorter ones may be there by chance


def test_files_are_their_owners_alone(receiving, slice_of):
    put(receiving, slice_of())
    receiving.refuse(Refused("2026-11-27", "CT1", "no reason"))
    for path in [receiving.folder.parent, receiving.folder, *receiving.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_same_instance_is_kept_once(receiving, slice_of):
    assert put(receiving, slice_of())
    assert not put(receiving, slice_of())
    assert len(receiving.studies()[0].instances) == 1


@pytest.mark.parametrize("size", [0, HEAD_BYTES], ids=["small", "larger than what is held in memory"])
def test_the_same_data_set_with_another_file_meta_information_is_the_same_instance(receiving, slice_of, size):
    data = slice_of(PixelData=bytes(size + 2))
    meta, start = read_meta(data)
    meta.ImplementationVersionName = "ANOTHER"
    sink = DicomBytesIO()
    sink.write(data[:132])
    write_file_meta_info(sink, FileMetaDataset(meta))
    assert put(receiving, data)
    assert not put(receiving, sink.getvalue() + data[start:])
    changed = bytearray(sink.getvalue() + data[start:])
    changed[-1] ^= 1
    with pytest.raises(OtherInstanceError):
        put(receiving, bytes(changed))


@pytest.mark.parametrize("change", [{"PatientName": "Roe^Jane"}, {"StudyInstanceUID": "1.2.3"}])
def test_another_instance_of_the_same_uid_is_refused_and_the_first_one_stays(receiving, slice_of, change):
    put(receiving, first := slice_of())
    with pytest.raises(OtherInstanceError):
        put(receiving, slice_of(**change))
    (study,) = receiving.studies()
    assert [opened(path) for path in study.instances] == [first]


def test_what_is_there_is_known_to_the_next_receiver(box, slice_of):
    with box.receiving():
        put(box, slice_of())
    with Outbox(box.folder).receiving(), pytest.raises(OtherInstanceError):
        put(box, slice_of(PatientName="Roe^Jane"))
    again = Outbox(box.folder)
    with again.receiving():
        assert not put(again, slice_of())


def test_what_was_taken_out_can_come_again(receiving, slice_of):
    put(receiving, slice_of())
    Outbox(receiving.folder).remove(receiving.studies()[0])
    assert receiving.studies() == []
    assert put(receiving, slice_of())


def test_what_has_arrived_since_a_study_was_looked_at_is_not_taken_out_with_it(receiving, slice_of):
    put(receiving, slice_of(1))
    (before,) = receiving.studies()
    put(receiving, second := slice_of(2))
    receiving.remove(before)
    (after,) = receiving.studies()
    assert [opened(path) for path in after.instances] == [second]
    receiving.remove(after)
    assert not list((receiving.folder / "studies").iterdir())


def test_a_study_is_complete_once_it_was_quiet(receiving, slice_of):
    put(receiving, slice_of())
    (study,) = receiving.studies()
    assert not study.is_complete
    long_ago = time.time() - store.DEFAULT_QUIET - 1
    for path in (*study.instances, study.folder):
        os.utime(path, (long_ago, long_ago))
    assert receiving.studies()[0].is_complete
    receiving.touch([GRACE["StudyInstanceUID"]])  # more is on its way
    assert not receiving.studies()[0].is_complete


def test_a_study_is_complete_once_that_was_said_until_more_of_it_comes(receiving, slice_of):
    put(receiving, slice_of(1))
    receiving.end([GRACE["StudyInstanceUID"], "1.2.3"])
    assert receiving.studies()[0].is_complete
    put(receiving, slice_of(2))
    assert not receiving.studies()[0].is_complete


def test_a_series_has_one_record_and_every_series_has_its_own(receiving, slice_of):
    for number, series in ((1, "1.5"), (2, "1.5"), (3, "1.6")):
        put(receiving, slice_of(number, SeriesInstanceUID=series))
    (study,) = receiving.studies()
    records = [outbox.parse_series_record(outbox.open_record(p.read_bytes(), SECRET)) for p in study.records]
    assert sorted(each.series[0].uid for each in records) == ["1.5", "1.6"]
    assert {each.patient.name for each in records} == {"Okafor^Grace"}


def test_of_two_receivers_one_is_refused(receiving):
    with pytest.raises(LockedError), Outbox(receiving.folder).receiving():
        pytest.fail("both receive")


def test_two_doors_bring_one_study_and_know_what_the_other_has_brought(receiving, slice_of):
    other = Outbox(receiving.folder)
    with other.receiving(Door.WEB):
        assert [put(receiving, slice_of(1)), put(other, slice_of(2)), put(receiving, slice_of(3))] == [True] * 3
        assert [put(other, slice_of(1)), put(receiving, slice_of(2)), put(other, slice_of(3))] == [False] * 3
        with pytest.raises(OtherInstanceError):
            put(other, slice_of(1, PatientName="Roe^Jane", StudyInstanceUID="1.2.3"))
    assert len(kept(receiving)) == 3


def test_a_door_that_is_opened_leaves_what_comes_by_the_other(receiving, slice_of):
    arrival = receiving.arrival()
    arrival.write(slice_of())
    with Outbox(receiving.folder).receiving(Door.WEB):
        whole = arrival.finish()
        assert receiving.keep(whole, read_instance(whole.head))


def test_how_long_studies_may_wait_is_known_to_all_doors(receiving):
    assert (receiving.quiet, receiving.keep_days) == (store.DEFAULT_QUIET, store.DEFAULT_KEEP_DAYS)
    receiving.set_terms(quiet=5, keep_days=90)
    other = Outbox(receiving.folder)
    assert (other.quiet, other.keep_days) == (5, 90)


def test_what_a_killed_receiver_had_on_its_way_is_wiped(box, slice_of):
    arrival = box.arrival()
    arrival.write(slice_of())
    arrival.finish()
    assert list((box.folder / "incoming").iterdir())
    with box.receiving():
        assert not list((box.folder / "incoming").iterdir())


def test_what_is_discarded_leaves_nothing(receiving, slice_of):
    arrival = receiving.arrival()
    arrival.write(slice_of())
    arrival.discard()
    arrival.discard()
    assert arrival.write(b"late") == 4
    with pytest.raises(OSError, match="discarded"):
        arrival.finish()
    assert not list((receiving.folder / "incoming").iterdir())


def test_a_full_disk_shows_at_the_end_and_leaves_nothing(receiving, slice_of, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    arrival = receiving.arrival()
    arrival.write(slice_of())
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        arrival.finish()
    assert not list((receiving.folder / "incoming").iterdir())


def test_no_room_for_the_name_is_an_error_of_the_folder(receiving, slice_of):
    arrival = receiving.arrival()
    arrival.write(slice_of())
    whole = arrival.finish()
    studies = receiving.folder / "studies"
    studies.rmdir()
    studies.write_text("in the way")
    with pytest.raises(StateFolderError):
        receiving.keep(whole, read_instance(whole.head))


def test_of_many_refusals_the_newest_are_kept(receiving, monkeypatch):
    monkeypatch.setattr(store, "MOST_REFUSED", 3)
    for number in range(5):
        receiving.refuse(Refused("2026-11-27", "CT1", str(number)))
    reasons = [outbox.parse_refused(outbox.open_record(p.read_bytes(), SECRET)).reason for p in receiving.refusals()]
    assert reasons == ["2", "3", "4"]


def test_refusals_are_forgotten_when_that_is_asked_for(receiving):
    receiving.refuse(Refused("2026-11-27", "CT1", "no reason"))
    assert receiving.forget_refusals() == 1
    assert receiving.refusals() == []


def test_what_has_waited_too_long_is_deleted_and_what_still_arrives_is_not(receiving, slice_of):
    for number in (1, 2):
        put(receiving, slice_of(number, StudyInstanceUID=f"1.2.{number}"))
    old = receiving.studies()[0]
    for path in (*old.instances, old.folder):
        os.utime(path, (1, 1))
    assert receiving.expire(before=time.time() + 10) == 1  # the other one is not complete
    assert [each.name for each in receiving.studies()] == [receiving.key.study_name("1.2.2")]
    assert receiving.expire(before=2.0) == 0


def test_where_there_is_no_outbox_that_is_said(tmp_path):
    with pytest.raises(OutboxError, match="there is no outbox"):
        Outbox(tmp_path)


def test_a_damaged_instance_is_found_when_it_is_read(receiving, slice_of):
    put(receiving, slice_of())
    path = receiving.studies()[0].instances[0]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CiphertextError):
        opened(path)
