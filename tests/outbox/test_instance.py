"""The beginning of an instance says where it belongs."""

from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from radiogram.dicom.instance import HEAD_BYTES, read_instance
from radiogram.errors import PreviewError


def test_a_beginning_is_enough(slice_of):
    data = slice_of()
    assert read_instance(data[:4000]) == read_instance(data)
    assert read_instance(data).study.patient.id == "ID-4711"
    assert len(data) < HEAD_BYTES


@pytest.mark.parametrize("missing", ["StudyInstanceUID", "SOPInstanceUID", "SOPClassUID"])
def test_what_does_not_say_where_it_belongs_is_refused(slice_of, missing):
    with pytest.raises(PreviewError):
        read_instance(slice_of(**{missing: ""}))


@pytest.mark.parametrize("data", [b"", b"hello", bytes(200)])
def test_what_is_no_dicom_is_refused(data):
    with pytest.raises(PreviewError):
        read_instance(data)


def test_a_deflated_instance_says_where_it_belongs():
    whole = Path(get_testdata_file("image_dfl.dcm", download=False)).read_bytes()
    assert read_instance(whole[:8000]).study_uid == read_instance(whole).study_uid != ""
