"""Images that somebody marked: a group of their own before the series, and a mark on each."""

import numpy as np
import pytest
from playwright.sync_api import expect
from pydicom import dcmread
from pydicom.sr.codedict import codes

from radiogram.dicom.picture import Picture
from tests.dicom.key_objects import selection
from tests.dicom.segmentations import multi_frame, scan
from tests.web.viewer.page import at_full_size, corner, press, settle, stage

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def study(tmp_path):
    """Five slices, of which the second and the fourth were marked; and the selection's file."""
    slices = scan(tmp_path)
    selection(slices, [slices[1], slices[3]]).save_as(tmp_path / "ko.dcm")
    return sorted(tmp_path.glob("ct-*.dcm")), tmp_path / "ko.dcm"


def test_key_images_stand_before_the_series_with_what_was_said_of_them(viewer, study):
    images, file = study
    page = viewer(*images, file)
    assert page.get_by_label("Series").locator("option").all_inner_texts() == [
        "1. Key images: For Referring Provider, 2 pictures",
        "2. CT, 5 slices",
    ]
    assert corner(page, "tl").startswith("Key images: For Referring Provider")
    expect(page.locator(".caption")).to_have_text("Nodule, see slice 2 · Marked by ROE, Jane (Dr)")
    assert corner(page, "tr") == "1 / 2\nKey image"
    assert (at_full_size(page, 128, 128) == np.asarray(Picture(images[1]).frame(0, None))[..., None]).all()


def test_a_marked_image_is_marked_in_its_series_and_its_neighbours_are_not(viewer, study):
    images, file = study
    page = viewer(*images, file)
    page.get_by_label("Series").select_option(index=1)
    settle(page)
    assert corner(page, "tr") == "3 / 5"
    stage(page).focus()
    press(page, "ArrowDown")
    assert corner(page, "tr") == "4 / 5\nKey image"
    expect(page.locator(".caption")).to_be_hidden()


def test_images_that_were_withdrawn_are_no_key_images(viewer, study):
    images, file = study
    slices = [dcmread(each) for each in images]
    selection(slices, [slices[2]], codes.DCM.RejectedForQualityReasons, None).save_as(file)
    page = viewer(*images, file)
    expect(page.get_by_label("Series")).to_be_hidden()
    assert corner(page, "tr") == "3 / 5\nWithdrawn: Rejected for Quality Reasons"
    page.get_by_text("1 file for the doctors’ programs").click()
    expect(page.get_by_role("listitem")).to_contain_text(
        "these were withdrawn, Rejected for Quality Reasons; 1 of them is here."
    )


def test_single_frames_of_an_image_are_marked(viewer, tmp_path):
    image = multi_frame(tmp_path, scan(tmp_path))
    made = selection([image], [image])
    item = next(each for each in made.ContentSequence if each.ValueType == "IMAGE")
    item.ReferencedSOPSequence[0].ReferencedFrameNumber = [2, 4]
    made.save_as(tmp_path / "ko.dcm")
    page = viewer(tmp_path / "frames.dcm", tmp_path / "ko.dcm")
    assert corner(page, "tr") == "1 / 2\nKey image"
    for frame in (1, 3):
        expected = np.asarray(Picture(tmp_path / "frames.dcm").frame(frame, None))[..., None]
        assert (at_full_size(page, 128, 128) == expected).all()
        stage(page).focus()
        press(page, "ArrowDown")


def test_key_images_that_are_not_here_are_named_and_counted(viewer, study):
    images, file = study
    page = viewer(images[0], images[2], file)
    expect(page.get_by_label("Series")).to_be_hidden()
    page.get_by_text("1 file for the doctors’ programs").click()
    expect(page.get_by_role("listitem")).to_contain_text("For Referring Provider; none of them is here.")


def test_a_selection_of_nothing_is_refused_by_name(viewer, study):
    images, file = study
    made = dcmread(file)
    del made.ContentSequence
    made.save_as(file)
    page = viewer(*images, file)
    page.get_by_text("1 file we cannot show").click()
    expect(page.get_by_role("listitem")).to_contain_text("This selection of key objects names none.")


def test_what_was_said_never_becomes_a_part_of_the_page(viewer, study):
    images, file = study
    slices = [dcmread(each) for each in images]
    selection(slices, [slices[2]], description=EVIL).save_as(file)
    page = viewer(*images, file)
    expect(page.locator(".caption")).to_contain_text(EVIL)
    assert page.locator(".viewer-host img:not([src^='blob:'])").count() == 0  # of a series it has a small picture


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_key_images_can_be_used_by_everybody(viewer, study, axe, screenshot, size):
    page = viewer(*study[0], study[1], size=size)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    axe(page)
    if size == "desktop":
        screenshot(page, "viewer-key-images")
