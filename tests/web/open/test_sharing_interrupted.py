"""Sharing that was interrupted anywhere is gone on with by sharing again: the doctor gets it once."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.web.controls import heading, press
from tests.web.open.page import know, take, unlock

SHARED = re.compile("^Shared with")
BEFORE = "You shared these images with this doctor before."


@pytest.fixture
def begin(page, postbox, person, technologist, one, wallet):
    """begin(doctor): a patient's page, in which they press Share unless not `far`; the letter is the same each time."""
    wallet.connected = True
    sent = []

    def start(doctor, *, far=True):
        if not sent:
            sent.append(postbox.send(person, one))
        at = page()
        know(at, technologist)
        unlock(at, person)
        take(at)
        press(at, "Share with a doctor")
        at.get_by_label("Doctor’s public key or address").fill(doctor.public_key)
        press(at, "Continue")
        if far:
            press_share(at)
        return at

    return start


def asked(page, wallet) -> None:
    """The wallet has the request that it leaves hanging."""
    deadline = time.monotonic() + 60
    while wallet.hang_next:
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        page.wait_for_timeout(20)


def press_share(page) -> None:
    page.get_by_role("button", name="Share", exact=True).click()


def shared(page) -> None:
    expect(heading(page, SHARED)).to_be_focused(timeout=60_000)


def test_a_page_closed_while_the_wallet_asks_shares_once(begin, wallet, newcomer, messages):
    doctor = newcomer()
    wallet.hang_next = "eth_sendTransaction"
    at = begin(doctor)
    asked(at, wallet)
    at.close()
    wallet.release()  # they agree, and no page hears of it
    again = begin(doctor, far=False)
    shared(again)
    assert messages(doctor) == 1
    assert len(wallet.sent) == 1


def test_a_share_that_the_wallet_never_sent_is_asked_for_again_with_the_same_envelope(
    begin, wallet, newcomer, messages
):
    doctor = newcomer()
    wallet.hang_next = "eth_sendTransaction"
    at = begin(doctor)
    asked(at, wallet)
    at.close()
    shared(begin(doctor))
    questions = [request.params[0]["data"] for request in wallet.requests if request.method == "eth_sendTransaction"]
    assert questions == [questions[0]] * 2
    assert messages(doctor) == 1


def test_a_page_closed_before_the_receipt_shares_once(begin, chain, wallet, newcomer, messages, screenshot):
    doctor = newcomer()
    at = begin(doctor, far=False)
    expect(at.get_by_role("button", name="Share", exact=True)).to_be_visible(timeout=60_000)
    chain.ask("miner_stop")
    try:
        press_share(at)
        expect(at.get_by_text("The network is writing it down.")).to_be_visible(timeout=60_000)
        at.close()
        again = begin(doctor, far=False)
        expect(heading(again, "It may be on its way")).to_be_visible(timeout=60_000)
        screenshot(again, "open-56-on-its-way")
    finally:
        chain.ask("miner_start")
    shared(again)
    assert messages(doctor) == 1
    assert len(wallet.sent) == 1


def test_a_doctor_who_has_the_images_gets_them_again_on_purpose_alone(begin, newcomer, messages, axe, screenshot):
    doctor = newcomer()
    shared(begin(doctor))
    again = begin(doctor, far=False)
    expect(heading(again, BEFORE)).to_be_focused(timeout=60_000)
    axe(again)
    screenshot(again, "open-55-shared-before")
    press(again, "Leave it at that")
    assert messages(doctor) == 1
    third = begin(doctor, far=False)
    press(third, "Share again")
    press_share(third)
    shared(third)
    assert messages(doctor) == 2


def test_what_a_patient_shares_is_not_among_the_studies_that_a_clinic_sends(begin, page, wallet, newcomer):
    wallet.hang_next = "eth_sendTransaction"
    at = begin(newcomer())
    asked(at, wallet)
    send = page("send.html")
    expect(send.get_by_label("Choose files")).to_be_visible()
    expect(heading(send, "Not finished")).to_have_count(0)
