"""What a patient does with the page."""

import json

from playwright.sync_api import expect

from tests.flows.conftest import Person


def unlock(page, person: Person) -> None:
    """By the typed key, as whoever has only the sheet."""
    page.get_by_role("button", name="Type my key").click()
    page.get_by_label("Your key", exact=True).fill("0x" + person.private_key)
    page.get_by_role("button", name="Unlock", exact=True).click()


def know(page, sender: Person, name: str = "St Anne Hospital") -> None:
    """The patient has given this sender a name before."""
    page.evaluate("(names) => localStorage.setItem('radiogram.names', names)", json.dumps({sender.address: name}))


def take(page) -> None:
    """All three steps, with one press."""
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)


def bring(page, technologist, person) -> None:
    """To the third step, and into it."""
    know(page, technologist)
    unlock(page, person)
    page.get_by_role("button", name="Get hash").click()
    page.get_by_role("button", name="Decrypt").click()
    page.get_by_role("button", name="Get image").click()
