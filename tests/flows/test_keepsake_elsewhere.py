"""A keepsake in other browsers than Chromium, from a disk and without a network."""

import pytest
from ape_ganache.program import wait_until

from tests.flows.test_keepsake import COUNT_VALUES, IMAGES, index, keepsake, study  # noqa: F401 - fixtures
from tests.other_browsers import firefox, webkit

SERIES = "document.querySelector('.series select')"
CHOOSE = """((series) => {{
  series.selectedIndex = {place};
  series.dispatchEvent(new Event("change", {{ bubbles: true }}));
}})({series})"""
BLOCKED = "fetch('https://images.example/').then(() => 'let in', () => 'blocked')"


@pytest.fixture(params=[firefox, webkit])
def browser(request, need, tmp_path):
    with request.param(need, tmp_path / "browser") as started:
        yield started


def test_every_image_is_shown_there_too(browser, keepsake):  # noqa: F811
    browser.go(keepsake.as_uri())
    browser.until(f"{SERIES}?.options.length === {len(IMAGES)}")
    for place in range(len(IMAGES)):
        browser.evaluate(CHOOSE.format(place=place, series=SERIES))  # takes the picture before off the stage
        browser.until(f"({COUNT_VALUES})()")
    assert browser.complaints() == []


def test_the_network_is_blocked_there_too(browser, keepsake):  # noqa: F811
    browser.go(keepsake.as_uri())
    assert browser.evaluate(BLOCKED) == "blocked"
    assert wait_until(lambda: any("Content" in each and "images.example" in each for each in browser.complaints()), 10)
