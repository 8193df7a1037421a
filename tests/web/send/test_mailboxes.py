"""Sending into mailboxes, which only the clinic and a patient who has its card can derive."""

import json
import re
from pathlib import Path

import pytest
from eth_abi import decode
from playwright.sync_api import expect

from radiogram.formats.key_file import encode_key_file
from radiogram.formats.padding import padded_bundle_bytes
from tests.flows.conftest import STRANGER_KEY, person, write_key  # noqa: F401 - a fixture
from tests.web.controls import heading, press
from tests.web.open import page as inbox
from tests.web.postbox import Owner
from tests.web.send.material import BORN, NAME
from tests.web.send.page import agree_on_words, born, choose, enter, press_send
from tests.web.send.test_contacts import GRACE, fill_keep, tick_keep, unlock
from tests.web.send.test_interrupted import asked

CLINIC, SITE = "St Anne Hospital", "st-anne.example"
INTO_MAILBOX = "Into a mailbox that only you and they can derive: the chain does not tell whose it is."
NOT_SET_UP = "Into their open inbox: your clinic’s card is not set up for this account."
ASKS = ("eth_signTypedData_v4", "personal_sign", "eth_sendTransaction")
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "clinic_card.json").read_text())


@pytest.fixture(autouse=True)
def _secrets(troubles):
    """The technologist's mailbox key leaves the Worker sealed alone."""
    troubles.secret(VECTORS["mailbox"]["private_key"].removeprefix("0x"))


@pytest.fixture
def acquainted(devnet, person, tmp_path):  # noqa: F811
    """Somebody who has checked the clinic's card, which the command made."""
    card = tmp_path / "clinic.json"
    devnet.json("clinic_card", card, "--label", CLINIC)
    devnet.json("clinics", "add", card, *person.opens)
    return person


def keep_with_card(page, files, key: str, *, has_our_card: bool = True) -> None:
    """The first contact of a register, up to the third step."""
    choose(page, files)
    enter(page, key)
    keep_found(page, has_our_card=has_our_card)


def keep_found(page, *, has_our_card: bool = True) -> None:
    tick_keep(page)
    fill_keep(page)
    if has_our_card:
        page.get_by_label("They have our card.").check()
    agree_on_words(page)
    expect(page.get_by_text(f"{GRACE} in your register.")).to_be_visible(timeout=60_000)


def set_up(page) -> None:
    """From the third step and back to it."""
    press(page, "Set up our card")
    page.get_by_label("What patients know you as").fill(CLINIC)
    press(page, "Make our card")
    expect(heading(page, CLINIC)).to_be_visible(timeout=60_000)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_text(INTO_MAILBOX)).to_be_visible()


@pytest.fixture
def ready(page, connected, study):
    """ready(person): a page on which the images are about to go into a mailbox of theirs."""

    def begin(to):
        send = page("send.html")
        keep_with_card(send, study, to.public_key)
        born(send, *BORN)
        set_up(send)  # what was typed stays
        return send

    return begin


def again(page, files):
    """Another visit of the same browser, with the same images for the same contact."""
    send = page("send.html")
    choose(send, files)
    unlock(send)
    send.get_by_role("list", name="In your register").get_by_role("button").click()
    born(send, *BORN)
    expect(send.get_by_text(INTO_MAILBOX)).to_be_visible()
    return send


def sent(page) -> None:
    expect(heading(page, f"Sent to {NAME}")).to_be_visible(timeout=60_000)


def opened(devnet, someone) -> list[dict]:
    return devnet.json("inbox", "--open", *someone.opens)["messages"]


def shown_mailbox(page) -> str:
    """`m3f9a2c1d`, on the page that says what was sent."""
    return page.locator(".facts").get_by_text(re.compile("^m[0-9a-f]{8}$")).inner_text()


# ---- our card


