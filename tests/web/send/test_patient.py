"""The second step, the patient: an address or a code, six words, and what is to be checked."""

import re

import pytest
from playwright.sync_api import expect

from radiogram.formats.public_key import fingerprint
from tests.web.controls import heading, press
from tests.web.send.material import NAME
from tests.web.send.page import choose, enter, prepare, press_send


def test_a_wrong_address_is_said_above_and_at_the_field(page, study, patient, look):
    send = page("send.html")
    choose(send, study)
    for text, words in [
        ("", "Paste the patient’s public key or address, or choose their key card."),
        (patient.address[:-3], "The address is too short. It starts with 0x and has 42 signs."),
        (patient.address.replace("C", "c", 1), "One sign of the address is wrong. Paste it again."),
    ]:
        enter(send, text)
        summary = send.get_by_role("alert", name="There is a problem")
        expect(summary).to_be_focused()
        expect(summary).to_contain_text(words)
        expect(send.get_by_label("Public key or address")).to_have_value(text)
        expect(send).to_have_title(re.compile("^Error: "))
    look(send, "bad-address")
    send.get_by_role("link", name="One sign of the address is wrong.").click()
    expect(send.get_by_label("Public key or address")).to_be_focused()


def test_an_address_without_a_key_is_not_ready(page, study, newcomer, look):
    send = page("send.html")
    choose(send, study)
    enter(send, newcomer().address)
    expect(heading(send, "This address cannot get images yet.")).to_be_focused()
    expect(send.get_by_role("link", name="How to make a key")).to_have_attribute("href", "./key.html")
    look(send, "not-ready")


def test_both_people_can_compare_six_words(page, study, patient, look):
    send = page("send.html")
    choose(send, study)
    enter(send, patient.public_key)
    expect(heading(send, "Read these words to each other")).to_be_focused()
    words = send.get_by_role("list", name="Six words").get_by_role("listitem")
    shown = [re.sub(r"^[\d: ]+", "", text) for text in words.all_text_contents()]
    assert shown == list(fingerprint(bytes.fromhex(patient.public_key[2:])))
    look(send, "words", dark=True)


def test_ones_own_address_is_to_be_checked(page, connected, study, technologist, look):
    send = page("send.html")
    choose(send, study)
    enter(send, technologist.public_key)
    expect(heading(send, "Check this address")).to_be_focused()
    expect(send.get_by_text("It is your own address.")).to_be_visible()
    look(send, "risky-own")
    press(send, "I checked it with the patient")
    expect(heading(send, "Read these words to each other")).to_be_focused()


def test_ones_own_address_is_noticed_when_the_wallet_comes_later(page, wallet, study, technologist):
    send = page("send.html")
    prepare(send, study, technologist.public_key)
    press_send(send)
    expect(send.get_by_role("button", name="Your wallet, ending")).to_be_visible()
    expect(heading(send, "Check this address")).to_be_focused()
    assert wallet.count("eth_sendTransaction") == 0


def test_a_program_is_to_be_checked(page, study, chain, newcomer, look):
    """An account whose address has code: here Ganache is told so."""
    person = newcomer()
    chain.ask("evm_setAccountCode", person.address, "0x00")
    send = page("send.html")
    choose(send, study)
    enter(send, person.public_key)
    expect(heading(send, "Check this address")).to_be_focused()
    expect(send.get_by_text("It is a program, not a person.")).to_be_visible()
    look(send, "risky-program")


def test_an_address_that_only_looks_like_a_used_one_is_to_be_checked(page, study, patient, look):
    send = page("send.html")
    alike = f"{patient.address[:7]}{'0' * 30}{patient.address[-5:]}"
    send.evaluate("(address) => localStorage.setItem('radiogram.used-addresses', address)", alike)
    choose(send, study)
    enter(send, patient.public_key)
    expect(heading(send, "Check this address")).to_be_focused()
    expect(send.get_by_text("It looks like one you used before but is not the same.")).to_be_visible()
    assert "".join(send.get_by_role("definition").first.all_text_contents()).replace(" ", "") == patient.address
    look(send, "risky-alike", dark=True)
    press(send, "Use another address")
    expect(send.get_by_label("Public key or address")).to_be_focused()


def test_used_addresses_can_be_forgotten(page, connected, patient, study):
    send = page("send.html")
    prepare(send, study, patient.public_key)
    press_send(send)
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    kept = "localStorage.getItem('radiogram.used-addresses')"
    assert send.evaluate(kept) == patient.address
    press(send, "Your wallet, ending")
    press(send, "Forget used addresses")
    assert send.evaluate(kept) is None


@pytest.mark.camera("0x" + "02" * 33)
def test_a_scanned_code_is_read_as_if_pasted(page, study):
    send = page("send.html")
    choose(send, study)
    press(send, "Scan code")
    expect(heading(send, "Read these words to each other")).to_be_focused()
    press(send, "Use another address")
    expect(send.get_by_label("Public key or address")).to_have_value("0x" + "02" * 33)


def test_without_a_camera_the_code_can_still_be_pasted(page, study, look):
    send = page("send.html")
    choose(send, study)
    press(send, "Scan code")
    expect(send.get_by_text("The camera did not start.")).to_be_visible()
    look(send, "scan")
    send.keyboard.press("Escape")
    expect(send.get_by_role("button", name="Scan code")).to_be_focused()
