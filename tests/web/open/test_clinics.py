"""Clinics whose cards a patient has checked: their letters say so, on the page as at the commands."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from web3 import Web3

from radiogram.formats.clinic_card import WELL_KNOWN, new_clinic_card
from radiogram.formats.public_key import public_key_of
from tests.contract.solc import compile_file
from tests.flows.conftest import write_key
from tests.vectors.clinic import signed
from tests.web.controls import heading, press
from tests.web.open.page import know, take, unlock

LABEL, SITE = "St Anne Hospital", "st-anne.example"
CHECKED = f"{LABEL}, checked"
IN_PERSON = "I got it at the clinic"
LINK = json.loads((Path(__file__).parents[2] / "vectors" / "clinic_card.json").read_text())["read"][0]["link"]
"""That of the technologist's account."""


@pytest.fixture(scope="session")
def clinic(devnet, tmp_path_factory):
    """The technologist's card, by the command: its file, and its link after the site."""
    file = tmp_path_factory.mktemp("clinic") / "card.json"
    options = ("--label", LABEL, "--site", SITE, "--website", "https://radiogram.example")
    link = devnet.json("clinic_card", file, *options)["card_link"]
    return file, link.removeprefix("https://radiogram.example/")


@pytest.fixture
def forged(tmp_path):
    """A stranger's card with the clinic's name."""

    def write(person, label: str = LABEL, site: str = SITE) -> Path:
        key = bytes.fromhex(person.private_key)
        file = tmp_path / "forged.json"
        file.write_bytes(
            signed(new_clinic_card(label, person.address, public_key_of(b"\x03" * 32), site), key).to_bytes()
        )
        return file

    return write


@pytest.fixture
def listed(page, clinic, person):
    """listed(): a patient's page on which the clinic was checked in person."""

    def open_page(**options):
        at = page(clinic[1], **options)
        unlock(at, person)
        press(at, IN_PERSON)
        expect(heading(at, f"{LABEL} is on your list.")).to_be_visible()
        press(at, "Close")
        return at

    return open_page


def choose(at, file: Path) -> None:
    """In the dialog of clinics."""
    with at.expect_file_chooser() as chooser:
        at.get_by_text("Open a card or list", exact=True).click()
    chooser.value.set_files(str(file))


def letters(at):
    return at.locator(".message")


def test_the_link_of_a_card_asks_how_the_clinic_is_known_once_the_inbox_is_open(
    page, postbox, person, clinic, ct, axe, screenshot
):
    postbox.send(person, ct)
    at = page(clinic[1])
    assert "#" not in at.url
    assert at.evaluate("history.length") <= 2
    expect(heading(at, "You have opened a clinic’s card")).to_be_visible()
    axe(at)
    screenshot(at, "open-70-clinic-link")
    unlock(at, person)
    asked = at.get_by_role("dialog", name="Is this your clinic?")
    expect(asked).to_contain_text(LABEL)
    expect(asked).to_contain_text(SITE)
    axe(at)
    screenshot(at, "open-71-clinic-asked")
    press(at, IN_PERSON)
    expect(heading(at, f"{LABEL} is on your list.")).to_be_visible()
    axe(at)
    screenshot(at, "open-72-clinic-listed")
    press(at, "Close")
    expect(heading(at, "Locked images", level=1)).to_be_visible()
    expect(at.locator(".from")).to_contain_text(f"From {CHECKED}")
    axe(at)
    screenshot(at, "open-73-clinic-letter")


def test_a_checked_clinics_letters_come_first_and_their_beginnings_are_read(
    listed, postbox, person, stranger, ct, axe, screenshot
):
    postbox.send(person, ct)
    postbox.send(person, ct, sender=stranger)
    at = listed()
    expect(letters(at)).to_have_count(1)
    expect(letters(at)).to_contain_text("CT chest")
    expect(letters(at)).to_contain_text(CHECKED)
    expect(at.get_by_role("button", name="1 letter from senders you do not know")).to_be_visible()
    axe(at)
    screenshot(at, "open-74-clinics-inbox")


