"""What a technologist does with the page."""

import re

from playwright.sync_api import expect

from tests.web.send.material import BORN


def choose(page, files) -> None:
    page.get_by_label("Choose files").set_input_files([str(file) for file in files])


def enter(page, recipient: str) -> None:
    page.get_by_label("Public key or address").fill(recipient)
    page.get_by_role("button", name="Continue").click()


def agree_on_words(page) -> None:
    page.get_by_role("button", name="The words are the same").click()


def born(page, day: str, month: str, year: str) -> None:
    page.get_by_label("Day").fill(day)
    page.get_by_label("Month").fill(month)
    page.get_by_label("Year").fill(year)


def prepare(page, files, recipient: str, *, sign: bool = False) -> None:
    """Up to the Send button. `sign`: the list of images too."""
    choose(page, files)
    enter(page, recipient)
    agree_on_words(page)
    born(page, *BORN)
    if sign:
        page.get_by_label("Sign the list of images too").check()


def press_send(page) -> None:
    page.get_by_role("button", name=re.compile("(^S|then s)end to ")).click()


def said(page, text: str) -> None:
    """The status region says so."""
    expect(page.get_by_role("status").filter(has_text=text)).to_be_attached()
