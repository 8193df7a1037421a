"""The register of contacts in the page: images go to the key of the person whom they name, or not at all."""

import re

import pytest
from playwright.sync_api import expect

from radiogram.formats.public_key import fingerprint
from tests.web.controls import heading, press
from tests.web.send.material import BORN, NAME, slices
from tests.web.send.page import agree_on_words, born, choose, enter, press_send

PASSPHRASE = "marble otter seven lantern"
FILE_PASSPHRASE = "correct horse battery staple"
GRACE, NURSE = "Grace, bed 7", "A. Nurse"
JANE = {"PatientName": "Roe^Jane", "PatientID": "77", "PatientBirthDate": "19700203"}
OTHER_STUDY = {"StudyInstanceUID": "1.2.826.0.1.3680043.10.1.2", "SeriesInstanceUID": "1.2.826.0.1.3680043.10.1.2.1"}
STOP_PATIENT, STOP_KEY = "Stop. This key is another patient’s.", "Stop. This is not the key that you know."
ACCOUNT = "4"  # who has no register elsewhere


@pytest.fixture
def janes(tmp_path):
    return slices(tmp_path / "jane", **JANE, **OTHER_STUDY)


@pytest.fixture(autouse=True)
def _secrets(troubles):
    for each in (PASSPHRASE, FILE_PASSPHRASE, "Okafor", "4471 902", NURSE, GRACE):
        troubles.secret(each)


@pytest.fixture
def no_register(devnet):
    """The commands of an account that has none, before and after."""
    yield
    for path in (devnet.home / "contacts").glob("*"):
        path.unlink()


def words_of(person) -> list[str]:
    return list(fingerprint(bytes.fromhex(person.public_key[2:])))


def tick_keep(page) -> None:
    page.get_by_label("Keep this key in your register of contacts.").check()


def fill_keep(page, label: str = GRACE, by: str = NURSE, passphrase: str | None = PASSPHRASE) -> None:
    page.get_by_label("What you call them").fill(label)
    page.get_by_label("Your name, who compares the words").fill(by)
    if passphrase:
        page.get_by_label("New passphrase", exact=True).fill(passphrase)
        page.get_by_label("The same again", exact=True).fill(passphrase)


def keep(page, files, key: str) -> None:
    """The first contact of a register, up to the third step."""
    choose(page, files)
    enter(page, key)
    tick_keep(page)
    fill_keep(page)
    agree_on_words(page)
    expect(page.get_by_text(f"{GRACE} in your register.")).to_be_visible(timeout=60_000)


def unlock(page, passphrase: str = PASSPHRASE) -> None:
    page.get_by_label("Passphrase", exact=True).fill(passphrase)
    page.get_by_label("Passphrase", exact=True).press("Enter")


def shown(page, name: str):
    """Both sides, in the notice of this title."""
    expect(heading(page, name)).to_be_visible(timeout=60_000)
    return page.locator(".sides")


def test_a_key_is_kept_in_the_step_in_which_its_words_are_compared(page, study, patient, look):
    send = page("send.html")
    choose(send, study)
    enter(send, patient.public_key)
    tick_keep(send)
    assert send.get_by_label("What you call them").input_value() == NAME
    assert send.get_by_label("Patient’s name, as in the images").input_value() == "Okafor^Grace"
    assert send.get_by_label("Date of birth").input_value() == "1962-03-14"
    assert send.get_by_label("Patient number").input_value() == "4471 902"
    look(send, "contact-keep", dark=True)
    fill_keep(send)
    agree_on_words(send)
    expect(send.get_by_text(f"{GRACE} in your register.")).to_be_visible(timeout=60_000)
    expect(send.get_by_text(f"Words compared by {NURSE}")).to_be_visible()
    look(send, "contact-known", dark=True)


def test_what_is_missing_is_said_and_nothing_is_kept(page, study, patient, look):
    send = page("send.html")
    choose(send, study)
    enter(send, patient.public_key)
    tick_keep(send)
    fill_keep(send, label="", by="", passphrase="short")
    send.get_by_label("Date of birth").fill("14.3.1962")
    agree_on_words(send)
    summary = send.get_by_role("alert", name="There is a problem")
    for words in ("Type what you call them.", "Type your name.", "This is not a date.", "Use four different words"):
        expect(summary).to_contain_text(words)
    expect(heading(send, "Read these words to each other")).to_be_visible()
    look(send, "contact-problems")


def test_a_contact_is_chosen_by_label_and_its_words_are_not_asked_for_again(page, connected, study, patient, messages):
    first = page("send.html")
    keep(first, study, patient.public_key)
    before = messages(patient)
    send = page("send.html")
    choose(send, study)
    expect(heading(send, "Unlock your register of contacts")).to_be_visible()
    unlock(send)
    enter(send, GRACE.upper())
    born(send, *BORN)
    expect(send.get_by_text(f"{GRACE} in your register.")).to_be_visible()
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    assert messages(patient) == before + 1