def test_our_card_is_made_by_three_signatures_and_is_the_one_of_the_command(
    page, connected, devnet, study, patient, look, tmp_path
):
    send = page("send.html")
    keep_with_card(send, study, patient.public_key)
    expect(send.get_by_text(NOT_SET_UP)).to_be_visible()
    look(send, "mailbox-not-set-up", dark=True)
    press(send, "Set up our card")
    send.get_by_label("What patients know you as").fill(CLINIC)
    send.get_by_label("Your website, if you have one").fill(SITE)
    look(send, "our-card-form", dark=True)
    press(send, "Make our card")
    expect(heading(send, CLINIC)).to_be_visible(timeout=60_000)
    signed = [method for method in connected.methods if method in ASKS]
    assert signed == ["eth_signTypedData_v4", "eth_signTypedData_v4", "personal_sign"]
    expect(send.get_by_role("img", name="Code of our card")).to_be_visible()
    look(send, "our-card", dark=True)
    with send.expect_download() as saving:
        press(send, "Save card")
    saving.value.save_as(tmp_path / "page.json")
    devnet.json("clinic_card", tmp_path / "command.json", "--label", CLINIC, "--site", SITE)
    assert (tmp_path / "page.json").read_bytes() == (tmp_path / "command.json").read_bytes()


def test_a_label_and_a_site_that_cannot_stand_on_a_card_are_said_before_the_wallet_is_asked(
    page, connected, study, patient
):
    send = page("send.html")
    keep_with_card(send, study, patient.public_key)
    press(send, "Set up our card")
    send.get_by_label("Your website, if you have one").fill("https://st-anne.example")
    press(send, "Make our card")
    expect(send.get_by_text("What patients know you as has 1 to 100 printable characters.")).to_be_visible()
    expect(send.get_by_text("This is not the host name of a website.")).to_be_visible()
    assert not [method for method in connected.methods if method in ASKS]


def test_a_wallet_that_signs_differently_each_time_makes_no_card(page, connected, study, patient, look):
    connected.deterministic = False
    send = page("send.html")
    keep_with_card(send, study, patient.public_key)
    press(send, "Set up our card")
    send.get_by_label("What patients know you as").fill(CLINIC)
    press(send, "Make our card")
    expect(send.get_by_text("Use another wallet. No card was made.")).to_be_visible()
    look(send, "our-card-refused")
    send.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(send.get_by_text(NOT_SET_UP)).to_be_visible()
    assert connected.count("personal_sign") == 0


def test_a_no_in_the_wallet_makes_no_card_and_can_be_asked_again(page, connected, study, patient):
    send = page("send.html")
    keep_with_card(send, study, patient.public_key)
    press(send, "Set up our card")
    send.get_by_label("What patients know you as").fill(CLINIC)
    connected.reject_next = "personal_sign"
    press(send, "Make our card")
    expect(send.get_by_text("You said no in your wallet. No card was made.")).to_be_visible()
    press(send, "Make our card")
    expect(heading(send, CLINIC)).to_be_visible(timeout=60_000)


def test_our_card_is_kept_under_the_registers_lock_and_goes_with_it(page, ready, study, patient):
    ready(patient).close()
    send = page("send.html")
    choose(send, study)
    unlock(send)
    press(send, "Your register")
    press(send, "Our card")
    expect(heading(send, CLINIC)).to_be_visible()
    press(send, "Back")
    press(send, "Remove from this browser")
    press(send, "Remove it")
    expect(send.get_by_text("This browser has none yet.")).to_be_visible()
    send.get_by_role("dialog").get_by_role("button", name="Close").click()
    enter(send, patient.public_key)
    tick_keep(send)
    fill_keep(send)
    send.get_by_label("They have our card.").check()
    agree_on_words(send)
    expect(send.get_by_text(NOT_SET_UP)).to_be_visible(timeout=60_000)


# ---- into a mailbox


