"""Images as somebody saved them: a choice on the page, with the pixels that the commands make, whole or not at all."""

import numpy as np
import pytest
from playwright.sync_api import expect
from pydicom import dcmread

from radiogram.dicom.picture import Picture
from radiogram.dicom.presentation_state import PresentationState
from radiogram.dicom.saved_view import saved_view
from tests.dicom.presentation_states import DISPLAY, annotated, area, graphic, state, window, written
from tests.dicom.segmentations import scan
from tests.dicom.test_presentation_states import CASES, WINDOW, image_of
from tests.web.viewer.page import at_full_size, corner, pixels, press, sample, settle, stage

EVIL = "<img src=x onerror=alert(1)>"
SHUTTERS = {
    "a rectangle": {
        "ShutterShape": "RECTANGULAR",
        **{"ShutterLeftVerticalEdge": 20, "ShutterRightVerticalEdge": 100},
        **{"ShutterUpperHorizontalEdge": 30, "ShutterLowerHorizontalEdge": 90},
    },
    "a circle": {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [50, 70], "RadiusOfCircularShutter": 30},
    "a polygon": {
        "ShutterShape": "POLYGONAL",
        "VerticesOfThePolygonalShutter": [5, 60, 40, 121, 120, 99, 70, 64, 118, 17, 33, 9],
    },
}


@pytest.fixture
def ct(tmp_path):
    return scan(tmp_path, 1)[0]


def choose(page, place: int = 1) -> None:
    page.get_by_label("As saved").select_option(index=place)
    settle(page)


def python_shows(image, file, instance) -> np.ndarray:
    found = PresentationState(dcmread(file))
    drawn = saved_view(Picture(image), found, instance, 0, None)
    return np.asarray(drawn.convert("RGB")).astype(int)


def apart(page, image, file, instance) -> np.ndarray:
    expected = python_shows(image, file, instance)
    return np.abs(at_full_size(page, *expected.shape[1::-1]) - expected)


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm", "mlut_18.dcm", "MR_small_bigendian.dcm"])
def test_an_image_is_shown_as_the_commands_show_it_with_every_state(viewer, tmp_path, name):
    image = image_of(tmp_path, sample, name)
    for place, attributes in enumerate(CASES.values()):
        state([image], label=f"S{place}", **attributes).save_as(tmp_path / f"state-{place}.dcm")
    files = [tmp_path / f"state-{place}.dcm" for place in range(len(CASES))]
    page = viewer(tmp_path / "image.dcm", *files)
    for place, file in enumerate(files):
        choose(page, place + 1)
        assert corner(page, "tr") == "As saved"
        assert apart(page, tmp_path / "image.dcm", file, image.SOPInstanceUID).max() <= 1


@pytest.mark.parametrize("shape", SHUTTERS)
def test_shutters_cover_on_the_page_what_they_cover_in_the_commands(viewer, ct, tmp_path, shape):
    made = state([ct], **WINDOW, **SHUTTERS[shape], ShutterPresentationValue=32768)
    made.save_as(tmp_path / "state.dcm")
    page = viewer(tmp_path / "ct-1.dcm", tmp_path / "state.dcm")
    choose(page)
    assert apart(page, tmp_path / "ct-1.dcm", tmp_path / "state.dcm", ct.SOPInstanceUID).max() <= 1


@pytest.mark.parametrize(("rotation", "flip"), [(90, "N"), (180, "Y"), (270, "Y")])
def test_a_part_of_the_image_is_cut_out_turned_and_mirrored_with_its_sides(viewer, ct, tmp_path, rotation, flip):
    part = [area([ct], 21, -9, 100, 90)]
    turned = {"ImageRotation": rotation, "ImageHorizontalFlip": flip}
    state([ct], **WINDOW, DisplayedAreaSelectionSequence=part, **turned).save_as(tmp_path / "state.dcm")
    page = viewer(tmp_path / "ct-1.dcm", tmp_path / "state.dcm")
    assert [corner(page, side) for side in ("left", "right", "top", "bottom")] == ["R", "L", "", ""]
    choose(page)
    assert apart(page, tmp_path / "ct-1.dcm", tmp_path / "state.dcm", ct.SOPInstanceUID).max() <= 1
    sides = {(90, "N"): ["", "", "R", "L"], (180, "Y"): ["R", "L", "", ""], (270, "Y"): ["", "", "L", "R"]}
    assert [corner(page, side) for side in ("left", "right", "top", "bottom")] == sides[rotation, flip]


def test_what_is_drawn_over_it_is_where_the_commands_draw_it(viewer, ct, tmp_path):
    shapes = [
        graphic("CIRCLE", np.array([[64, 64], [64, 84]])),
        graphic("ELLIPSE", np.array([[10, 20], [50, 20], [30, 10], [30, 30]])),
        graphic("POINT", np.array([[100, 110]])),
        graphic("POLYLINE", np.array([[0.4, 0.9], [0.6, 0.9]]), DISPLAY),
    ]
    made = state([ct], **WINDOW, **annotated([ct], shapes), ImageRotation=90, ImageHorizontalFlip="N")
    made.save_as(tmp_path / "state.dcm")
    page = viewer(tmp_path / "ct-1.dcm", tmp_path / "state.dcm")
    choose(page)
    drawn, expected = (
        at_full_size(page, 512, 512),
        python_shows(tmp_path / "ct-1.dcm", tmp_path / "state.dcm", ct.SOPInstanceUID),
    )
    ours, theirs = (each[..., 0] - each[..., 2] > 60 for each in (drawn, expected))
    assert 0.5 < ours.sum() / theirs.sum() < 2
    for one, other in ((ours, theirs), (theirs, ours)):
        near = np.zeros_like(other)
        for down in range(-3, 4):
            for across in range(-3, 4):
                near |= np.roll(other, (down, across), (0, 1))
        assert (near | ~one).all()