def test_the_patient_of_the_images_is_offered_first(page, study, patient, stranger, look):
    first = page("send.html")
    keep(first, study, patient.public_key)
    send = page("send.html")
    choose(send, study)
    unlock(send)
    offers = send.get_by_role("list", name="In your register").get_by_role("button")
    expect(offers).to_have_count(1)
    expect(offers.first).to_contain_text("OKAFOR, Grace · 14-Mar-1962 · 4471 902")
    look(send, "contact-offers", dark=True)
    offers.first.click()
    expect(send.get_by_text(f"{GRACE} in your register.")).to_be_visible()


def test_another_patients_images_to_a_key_of_the_register_are_refused_with_both_shown(
    page, connected, study, janes, patient, look
):
    keep(page("send.html"), study, patient.public_key)
    send = page("send.html")
    choose(send, janes)
    unlock(send)
    enter(send, patient.public_key)
    table = shown(send, STOP_PATIENT)
    for words in ("ROE, Jane", "OKAFOR, Grace", "03-Feb-1970", "14-Mar-1962", "77", "4471 902"):
        expect(table).to_contain_text(words)
    expect(send.get_by_role("button", name="The words are the same")).to_have_count(0)
    look(send, "contact-other-patient", dark=True)
    assert connected.count("eth_sendTransaction") == 0


def test_images_that_are_changed_after_the_contact_was_chosen_are_held_against_it_too(
    page, connected, study, janes, patient, look
):
    send = page("send.html")
    keep(send, study, patient.public_key)
    press(send, "Change images")
    choose(send, janes)
    shown(send, STOP_PATIENT)
    expect(send.get_by_role("button", name=re.compile("end to "))).to_have_count(0)
    look(send, "contact-other-images")
    assert connected.count("eth_sendTransaction") == 0


def test_a_parents_key_is_kept_for_a_second_child_once_the_words_were_compared_anew(
    page, study, janes, patient, tmp_path, look
):
    keep(page("send.html"), study, patient.public_key)
    send = page("send.html")
    choose(send, janes)
    unlock(send)
    enter(send, patient.public_key)
    shown(send, STOP_PATIENT)
    press(send, "It is this patient’s key too")
    expect(heading(send, "Read these words to each other")).to_be_visible()
    look(send, "contact-second-child", dark=True)
    fill_keep(send, label="Jane, bed 8", passphrase=None)
    agree_on_words(send)
    expect(send.get_by_role("alert", name="There is a problem")).to_contain_text("Tick the box when you have asked.")
    send.get_by_label("I asked: images of both go to this key").check()
    agree_on_words(send)
    expect(send.get_by_text("Jane, bed 8 in your register.")).to_be_visible(timeout=60_000)
    press(send, "Change images")
    choose(send, study)
    expect(send.get_by_text(f"{GRACE} in your register.")).to_be_visible()
    press(send, "Change images")
    choose(send, slices(tmp_path / "mary", PatientName="Poe^Mary", PatientID="78", PatientBirthDate="19800203"))
    shown(send, STOP_PATIENT)


def test_images_that_do_not_say_whose_they_are_make_no_key_a_second_patients(page, study, patient, tmp_path):
    keep(page("send.html"), study, patient.public_key)
    send = page("send.html")
    choose(send, slices(tmp_path / "jane", PatientName="Roe^Jane", PatientID=None, PatientBirthDate=None))
    unlock(send)
    enter(send, patient.public_key)
    shown(send, STOP_PATIENT)
    expect(send.get_by_role("button", name="Use another address")).to_be_visible()
    expect(send.get_by_role("button", name="It is this patient’s key too")).to_have_count(0)


def test_another_key_for_a_patient_of_the_register_is_refused_with_both_words(page, study, patient, stranger, look):
    keep(page("send.html"), study, patient.public_key)
    send = page("send.html")
    choose(send, study)
    unlock(send)
    enter(send, stranger.public_key)
    table = shown(send, STOP_KEY)
    expect(table).to_contain_text(" ".join(words_of(patient)))
    expect(table).to_contain_text(" ".join(words_of(stranger)))
    expect(send.get_by_role("button", name="The words are the same")).to_have_count(0)
    look(send, "contact-other-key", dark=True)


def test_a_doctors_key_is_kept_for_anybodys_images(page, study, janes, patient, stranger, look):
    keep(page("send.html"), study, patient.public_key)
    send = page("send.html")
    choose(send, study)
    unlock(send)
    enter(send, stranger.public_key)
    press(send, "This key is a doctor’s")
    assert send.get_by_label("Anybody’s images may go to this key").is_checked()
    look(send, "contact-doctor")
    fill_keep(send, label="Dr Weiss", passphrase=None)
    agree_on_words(send)
    expect(send.get_by_text("Dr Weiss, for anybody’s images, in your register.")).to_be_visible()
    press(send, "Change images")
    choose(send, janes)
    expect(send.get_by_text("Dr Weiss, for anybody’s images, in your register.")).to_be_visible()


