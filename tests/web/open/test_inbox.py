"""The inbox: empty, with each kind of message, with many, and out of reach."""

import json
import re

import pytest
from playwright.sync_api import expect

from radiogram.ipfs.cid import cid_text
from tests.web.controls import heading, press
from tests.web.open.page import know, take, unlock

COUNT_ELEMENTS = """() => {
  const make = Document.prototype.createElement;
  globalThis.__made = 0;
  Document.prototype.createElement = function (...what) { globalThis.__made += 1; return make.apply(this, what); };
}"""


@pytest.fixture
def crowd(page, postbox, person, technologist, stranger, newcomer, one):
    """An inbox with each kind of letter, the newest last."""
    postbox.send(person, one)
    postbox.send(person, one)
    postbox.retract(person, 1)
    postbox.deliver(person.address, b"\x04" * 154)
    postbox.send(person, one, sender=stranger)
    postbox.send(person, one)
    at = page()
    know(at, technologist)
    unlock(at, person)
    expect(heading(at, "Your inbox")).to_be_visible()
    return at


def letters(page):
    return page.get_by_role("list").filter(has=page.locator(".message")).get_by_role("button")


def unfold(page):
    """Shows what strangers have sent."""
    press(page, "from senders you do not know")


def test_an_empty_inbox_offers_the_card_and_no_address_that_nothing_can_be_sent_to(page, person, axe, screenshot):
    at = page()
    unlock(at, person)
    expect(heading(at, "Nothing here yet")).to_be_focused()
    expect(at.get_by_role("img", name="Code of your address")).to_have_count(0)
    expect(at.get_by_role("button", name="Copy address")).to_have_count(0)
    assert at.locator("main button").first.inner_text() == "Share my card"
    axe(at)
    screenshot(at, "open-20-empty")
    press(at, "Share my card")
    expect(at.get_by_role("img", name="Code of your address")).to_be_visible()
    expect(at.get_by_role("button", name="Print", exact=True)).to_be_visible()
    axe(at)
    screenshot(at, "open-21-card")


def test_who_has_registered_an_address_may_give_it_alone(page, postbox, person):
    postbox.register_key(person, bytes.fromhex(person.public_key[2:]))
    at = page()
    unlock(at, person)
    copy = at.get_by_role("button", name="Copy address")
    before = copy.bounding_box()
    copy.click()
    expect(at.get_by_role("status").filter(has_text="Address copied")).to_have_count(1)
    assert copy.bounding_box()["width"] == before["width"]
    assert at.evaluate("navigator.clipboard.readText()") == person.address
    assert at.locator("main button").first.inner_text() == "Share my card"


def test_the_card_is_in_the_account_menu_too(page, postbox, person, technologist, one):
    postbox.send(person, one)
    at = page()
    know(at, technologist)
    unlock(at, person)
    at.get_by_role("button", name=re.compile("^Unlocked")).click()
    press(at, "Share my card")
    expect(at.get_by_role("dialog", name="Your key card")).to_be_visible()


def test_the_public_key_of_an_address_that_is_not_in_the_book_can_be_copied_too(page, person):
    at = page()
    unlock(at, person)
    at.get_by_role("button", name="Copy public key").click()
    expect(at.get_by_role("status").filter(has_text="Public key copied")).to_have_count(1)
    assert at.evaluate("navigator.clipboard.readText()") == person.public_key


def test_an_only_letter_is_open_straight_away_with_its_three_steps(
    page, postbox, person, technologist, one, axe, screenshot
):
    postbox.send(person, one)
    at = page()
    know(at, technologist)
    unlock(at, person)
    expect(heading(at, "Locked images", level=1)).to_be_visible()
    for name in ("Get hash", "Decrypt", "Get image"):
        expect(heading(at, re.compile(name))).to_be_visible()
    axe(at)
    screenshot(at, "open-22-locked-letter")
    at.get_by_role("button", name="Get hash").click()
    expect(at.get_by_text("Found your images").first).to_be_visible()
    screenshot(at, "open-23-found")


def test_an_inbox_has_each_kind_of_letter_in_words(crowd, axe, screenshot):
    shown = letters(crowd)
    expect(shown).to_have_count(4)
    expect(crowd.get_by_role("button", name="1 letter from senders you do not know")).to_be_visible()
    axe(crowd)
    screenshot(crowd, "open-24-folded")
    unfold(crowd)
    expect(shown).to_have_count(5)
    expect(shown.filter(has_text="Unknown sender")).to_have_count(1)
    expect(shown.filter(has_text="Taken back by the sender")).to_contain_text("Nothing to open")
    expect(shown.filter(has_text="A letter we cannot open")).to_contain_text("Cannot open")
    expect(shown.filter(has_text="New")).to_have_count(3)
    axe(crowd)
    screenshot(crowd, "open-24-many")


