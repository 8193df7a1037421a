"""How many presses and questions of a wallet it takes two people from nothing to the first image."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.web.controls import heading, press
from tests.web.send.material import BORN, NAME, slices
from tests.web.send.page import agree_on_words, born, enter, press_send
from tests.web.send.test_contacts import keep, unlock
from tests.web.send.test_mailboxes import INTO_MAILBOX, keep_with_card, set_up
from tests.web.test_key import GOOD, decoded, type_words

ASKS = ("eth_requestAccounts", "personal_sign", "eth_signTypedData_v4", "eth_sendTransaction")


@pytest.fixture
def presses(browser):
    """presses(): how many there were since the last time, in all pages."""
    seen = []
    browser.expose_binding("__press", lambda _: seen.append(1))
    browser.add_init_script("addEventListener('pointerdown', () => __press(), true)")

    def count() -> int:
        number = len(seen)
        seen.clear()
        return number

    return count


def choose_with_a_press(page, name: str, *files) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_text(name, exact=True).click()
    chooser.value.set_files([str(file) for file in files])


def test_a_patient_takes_eight_presses_and_a_technologist_four(page, presses, wallet, tmp_path):
    key = page("key.html")
    key.evaluate("window.print = () => {}")
    press(key, "Make my key")
    press(key, "Print the sheet")
    on_paper = key.locator(".sheet .seed-words li")
    expect(on_paper).to_have_count(24)
    type_words(key, on_paper.all_text_contents())
    press(key, "Continue")
    key.get_by_label("Passphrase", exact=True).fill(GOOD)
    key.get_by_label("The same passphrase again").fill(GOOD)
    with key.expect_download(timeout=60_000) as saved:
        press(key, "Save key file")
    file = tmp_path / "key.txt"
    saved.value.save_as(file)
    file.chmod(0o600)
    key.locator(".ready").get_by_role("button", name="Share my card").click()
    code = key.get_by_role("img", name="Code of your address")
    expect(code).to_be_visible()
    assert presses() == 5
    with Image.open(io.BytesIO(code.screenshot())) as picture:
        card = decoded(picture)

    for asked in (["eth_requestAccounts", "eth_sendTransaction"], ["eth_sendTransaction"]):
        before = len(wallet.methods)
        send = page("send.html")
        choose_with_a_press(send, "Choose files", *slices(tmp_path / str(len(asked))))
        enter(send, card)
        agree_on_words(send)
        born(send, *BORN)
        expect(send.get_by_role("button", name=re.compile("end to "))).to_have_count(1)
        press_send(send)
        expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
        assert presses() == 4
        assert [method for method in wallet.methods[before:] if method in ASKS] == asked
        send.close()
        if "eth_requestAccounts" in asked:
            opened = page()
            choose_with_a_press(opened, "Use my key file", file)
            expect(opened.get_by_label("Passphrase", exact=True)).to_be_focused()
            opened.get_by_label("Passphrase", exact=True).fill(GOOD)
            opened.get_by_role("button", name="Unlock", exact=True).click()
            opened.get_by_role("button", name="Open", exact=True).click()
            expect(opened.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)
            assert presses() == 3


def test_images_for_a_contact_take_a_technologist_three_presses(page, presses, wallet, patient, tmp_path):
    wallet.connected = True
    study = slices(tmp_path / "study")
    keep(page("send.html"), study, patient.public_key)
    send = page("send.html")
    presses()
    choose_with_a_press(send, "Choose files", *study)
    unlock(send)
    send.get_by_role("list", name="In your register").get_by_role("button").click()
    born(send, *BORN)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    assert presses() == 3
    assert [method for method in wallet.methods if method in ASKS] == ["eth_sendTransaction"]


def test_images_into_a_mailbox_take_no_more_presses_and_questions_than_into_an_inbox(
    page, presses, wallet, patient, messages, tmp_path
):
    wallet.connected = True
    study = slices(tmp_path / "study")
    first = page("send.html")
    keep_with_card(first, study, patient.public_key)
    set_up(first)
    before, asked = messages(patient), len(wallet.methods)
    send = page("send.html")
    presses()
    choose_with_a_press(send, "Choose files", *study)
    unlock(send)
    send.get_by_role("list", name="In your register").get_by_role("button").click()
    born(send, *BORN)
    expect(send.get_by_text(INTO_MAILBOX)).to_be_visible()
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    assert presses() == 3
    assert [method for method in wallet.methods[asked:] if method in ASKS] == ["eth_sendTransaction"]
    assert messages(patient) == before
