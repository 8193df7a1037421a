"""The page where a hospital puts what a patient signed and saved on the chain."""

import json

import pytest
from playwright.sync_api import expect

from radiogram.formats.keys import Keys
from tests.web.controls import heading, press
from tests.web.test_key import finish, start  # noqa: F401 - a fixture


@pytest.fixture
def saved(start, tmp_path):  # noqa: F811
    """What a patient saves at a site that pays for nobody, and their keys."""
    at = start()
    keys: Keys = finish(at, tmp_path)
    with at.expect_download() as download:
        press(at, "Do it at the hospital")
    path = tmp_path / "radiogram-address.json"
    download.value.save_as(path)
    return path, keys.public()


def choose(at, path) -> None:
    at.get_by_label("Choose the patient’s file").set_input_files(path)


def test_a_saved_file_is_put_on_the_chain_once(page, paying_site, saved, postbox, axe, screenshot):
    path, public = saved
    at = page("send.html", site=paying_site)
    at.get_by_role("link", name="Pass on a patient’s file").click()
    axe(at)
    screenshot(at, "relay-01-choose")
    choose(at, path)
    expect(heading(at, "Passed on")).to_be_focused(timeout=60_000)
    expect(at.get_by_text(f"Now messages to {public.address} are sealed to the key")).to_be_visible()
    axe(at)
    screenshot(at, "relay-02-passed-on")
    assert postbox.key_of(public.address) == (1, public.public_key, public.hybrid_digest)
    choose(at, path)
    expect(heading(at, "It was so already")).to_be_focused(timeout=60_000)


def test_a_file_that_is_no_act_or_changed_is_refused_by_name(
    page, paying_site, saved, tmp_path, troubles, axe, screenshot
):
    troubles.expect("status of 4")
    path, _ = saved
    at = page("relay.html", site=paying_site)
    (tmp_path / "letter.json").write_text("{}")
    choose(at, tmp_path / "letter.json")
    expect(heading(at, "letter.json was not taken.")).to_be_focused(timeout=60_000)
    expect(at.get_by_text("Nothing was passed on.")).to_be_visible()
    axe(at)
    screenshot(at, "relay-03-not-taken")
    changed = json.loads(path.read_text())
    changed["deadline"] += 1
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    choose(at, tmp_path / "changed.json")
    expect(heading(at, "changed.json was not taken.")).to_be_focused(timeout=60_000)
    (tmp_path / "large.json").write_bytes(b" " * 65_537)
    choose(at, tmp_path / "large.json")
    expect(heading(at, "large.json was not taken.")).to_be_focused(timeout=60_000)


def test_a_limit_that_is_reached_is_said(page, serve, saved, troubles):
    troubles.expect("429")
    at = page("relay.html", site=serve("--relay", "--relay-ether", "0"))
    choose(at, saved[0])
    expect(heading(at, "Nothing more is paid today.")).to_be_focused(timeout=60_000)


def test_a_site_that_pays_for_nobody_says_so(page):
    at = page("relay.html")
    expect(heading(at, "This copy of Radiogram pays for nobody.")).to_be_visible()
    expect(at.get_by_text("ape run relay FILE")).to_be_visible()