def test_a_card_is_kept_for_the_key_that_was_unlocked_alone(listed, postbox, person, newcomer, one, troubles):
    postbox.send(person, one)
    at = listed()
    at.reload()
    unlock(at, person)
    expect(at.locator(".from")).to_contain_text(CHECKED)
    other = newcomer()
    postbox.send(other, one)
    at.reload()
    unlock(at, other)
    expect(heading(at, "Unknown sender")).to_be_visible()
    troubles.secret(LABEL)  # whoever uses this browser too is not told whose patient one is
    troubles.secret(SITE)


def test_not_now_keeps_nothing(page, postbox, person, clinic, one):
    postbox.send(person, one)
    at = page(clinic[1])
    unlock(at, person)
    press(at, "Not now")
    expect(at.get_by_role("dialog")).to_have_count(0)
    expect(heading(at, "Unknown sender")).to_be_visible()


def test_a_clinic_that_is_forgotten_is_a_stranger_again(listed, postbox, person, one):
    postbox.send(person, one)
    at = listed()
    press(at, "Clinics I have checked")
    press(at, "Forget")
    expect(heading(at, f"{LABEL} is off your list.")).to_be_visible()
    press(at, "Close")
    expect(heading(at, "Unknown sender")).to_be_visible()


def test_what_a_sender_calls_itself_is_said_as_a_claim_until_its_card_was_checked(
    page, postbox, person, ct, clinic, axe, screenshot
):
    postbox.send(person, ct)
    at = page()
    unlock(at, person)
    expect(at.get_by_text(LABEL)).to_have_count(0)
    take(at)
    expect(at.locator(".from")).to_contain_text(f"says it is from “{LABEL}”")
    expect(letters(at)).to_contain_text(f"says it is from “{LABEL}”")
    screenshot(at, "open-75-claim")
    press(at, "Clinics I have checked")
    choose(at, clinic[0])
    press(at, IN_PERSON)
    expect(heading(at, f"{LABEL} is on your list.")).to_be_visible()
    press(at, "Close")
    expect(at.locator(".from")).to_contain_text(f"From {CHECKED}")
    at.get_by_text("About these images").click()
    expect(at.get_by_text("In person, ")).to_be_visible()
    expect(at.get_by_label("Your name for this sender")).to_have_count(0)
    axe(at)
    screenshot(at, "open-76-checked-study")


def test_the_persons_own_name_for_a_checked_clinic_is_not_shown_as_checked(listed, postbox, person, technologist, one):
    postbox.send(person, one)
    at = listed()
    know(at, technologist, "The place on the hill")
    at.reload()
    unlock(at, person)
    expect(at.locator(".from")).to_contain_text(f"From {CHECKED}")


def test_the_copy_of_the_list_is_the_commands_own_both_ways(
    listed, devnet, person, newcomer, clinic, forged, page, tmp_path
):
    at = listed()
    press(at, "Clinics I have checked")
    with at.expect_download() as saving:
        press(at, "Save a copy of the list")
    saved = saving.value
    assert saved.suggested_filename == f"{person.address}.age"
    folder = devnet.home / "clinics"
    folder.mkdir(exist_ok=True)
    saved.save_as(folder / saved.suggested_filename)
    key = tmp_path / "key.txt"
    write_key(key, person.private_key)
    (told,) = devnet.json("clinics", "list", "--key-file", key)["clinics"]
    assert (told["label"], told["site"], told["checked_by"]) == (LABEL, SITE, "in person")

    devnet.json("clinics", "forget", LABEL, "--key-file", key)
    devnet.json("clinics", "add", forged(newcomer(), "Dr Oak", ""), "--key-file", key)
    choose(at, folder / saved.suggested_filename)
    expect(heading(at, "The list is here.")).to_be_visible()
    expect(at.locator(".clinic")).to_have_count(2)
    expect(at.locator(".clinic").first).to_contain_text("Dr Oak")


def test_a_list_of_another_key_is_refused(listed, devnet, newcomer, clinic, tmp_path):
    other = newcomer()
    key = tmp_path / "other.txt"
    write_key(key, other.private_key)
    devnet.json("clinics", "add", clinic[0], "--key-file", key)
    at = listed()
    press(at, "Clinics I have checked")
    choose(at, devnet.home / "clinics" / f"{other.address}.age")
    expect(heading(at, "The list was not changed.")).to_be_visible()
    expect(at.locator(".clinic")).to_have_count(1)


