"""Full screen, the list of keys, the panel behind More, and the toolbar."""

from playwright.sync_api import expect

from tests.web.browser import VIEWPORTS
from tests.web.viewer.page import corner, press, stage


def test_f_fills_the_screen_and_escape_ends_it(chest):
    press(chest, "f")
    expect(chest.locator(".viewer")).to_have_css("position", "fixed")
    assert chest.evaluate("() => document.fullscreenElement?.className") == "viewer"
    chest.evaluate("() => document.exitFullscreen()")
    expect(chest.locator(".viewer")).not_to_have_css("position", "fixed")


def test_where_there_is_no_full_screen_the_viewer_covers_the_page(chest):
    chest.locator(".viewer").evaluate("(viewer) => { viewer.requestFullscreen = () => Promise.reject(new Error()); }")
    press(chest, "f")
    box = chest.locator(".viewer").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *VIEWPORTS["desktop"].values())
    assert stage(chest).bounding_box()["height"] > 600
    press(chest, "Escape")
    assert chest.locator(".viewer").bounding_box()["height"] < 600


def test_question_mark_lists_the_keys_and_the_focus_comes_back(chest):
    press(chest, "?")
    expect(chest.get_by_role("dialog", name="Keys")).to_be_visible()
    press(chest, "Escape")
    expect(chest.get_by_role("dialog")).to_have_count(0)
    expect(stage(chest)).to_be_focused()


def test_every_key_has_a_button_too(chest):
    chest.get_by_role("button", name="More").click()
    more = chest.get_by_role("group", name="More tools")
    for name, place in (("Next", "12 / 20"), ("Previous", "11 / 20")):
        more.get_by_role("button", name=name).click()
        assert corner(chest, "tr") == place
    more.get_by_role("button", name="Larger").click()
    assert corner(chest, "br") == "125%"
    more.get_by_role("button", name="Fit").click()
    assert corner(chest, "br") == "100%"
    press(chest, "Escape")
    expect(more).to_be_hidden()
    expect(chest.get_by_role("button", name="More")).to_be_focused()


def test_arrow_keys_walk_along_the_tools(chest):
    chest.get_by_role("button", name="Bright").focus()
    press(chest, "ArrowRight", "ArrowRight")
    expect(chest.get_by_role("button", name="Move")).to_be_focused()
    press(chest, "ArrowLeft")
    expect(chest.get_by_role("button", name="Zoom")).to_be_focused()