def test_images_go_into_a_mailbox_which_the_patient_finds_and_opens(
    ready, devnet, chain, messages, acquainted, connected, bundle_at, study, look, tmp_path
):
    send = ready(acquainted)
    look(send, "mailbox", dark=True)
    press_send(send)
    sent(send)
    look(send, "mailbox-sent", dark=True)
    assert messages(acquainted) == 0
    [message] = opened(devnet, acquainted)
    assert (message["problem"], message["sender_name"]) == (None, CLINIC)
    assert shown_mailbox(send) == message["name"]
    devnet.json("retrieve_image", message["name"], *acquainted.opens, "--out", tmp_path / "got")
    assert (tmp_path / "got" / study[0].name).read_bytes() == study[0].read_bytes()
    size = len(bundle_at(acquainted, message["mailbox"]))
    assert size == padded_bundle_bytes(size)


def test_the_patients_page_finds_and_opens_it(ready, page, devnet, newcomer, tmp_path):
    someone = newcomer()
    send = ready(someone)
    press_send(send)
    sent(send)
    options = ("--label", CLINIC, "--website", "https://radiogram.example")
    link = devnet.json("clinic_card", tmp_path / "card.json", *options)["card_link"]
    there = page(link.removeprefix("https://radiogram.example/"))
    inbox.unlock(there, someone)
    press(there, "I got it at the clinic")
    expect(heading(there, f"{CLINIC} is on your list.")).to_be_visible()
    press(there, "Close")
    expect(heading(there, "Locked images", level=1)).to_be_visible()
    inbox.take(there)


def test_a_quantum_safe_one_is_found_and_opened_too(page, connected, devnet, study, chain, tmp_path):
    owner = Owner()
    write_key(tmp_path / "owner.txt", encode_key_file(owner.words, "").decode())
    owner.opens = ("--key-file", tmp_path / "owner.txt")
    devnet.json("clinic_card", tmp_path / "clinic.json", "--label", CLINIC)
    devnet.json("clinics", "add", tmp_path / "clinic.json", *owner.opens)
    send = page("send.html")
    choose(send, study)
    send.get_by_label("Choose key card file").set_input_files(owner.card(tmp_path))
    keep_found(send)
    set_up(send)
    born(send, *BORN)
    press_send(send)
    sent(send)
    [message] = opened(devnet, owner)
    assert (message["problem"], message["quantum_safe"], message["name"]) == (None, True, shown_mailbox(send))


def test_the_chain_has_nothing_of_whose_mailbox_it_is(ready, chain, acquainted, connected):
    send = ready(acquainted)
    press_send(send)
    sent(send)
    [transaction] = connected.sent
    asked_of_chain = json.dumps(
        [chain.ask(method, transaction) for method in ("eth_getTransactionByHash", "eth_getTransactionReceipt")]
    ).lower()
    assert acquainted.address[2:].lower() not in asked_of_chain
    assert acquainted.public_key.removeprefix("0x")[2:].lower() not in asked_of_chain
    data = bytes.fromhex(chain.ask("eth_getTransactionByHash", transaction)["input"][10:])
    assert decode(["address", "uint32", "bytes"], data)[1] == 0  # the version of a key that is registered nowhere


def test_this_browser_keeps_the_mailbox_and_not_whose_it_is(ready, acquainted):
    send = ready(acquainted)
    press_send(send)
    sent(send)
    kept = send.evaluate("""async () => {
      const database = await new Promise((done) => {
        const opening = indexedDB.open("radiogram"); opening.onsuccess = () => done(opening.result); });
      const entries = await new Promise((done) => {
        const all = database.transaction("sendings").objectStore("sendings").getAll();
        all.onsuccess = () => done(all.result); });
      return JSON.stringify([entries, {...localStorage}]);
    }""")
    assert '"mailbox":true' in kept
    assert acquainted.address[2:].lower() not in kept.lower()


