"""The whole page by keyboard alone."""

from playwright.sync_api import expect

from tests.web.controls import heading, press_to
from tests.web.open.page import know


def test_the_keyboard_alone_goes_from_start_to_end(page, postbox, person, technologist, ct):
    postbox.send(person, ct)
    at = page()
    know(at, technologist)
    press_to(at, "Type my key")
    at.keyboard.press("Enter")
    at.keyboard.type(person.private_key)
    at.keyboard.press("Enter")
    expect(heading(at, "Locked images", level=1)).to_be_focused()
    for step in ("Get hash", "Decrypt", "Get image"):
        expect(at.get_by_role("button", name=step)).to_be_enabled()
        press_to(at, step)
        at.keyboard.press("Enter")
    expect(at.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)
    expect(heading(at, "CT scan of your chest")).to_be_focused()
    with at.expect_download():
        press_to(at, "Save a copy")
        at.keyboard.press("Enter")
    press_to(at, "Unlocked", "Shift+Tab", 90)
    at.keyboard.press("Enter")
    press_to(at, "Lock now")
    at.keyboard.press("Enter")
    expect(heading(at, "Open your images")).to_be_focused()
