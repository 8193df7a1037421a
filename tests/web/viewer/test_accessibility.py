"""The viewer for everyone, and its pictures for the documents."""

import pytest

from tests.web.viewer.page import not_shown, press, sample, show, stage


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_axe_finds_nothing_in_any_state(viewer, axe, stack, tmp_path, size, dark):
    page = viewer(*stack, sample("MR_small.dcm"), sample("rtplan.dcm"), size=size, dark=dark)
    axe(page)
    page.get_by_role("button", name="More").click()
    axe(page)
    page.get_by_role("button", name="Keys").click()
    axe(page)
    page.keyboard.press("Escape")
    stage(page).focus()
    press(page, "b")
    axe(page)
    show(page, not_shown(tmp_path))
    axe(page)


def test_a_phone_needs_no_sideways_scroll_and_has_large_buttons(viewer, stack):
    page = viewer(*stack, size="phone")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    for button in page.locator(".bar button").all():
        box = button.bounding_box()
        assert (box["height"] >= 44, box["width"] >= 44) == (True, True)
        assert button.evaluate("(each) => each.scrollWidth <= each.clientWidth")


def test_the_stage_shows_its_focus(viewer, stack):
    page = viewer(*stack)
    page.keyboard.press("Tab")
    while not stage(page).evaluate("(stage) => stage === document.activeElement"):
        page.keyboard.press("Tab")
    ring = "(stage) => getComputedStyle(stage, '::after').borderTopWidth"
    assert stage(page).evaluate(ring) == "3px"


def test_pictures_of_the_viewer(viewer, screenshot, stack, tmp_path):
    page = viewer(sample("693_UNCR.dcm"))
    screenshot(page, "viewer-ct")
    show(page, sample("MR2_UNCR.dcm"))
    screenshot(page, "viewer-mr")
    show(page, sample("RG3_UNCR.dcm"))
    screenshot(page, "viewer-xray")
    show(page, sample("color3d_jpeg_baseline.dcm"))
    screenshot(page, "viewer-ultrasound")
    show(page, not_shown(tmp_path))
    screenshot(page, "viewer-not-renderable")
    show(page, *stack, sample("MR_small.dcm"))
    page.get_by_role("button", name="More").click()
    screenshot(page, "viewer-more")
    page.get_by_role("button", name="Keys").click()
    screenshot(page, "viewer-keys")
