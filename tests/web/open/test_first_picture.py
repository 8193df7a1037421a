"""The first picture is on the screen while most of the study is still on its way, and it is said to be a part."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.web.controls import heading
from tests.web.open.block_gateway import BlockGateway
from tests.web.open.page import bring
from tests.web.viewer.page import pixels, settle

BEFORE = 4  # blocks that come at once: of the CT's 7


@pytest.fixture
def gateway(hostile, postbox, ct):
    made = BlockGateway(hostile, postbox.ipfs, ct, BEFORE)
    yield made
    made.go_on()


@pytest.fixture
def coming(page, serve, postbox, person, technologist, ct, gateway):
    """The page with a part of the CT on the screen."""
    postbox.send(person, ct)
    at = page(site=serve(RADIOGRAM_IPFS_GATEWAY=gateway.url))
    bring(at, technologist, person)
    expect(at.get_by_role("application")).to_be_visible(timeout=60_000)
    expect(at.locator(".corner.tr")).to_have_text(re.compile("/ [3-9]$"), timeout=60_000)
    return at


def test_a_picture_from_the_middle_is_shown_before_the_last_byte_and_stays_when_all_is_there(
    coming, gateway, axe, screenshot
):
    assert gateway.sent <= {*gateway.blocks} - {*gateway.leaves[BEFORE:]}
    expect(coming.get_by_text(re.compile(r"A part of your images: \d+ files of 12, each checked"))).to_be_visible()
    expect(coming.get_by_text("Bringing your images").first).to_be_visible()
    expect(coming.get_by_role("button", name="Save")).to_have_count(0)
    axe(coming)
    screenshot(coming, "open-36-first-picture")
    settle(coming)
    first = pixels(coming)
    assert np.ptp(first) > 100
    gateway.go_on()
    expect(coming.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)
    expect(coming.locator(".corner.tr")).to_have_text("7 / 12", timeout=30_000)
    expect(coming.get_by_text("A part of your images")).to_have_count(0)
    expect(coming.get_by_role("application")).to_have_attribute("aria-label", re.compile("7"))
    expect(coming.get_by_role("button", name="Save a copy", exact=True)).to_be_visible()
    settle(coming)
    assert np.ptp(pixels(coming)) > 100


def test_what_somebody_looks_at_stays_on_the_screen_while_more_comes(coming, gateway):
    coming.get_by_role("application").focus()
    coming.keyboard.press("Home")
    coming.keyboard.press("i")
    expect(coming.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")
    gateway.go_on()
    expect(coming.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)
    expect(coming.locator(".corner.tr")).to_have_text("1 / 12", timeout=30_000)


def test_a_stream_that_breaks_off_leaves_a_part_that_is_said_to_be_one_and_can_not_be_saved(
    coming, gateway, troubles, axe, screenshot
):
    troubles.expect(r"50\d|Failed to load|ERR_")
    gateway.is_cut = True
    gateway.go_on()
    expect(heading(coming, "We cannot reach the images right now.")).to_be_focused(timeout=90_000)
    expect(coming.get_by_text(re.compile(r"Only a part came: \d+ files of 12\."))).to_be_visible()
    expect(coming.get_by_text("it is not all of it, and it can’t be saved")).to_be_visible()
    expect(coming.get_by_role("application")).to_be_visible()
    expect(coming.get_by_role("button", name="Save")).to_have_count(0)
    expect(coming.get_by_role("button", name="Share with a doctor")).to_have_count(0)
    axe(coming)
    screenshot(coming, "open-37-only-a-part")


def test_a_change_further_on_takes_away_what_was_shown(coming, gateway, troubles):
    troubles.expect(r"50\d|Failed to load|ERR_")
    gateway.change(-1)
    gateway.go_on()
    expect(heading(coming, "Do not trust this copy.")).to_be_focused(timeout=60_000)
    expect(coming.locator("canvas, img, [role=application]")).to_have_count(0)


def test_stop_takes_away_what_was_shown(coming):
    coming.get_by_role("button", name="Stop").click()
    expect(coming.get_by_text("Stopped. Nothing was kept.").last).to_be_visible()
    expect(coming.locator("canvas, [role=application]")).to_have_count(0)


def test_the_lock_takes_away_what_was_shown(coming):
    coming.get_by_role("button", name=re.compile("^Unlocked")).click()
    coming.get_by_role("button", name="Lock now").click()
    expect(heading(coming, "Open your images")).to_be_visible()
    expect(coming.locator("canvas, [role=application]")).to_have_count(0)
