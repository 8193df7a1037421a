"""ECGs on the page: where the commands draw ink, the browser does."""

import io

import numpy as np
from PIL import Image, ImageFilter
from playwright.sync_api import expect
from pydicom import dcmread

from radiogram.dicom.electrocardiogram import ecg_png
from tests.dicom.test_documents import dicom, stored
from tests.dicom.test_electrocardiogram import ECG, channel, group, pulse
from tests.web.viewer.page import at_full_size, corner, pixels, press, sample, stage

DARK = 110  # lines are drawn smooth in the browser, and not in the commands


def near(ink: np.ndarray) -> np.ndarray:
    """With the pixels around."""
    return np.asarray(Image.fromarray(ink).filter(ImageFilter.MaxFilter(5)))


def test_an_ecg_is_drawn_where_the_commands_draw_it(viewer, tmp_path):
    made = stored(dicom(ECG, WaveformSequence=[group(pulse(), channel(""))]))
    (tmp_path / "a.dcm").write_bytes(made)
    expected = np.asarray(Image.open(io.BytesIO(ecg_png(dcmread(io.BytesIO(made)))))).astype(int)
    page = viewer(tmp_path / "a.dcm")
    drawn = at_full_size(page, expected.shape[1], expected.shape[0])
    ours, theirs = (each[100:].max(axis=2) < DARK for each in (drawn, expected))  # below the heading: fonts differ
    assert theirs.sum() > 500
    assert (near(theirs) | ~ours).all()
    assert (near(ours) | ~theirs).all()
    assert np.abs(drawn - expected)[300:, :, :].max() <= 1  # paper and grid


def test_a_published_ecg_is_shown_and_can_be_enlarged_and_moved(viewer):
    page = viewer(sample("waveform_ecg.dcm"))
    assert corner(page, "tl").startswith("ECG")
    before = pixels(page)
    assert (before.max(axis=2) < DARK).any()
    stage(page).focus()
    press(page, "+", "+")
    assert corner(page, "br") == "156%"
    assert (pixels(page) != before).any()


def test_an_ecg_comes_beside_the_images(viewer, stack):
    page = viewer(sample("waveform_ecg.dcm"), *stack)
    options = page.get_by_label("Series").locator("option")
    assert options.all_inner_texts() == ["1. CT chest, 20 slices", "2. ECG"]


def test_a_waveform_that_is_no_ecg_is_refused_by_name(viewer, tmp_path):
    made = stored(dicom(ECG, WaveformSequence=[group(pulse(), channel("Lead I", "mm[Hg]"))]))
    (tmp_path / "pressure.dcm").write_bytes(made)
    page = viewer(tmp_path / "pressure.dcm")
    expect(page.get_by_role("listitem")).to_contain_text("pressure.dcm")
    expect(page.get_by_role("listitem")).to_contain_text("This waveform is no electrocardiogram: it is not in volts.")
