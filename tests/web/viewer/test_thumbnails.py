"""The series as small pictures: what they show, and how they are chosen from."""

import numpy as np
import pytest
from playwright.sync_api import expect
from pydicom import dcmread

from radiogram.dicom.picture import Picture
from tests.web.viewer.page import corner, hold_decoding, not_shown, sample, settle, show, stage

PIXELS = """async (image) => {
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  return [width, height, [...data].filter((_, at) => at % 4 === 0)];
}"""
IS_GONE = """(url) => new Promise((done) => {
  const image = new Image();
  image.onload = () => done(false);
  image.onerror = () => done(true);
  image.src = url;
})"""


def small_pictures(page):
    return page.get_by_role("toolbar", name="Small pictures")


def small(page, name: str):
    return small_pictures(page).get_by_role("button", name=name)


def drawn(button) -> np.ndarray:
    """The red of a small picture, (rows, columns)."""
    image = button.locator("img")
    expect(image).to_be_visible(timeout=30_000)
    width, height, values = image.evaluate(PIXELS)
    return np.array(values).reshape(height, width)


def test_each_series_has_its_picture_its_number_what_it_is_and_how_many(viewer, stack):
    page = viewer(*stack, sample("MR_small.dcm"), sample("examples_palette.dcm"))
    names = [each.inner_text().strip() for each in small_pictures(page).get_by_role("button").all()]
    assert names == page.get_by_label("Series").locator("option").all_inner_texts()
    assert any("CT chest" in name and "20 slices" in name for name in names)
    for button in small_pictures(page).get_by_role("button").all():
        assert np.ptp(drawn(button)) > 50


def test_it_is_the_middle_picture_as_it_looks_large(viewer, stack):
    middle = dcmread(stack[10])
    middle.PixelData = middle.pixel_array[::-1].tobytes()  # another than all others
    middle.save_as(stack[10])
    page = viewer(*stack, sample("MR_small.dcm"))
    expected = np.asarray(Picture(stack[10]).frame(0, None)).astype(int)
    assert np.abs(drawn(small(page, "CT chest")) - expected).max() <= 1


def test_of_a_cine_it_is_the_middle_frame(viewer):
    page = viewer(sample("MR_small.dcm"), sample("color3d_jpeg_baseline.dcm"))
    expected = Picture(sample("color3d_jpeg_baseline.dcm")).frame(60, 192)
    red = drawn(small(page, "120 frames"))
    assert red.shape == (expected.height, expected.width)
    assert np.abs(red - np.asarray(expected)[..., 0].astype(int)).mean() < 3  # made smaller in two ways


def test_a_large_picture_is_made_small_and_its_pixels_square(viewer, stack):
    page = viewer(sample("RG3_UNCR.dcm"), sample("color-px.dcm"))
    for button, name in zip(small_pictures(page).get_by_role("button").all(), ("RG3_UNCR", "color-px"), strict=True):
        whole = Picture(sample(f"{name}.dcm")).frame(0, None)
        tall, wide = drawn(button).shape
        assert max(tall, wide) == 192
        assert wide / tall == pytest.approx(whole.width / whole.height, abs=0.01)


def test_one_is_chosen_with_a_press_and_marked(viewer, stack):
    page = viewer(*stack, sample("MR_small.dcm"))
    chosen, other = small(page, "CT chest"), small(page, "MR")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    other.click()
    settle(page)
    expect(other).to_have_attribute("aria-pressed", "true")
    expect(chosen).to_have_attribute("aria-pressed", "false")
    assert "MR" in corner(page, "tl")
    page.get_by_label("Series").select_option(index=0)
    expect(chosen).to_have_attribute("aria-pressed", "true")


def test_arrow_keys_go_from_one_to_the_next_and_enter_chooses(viewer, stack):
    page = viewer(*stack, sample("MR_small.dcm"), sample("examples_palette.dcm"))
    buttons = small_pictures(page).get_by_role("button")
    buttons.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(buttons.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(buttons.nth(2)).to_be_focused()
    page.keyboard.press("Enter")
    settle(page)
    expect(buttons.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(buttons.nth(2)).to_be_focused()
    page.keyboard.press("Tab")
    assert not small_pictures(page).evaluate("(row) => row.contains(document.activeElement)")


def test_of_one_series_there_is_none(viewer, stack):
    page = viewer(*stack)
    expect(small_pictures(page)).to_have_count(0)


def test_what_is_out_of_sight_is_made_when_it_is_scrolled_to(viewer, tmp_path):
    files = []
    scan = dcmread(sample("CT_small.dcm"))
    for number in range(30):
        scan.SeriesInstanceUID, scan.SeriesNumber = f"1.2.3.{number}", number
        scan.SOPInstanceUID = scan.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}.1"
        files.append(tmp_path / f"{number}.dcm")
        scan.save_as(files[-1])
    page = viewer(*files, size="phone")
    drawn(small_pictures(page).get_by_role("button").first)
    last = small_pictures(page).get_by_role("button").last
    assert last.locator("img").count() == 0
    last.scroll_into_view_if_needed()
    drawn(last)


def test_the_large_picture_goes_first(viewer, stack):
    page = viewer()
    go_on = hold_decoding(page)
    page.get_by_label("Show", exact=True).set_input_files([str(each) for each in (*stack, sample("MR_small.dcm"))])
    go_on()
    settle(page)
    drawn(small(page, "CT chest"))
    expect(stage(page)).not_to_have_attribute("aria-busy", "true")


def test_what_has_no_picture_says_what_it_is(viewer, tmp_path):
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.4")
    page = viewer(sample("MR_small.dcm"), tmp_path / "report.pdf", sample("test-SR.dcm"), not_shown(tmp_path))
    shown = small_pictures(page).locator(".small").all_inner_texts()
    assert "PDF" in shown
    assert "Report" in shown
    assert "–" in shown


def test_nothing_of_them_stays_when_the_viewer_ends(viewer, stack, troubles):
    page = viewer(*stack, sample("MR_small.dcm"))
    address = small(page, "MR").locator("img").get_attribute("src", timeout=30_000)
    show(page, sample("CT_small.dcm"))
    troubles.expect("ERR_FILE_NOT_FOUND")
    assert page.evaluate(IS_GONE, address)


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_pictures_of_the_strip(viewer, stack, axe, screenshot, size):
    files = (
        "MR_small.dcm",
        "RG3_UNCR.dcm",
        "examples_palette.dcm",
        "color3d_jpeg_baseline.dcm",
        "US1_UNCR.dcm",
        "MR2_UNCR.dcm",
    )
    page = viewer(*stack, *map(sample, files), size=size)
    drawn(small_pictures(page).get_by_role("button").nth(2))
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    axe(page)
    screenshot(page, f"viewer-series-{size}")
