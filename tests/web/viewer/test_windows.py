"""Windows as files have them: none of any width, one for each frame, and several to choose from."""

import numpy as np
import pytest
from playwright.sync_api import expect
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file

from tests.dicom.conftest import dcmtk  # noqa: F401 - a fixture
from tests.web.viewer.page import at_full_size, difference, press, sample, settle, show, stage

ODD = {
    "width 0": {"WindowCenter": 40, "WindowWidth": 0},
    "width below 0": {"WindowCenter": 40, "WindowWidth": -10},
    "no width": {"WindowCenter": 40, "WindowWidth": None},
    "width 0, and another window": {"WindowCenter": [40, 900], "WindowWidth": [0, 600]},
    "width 1": {"WindowCenter": 900, "WindowWidth": 1},
    "a width too small for LINEAR": {
        "WindowCenter": 0.9,
        "WindowWidth": 0.5,
        "RescaleSlope": 0.001,
        "RescaleIntercept": 0,
    },
    "LINEAR_EXACT": {"WindowCenter": 900, "WindowWidth": 600, "VOILUTFunction": "LINEAR_EXACT"},
    "SIGMOID": {"WindowCenter": 900, "WindowWidth": 600, "VOILUTFunction": "SIGMOID"},
}


def made(folder, **attributes):
    scan = dcmread(sample("CT_small.dcm"))
    for keyword, value in attributes.items():
        setattr(scan, keyword, value)
    file = folder / "windows.dcm"
    scan.save_as(file)
    return file


def brightness(page):
    return page.get_by_label("Brightness:")


@pytest.mark.parametrize("kind", ODD)
def test_a_window_of_any_width_shows_the_pixels_of_the_python_preview(viewer, tmp_path, kind):
    apart = difference(viewer(), made(tmp_path, **ODD[kind]))
    assert apart.max() <= 1
    assert apart.mean() < 0.01


def test_each_frame_has_its_own_window(viewer, tmp_path):
    scan = dcmread(get_testdata_file("emri_small.dcm", download=False))
    groups = []
    for number in range(int(scan.NumberOfFrames)):
        voi, group = Dataset(), Dataset()
        voi.WindowCenter, voi.WindowWidth = 100 + 40 * number, 200 + 10 * number
        group.FrameVOILUTSequence = [voi]
        groups.append(group)
    scan.PerFrameFunctionalGroupsSequence = groups
    scan.save_as(tmp_path / "frames.dcm")
    page = viewer()
    assert not difference(page, tmp_path / "frames.dcm").any()
    values, height, width = scan.pixel_array, scan.Rows, scan.Columns
    for number in (0, 7):
        page.get_by_role("slider").fill(str(number + 1))
        settle(page)
        shares = (values[number] - (100 + 40 * number - 0.5)) / (199 + 10 * number) + 0.5
        expected = np.floor(np.clip(shares, 0, 1) * 255 + 0.5)
        assert np.abs(at_full_size(page, width, height)[..., 0] - expected).max() <= 1


def test_of_several_windows_the_first_is_shown_and_the_others_can_be_chosen(viewer, tmp_path, dcmtk):  # noqa: F811
    file = made(
        tmp_path,
        SpecificCharacterSet="ISO_IR 192",
        WindowCenter=[900, 1100, 500],
        WindowWidth=[600, 200, 900],
        WindowCenterWidthExplanation=["NORMAL", "BONE\u202e  DETAIL", ""],
    )
    page = viewer(file)
    offered = brightness(page).locator("option:not([hidden])").all_inner_texts()
    assert offered == ["auto", "soft parts", "lung", "bone", "full", "BONE DETAIL", "window 3"]
    for label, number in (("auto", 1), ("BONE DETAIL", 2), ("window 3", 3)):
        brightness(page).select_option(label=label)
        settle(page)
        theirs = dcmtk(file, 0, "+Wi", str(number)).astype(int)
        assert np.abs(at_full_size(page, 128, 128)[..., 0] - theirs).mean() <= 1
    expect(page.get_by_role("status")).to_have_text("Brightness: window 3")
    stage(page).focus()
    press(page, "r")
    assert brightness(page).locator("option:checked").inner_text() == "auto"


def test_the_chosen_window_stays_from_slice_to_slice_and_is_gone_with_the_series(viewer, tmp_path):
    files = []
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        windows = {"WindowCenter": [900, 1100], "WindowWidth": [600, 200]}
        files.append(made(tmp_path / str(number), InstanceNumber=number, SOPInstanceUID=f"1.2.{number}", **windows))
    page = viewer(*files)
    brightness(page).select_option(label="window 2")
    settle(page)
    second = at_full_size(page, 128, 128)
    stage(page).focus()
    press(page, "ArrowDown")
    assert brightness(page).locator("option:checked").inner_text() == "window 2"
    assert (at_full_size(page, 128, 128) == second).all()
    show(page, sample("CT_small.dcm"))
    assert "window 2" not in brightness(page).locator("option").all_inner_texts()