def test_a_contact_that_is_forgotten_lets_the_patient_have_another_key(page, study, patient, stranger, look):
    keep(page("send.html"), study, patient.public_key)
    send = page("send.html")
    choose(send, study)
    unlock(send)
    enter(send, stranger.public_key)
    shown(send, STOP_KEY)
    press(send, "Your register")
    dialog = send.get_by_role("dialog", name="Register of contacts")
    expect(dialog.get_by_text(" ".join(words_of(patient)))).to_be_visible()
    look(send, "contacts", dark=True)
    dialog.get_by_role("button", name=f"Forget {GRACE}").click()
    expect(dialog.get_by_text("0 contacts, locked")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(heading(send, "Read these words to each other")).to_be_visible()


def test_a_wrong_passphrase_is_said(page, study, patient, look):
    keep(page("send.html"), study, patient.public_key)
    send = page("send.html")
    choose(send, study)
    look(send, "contacts-locked", dark=True)
    unlock(send, "marble otter seven")
    expect(send.get_by_text("does not fit")).to_be_visible(timeout=60_000)
    expect(send.get_by_label("Passphrase", exact=True)).to_be_focused()


def test_a_register_that_stays_locked_is_said_beside_the_person(page, study, patient, look):
    keep(page("send.html"), study, patient.public_key)
    send = page("send.html")
    choose(send, study)
    press(send, "Go on without the register")
    enter(send, patient.public_key)
    agree_on_words(send)
    expect(send.get_by_text("Not held against your register: it is locked.")).to_be_visible()
    look(send, "contacts-skipped")


# ---- copies


def test_a_copy_goes_to_the_commands_and_back(page, devnet, no_register, study, patient, stranger, tmp_path):
    """Page to command; the command adds; command to another browser's page."""
    account, passphrase = ("--account", ACCOUNT), {"RADIOGRAM_KEY_FILE_PASSPHRASE": FILE_PASSPHRASE}
    send = page("send.html")
    keep(send, study, patient.public_key)
    press(send, "Change patient")
    press(send, "Your register")
    press(send, "Save a copy")
    send.get_by_label("New passphrase", exact=True).fill(FILE_PASSPHRASE)
    send.get_by_label("The same again", exact=True).fill(FILE_PASSPHRASE)
    with send.expect_download(timeout=60_000) as saved:
        send.get_by_role("button", name="Save", exact=True).click()
    file = tmp_path / "of-the-page.age"
    saved.value.save_as(file)
    assert devnet.json("contacts", "import", file, *account, **passphrase) == {"added": 1, "contacts": 1}
    (contact,) = devnet.json("contacts", "list", *account)["contacts"]
    assert (contact["label"], contact["address"], contact["compared_by"]) == (GRACE, patient.address, NURSE)
    assert contact["patient"] == {"name": "Okafor^Grace", "birth_date": "1962-03-14", "id": "4471 902"}
    devnet.json("contacts", "add", stranger.public_key, "--label", "Dr Weiss", "--anybody", *account)
    back = tmp_path / "of-the-command.age"
    devnet.json("contacts", "export", back, *account, **passphrase)

    press(send, "Remove from this browser")
    press(send, "Remove it")
    with send.expect_file_chooser() as chooser:
        send.get_by_role("dialog").get_by_text("Add from a file", exact=True).click()
    chooser.value.set_files(str(back))
    send.get_by_label("Passphrase of the file").fill(FILE_PASSPHRASE)
    send.get_by_role("button", name="Add", exact=True).click()
    expect(send.get_by_text("2 contacts, locked")).to_be_visible(timeout=60_000)
    dialog = send.get_by_role("dialog")
    for words in (GRACE, f"Words compared by {NURSE}", "Dr Weiss", "Nobody has compared the words."):
        expect(dialog.get_by_text(words).first).to_be_visible()


def test_a_file_that_is_none_is_said(page, tmp_path, look):
    (tmp_path / "x.age").write_text("no register")
    send = page("send.html")
    send.evaluate("location.hash = 'card=x'")
    press(send, "Register of contacts")
    look(send, "contacts-none", dark=True)
    with send.expect_file_chooser() as chooser:
        send.get_by_role("dialog").get_by_text("Add from a file", exact=True).click()
    chooser.value.set_files(str(tmp_path / "x.age"))
    send.get_by_label("Passphrase of the file").fill("x")
    send.get_by_role("button", name="Add", exact=True).click()
    expect(send.get_by_text("This is not a copy of a register")).to_be_visible(timeout=60_000)