def test_a_strangers_letter_is_opened_only_when_asked_for(crowd, axe, screenshot):
    unfold(crowd)
    letters(crowd).filter(has_text="Unknown sender").click()
    expect(heading(crowd, "Unknown sender")).to_be_focused()
    expect(crowd.get_by_text("Did you expect images?")).to_be_visible()
    expect(crowd.get_by_role("button", name="Get hash")).to_have_count(0)
    axe(crowd)
    screenshot(crowd, "open-25-unknown-sender")
    take(crowd)
    expect(letters(crowd)).to_have_count(5)  # it keeps its place


def test_a_letter_can_be_hidden_and_comes_back_when_asked_for(crowd):
    unfold(crowd)
    letters(crowd).filter(has_text="Unknown sender").click()
    crowd.get_by_role("button", name="Hide", exact=True).click()
    expect(letters(crowd)).to_have_count(4)
    crowd.get_by_role("button", name="Show 1 hidden letter").click()
    expect(letters(crowd)).to_have_count(5)


def test_a_letter_that_was_taken_back_has_no_button(crowd, axe, screenshot):
    letters(crowd).filter(has_text="Taken back").click()
    expect(heading(crowd, "Taken back by the sender")).to_be_focused()
    expect(crowd.get_by_text("Nothing to open. Ask the sender if you need it.")).to_be_visible()
    expect(crowd.get_by_role("button", name="Get hash")).to_have_count(0)
    axe(crowd)
    screenshot(crowd, "open-26-taken-back")


def test_a_letter_that_nothing_reads_does_not_break_the_list(crowd, axe, screenshot):
    letters(crowd).filter(has_text="A letter we cannot open").click()
    expect(heading(crowd, "We cannot open this letter.")).to_be_focused()
    expect(crowd.get_by_text("It was made for another key, or is damaged.")).to_be_visible()
    expect(crowd.get_by_role("button", name="Try another key")).to_be_visible()
    axe(crowd)
    screenshot(crowd, "open-27-cannot-read")


def test_the_newest_come_first_twenty_at_a_time_and_an_opened_one_keeps_its_place(
    page, postbox, person, technologist, one, axe, screenshot
):
    for _ in range(22):
        postbox.send(person, one)
    at = page()
    know(at, technologist)
    unlock(at, person)
    expect(letters(at)).to_have_count(20)
    expect(at.get_by_text("22 letters, 22 not opened here")).to_be_visible()
    axe(at)
    screenshot(at, "open-29-long")
    at.get_by_role("button", name="Show more").click()
    expect(letters(at)).to_have_count(22)
    expect(at.get_by_role("button", name="Show more")).to_have_count(0)
    letters(at).nth(3).click()
    take(at)
    expect(letters(at).nth(3)).to_contain_text("Opened")


def test_one_press_takes_all_three_steps_and_their_lights_stay(page, postbox, person, technologist, one):
    postbox.send(person, one)
    at = page()
    know(at, technologist)
    unlock(at, person)
    press(at, "Open")
    lights = at.get_by_role("list", name="Steps, all done").get_by_role("listitem")
    expect(lights).to_have_count(3, timeout=60_000)
    for light, name in zip(lights.all(), ("Get hash", "Decrypt", "Get image"), strict=True):
        expect(light).to_contain_text(name)
    expect(at.get_by_role("heading", level=1)).to_be_focused()


def test_a_card_says_what_the_images_are_before_they_are_opened_if_the_sender_is_known(
    page, postbox, person, technologist, stranger, ct, one
):
    postbox.send(person, ct)
    postbox.send(person, one, sender=stranger)
    at = page()
    know(at, technologist)
    fetched = []
    at.on("request", lambda request: fetched.append(request.url) if "/ipfs/" in request.url else None)
    unlock(at, person)
    expect(letters(at)).to_have_count(1)
    expect(letters(at)).to_contain_text("CT chest")
    expect(letters(at)).to_contain_text("St Anne Hospital")
    unfold(at)
    expect(letters(at).last).to_contain_text("Unknown sender")
    at.wait_for_timeout(500)
    assert len(fetched) == 2, fetched  # the node and the first leaf, and nothing of what a stranger sent
    assert cid_text(ct.cid) in fetched[0]
    assert not [url for url in fetched if cid_text(one.cid) in url]


