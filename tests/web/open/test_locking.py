"""Locking: when asked, after minutes alone, and what is left then."""

import re

from playwright.sync_api import expect

from tests.web.controls import heading
from tests.web.open.page import unlock


def test_lock_now_leaves_nothing_on_the_page(opened, ct):
    at = opened(ct)
    at.get_by_role("button", name=re.compile("Unlocked")).click()
    at.get_by_role("button", name="Lock now").click()
    expect(heading(at, "Open your images")).to_be_focused()
    assert "chest" not in at.content()
    assert at.evaluate("document.querySelectorAll('canvas, img').length") == 0


def test_the_menu_shows_the_full_address(page, person, axe, screenshot):
    at = page()
    unlock(at, person)
    expect(heading(at, "Nothing here yet")).to_be_visible()
    at.get_by_role("button", name=re.compile("Unlocked")).click()
    axe(at)
    screenshot(at, "open-60-menu")
    at.get_by_role("button", name="Show full address").click()
    shown = at.get_by_role("dialog", name="Your address")
    assert re.sub(r"\s", "", shown.locator("code").inner_text()) == person.address


def test_after_fourteen_minutes_alone_it_asks_and_after_fifteen_it_locks(page, person, screenshot):
    at = page()
    at.clock.install()
    unlock(at, person)
    expect(heading(at, "Nothing here yet")).to_be_visible()
    at.clock.fast_forward("14:01")
    question = at.get_by_role("dialog", name="Still there?")
    expect(question).to_be_visible()
    question.get_by_role("button", name="Stay").click()
    expect(question).to_have_count(0)
    at.clock.fast_forward("14:01")
    expect(question).to_be_visible()
    at.clock.fast_forward("01:00")
    expect(at.get_by_text("Nobody was here for 15 minutes. We locked your images.")).to_be_visible()
    expect(question).to_have_count(0)
    screenshot(at, "open-62-locked-alone")


def test_the_question_after_fourteen_minutes_is_for_everyone_to_read(page, person, axe, screenshot):
    at = page()
    at.clock.install()
    unlock(at, person)
    expect(heading(at, "Nothing here yet")).to_be_visible()
    at.clock.fast_forward("14:01")
    expect(at.get_by_role("dialog", name="Still there?")).to_be_visible()
    screenshot(at, "open-61-still-there")
    axe(at)


def test_another_key_after_a_lock_is_another_inbox(page, person, newcomer):
    at = page()
    unlock(at, person)
    expect(heading(at, "Nothing here yet")).to_be_visible()
    at.get_by_role("button", name=re.compile("Unlocked")).click()
    at.get_by_role("button", name="Lock now").click()
    unlock(at, newcomer())
    expect(heading(at, "This key opens a different inbox.")).to_be_visible()
    at.get_by_role("button", name="Use another key").click()
    unlock(at, person)
    expect(heading(at, "Nothing here yet")).to_be_visible()
