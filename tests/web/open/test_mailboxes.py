"""Letters that checked clinics sent into mailboxes, on the patient's page as at the commands."""

import json
import re
import time
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.web.controls import heading, press
from tests.web.open.page import take, unlock
from tests.web.open.test_clinics import CHECKED, LABEL, clinic, letters, listed  # noqa: F401 - fixtures

UNTOLD = "The network does not tell of all letters from the clinic you have checked: some may be missing."


@pytest.fixture
def post(devnet, xray):
    """post(person): the clinic sends into a mailbox of theirs, by the command, which says where."""

    def send(person, *options):
        return devnet.json("send_image", xray, "--to", person.public_key, "--mailbox", "--again", *options)

    return send


@pytest.fixture
def acquainted(listed, person):  # noqa: F811
    """acquainted(): a page on which the clinic is checked, unlocked anew, so that all begins with the list."""

    def open_page(route=None, **options):
        at = listed(**options)
        if route:
            at.route("**/rpc", route)
        at.reload()
        unlock(at, person)
        return at

    return open_page


def name_of(sent: dict) -> str:
    """As the commands call it."""
    return "m" + sent["mailbox"][2:10].lower()


def a_second_later() -> None:
    """Letters of one second have no order of their own."""
    time.sleep(1.1)


def searched(at) -> None:
    """All mailboxes were looked for."""
    expect(at.get_by_text("Looking for your images…")).to_have_count(0)
    at.wait_for_timeout(300)
    expect(at.locator("#seeking")).to_have_count(0)


def refusing(method: str, what=lambda asked: True):
    """A node that does not answer such questions."""

    def answer(route):
        asked = route.request.post_data_json
        if asked["method"] != method or not what(asked):
            route.continue_()
            return
        error = {"code": -32601, "message": "the method does not exist"}
        route.fulfill(json={"jsonrpc": "2.0", "id": asked["id"], "error": error})

    return answer


