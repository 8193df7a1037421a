"""Key object selections: what was marked, why, and by whom, on a page of its own."""

import re
from html import unescape

import pytest
from pydicom import dcmread
from pydicom.sr.codedict import codes

from radiogram.dicom.key_objects import MAX_REFERENCES, key_objects, key_objects_html
from radiogram.dicom.previews import write_previews
from radiogram.errors import PreviewError
from tests.dicom.key_objects import selection
from tests.dicom.segmentations import scan


@pytest.fixture
def study(tmp_path):
    """Five slices, the second and the fourth of which were marked."""
    slices = scan(tmp_path)
    selection(slices, [slices[1], slices[3]]).save_as(tmp_path / "ko.dcm")
    return slices, tmp_path / "ko.dcm"


def test_a_selection_says_its_title_what_was_said_of_it_and_by_whom(study):
    slices, path = study
    found = key_objects(dcmread(path))
    assert (found.title, found.description) == ("For Referring Provider", "Nodule, see slice 2")
    assert found.observer == "ROE, Jane (Dr)"
    assert [each.instance for each in found.references] == [slices[1].SOPInstanceUID, slices[3].SOPInstanceUID]
    assert not found.is_withdrawal


def test_images_that_were_rejected_are_not_called_key_images(study, tmp_path):
    slices, path = study
    selection(slices, [slices[0]], codes.DCM.RejectedForQualityReasons, None).save_as(path)
    assert key_objects(dcmread(path)).is_withdrawal
    assert "<h1>Withdrawn images: Rejected for Quality Reasons</h1>" in key_objects_html(dcmread(path), {})


def test_frames_that_were_marked_are_named(study):
    made = dcmread(study[1])
    item = next(each for each in made.ContentSequence if each.ValueType == "IMAGE").ReferencedSOPSequence[0]
    for numbers, expected in ((3, (3,)), ([2, 5], (2, 5))):
        item.ReferencedFrameNumber = numbers
        assert key_objects(made).references[0].frames == expected
    assert "a.dcm, frame 2, 5" in key_objects_html(made, {key_objects(made).references[0].instance: "a.dcm"})


def test_the_page_names_the_files_and_what_is_not_here(study):
    folder = study[1].parent
    (folder / "ct-4.dcm").unlink()
    previews = write_previews(sorted(folder.glob("*.dcm")), folder, False)
    text = unescape(re.sub("<[^>]+>", " ", (folder / "ko.dcm.html").read_text()))
    for said in ("Key images: For Referring Provider", "Marked by", "ROE, Jane (Dr)", "Nodule, see slice 2"):
        assert said in text
    assert re.findall(r"ct-\d.dcm|an image that is not here", text) == ["ct-2.dcm", "an image that is not here"]
    assert f"{folder / 'ko.dcm.html'}  (a list of key images)" in previews.lines()
    assert not (folder / "ko.dcm.png").exists()
    assert "Nodule" not in "\n".join(previews.lines())


def test_what_a_selection_says_never_becomes_a_part_of_the_page(study):
    slices, path = study
    selection(slices, [slices[1]], description="<img src=x onerror=alert(1)>").save_as(path)
    assert "<img" not in key_objects_html(dcmread(path), {slices[1].SOPInstanceUID: "<script>"})
    assert "<script>" not in key_objects_html(dcmread(path), {slices[1].SOPInstanceUID: "<script>"})


def test_a_selection_of_nothing_or_of_too_much_is_refused(study):
    made = dcmread(study[1])
    item = next(each for each in made.ContentSequence if each.ValueType == "IMAGE")
    item.ReferencedSOPSequence = list(item.ReferencedSOPSequence) * (MAX_REFERENCES + 1)
    with pytest.raises(PreviewError, match="it names too many"):
        key_objects(made)
    del made.ContentSequence
    with pytest.raises(PreviewError, match="names none"):
        key_objects(made)
