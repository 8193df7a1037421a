"""How a picture is looked at: brightness, inversion, zoom, place, and which side is which."""

import numpy as np
from playwright.sync_api import expect
from pydicom import dcmread

from tests.web.viewer.page import at_full_size, corner, pixels, press, sample, settle, show, stage


def test_invert_turns_every_pixel_round_and_back(chest):
    before = at_full_size(chest, 128, 128)
    press(chest, "i")
    assert (pixels(chest) == 255 - before).all()
    chest.get_by_role("button", name="Invert").click()
    settle(chest)
    assert (pixels(chest) == before).all()


def test_a_preset_is_the_window_that_it_names(chest):
    press(chest, "Home", "2")
    assert chest.get_by_label("Brightness:").locator("option:checked").inner_text() == "soft parts"
    expect(chest.get_by_role("status")).to_have_text("Brightness: soft parts")
    scan = dcmread(sample("CT_small.dcm"))
    units = scan.pixel_array * float(scan.RescaleSlope) + float(scan.RescaleIntercept)
    expected = np.floor(np.clip((units - 39.5) / 399 + 0.5, 0, 1) * 255 + 0.5)
    assert (at_full_size(chest, 128, 128)[..., 0] == expected).all()


def test_presets_of_ct_are_not_offered_for_other_pictures(viewer):
    page = viewer(sample("MR_small.dcm"))
    assert page.get_by_label("Brightness:").locator("option:not([hidden])").all_inner_texts() == ["auto", "full"]


def test_after_b_the_arrows_set_the_brightness_until_escape(chest):
    before = pixels(chest).mean()
    press(chest, "b", "ArrowUp", "ArrowUp", "ArrowUp")
    assert pixels(chest).mean() > before
    assert corner(chest, "tr") == "11 / 20"
    assert chest.get_by_label("Brightness:").input_value() == "own"
    press(chest, "Escape", "ArrowUp")
    assert corner(chest, "tr") == "10 / 20"


def test_a_drag_does_what_the_pressed_tool_says(chest):
    def drag(x: int, y: int) -> None:
        box = stage(chest).bounding_box()
        chest.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        chest.mouse.down()
        chest.mouse.move(box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y, steps=4)
        chest.mouse.up()
        settle(chest)

    before = pixels(chest)
    drag(0, -60)
    assert pixels(chest).mean() > before.mean()
    chest.get_by_role("button", name="Reset").click()
    settle(chest)
    assert (pixels(chest) == before).all()
    chest.get_by_role("button", name="Zoom").click()
    drag(0, -80)
    assert int(corner(chest, "br").rstrip("%")) > 150
    larger = pixels(chest)
    chest.get_by_role("button", name="Move").click()
    drag(50, 0)
    assert (pixels(chest)[:, 50:] == larger[:, :-50]).mean() > 0.99


def test_zoom_and_move_have_keys(chest):
    before = pixels(chest)
    press(chest, "+", "+")
    assert corner(chest, "br") == "156%"
    larger = pixels(chest)
    press(chest, "Shift+ArrowRight")
    assert (pixels(chest)[:, 24:] == larger[:, :-24]).mean() > 0.99
    press(chest, "0")
    assert corner(chest, "br") == "100%"
    assert (pixels(chest) == before).all()


def test_reset_forgets_brightness_inversion_and_zoom(chest):
    before = pixels(chest)
    press(chest, "4", "i", "+", "Shift+ArrowDown", "r")
    assert (pixels(chest) == before).all()
    assert chest.get_by_role("button", name="Invert").get_attribute("aria-pressed") == "false"
    assert corner(chest, "br") == "100%"


def test_right_and_left_are_marked_where_the_file_says_so(viewer):
    page = viewer(sample("693_UNCR.dcm"))
    assert (corner(page, "left"), corner(page, "right")) == ("R", "L")
    show(page, sample("US1_UNCR.dcm"))
    assert (corner(page, "left"), corner(page, "right")) == ("", "")
