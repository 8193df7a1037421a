"""Instances of an outbox as files to send: decrypted as they are read, and never written."""

import hashlib

import pytest

from radiogram.dicom.metadata import study_overview
from radiogram.errors import OutboxError, StudyError
from radiogram.formats.outbox import Refused
from radiogram.formats.source_files import read_blocks, read_files
from radiogram.outbox.opened import files_of, refused, said_by
from tests.outbox.box import SECRET
from tests.outbox.test_store import put


@pytest.fixture
def sent(receiving, slice_of):
    """The bytes of three slices of two series, which are in the outbox."""
    data = [slice_of(number, SeriesInstanceUID=f"1.{number // 2}", SeriesNumber=9 - number) for number in (1, 2, 3)]
    for each in data:
        put(receiving, each)
    return data


def test_they_are_digested_and_read_as_files_are(box, sent):
    files = files_of(box.studies()[0], SECRET)
    assert [file.name for file in files] == ["study/00001.dcm", "study/00002.dcm", "study/00003.dcm"]
    assert [file.bytes for file in files] == list(map(len, sent))
    study = read_files(files)
    entries = study.manifest.files
    assert [entry.sha256 for entry in entries] == [hashlib.sha256(each).hexdigest() for each in sent]
    assert {entry.media_type for entry in entries} == {"application/dicom"}
    assert [b"".join(read_blocks(file)) for file in study.sources] == sent


def test_headers_are_read_from_their_beginning(box, sent):
    files = files_of(box.studies()[0], SECRET)
    assert files[0].head(132) == sent[0][:132]
    overview = study_overview(file.header_source for file in files)
    assert overview.patient.name == "Okafor^Grace"
    assert overview.files == 3


def test_a_study_says_what_its_series_say(box, sent):
    said = said_by(box.studies()[0], SECRET)
    assert said.patient.id == "ID-4711"
    assert [each.uid for each in said.series] == ["1.1", "1.0"]
    assert said.modalities == ("CT",)


def test_one_that_has_changed_is_not_sent(box, sent):
    (file, *_) = files_of(box.studies()[0], SECRET)
    file.path.write_bytes(file.path.read_bytes())
    with pytest.raises(StudyError, match="changed while it was being sent"):
        read_files([file])


def test_one_that_is_gone_is_not_sent(box, sent):
    (file, *_) = files_of(box.studies()[0], SECRET)
    file.path.unlink()
    with pytest.raises(StudyError, match="can't be read"):
        read_files([file])


def test_a_damaged_one_is_named(box, sent):
    path = box.studies()[0].instances[0]
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    file = next(each for each in files_of(box.studies()[0], SECRET) if each.path == path)
    with pytest.raises(OutboxError, match="is damaged"):
        read_files([file])
    path.write_bytes(b"")
    with pytest.raises(OutboxError, match="is damaged"):
        files_of(box.studies()[0], SECRET)


def test_another_secret_opens_nothing(box, sent):
    with pytest.raises(OutboxError, match="another account's"):
        said_by(box.studies()[0], bytes(32))
    with pytest.raises(OutboxError, match="is damaged"):
        read_files(files_of(box.studies()[0], bytes(32)))


def test_refusals_are_told_in_their_order(box):
    for reason in ("one", "two"):
        box.refuse(Refused("2026-11-27", "CT1", reason))
    assert [each.reason for each in refused(box, SECRET)] == ["one", "two"]