def test_words_are_in_the_picture_and_no_part_of_the_page(viewer, ct, tmp_path):
    texts = [written(f"Okafor {EVIL}", (0.1, 0.1, 0.9, 0.3))]
    made = state([ct], **WINDOW, **annotated([ct], texts=texts), ContentDescription=EVIL)
    made.save_as(tmp_path / "state.dcm")
    page = viewer(tmp_path / "ct-1.dcm", tmp_path / "state.dcm")
    before = at_full_size(page, 512, 512)
    choose(page)
    after = pixels(page)
    assert (after[..., 0] - after[..., 2] > 60).any()
    assert not (before[..., 0] - before[..., 2] > 60).any()
    assert page.locator(".viewer-host img:not([src^='blob:'])").count() == 0  # of a series it has a small picture
    assert "Okafor" not in page.locator("body").inner_text()


def test_the_image_is_as_it_is_until_the_choice_is_made_and_again_after(viewer, ct, tmp_path):
    state([ct], **WINDOW, inverse=True).save_as(tmp_path / "state.dcm")
    page = viewer(tmp_path / "ct-1.dcm", tmp_path / "state.dcm")
    choices = page.get_by_label("As saved").locator("option").all_inner_texts()
    assert choices == ["no: the image as it is", "LUNGS: Nodule in the left lung (ROE, Jane (Dr))"]
    plain = pixels(page)
    choose(page)
    expect(page.get_by_role("status")).to_have_text("Shown as it was saved")
    assert (pixels(page) != plain).any()
    choose(page, 0)
    assert (pixels(page) == plain).all()
    choose(page)
    page.get_by_role("button", name="Reset").click()
    settle(page)
    assert (pixels(page) == plain).all()
    assert corner(page, "tr") == ""


def test_brightness_is_set_on_top_of_it(viewer, ct, tmp_path):
    state([ct], **WINDOW, ImageRotation=90, ImageHorizontalFlip="N").save_as(tmp_path / "state.dcm")
    page = viewer(tmp_path / "ct-1.dcm", tmp_path / "state.dcm")
    stage(page).focus()
    press(page, "3")
    plain = at_full_size(page, 128, 128)
    choose(page)
    stage(page).focus()
    press(page, "3")
    assert (pixels(page) == np.rot90(plain, -1)).all()


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"ShutterShape": "BITMAP"}, "not applied: it has a bitmap of a shutter, which can’t be shown here."),
        (
            {"ShutterShape": "BITMAP", "PresentationLUTSequence": []},
            "not applied: it has a table of greys, a bitmap of a shutter, which can’t be shown here.",
        ),
    ],
)
def test_a_state_that_can_t_be_applied_whole_is_named_and_not_offered(viewer, ct, tmp_path, attributes, why):
    state([ct], **attributes).save_as(tmp_path / "state.dcm")
    page = viewer(tmp_path / "ct-1.dcm", tmp_path / "state.dcm")
    expect(page.get_by_label("As saved")).to_be_hidden()
    page.get_by_text("1 file for the doctors’ programs").click()
    expect(page.get_by_role("listitem")).to_contain_text(why)


def test_a_state_of_an_image_that_is_not_here_is_named_and_not_offered(viewer, ct, tmp_path):
    (tmp_path / "other").mkdir()
    state(scan(tmp_path / "other", 1)).save_as(tmp_path / "state.dcm")
    page = viewer(tmp_path / "ct-1.dcm", tmp_path / "state.dcm")
    expect(page.get_by_label("As saved")).to_be_hidden()
    page.get_by_text("1 file for the doctors’ programs").click()
    expect(page.get_by_role("listitem")).to_contain_text("not applied: the images that it is of are not here.")


def test_where_it_turns_out_that_it_can_t_be_applied_the_image_is_seen_as_it_is_and_that_is_said(viewer, ct, tmp_path):
    part = [area([ct], 1, 1, 2_000_000_000, 2)]
    state([ct], DisplayedAreaSelectionSequence=part).save_as(tmp_path / "state.dcm")
    page = viewer(tmp_path / "ct-1.dcm", tmp_path / "state.dcm")
    plain = pixels(page)
    choose(page)
    expect(page.locator(".trouble")).to_contain_text("It can’t be shown as it was saved: this presentation state shows")
    assert (pixels(page) == plain).all()
    assert corner(page, "tr") == ""


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_choice_can_be_used_by_everybody(viewer, ct, tmp_path, axe, screenshot, size):
    circle = graphic("CIRCLE", np.array([[40, 40], [40, 52]]))
    drawn = annotated([ct], [circle], [written("Nodule", (0.45, 0.2, 0.9, 0.3))])
    more = {"voi_lut_transformations": window(-200, 1600)}
    state([ct], **more, **drawn).save_as(tmp_path / "state.dcm")
    page = viewer(tmp_path / "ct-1.dcm", tmp_path / "state.dcm", size=size)
    choose(page)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    axe(page)
    if size == "desktop":
        screenshot(page, "viewer-as-saved")