def test_a_letter_in_a_mailbox_is_found_opened_and_kept_as_any_other(
    acquainted, post, messages, person, xray, axe, screenshot, tmp_path
):
    sent = post(person)
    assert messages(person) == 0
    at = acquainted()
    expect(heading(at, "Locked images", level=1)).to_be_visible()
    expect(at.locator(".from")).to_contain_text(f"From {CHECKED}")
    axe(at)
    screenshot(at, "open-90-mailbox-letter")
    take(at)
    with at.expect_download() as saving:
        press(at, "Save a copy")
    saving.value.save_as(tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == xray.read_bytes()
    at.get_by_text("About these images").click()
    expect(at.get_by_text(f"letter {name_of(sent)}")).to_be_visible()
    axe(at)
    at.reload()
    unlock(at, person)
    expect(letters(at)).to_contain_text("Opened")  # this browser remembers it


def test_letters_in_mailboxes_stand_among_the_others_by_time(
    acquainted, post, postbox, person, ct, one, axe, screenshot
):
    postbox.send(person, ct)
    a_second_later()
    first = post(person)
    a_second_later()
    postbox.send(person, one)
    a_second_later()
    second = post(person)
    a_second_later()
    postbox.send(person, ct)
    at = acquainted()
    expect(letters(at)).to_have_count(5)
    searched(at)
    ids = letters(at).evaluate_all("(cards) => cards.map((card) => card.id)")
    assert [int(each.removeprefix("message-")) >= 0 for each in ids] == [True, False, True, False, True]
    assert [each for each in ids if "--" not in each] == ["message-2", "message-1", "message-0"]
    expect(letters(at).nth(1)).to_contain_text(LABEL)
    axe(at)
    screenshot(at, "open-91-mailbox-list")
    for place, sent in ((1, second), (3, first)):
        letters(at).nth(place).click()
        take(at)
        at.get_by_text("About these images").click()
        expect(at.get_by_text(f"letter {name_of(sent)}")).to_be_visible()


def test_a_strangers_message_in_the_same_mailbox_is_not_taken(acquainted, post, postbox, person, stranger, one):
    sent = post(person)
    mailbox = SimpleNamespace(address=sent["mailbox"], public_key=person.public_key)
    postbox.send(mailbox, one, sender=stranger)
    at = acquainted()
    expect(heading(at, "Locked images", level=1)).to_be_visible()
    searched(at)
    expect(letters(at)).to_have_count(1)


def test_one_that_goes_to_somebody_else_is_not_shown(acquainted, post, newcomer):
    post(newcomer())
    at = acquainted()
    expect(heading(at, "Nothing here yet")).to_be_visible()
    searched(at)
    expect(letters(at)).to_have_count(0)


def test_one_that_its_sender_took_back_says_so(acquainted, post, devnet, person):
    sent = post(person)
    devnet.json("retract", 0, "--of", sent["mailbox"])
    at = acquainted()
    expect(heading(at, "Taken back by the sender", level=1)).to_be_visible()


def test_one_that_is_taken_back_while_it_is_on_the_list_does_not_open(acquainted, post, devnet, person):
    sent = post(person)
    at = acquainted()
    expect(heading(at, "Locked images", level=1)).to_be_visible()
    devnet.json("retract", 0, "--of", sent["mailbox"])
    press(at, "Open")
    expect(heading(at, "Taken back by the sender", level=1)).to_be_visible()


def test_another_look_finds_a_new_one_and_one_that_was_taken_back(acquainted, post, devnet, person, postbox, one):
    postbox.send(person, one)
    a_second_later()
    first = post(person)
    at = acquainted()
    expect(letters(at)).to_have_count(2)
    searched(at)
    devnet.json("retract", 0, "--of", first["mailbox"])
    post(person)
    press(at, "Check for new images")
    expect(letters(at)).to_have_count(3)
    expect(letters(at).nth(1)).to_contain_text("Taken back by the sender")


def test_a_clinic_that_is_forgotten_takes_its_mailbox_letters_along(acquainted, post, postbox, person, one):
    postbox.send(person, one)
    a_second_later()
    post(person)
    at = acquainted()
    expect(letters(at)).to_have_count(2)
    letters(at).first.click()
    take(at)
    press(at, "Clinics I have checked")
    press(at, "Forget")
    expect(heading(at, f"{LABEL} is off your list.")).to_be_visible()
    press(at, "Close")
    expect(letters(at)).to_have_count(1)
    expect(at.get_by_text("Not changed since sent", exact=True)).to_have_count(0)


def test_a_clinic_that_is_checked_now_brings_its_mailbox_letters(listed, post, person):  # noqa: F811
    post(person)
    at = listed()
    expect(heading(at, "Locked images", level=1)).to_be_visible()


def test_a_node_that_tells_no_events_leaves_the_inbox_and_is_said_once(
    acquainted, post, postbox, person, one, axe, screenshot
):
    postbox.send(person, one)
    postbox.send(person, one)
    post(person)
    at = acquainted(route=refusing("eth_getLogs"))
    expect(letters(at)).to_have_count(2)
    expect(at.get_by_text(UNTOLD)).to_have_count(1)
    axe(at)
    screenshot(at, "open-92-mailboxes-untold")
    at.unroute("**/rpc")
    press(at, "Check for new images")
    expect(letters(at)).to_have_count(3)
    expect(at.get_by_text(UNTOLD)).to_have_count(0)


def test_a_node_that_has_forgotten_old_events_says_so_and_tells_of_newer_ones(acquainted, post, person, chain):
    post(person)
    forgotten = int(chain.ask("eth_blockNumber"), 16)
    newer = post(person)
    for _ in range(101):  # more than any reorganisation changes
        chain.ask("evm_mine")
    at = acquainted(route=refusing("eth_getLogs", lambda asked: int(asked["params"][0]["fromBlock"], 16) <= forgotten))
    expect(letters(at)).to_have_count(1)
    expect(at.get_by_text("The network has forgotten what was sent long ago: older letters")).to_have_count(1)
    take(at)
    at.get_by_text("About these images").click()
    expect(at.get_by_text(f"letter {name_of(newer)}")).to_be_visible()


def test_the_inbox_is_there_while_a_slow_node_is_asked_for_mailboxes(acquainted, browser, post, postbox, person, one):
    postbox.send(person, one)
    post(person)
    waiting, answers = [], False

    def hang(route):
        if route.request.post_data_json["method"] == "eth_getLogs" and not answers:
            waiting.append(route)
        else:
            route.continue_()

    browser.add_init_script("AbortSignal.timeout = () => new AbortController().signal")  # it may take its time
    at = acquainted(route=hang)
    expect(letters(at)).to_have_count(1)
    expect(at.get_by_text(f"Looking for letters from {LABEL}…")).to_be_visible()
    take(at)
    answers = True  # of a long chain it is asked more than once
    for route in waiting:
        route.continue_()
    expect(letters(at)).to_have_count(2)
    expect(at.get_by_text("Not changed since sent", exact=True)).to_be_visible()


def test_the_node_is_asked_for_all_that_the_clinic_sent_and_for_sixteen_messages_at_a_time(acquainted, post, person):
    sent = post(person)
    asked = []

    def note(route):
        asked.append(route.request.post_data_json)
        route.continue_()

    at = acquainted(route=note)
    expect(letters(at)).to_have_count(1)
    topics = [each["params"][0]["topics"] for each in asked if each["method"] == "eth_getLogs"]
    assert topics
    assert all(each[1] is None for each in topics)  # of no recipient
    calls = [each["params"][0]["data"] for each in asked if each["method"] == "eth_call"]
    recipients = {each[34:74] for each in calls}
    assert sent["mailbox"][2:].lower() in recipients
    assert len(recipients) > 2


def test_what_was_read_of_them_is_kept_for_the_next_visit(acquainted, post, devnet, chain, person):
    sent = post(person)
    last = int(chain.ask("eth_blockNumber"), 16)
    for _ in range(101):  # more than any reorganisation changes
        chain.ask("evm_mine")
    at = acquainted()
    expect(letters(at)).to_have_count(1)
    searched(at)
    asked = []

    def note(route):
        asked.append(route.request.post_data_json)
        route.continue_()

    at.route("**/rpc", note)
    at.reload()
    unlock(at, person)
    expect(letters(at)).to_have_count(1)
    searched(at)
    events = [each["params"][0] for each in asked if each["method"] == "eth_getLogs"]
    assert events
    assert all(int(each["fromBlock"], 16) > last for each in events)
    assert not [each for each in asked if sent["mailbox"][2:].lower() in json.dumps(each)]
    take(at)


def test_a_receipt_takes_the_place_of_an_answer_on_the_chain(
    acquainted, post, person, devnet, axe, screenshot, tmp_path
):
    sent = post(person)
    at = acquainted()
    take(at)
    press(at, "Tell the sender I got it")
    expect(heading(at, "Tell the sender you got it?")).to_be_visible()
    axe(at)
    screenshot(at, "open-93-receipt")
    with at.expect_download() as saving:
        press(at, "Save a receipt")
    assert saving.value.suggested_filename == f"radiogram-receipt-{name_of(sent)}.json"
    saving.value.save_as(tmp_path / "receipt.json")
    receipt = json.loads((tmp_path / "receipt.json").read_text())
    assert (receipt["recipient"], receipt["account"]) == (sent["mailbox"], person.address)
    assert devnet.json("verify_receipt", tmp_path / "receipt.json")["account"] == person.address
    expect(heading(at, re.compile("Saved as"))).to_be_visible()


def hand_on(at, doctor) -> None:
    """Up to the button that pays."""
    press(at, "Share with a doctor")
    at.get_by_label("Doctor’s public key or address").fill(doctor.public_key)
    press(at, "Continue")
    at.get_by_role("button", name="Share", exact=True).click()
    expect(heading(at, re.compile("^Shared with"))).to_be_visible(timeout=30_000)


def test_it_is_handed_on_by_a_wallet(wallet, acquainted, post, person, messages, newcomer):
    doctor = newcomer()
    post(person)
    at = acquainted()
    take(at)
    hand_on(at, doctor)
    assert messages(doctor) == 1


def test_it_is_handed_on_through_whoever_pays_for_patients(acquainted, post, person, messages, newcomer, paying_site):
    doctor = newcomer()
    sent = post(person)
    assert messages(person) == 0
    at = acquainted(site=paying_site)
    take(at)
    at.get_by_text("About these images").click()
    expect(at.get_by_text(f"letter {name_of(sent)}")).to_be_visible()
    hand_on(at, doctor)
    assert messages(doctor) == 1
