"""What was sent: Python opens it, with its metadata; its receipt; taken back; and nothing of it stays."""

import re

from playwright.sync_api import expect

from tests.web.controls import heading, press
from tests.web.send.material import NAME
from tests.web.send.page import prepare, press_send, said


def test_what_the_page_sends_python_opens(
    page, connected, devnet, patient, technologist, study, tmp_path, newest, look
):
    send = page("send.html")
    prepare(send, study, patient.public_key, sign=True)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_focused(timeout=60_000)
    expect(send.get_by_text("the patient opens Radiogram and presses Get hash")).to_be_visible()
    expect(send.get_by_text("Yes, by your wallet")).to_be_visible()
    look(send, "sent", dark=True)

    devnet.json("retrieve_image", "--out", tmp_path / "kept")
    files = sorted((tmp_path / "kept").rglob("*.dcm"))
    assert [file.read_bytes() for file in files] == [file.read_bytes() for file in study]
    assert [file.name for file in files] == ["0001.dcm", "0002.dcm", "0003.dcm"]
    assert newest(patient)[1] == technologist.address


def test_the_metadata_of_the_study_goes_along_sealed(page, connected, patient, study, newest):
    send = page("send.html")
    prepare(send, study, patient.public_key)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)

    (told,) = newest(patient)[0]["studies"]
    assert told["patient"] == {"name": "Okafor^Grace", "birth_date": "1962-03-14", "sex": "F", "id": "4471 902"}
    assert told["date"] == "2026-11-12"
    (series,) = told["series"]
    assert (series["modality"], series["body_part"], series["images"], series["frames"]) == ("CT", "HEAD", 3, 3)


def test_the_name_that_the_sender_gives_itself_goes_along(page, connected, patient, study, newest, look):
    send = page("send.html")
    press(send, "Your wallet, ending")
    press(send, "Name shown to patients")
    send.get_by_label("Your name or your hospital’s").fill("St Anne Hospital")
    look(send, "label")
    press(send, "Save")
    prepare(send, study, patient.public_key)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    assert newest(patient)[0]["sender_label"] == "St Anne Hospital"


def test_nothing_of_the_patient_stays_in_the_browser(page, connected, patient, study, troubles):
    for text in ("Okafor", "OKAFOR", "4471 902", "19620314", "1962-03", "0001.dcm"):
        troubles.secret(text)
    send = page("send.html")
    prepare(send, study, patient.public_key)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    send.goto("about:blank")
    send.go_back()
    expect(heading(send, "Step 1: Images")).to_be_visible()
    expect(send.get_by_text("OKAFOR")).to_have_count(0)


def test_the_receipt_can_be_copied_and_names_nobody(page, connected, newcomer, study):
    person = newcomer()
    send = page("send.html")
    prepare(send, study, person.public_key)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    width = send.get_by_role("button", name="Copy receipt").bounding_box()["width"]
    press(send, "Copy receipt")
    said(send, "Receipt copied")
    assert send.get_by_role("button", name="Copy receipt").bounding_box()["width"] == width
    receipt = send.evaluate("navigator.clipboard.readText()")
    assert connected.sent[-1] in receipt
    assert "Message index: 0" in receipt
    assert "Okafor" not in receipt.title()


def test_no_address_hash_or_code_is_in_view_until_asked_for(page, connected, newcomer, study):
    person = newcomer()
    send = page("send.html")
    prepare(send, study, person.public_key)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    assert not re.search(r"0x[0-9a-fA-F]{40}", send.locator("body").inner_text())
    send.get_by_text("Details").click()
    assert connected.sent[-1] in send.locator("body").inner_text()


def test_a_message_can_be_taken_back(page, connected, newcomer, study, devnet, look):
    person = newcomer()
    send = page("send.html")
    prepare(send, study, person.public_key)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    press(send, "Take it back")
    expect(heading(send, "Take these images back?")).to_be_focused()
    look(send, "take-back")
    press(send, "Leave them sent")
    expect(send.get_by_role("button", name="Take it back")).to_be_focused()
    press(send, "Take it back")
    connected.reject_next = "eth_sendTransaction"
    press(send, "Take them back")
    expect(heading(send, "You said no in your wallet.")).to_be_focused()
    expect(send.get_by_text("The images are still sent.")).to_be_visible()
    press(send, "Ask again")
    expect(heading(send, "Taken back")).to_be_focused(timeout=30_000)
    look(send, "taken-back")
    (message,) = devnet.json("inbox", "--of", person.address)["messages"]
    assert message["status"] == "retracted"
