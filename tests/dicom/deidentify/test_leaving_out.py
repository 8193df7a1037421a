"""One bad file need not block the others: on request it is left out, and told of."""

import pytest
from pydicom.uid import SecondaryCaptureImageStorage

from radiogram.deidentify.study import LeftOut
from radiogram.errors import DeidentificationError


def test_a_file_that_can_not_be_deidentified_is_left_out_on_request_and_told_of(image, clean):
    bad = image(ScanOptions="OKAFOR", InstanceNumber=8)
    copies = clean(image(), bad, image(InstanceNumber=9), leave_out=True)
    assert [copy.InstanceNumber for copy in copies.datasets] == [7, 9]
    assert copies.report.left_out == [LeftOut(2, 2, "a value of PatientName would stay in it")]
    assert copies.report.files == 2
    assert {path.name for path in copies.paths[0].parent.iterdir()} == {path.name for path in copies.paths}


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"SOPClassUID": SecondaryCaptureImageStorage}, "pictures of its kind"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.11"}, "it is no image but"),
    ],
)
def test_a_file_of_a_kind_that_is_refused_is_left_out_on_request(image, clean, attributes, why):
    copies = clean(image(**attributes, SeriesNumber=5), image(), leave_out=True)
    assert len(copies.files) == 1
    ((number, series, reason),) = [(each.number, each.series, each.reason) for each in copies.report.left_out]
    assert (number, series) == (1, 5)
    assert why in reason


def test_a_file_cut_short_is_left_out_on_request_and_its_folder_is_not_there(image, clean):
    copies = clean(image(SeriesNumber=6)[:-20], image(), leave_out=True)
    assert len(copies.files) == 1
    assert [path.name for path in copies.paths[0].parent.parent.iterdir()] == ["series-002"]


@pytest.mark.parametrize("sop_class", [SecondaryCaptureImageStorage, "1.2.840.10008.5.1.4.1.1.88.11"])
def test_what_a_file_that_is_left_out_calls_its_patient_is_sought_in_the_others(image, clean, sop_class):
    left = image(SOPClassUID=sop_class, PatientName="Featherstonehaugh^X")
    with pytest.raises(DeidentificationError, match="none of 2 files can be de-identified: "):
        clean(left, image(ScanOptions="FEATHERSTONEHAUGH"), leave_out=True)


def test_where_none_is_left_all_are_refused(image, clean):
    with pytest.raises(DeidentificationError, match="none of 1 file can"):
        clean(image(BurnedInAnnotation="YES"), leave_out=True)


def test_without_the_request_one_file_refuses_all(image, clean):
    with pytest.raises(DeidentificationError, match=r"^file 2 of 2 \(series 2\) can't be de-identified"):
        clean(image(), image(ScanOptions="OKAFOR"))
