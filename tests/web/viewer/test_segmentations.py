"""Outlines over the images on the page: off at first, where the commands draw them, and nowhere else."""

import numpy as np
import pytest
from playwright.sync_api import expect
from pydicom import dcmread
from pydicom.uid import generate_uid

from radiogram.dicom.picture import Picture
from radiogram.dicom.planes import planes_of
from radiogram.dicom.segmentation import Segmentation, draw_over
from tests.dicom.segmentations import described, masks, multi_frame, scan, segmentation
from tests.web.viewer.page import at_full_size, corner, pixels, press, settle, stage

LIVER, TUMOUR = described(1, "Liver", (200, 30, 40)), described(2, "Tumour", kind="MANUAL")


@pytest.fixture
def study(tmp_path):
    """Five slices of a CT, of which the middle three are outlined, and the segmentation's file."""
    slices = scan(tmp_path)
    drawn = masks(128, 128, 5, 2)
    drawn[[0, 4]] = 0
    segmentation(slices, drawn, [LIVER, TUMOUR], omit_empty_frames=True).save_as(tmp_path / "seg.dcm")
    return sorted(tmp_path.glob("ct-*.dcm")), tmp_path / "seg.dcm"


def outlines(page):
    return page.locator("details.outlines")


def switch_on(page, *names: str) -> None:
    outlines(page).locator("summary").click()
    for name in names:
        page.get_by_role("checkbox", name=name).check()
    settle(page)


def python_draws(image, file) -> np.ndarray:
    found = Segmentation(file)
    plane = planes_of(dcmread(image), 1)[0]
    plain = np.asarray(Picture(image).frame(0, None))
    return draw_over(plain, found.layers(found.frames_on(plane))).astype(int)


def test_outlines_are_off_until_they_are_asked_for_and_say_who_drew_them(viewer, study):
    images, file = study
    page = viewer(*images, file)
    assert corner(page, "tr") == "3 / 5"
    plain = at_full_size(page, 128, 128)
    assert (plain == np.asarray(Picture(images[2]).frame(0, None))[..., None]).all()
    expect(outlines(page).locator("summary")).to_have_text("Outlines: 2, none shown")
    outlines(page).locator("summary").click()
    assert outlines(page).locator("label").all_inner_texts() == [
        "All of them",
        "Liver, drawn by a program, OrganFinder",
        "Tumour, drawn by a person",
    ]
    expect(outlines(page)).to_contain_text("They are not the radiologist’s report.")


def test_what_is_coloured_is_what_the_commands_colour_pixel_by_pixel(viewer, study):
    images, file = study
    page = viewer(*images, file)
    switch_on(page, "All of them")
    expect(outlines(page).locator("summary")).to_have_text("Outlines: 2, 2 shown")
    at_full_size(page, 128, 128)
    stage(page).focus()
    press(page, "Home")
    for place, image in enumerate(images):
        if place:
            press(page, "ArrowDown")
        expected, drawn = python_draws(image, file), pixels(page)
        plain = np.asarray(Picture(image).frame(0, None))[..., None]
        assert ((drawn != plain).any(-1) == (expected != plain).any(-1)).all()
        assert np.abs(drawn - expected).max() <= 2


def test_frames_of_one_image_have_the_outlines_that_name_them(viewer, tmp_path):
    image = multi_frame(tmp_path, scan(tmp_path))
    drawn = masks(128, 128, 5, 1)
    drawn[:2] = 0
    segmentation([image], drawn[..., 0], [LIVER], omit_empty_frames=True).save_as(tmp_path / "seg.dcm")
    page = viewer(tmp_path / "frames.dcm", tmp_path / "seg.dcm")
    switch_on(page, "Liver")
    at_full_size(page, 128, 128)
    stage(page).focus()
    press(page, "Home")
    for frame in range(5):
        if frame:
            press(page, "ArrowDown")
        plain = np.asarray(Picture(tmp_path / "frames.dcm").frame(frame, None))[..., None]
        assert ((pixels(page) != plain).any(-1) == drawn[frame, ..., 0].astype(bool)).all()


@pytest.mark.parametrize("kind", ["FRACTIONAL", "LABELMAP"])
def test_fractions_and_label_maps_are_drawn_too(viewer, study, kind):
    images, file = study
    drawn = masks(128, 128, 5, 2)
    made = drawn * 0.5 if kind == "FRACTIONAL" else np.where(drawn[..., 1] > 0, 2, drawn[..., 0]).astype(np.uint8)
    segmentation([dcmread(each) for each in images], made, [LIVER, TUMOUR], kind).save_as(file)
    page = viewer(*images, file)
    switch_on(page, "All of them")
    assert np.abs(at_full_size(page, 128, 128) - python_draws(images[2], file)).max() <= 2