def test_a_card_that_its_account_has_not_signed_cannot_be_used(page, person, clinic, tmp_path, axe, screenshot):
    card = json.loads(clinic[0].read_text())
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(card | {"label": "Another Hospital"}))
    at = page()
    unlock(at, person)
    press(at, "Clinics I have checked")
    expect(at.get_by_text("None yet.")).to_be_visible()
    axe(at)
    screenshot(at, "open-77-no-clinics")
    choose(at, changed)
    expect(heading(at, "This card cannot be used.")).to_be_visible()
    axe(at)
    screenshot(at, "open-78-clinic-refused")
    choose(at, Path(__file__))
    expect(at.get_by_text("not a clinic’s card")).to_be_visible()


def test_an_account_that_is_a_contract_is_asked_whether_it_has_signed(
    page, postbox, person, technologist, chain, tmp_path, devnet
):
    init = compile_file("Wallet.sol")["Wallet"]["bytecode"] + technologist.address[2:].zfill(64)
    sent = chain.ask("eth_sendTransaction", {"from": technologist.address, "data": init, "gas": hex(1_000_000)})
    address = Web3.to_checksum_address(chain.ask("eth_getTransactionReceipt", sent)["contractAddress"])
    unsigned = new_clinic_card("Oak Clinic", address, public_key_of(b"\x07" * 32))
    file = tmp_path / "wallet.json"
    file.write_bytes(signed(unsigned, bytes.fromhex(technologist.private_key)).to_bytes())
    at = page()
    unlock(at, person)
    press(at, "Clinics I have checked")
    choose(at, file)
    press(at, "I got it at the clinic")
    expect(heading(at, "Oak Clinic is on your list.")).to_be_visible()
    file.write_bytes(signed(unsigned, b"\x02" * 32).to_bytes())
    choose(at, file)
    expect(heading(at, "This card cannot be used.")).to_be_visible()


def test_a_damaged_link_says_so(page, clinic):
    at = page(clinic[1][:-9])
    expect(heading(at, "This link holds no clinic’s card.")).to_be_visible()
    assert "#" not in at.url


def test_two_clinics_of_one_label_are_not_both_kept(listed, forged, newcomer):
    at = listed()
    press(at, "Clinics I have checked")
    choose(at, forged(newcomer()))
    press(at, IN_PERSON)
    expect(heading(at, "The list was not changed.")).to_be_visible()
    expect(at.get_by_text("Forget that one first")).to_be_visible()


def test_a_copy_that_may_ask_its_own_site_alone_says_that_the_commands_can_check(
    page, person, clinic, troubles, axe, screenshot
):
    troubles.expect(r"connect-src|Failed to load|Content Security Policy")
    at = page(clinic[1])
    unlock(at, person)
    press(at, f"Check it at {SITE}")
    expect(heading(at, "The website did not confirm it.")).to_be_visible()
    expect(at.get_by_text(f"The commands can: ape run clinics add --site {SITE}.")).to_be_visible()
    axe(at)
    screenshot(at, "open-79-site-not-asked")
    expect(at.locator(".clinic")).to_have_count(0)


@pytest.fixture
def at_large(browser, site, troubles):
    """A copy without the server's policy, as on IPFS: pages.at_large(answer) has `SITE` answer so."""
    troubles.origins.add(f"https://{SITE}")

    def publish(**answer):
        def without_policy(route):
            got = route.fetch()
            headers = {name: text for name, text in got.headers.items() if name != "content-security-policy"}
            route.fulfill(response=got, headers=headers)

        browser.route(f"{site}open.html", without_policy)
        headers = {"Access-Control-Allow-Origin": "*"}
        browser.route(f"https://{SITE}{WELL_KNOWN}", lambda route: route.fulfill(headers=headers, **answer))

    return publish


def test_elsewhere_the_clinics_own_site_confirms_its_card(at_large, page, person, clinic, axe, screenshot):
    at_large(path=clinic[0])
    at = page(clinic[1])
    unlock(at, person)
    press(at, f"Check it at {SITE}")
    expect(heading(at, f"{LABEL} is on your list.")).to_be_visible()
    expect(at.locator(".clinic")).to_contain_text(f"At {SITE}, ")
    axe(at)


