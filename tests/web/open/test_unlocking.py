"""Unlocking by a key file or a typed key, for one's own inbox and for another."""

import re

from playwright.sync_api import expect

from tests.flows.conftest import PASSPHRASE, Person
from tests.web.controls import heading
from tests.web.open.page import know, take
from tests.web.postbox import replace_key

TOO_SHORT = "The key is too short. It has 64 signs after 0x."


def test_the_three_ways_to_unlock_are_there_and_a_way_to_a_key(page, axe, screenshot):
    at = page()
    for name in ("Unlock with my wallet", "Use my key file", "Type my key"):
        expect(at.get_by_role("button", name=name)).to_be_visible()
    expect(at.get_by_role("link", name="Make a key").last).to_have_attribute("href", "./key.html")
    axe(at)
    screenshot(at, "open-01-locked")


def test_a_key_file_and_its_passphrase_open_the_inbox(page, person, key_file, axe, screenshot):
    at = page()
    at.get_by_role("button", name="Use my key file").click()
    at.get_by_label("Key file").set_input_files(key_file(person))
    at.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    axe(at)
    screenshot(at, "open-02-key-file")
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(heading(at, "Nothing here yet")).to_be_visible(timeout=60_000)
    expect(heading(at, "Nothing here yet")).to_be_focused()


def test_a_wrong_passphrase_is_said_at_the_field_and_the_file_stays_chosen(page, person, key_file, axe, screenshot):
    at = page()
    at.get_by_role("button", name="Use my key file").click()
    at.get_by_label("Key file").set_input_files(key_file(person))
    at.get_by_label("Passphrase", exact=True).fill("Correct horse battery staple")
    at.get_by_role("button", name="Unlock", exact=True).click()
    summary = at.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_contain_text(
        "key.json: The passphrase does not fit this file. Check capital letters.", timeout=60_000
    )
    expect(at).to_have_title(re.compile("^Error: "))
    assert at.get_by_label("Key file").evaluate("input => input.files.length") == 1
    axe(at)
    screenshot(at, "open-03-wrong-passphrase")
    at.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(heading(at, "Nothing here yet")).to_be_visible(timeout=60_000)


def test_a_key_file_that_is_damaged_is_said_to_be(page, person, key_file):
    at = page()
    file = key_file(person)
    file.write_bytes(file.read_bytes()[:-20])
    at.get_by_role("button", name="Use my key file").click()
    at.get_by_label("Key file").set_input_files(file)
    at.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(at.get_by_role("alert").first).to_contain_text("key.json: This key file is damaged: use another copy of it.")


def test_a_file_that_is_no_key_file_is_said_to_be_none(page, small):
    at = page()
    at.get_by_role("button", name="Use my key file").click()
    at.get_by_label("Key file").set_input_files(small)
    at.get_by_label("Passphrase", exact=True).fill("whatever")
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(at.get_by_role("alert").first).to_contain_text("CT_small.dcm: This is not a Radiogram key file.")


def test_pressing_unlock_early_says_what_is_missing(page):
    at = page()
    at.get_by_role("button", name="Use my key file").click()
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(at.get_by_role("alert").first).to_contain_text("Choose your key file.")


def test_a_typed_key_that_is_too_short_is_said_to_be_so_and_is_not_repeated(page, person, axe, screenshot):
    at = page()
    at.get_by_role("button", name="Type my key").click()
    at.get_by_label("Your key", exact=True).fill(person.private_key[:-3])
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(at.get_by_role("alert").first).to_contain_text(TOO_SHORT)
    assert person.private_key[:20] not in at.locator("body").inner_text()
    axe(at)
    screenshot(at, "open-04-short-key")


def test_a_typed_key_shows_only_while_it_is_asked_for(page, person):
    at = page()
    at.get_by_role("button", name="Type my key").click()
    field = at.get_by_label("Your key", exact=True)
    hidden = "field => getComputedStyle(field).webkitTextSecurity"
    assert field.evaluate(hidden) == "disc"
    at.get_by_role("button", name="Show your key").click()
    assert field.evaluate(hidden) == "none"


def test_an_inbox_that_the_key_is_not_of_is_asked_about(page, person, stranger, axe, screenshot):
    at = page()
    at.get_by_role("button", name="Type my key").click()
    at.get_by_label("Your key", exact=True).fill(person.private_key)
    at.get_by_text("My images are at another address").click()
    at.get_by_label("Inbox address").fill(stranger.address)
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(heading(at, "This key opens a different inbox.")).to_be_focused()
    axe(at)
    screenshot(at, "open-05-other-inbox")
    at.get_by_role("button", name="Open that inbox").click()
    expect(heading(at, "Nothing here yet")).to_be_visible()


def test_an_older_key_of_an_inbox_opens_what_was_sealed_to_it(page, postbox, person, newcomer, technologist, one):
    account, after = newcomer(), newcomer()

    def register(key: Person) -> None:
        postbox.register_key(account, bytes.fromhex(key.public_key[2:]))

    register(person)
    postbox.send(replace_key(account, person), one)
    register(after)
    at = page()
    know(at, technologist)
    at.get_by_role("button", name="Type my key").click()
    at.get_by_label("Your key", exact=True).fill(person.private_key)
    at.get_by_text("My images are at another address").click()
    at.get_by_label("Inbox address").fill(account.address)
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(heading(at, "This key opens a different inbox.")).to_be_focused()
    at.get_by_role("button", name="It is an older key of the inbox I asked for").click()
    take(at)


def test_a_bad_inbox_address_is_said_at_its_field(page, person):
    at = page()
    at.get_by_role("button", name="Type my key").click()
    at.get_by_label("Your key", exact=True).fill(person.private_key)
    at.get_by_text("My images are at another address").click()
    at.get_by_label("Inbox address").fill("0x1234")
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(at.get_by_role("alert").first).to_contain_text("too short")


def test_a_key_that_another_address_registered_opens_that_address(page, postbox, person, newcomer):
    account = newcomer()
    postbox.register_key(account, bytes.fromhex(person.public_key[2:]))
    at = page()
    at.get_by_role("button", name="Type my key").click()
    at.get_by_label("Your key", exact=True).fill(person.private_key)
    at.get_by_text("My images are at another address").click()
    at.get_by_label("Inbox address").fill(account.address)
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(heading(at, "Nothing here yet")).to_be_visible()
    expect(at.get_by_role("button", name=re.compile("Unlocked"))).to_contain_text(account.address[-4:])