def test_a_page_that_is_closed_while_the_wallet_asks_is_gone_on_with_in_the_same_mailbox(
    ready, page, connected, devnet, messages, acquainted, study, look
):
    connected.hang_next = "eth_sendTransaction"
    first = ready(acquainted)
    press_send(first)
    asked(first, connected)
    first.close()
    send = page("send.html")
    earlier = send.get_by_text(re.compile("Into mailbox m[0-9a-f]{8}, begun"))
    expect(earlier).to_be_visible()
    look(send, "mailbox-earlier")
    name = re.search("m[0-9a-f]{8}", earlier.inner_text())[0]
    send.close()
    send = again(page, study)
    press_send(send)
    sent(send)
    assert shown_mailbox(send) == name
    [message] = opened(devnet, acquainted)
    assert message["name"] == name
    assert messages(acquainted) == 0


SET_BACK = """days => new Promise(done => {
    indexedDB.open("radiogram").onsuccess = ({ target }) => {
        const writing = target.result.transaction("sendings", "readwrite");
        const entries = writing.objectStore("sendings");
        entries.getAll().onsuccess = ({ target }) =>
            target.result.forEach(each => entries.put({ ...each, at: each.at - days * 86_400_000 }));
        writing.oncomplete = done;
    };
})"""


def test_what_chose_its_mailbox_more_than_a_week_ago_is_not_gone_on_with_but_sent_into_one_of_the_day(
    ready, page, connected, devnet, acquainted, study, look
):
    connected.hang_next = "eth_sendTransaction"
    first = ready(acquainted)
    press_send(first)
    asked(first, connected)
    first.evaluate(f"async () => {{ await ({SET_BACK})(8) }}")
    first.close()
    send = page("send.html")
    expect(send.get_by_text("The patient might not find it there any more. Choose the images again.")).to_be_visible()
    look(send, "mailbox-late")
    name = re.search("m[0-9a-f]{8}", send.get_by_text("Into mailbox").inner_text())[0]
    expect(send.get_by_role("button", name="Go on")).to_have_count(0)
    send.close()
    send = again(page, study)
    press_send(send)
    sent(send)
    assert shown_mailbox(send) != name
    [message] = opened(devnet, acquainted)
    assert message["name"] == shown_mailbox(send)


def test_one_that_was_left_goes_on_from_the_list_of_earlier_sendings(ready, page, connected, devnet, acquainted):
    connected.hang_next = "eth_sendTransaction"
    first = ready(acquainted)
    press_send(first)
    asked(first, connected)
    first.close()
    send = page("send.html")
    press(send, "Go on")
    expect(send.get_by_text("It is there.")).to_be_visible(timeout=60_000)
    assert len(opened(devnet, acquainted)) == 1


def test_the_same_images_again_are_said_to_be_sent_and_go_into_another_mailbox_only_on_purpose(
    ready, page, devnet, acquainted, connected, study
):
    first = ready(acquainted)
    press_send(first)
    sent(first)
    name = shown_mailbox(first)
    first.close()
    send = again(page, study)
    press_send(send)
    expect(heading(send, "You sent these images to this patient before.")).to_be_visible(timeout=60_000)
    expect(send.get_by_text(f"into mailbox {name}.")).to_be_visible()
    assert connected.count("eth_sendTransaction") == 1
    press(send, "Send a second copy")
    sent(send)
    assert {each["name"] for each in opened(devnet, acquainted)} == {name, shown_mailbox(send)}
    assert shown_mailbox(send) != name


def test_it_is_taken_back_as_any_other(ready, devnet, acquainted):
    send = ready(acquainted)
    press_send(send)
    sent(send)
    press(send, "Take it back")
    press(send, "Take them back")
    expect(heading(send, "Taken back")).to_be_visible(timeout=60_000)
    assert [each["status"] for each in opened(devnet, acquainted)] == ["retracted"]


# ---- into the inbox


def test_a_contact_without_our_card_gets_it_into_the_inbox(page, connected, study, patient, messages):
    before = messages(patient)
    send = page("send.html")
    keep_with_card(send, study, patient.public_key, has_our_card=False)
    expect(send.get_by_text("Into ")).to_have_count(0)
    born(send, *BORN)
    press_send(send)
    sent(send)
    assert messages(patient) == before + 1