def test_a_sender_whom_the_patient_approved_is_no_stranger(page, postbox, person, technologist, stranger, one):
    postbox.send(person, one)
    postbox.send(person, one, sender=stranger)
    values = [stranger.address, 2**40 - 1]
    postbox.transact(person, "approveSender(address,uint40)", ["address", "uint40"], values)
    at = page()
    unlock(at, person)
    expect(at.get_by_role("button", name="1 letter from senders you do not know")).to_be_visible()
    expect(letters(at)).to_have_count(1)
    expect(letters(at)).to_contain_text(stranger.address[-4:])


def test_a_sender_whose_images_were_opened_here_is_no_stranger_later(
    page, postbox, person, technologist, stranger, one
):
    postbox.send(person, one)
    at = page()
    unlock(at, person)
    take(at)
    postbox.send(person, one)
    postbox.send(person, one, sender=stranger)
    at.reload()
    unlock(at, person)
    expect(at.get_by_role("button", name="1 letter from senders you do not know")).to_be_visible()
    expect(letters(at)).to_have_count(2)


def test_that_one_letter_of_a_sender_was_opened_is_no_consent_to_fetch_the_next(page, postbox, person, one):
    postbox.send(person, one)
    at = page()
    unlock(at, person)
    take(at)
    postbox.send(person, one)
    fetched = []
    at.on("request", lambda request: fetched.append(request.url) if "/ipfs/" in request.url else None)
    at.reload()
    unlock(at, person)
    expect(letters(at)).to_have_count(2)
    at.wait_for_timeout(500)
    assert not fetched


def test_letters_are_searched_by_name_and_images(page, postbox, person, technologist, stranger, one, ct):
    for _ in range(8):
        postbox.send(person, one)
    postbox.send(person, ct, sender=stranger)
    at = page()
    at.evaluate(
        "(names) => localStorage.setItem('radiogram.names', names)",
        json.dumps({technologist.address: "St Anne", stranger.address: "Dr Oak"}),
    )
    unlock(at, person)
    expect(letters(at)).to_have_count(9)
    box = at.get_by_label("Search your letters")
    box.press_sequentially("chest")
    expect(letters(at)).to_have_count(1)
    expect(box).to_be_focused()
    expect(at.get_by_text("1 letter found")).to_be_visible()
    box.fill("dr oak")
    expect(letters(at)).to_contain_text(["CT chest"])
    box.fill("")
    expect(letters(at)).to_have_count(9)


def test_an_inbox_full_of_junk_is_as_much_work_as_a_small_one(
    page, postbox, newcomer, technologist, stranger, one, axe, screenshot
):
    """The good message is below all the junk."""
    counts = []
    for junk in (30, 300):
        person = newcomer()
        postbox.send(person, one)
        postbox.flood(person, junk, stranger)
        at = page()
        know(at, technologist)
        at.evaluate(COUNT_ELEMENTS)
        unlock(at, person)
        expect(at.get_by_role("button", name=f"{junk} letters from senders you do not know")).to_be_visible()
        expect(letters(at)).to_have_count(1)
        expect(letters(at)).to_contain_text("CT")
        counts.append(at.evaluate("__made"))
    axe(at)
    screenshot(at, "open-29-junk")
    assert counts[1] < counts[0] + 100
    shown = 0
    for expected in (20, 40, 80, 160, 300):
        press(at, "Show more from senders you do not know" if shown else "300 letters from senders you do not know")
        expect(letters(at)).to_have_count(1 + expected)
        shown = expected
    each = (at.evaluate("__made") - counts[1]) / 300
    assert each < 30


def test_new_images_are_found_without_leaving_the_page(page, postbox, person, technologist, one):
    at = page()
    know(at, technologist)
    unlock(at, person)
    expect(heading(at, "Nothing here yet")).to_be_visible()
    postbox.send(person, one)
    at.get_by_role("button", name="Check for new images").click()
    expect(at.get_by_role("button", name="Get hash")).to_be_visible()


def test_an_inbox_that_cannot_be_reached_says_so_and_can_be_tried_again(page, person, troubles, axe, screenshot):
    troubles.expect(r"503|ERR_|Failed to load")
    at = page()
    at.route("**/rpc", lambda route: route.fulfill(status=503, body="down"))
    unlock(at, person)
    expect(heading(at, "We cannot reach the network right now.")).to_be_focused(timeout=60_000)
    axe(at)
    screenshot(at, "open-28-network-down")
    at.unroute("**/rpc")
    at.get_by_role("button", name="Unlock", exact=True).click()
    expect(heading(at, "Nothing here yet")).to_be_visible()
