"""Going through the pictures of a series, and from one series to another."""

import re

import pytest
from playwright.sync_api import expect

from tests.web.viewer.page import corner, hold_decoding, name_of, pixels, press, sample, settle, stage


def test_a_stack_opens_in_its_middle_in_the_order_of_positions(chest):
    assert name_of(chest) == "Picture, slice 11 of 20. Press question mark for keys."
    assert corner(chest, "tr") == "11 / 20"
    assert corner(chest, "tl") == "CT chest\n19-Jan-2004"
    expect(chest.get_by_role("heading", level=1)).to_have_text("CT scan of your chest")
    press(chest, "3")
    before = pixels(chest).mean()
    press(chest, "End")
    assert pixels(chest).mean() > before
    press(chest, "Home")
    assert pixels(chest).mean() < before


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (["ArrowDown"], 12),
        (["ArrowUp"], 10),
        (["PageDown"], 20),
        (["PageUp"], 1),
        (["Home"], 1),
        (["End"], 20),
        (["End", "ArrowDown"], 20),
        ([".", "."], 13),
        ([","], 10),
    ],
)
def test_keys_of_the_stage_go_through_the_slices(chest, keys, place):
    press(chest, *keys)
    assert corner(chest, "tr") == f"{place} / 20"
    assert chest.get_by_role("slider").input_value() == str(place)


def test_keys_do_nothing_while_something_else_has_the_focus(chest):
    invert = chest.get_by_role("button", name="Invert")
    chest.get_by_role("button", name="Zoom").focus()
    press(chest, "i", "PageDown", "+")
    assert invert.get_attribute("aria-pressed") == "false"
    assert corner(chest, "tr") == "11 / 20"
    assert corner(chest, "br") == "100%"


def test_where_we_are_is_said_once_the_keys_are_quiet(chest):
    press(chest, "ArrowDown", "ArrowDown", "ArrowDown")
    expect(chest.get_by_role("status")).to_have_text("Slice 14 of 20")
    press(chest, "i")
    expect(chest.get_by_role("status")).to_have_text("Inverted")
    press(chest, "+")
    expect(chest.get_by_role("status")).to_have_text("Zoom 125 percent")


def test_the_slider_goes_through_the_slices(chest):
    slider = chest.get_by_role("slider", name="Slice 11")
    slider.fill("3")
    settle(chest)
    assert corner(chest, "tr") == "3 / 20"
    assert slider.count() == 0
    assert chest.get_by_role("slider", name="Slice 3").get_attribute("aria-valuetext") == "Slice 3 of 20"


def test_the_wheel_goes_through_the_slices_only_while_the_stage_has_the_focus(chest):
    stage(chest).hover()
    chest.mouse.wheel(0, 120)
    settle(chest)
    assert corner(chest, "tr") == "13 / 20"
    chest.get_by_role("button", name="Zoom").focus()
    chest.mouse.wheel(0, 120)
    settle(chest)
    assert corner(chest, "tr") == "13 / 20"


def test_the_wheel_scrolls_the_page_past_the_last_slice(viewer, stack):
    page = viewer(*stack, size="phone")
    page.set_viewport_size({"width": 320, "height": 300})
    stage(page).focus()
    press(page, "End")
    stage(page).hover()
    page.evaluate("() => scrollTo(0, 0)")
    page.mouse.wheel(0, 200)
    page.wait_for_function("() => scrollY > 0")


def test_a_cine_plays_and_stops(viewer):
    page = viewer(sample("color3d_jpeg_baseline.dcm"))
    assert name_of(page) == "Picture, frame 1 of 120. Press question mark for keys."
    stage(page).focus()
    page.keyboard.press(" ")
    expect(page.locator(".corner.tr")).not_to_have_text("1 / 120")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    settle(page)
    stopped = corner(page, "tr")
    page.wait_for_timeout(500)
    assert corner(page, "tr") == stopped
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_several_series_can_be_chosen(viewer, stack):
    page = viewer(*stack, sample("MR_small.dcm"))
    choice = page.get_by_label("Series")
    assert len(choice.locator("option").all_inner_texts()) == 2
    choice.select_option(index=1)
    settle(page)
    expect(stage(page)).to_have_attribute("aria-label", re.compile("^Picture"))
    assert page.locator(".corner.tl").inner_text().startswith(("MRI", "CT"))


def test_no_picture_stands_under_the_label_of_another_series(viewer, stack):
    page = viewer(*stack, sample("MR_small.dcm"), sample("CT_small.dcm"))
    decoded = hold_decoding(page)
    page.get_by_label("Series").select_option(index=1)
    assert pixels(page).max() == 0
    assert corner(page, "tl").startswith("MR")
    expect(page.get_by_label("Brightness:")).to_be_hidden()
    assert corner(page, "br") == ""
    expect(page.get_by_text("Getting the picture ready…")).to_be_visible()
    decoded()
    settle(page)
    assert pixels(page).max() > 0
    expect(page.get_by_text("Getting the picture ready…")).to_be_hidden()


def test_a_picture_that_is_decoded_too_late_is_not_shown_under_another_label(viewer, stack):
    page = viewer(*stack, sample("MR_small.dcm"))
    page.evaluate("""() => {
      const draw = CanvasRenderingContext2D.prototype.drawImage;
      globalThis.__drawn = [];
      CanvasRenderingContext2D.prototype.drawImage = function (...args) {
        __drawn.push([document.querySelector(".corner.tl").textContent.slice(0, 2), args[0].width]);
        return draw.apply(this, args);
      };
    }""")
    decoded = hold_decoding(page)
    stage(page).focus()
    page.keyboard.press("End")
    page.get_by_label("Series").select_option(index=1)
    decoded()
    settle(page)
    assert page.evaluate("__drawn") == [["MR", 64]]