def test_a_contact_is_said_to_have_our_card_later_in_the_register(page, connected, study, patient, look):
    send = page("send.html")
    keep_with_card(send, study, patient.public_key, has_our_card=False)
    press(send, "Change patient")
    press(send, "Your register")
    send.get_by_role("dialog").get_by_label("They have our card.").check()
    expect(send.get_by_role("dialog").get_by_label("They have our card.")).to_be_checked()
    look(send, "contacts-our-card", dark=True)
    send.get_by_role("dialog").get_by_role("button", name="Close").click()
    enter(send, GRACE)
    expect(send.get_by_text(NOT_SET_UP)).to_be_visible()


def test_the_inbox_is_chosen_instead(ready, newcomer, messages, look):
    patient = newcomer()
    send = ready(patient)
    press(send, "Use their inbox instead")
    expect(
        send.get_by_text("Into their open inbox, as you chose: everybody sees that you send to them.")
    ).to_be_visible()
    expect(send.get_by_role("button", name="Use a mailbox")).to_be_focused()
    look(send, "mailbox-declined")
    assert send.get_by_label("Year").input_value() == BORN[2]
    press_send(send)
    sent(send)
    assert messages(patient) == 1


def test_another_account_has_another_card(ready, connected, newcomer, chain):
    send = ready(newcomer())
    connected.switch_account(STRANGER_KEY)
    expect(send.get_by_text(NOT_SET_UP)).to_be_visible()
    press(send, "Set up our card")
    expect(send.get_by_role("button", name="Make our card")).to_be_visible()


def test_nothing_is_sent_elsewhere_than_was_said_before_the_wallet_came(ready, page, connected, newcomer, study):
    ready(newcomer()).close()
    connected.disconnect()
    connected.switch_account(STRANGER_KEY)
    send = again(page, study)
    press_send(send)
    expect(send.get_by_text(NOT_SET_UP)).to_be_visible()
    expect(send.get_by_role("button", name="Set up our card")).to_be_focused()
    assert connected.count("eth_sendTransaction") == 0


def test_a_register_that_is_passed_over_is_why_it_goes_into_the_inbox(page, ready, study, newcomer, look):
    patient = newcomer()
    ready(patient).close()
    send = page("send.html")
    choose(send, study)
    press(send, "Go on without the register")
    enter(send, patient.public_key)
    agree_on_words(send)
    said = "Into their open inbox: your register, which says who has our card, is locked."
    expect(send.get_by_text(said)).to_be_visible()
    look(send, "mailbox-locked")


def test_a_node_that_does_not_tell_what_was_sent_is_said_and_nothing_is_sent(ready, newcomer, connected, look):
    send = ready(newcomer())

    def answer(route):
        question = route.request.post_data_json
        if question["method"] != "eth_getLogs":
            route.continue_()
            return
        error = {"code": -32601, "message": "the method does not exist"}
        route.fulfill(json={"jsonrpc": "2.0", "id": question["id"], "error": error})

    send.route("**/rpc", answer)
    press_send(send)
    expect(send.get_by_text("The network refuses to say what happened")).to_be_visible(timeout=60_000)
    look(send, "mailbox-none-chosen")
    assert connected.count("eth_sendTransaction") == 0
    send.unroute("**/rpc")
    press(send, "Ask again")
    sent(send)


def test_a_key_that_was_replaced_meanwhile_is_not_sent_to_though_the_contract_would_let_it(
    ready, postbox, newcomer, connected
):
    someone, other = newcomer(), newcomer()
    send = ready(someone)
    postbox.register_key(someone, bytes.fromhex(other.public_key[2:]))
    press_send(send)
    said = "The patient’s key has changed meanwhile. Look the patient up again."
    expect(send.get_by_text(said)).to_be_visible(timeout=60_000)
    assert connected.count("eth_sendTransaction") == 0
