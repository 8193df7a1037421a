"""The browser that pages are tested in."""

import re


def test_what_playwright_turns_off_is_turned_off(one_chromium, need):
    with one_chromium.fresh(need("chromium")) as context:
        command = context.browser.new_browser_cdp_session().send("SystemInfo.getInfo")["commandLine"]
    of_playwright, ours = (set(each.split(",")) for each in re.findall(r"--disable-features=(\S+)", command))
    assert of_playwright <= ours