def test_a_site_with_another_clinics_card_confirms_nothing(at_large, page, person, clinic, forged, newcomer):
    at_large(path=forged(newcomer()))
    at = page(clinic[1])
    unlock(at, person)
    press(at, f"Check it at {SITE}")
    expect(at.get_by_text("is another one. Do not trust this card")).to_be_visible()
    expect(at.locator(".clinic")).to_have_count(0)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 404, "body": "no"}, "has no card (status 404)"),
        ({"status": 200, "body": "x" * 20_000}, "sends more than a card"),
        ({"status": 200, "body": "{}"}, "no clinic’s card"),
    ],
)
def test_a_site_without_a_card_confirms_nothing(at_large, page, person, clinic, troubles, answer, words):
    troubles.expect("404")
    at_large(**answer)
    at = page(clinic[1])
    unlock(at, person)
    press(at, f"Check it at {SITE}")
    expect(at.get_by_text(words)).to_be_visible()


@pytest.mark.camera(LINK)
def test_the_code_in_the_waiting_room_is_scanned(page, postbox, person, one):
    postbox.send(person, one)
    at = page()
    unlock(at, person)
    press(at, "I have the clinic’s card")
    press(at, "Scan its code")
    expect(at.get_by_role("dialog", name="Is this your clinic?")).to_contain_text(LABEL)
    press(at, IN_PERSON)
    expect(heading(at, f"{LABEL} is on your list.")).to_be_visible()


def test_the_list_leaves_the_screen_when_the_page_is_locked(listed):
    at = listed()
    at.get_by_role("button", name=re.compile("^Unlocked")).click()
    at.locator("#account-menu").get_by_role("button", name="Clinics I have checked").click()
    expect(at.get_by_role("dialog")).to_contain_text(LABEL)
    at.evaluate("dispatchEvent(new Event('pagehide'))")
    expect(at.get_by_role("dialog")).to_have_count(0)
    expect(heading(at, "Open your images")).to_be_visible()
    expect(at.get_by_text(LABEL)).to_have_count(0)


@pytest.fixture
def damaged(listed, postbox, person, one, tmp_path):
    """A page whose list of clinics is damaged; and a copy of the list."""
    postbox.send(person, one)
    at = listed()
    press(at, "Clinics I have checked")
    with at.expect_download() as saving:
        press(at, "Save a copy of the list")
    copy = tmp_path / "copy.age"
    saving.value.save_as(copy)
    press(at, "Close")
    at.evaluate(
        """() => new Promise((resolve) => {
          const opening = indexedDB.open("radiogram-clinics");
          opening.onsuccess = () => {
            const lists = opening.result.transaction("lists", "readwrite").objectStore("lists");
            const keys = lists.getAllKeys();
            keys.onsuccess = () => (lists.put(new Uint8Array(99), keys.result[0]).onsuccess = resolve);
          };
        })"""
    )
    at.reload()
    unlock(at, person)
    return at, copy


def test_a_list_that_cannot_be_opened_hides_no_letter_and_a_copy_takes_its_place(damaged, axe, screenshot):
    at, copy = damaged
    expect(heading(at, "Unknown sender")).to_be_visible()
    expect(heading(at, "The clinics you have checked are not known.")).to_be_visible()
    axe(at)
    press(at, "What can I do?")
    expect(heading(at, "Your list cannot be opened.")).to_be_visible()
    axe(at)
    screenshot(at, "open-84-clinics-damaged")
    choose(at, copy)
    expect(at.locator(".clinic")).to_contain_text(LABEL)
    press(at, "Close")
    expect(at.locator(".from")).to_contain_text(CHECKED)


def test_a_list_that_cannot_be_opened_is_not_written_over_unless_the_person_says_so(damaged, clinic):
    at, _ = damaged
    press(at, "What can I do?")
    choose(at, clinic[0])
    press(at, IN_PERSON)
    expect(heading(at, "The list was not changed.")).to_be_visible()
    press(at, "Start a new list")
    expect(heading(at, "Your list is empty.")).to_be_visible()
    choose(at, clinic[0])
    press(at, IN_PERSON)
    expect(at.locator(".clinic")).to_contain_text(LABEL)
