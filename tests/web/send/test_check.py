"""The third step, the check: who it is, and when they were born."""

import pytest
from playwright.sync_api import expect

from tests.web.browser import VIEWPORTS
from tests.web.controls import heading, press
from tests.web.send.material import BORN, NAME, PICTURE, slices
from tests.web.send.page import agree_on_words, born, choose, enter, prepare, press_send


def test_step_3_shows_who_and_hides_when_they_were_born(page, connected, study, patient, look):
    send = page("send.html")
    choose(send, study)
    enter(send, patient.public_key)
    agree_on_words(send)
    expect(heading(send, "Step 3: Check the person")).to_be_focused()
    for text in (NAME, "4471 902", "Female"):
        expect(send.get_by_text(text, exact=True).first).to_be_visible()
    assert "1962" not in send.content()
    born(send, *BORN)
    expect(send.locator("main").get_by_text("Same date as the images")).to_be_visible()
    expect(send.get_by_text("a fee of about")).to_be_visible()
    look(send, "check", dark=True)


def test_on_a_phone_the_question_and_the_button_are_in_one_view(page, connected, study, patient):
    send = page("send.html", "phone")
    prepare(send, study, patient.public_key)
    send.evaluate("scrollTo(0, 0)")
    button = send.get_by_role("button", name=f"Send to {NAME}").bounding_box()
    assert button["y"] + button["height"] <= VIEWPORTS["phone"]["height"]


def test_another_date_of_birth_stops_it(page, connected, study, patient, look):
    send = page("send.html")
    prepare(send, study, patient.public_key)
    born(send, "15", "3", "1962")
    expect(heading(send, "This is not the date in the images.")).to_be_visible()
    press_send(send)
    expect(heading(send, "This is not the date in the images.")).to_be_focused()
    notice = heading(send, "This is not the date in the images.").locator("..")
    assert notice.get_by_role("button").all_text_contents() == ["Change images", "Change patient"]
    assert "14" not in notice.text_content()
    look(send, "date-differs", dark=True)
    assert connected.count("eth_sendTransaction") == 0
    notice.get_by_role("button", name="Change patient").click()
    expect(heading(send, "Step 2: Patient")).to_be_focused()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("", "", ""), "Type the day, month and year."),
        (("14", "", "1962"), "Type the day, month and year."),
        (("31", "2", "1962"), "This is not a date. Type it such as 14 3 1962."),
        (("x", "3", "1962"), "This is not a date. Type it such as 14 3 1962."),
    ],
)
def test_pressing_send_early_says_what_is_missing(page, connected, study, patient, typed, words, look):
    send = page("send.html")
    prepare(send, study, patient.public_key)
    born(send, *typed)
    press_send(send)
    expect(send.get_by_role("alert", name="There is a problem")).to_be_focused()
    expect(send.get_by_role("link", name=words)).to_be_visible()
    if typed == ("", "", ""):
        look(send, "too-early")


def test_without_a_date_of_birth_a_box_is_ticked(page, connected, tmp_path, newcomer, look):
    send = page("send.html")
    choose(send, slices(tmp_path / "undated", PatientBirthDate=None))
    enter(send, newcomer().public_key)
    agree_on_words(send)
    expect(send.get_by_text("The images hold no date of birth.")).to_be_visible()
    press_send(send)
    expect(send.get_by_role("link", name="Tick the box when you have checked.")).to_be_visible()
    look(send, "no-date")
    send.get_by_label("I checked the name and number with the patient.").check()
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)


def test_a_single_picture_is_sent_to_an_address(page, connected, tmp_path, newcomer, look):
    (tmp_path / "photo.png").write_bytes(PICTURE)
    person = newcomer()
    send = page("send.html")
    choose(send, [tmp_path / "photo.png"])
    enter(send, person.public_key)
    agree_on_words(send)
    expect(send.get_by_text("The images name nobody")).to_be_visible()
    look(send, "picture")
    send.get_by_label("I checked that these images are the patient’s.").check()
    press(send, f"Send to Patient Patient’s address, ending {' '.join(person.address[-4:])}")
    expect(send.get_by_text("What happens next:")).to_be_visible(timeout=60_000)
