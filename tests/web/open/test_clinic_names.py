"""A clinic that is found by its ENS name, on the patient's page as at the commands."""

import pytest
from playwright.sync_api import expect

from tests.clinics.ens import Names
from tests.web.controls import heading, press
from tests.web.open.page import unlock
from tests.web.open.test_clinics import CHECKED, LABEL, SITE, at_large, clinic  # noqa: F401 - fixtures


@pytest.fixture
def card(clinic):  # noqa: F811
    """The technologist's, as text."""
    return clinic[0].read_text()


@pytest.fixture
def names(chain):
    """ENS as it was published, on the local chain."""
    return Names(chain.url)


def look_up(at, name: str) -> None:
    press(at, "Clinics I have checked")
    press(at, "Find it by its ENS name")
    at.get_by_role("textbox", name="ENS name").fill(name)
    at.get_by_role("textbox", name="ENS name").press("Enter")


def test_a_clinic_is_found_by_its_ens_name(page, postbox, person, card, names, technologist, ct, axe, screenshot):
    postbox.send(person, ct)
    names.give("st-anne.eth", technologist.address, radiogram_card=card)
    at = page()
    unlock(at, person)
    press(at, "Clinics I have checked")
    press(at, "Find it by its ENS name")
    axe(at)
    screenshot(at, "open-75-clinic-ens")
    at.get_by_role("textbox", name="ENS name").fill(" St-Anne.ETH ")
    at.get_by_role("button", name="Find it", exact=True).click()
    asked = at.get_by_role("dialog", name="Is this your clinic?")
    expect(asked).to_contain_text("The card of St-Anne.ETH says it is of")
    expect(asked).to_contain_text(LABEL)
    axe(at)
    screenshot(at, "open-76-clinic-ens-found")
    press(at, "Yes, keep it")
    expect(heading(at, f"{LABEL} is on your list.")).to_be_visible()
    expect(at.get_by_text("By its name St-Anne.ETH")).to_be_visible()
    press(at, "Close")
    expect(at.locator(".from")).to_contain_text(f"From {CHECKED}")


def test_a_name_that_is_none_or_leads_to_another_accounts_card_or_to_none_is_refused(
    page, person, card, names, technologist, stranger
):
    names.give("other.eth", stranger.address, radiogram_card=card)
    names.give("bare.eth", technologist.address)
    names.give("junk.eth", technologist.address, radiogram_card="{}")
    at = page()
    unlock(at, person)
    for name, why in [
        ("nobody.eth", "nobody.eth is no ENS name on this network."),
        ("no name", "no name is no ENS name on this network."),
        ("other.eth", f"other.eth is the name of {stranger.address}, and its card is of {technologist.address}."),
        ("bare.eth", "bare.eth names neither a clinic’s card nor its site."),
    ]:
        look_up(at, name)
        expect(heading(at, "The name did not confirm it.")).to_be_visible()
        expect(at.get_by_role("dialog")).to_contain_text(why)
        press(at, "Close")
    look_up(at, "junk.eth")
    expect(heading(at, "This card cannot be used.")).to_be_visible()
    press(at, "Close")


def test_a_clinic_that_was_found_by_its_name_is_kept_when_somebody_says_so(page, person, card, names, technologist):
    names.give("st-anne.eth", technologist.address, radiogram_card=card)
    at = page()
    unlock(at, person)
    look_up(at, "st-anne.eth")
    expect(at.get_by_role("dialog", name="Is this your clinic?")).to_be_visible()
    press(at, "Not now")
    expect(at.get_by_role("dialog")).to_contain_text("None yet.")


def test_a_name_that_names_a_site_alone_leads_to_the_card_that_the_site_publishes(
    at_large,  # noqa: F811
    page,
    person,
    clinic,  # noqa: F811
    names,
    technologist,
):
    names.give("site.eth", technologist.address, url=f"https://{SITE}/contact?x=1")
    at_large(path=clinic[0])
    at = page("open.html")
    unlock(at, person)
    look_up(at, "site.eth")
    press(at, "Yes, keep it")
    expect(at.locator(".clinic")).to_contain_text("By its name site.eth, ")