def test_each_outline_is_switched_by_itself_and_kept_on_the_next_slice(viewer, study):
    images, file = study
    page = viewer(*images, file)
    switch_on(page, "Liver")
    expect(page.get_by_role("status")).to_have_text("Outlines shown")
    plain = np.asarray(Picture(images[2]).frame(0, None))[..., None]
    liver = masks(128, 128, 5, 2)[2, ..., 0].astype(bool)
    assert ((at_full_size(page, 128, 128) != plain).any(-1) == liver).all()
    stage(page).focus()
    press(page, "ArrowDown")
    assert (pixels(page) != np.asarray(Picture(images[3]).frame(0, None))[..., None]).any()
    page.get_by_role("checkbox", name="Liver").uncheck()
    settle(page)
    assert (pixels(page) == np.asarray(Picture(images[3]).frame(0, None))[..., None]).all()


def test_inverting_turns_the_image_round_and_not_the_colours(viewer, study):
    images, file = study
    page = viewer(*images, file)
    switch_on(page, "Liver")
    before = at_full_size(page, 128, 128)
    stage(page).focus()
    press(page, "i")
    liver = masks(128, 128, 5, 2)[2, ..., 0].astype(bool)
    after = pixels(page)
    assert (after[~liver] == 255 - before[~liver]).all()
    red = Segmentation(file).segments[1].colour
    assert np.abs(after[liver] - (127.5 + np.array(red) - before[liver])).max() <= 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("space", "it does not say on which of the images it lies, and its frame of reference is another"),
        ("grid", "its pixels are not those of the images: they differ in size, direction or place"),
        ("images", "the images that it is of are not here"),
    ],
)
def test_outlines_that_do_not_fit_are_named_and_not_drawn(viewer, study, change, why):
    images, file = study
    made = dcmread(file)
    if change == "space":
        made.FrameOfReferenceUID = generate_uid()
        for group in made.PerFrameFunctionalGroupsSequence:
            del group.DerivationImageSequence
    elif change == "grid":
        made.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [1, 1]
    else:
        for group in made.PerFrameFunctionalGroupsSequence:
            source = group.DerivationImageSequence[0].SourceImageSequence[0]
            source.ReferencedSOPInstanceUID = generate_uid()
    made.save_as(file)
    page = viewer(*images, file)
    expect(outlines(page)).to_be_hidden()
    page.get_by_text("1 file for the doctors’ programs").click()
    words = "Segmentation: outlines of parts of the body, for a doctor’s viewer; not drawn: "
    assert page.get_by_role("listitem").inner_text().split("\n")[:2] == ["seg.dcm", f"{words}{why}."]


def test_a_segmentation_that_is_cut_short_is_said_to_be_and_the_images_are_seen(viewer, study):
    images, file = study
    file.write_bytes(file.read_bytes()[:-3000])
    page = viewer(*images, file)
    assert pixels(page).any()
    expect(outlines(page)).to_be_hidden()
    page.get_by_text("1 file we cannot show").click()
    expect(page.get_by_role("listitem")).to_contain_text("This file is cut short: its outlines are not all there.")


def test_a_segmentation_alone_is_never_shown_as_a_picture(viewer, study):
    page = viewer(study[1])
    expect(page.get_by_role("heading", name="There are no pictures here.")).to_be_visible()
    assert not pixels(page).any()


def test_the_name_of_an_outline_never_becomes_a_part_of_the_page(viewer, study):
    images, file = study
    made = dcmread(file)
    made.SegmentSequence[0].SegmentLabel = "<img src=x onerror=alert(1)>"
    made.save_as(file)
    page = viewer(*images, file)
    outlines(page).locator("summary").click()
    expect(page.get_by_role("checkbox", name="<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator(".viewer-host img:not([src^='blob:'])").count() == 0  # of a series it has a small picture


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_outlines_can_be_used_by_everybody(viewer, study, axe, screenshot, size):
    page = viewer(*study[0], study[1], size=size)
    switch_on(page, "Tumour")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    axe(page)
    if size == "desktop":
        screenshot(page, "viewer-outlines")
