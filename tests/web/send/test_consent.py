"""The wallet's answer to the sending: yes, no, late, from another account, or too little for the fee."""

import re
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.flows.conftest import STRANGER_KEY
from tests.web.controls import heading, press
from tests.web.send.material import NAME
from tests.web.send.page import choose, prepare, press_send
from tests.web.send.test_interrupted import asked


def test_the_wallet_is_waited_for_and_the_waiting_can_be_stopped(page, connected, patient, study, look):
    connected.hang_next = "eth_sendTransaction"
    send = page("send.html")
    prepare(send, study, patient.public_key)
    press_send(send)
    expect(send.get_by_text(re.compile(r"Fee about 0\.\d+\sETH\. Sending to Patient"))).to_be_visible(timeout=60_000)
    look(send, "agree", dark=True)
    press(send, "Stop waiting")
    expect(heading(send, "You stopped waiting.")).to_be_focused()
    look(send, "stopped-waiting")
    connected.release()  # they agree after all
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    assert len(connected.sent) == 1


def test_a_refused_sending_is_asked_again_without_a_second_upload(page, connected, patient, study, requests_to, look):
    connected.reject_next = "eth_sendTransaction"
    send = page("send.html")
    uploads = requests_to(send, "upload")
    prepare(send, study, patient.public_key, sign=True)
    press_send(send)
    expect(heading(send, "You said no in your wallet.")).to_be_focused(timeout=60_000)
    expect(send.get_by_text("The images were not sent.")).to_be_visible()
    look(send, "rejected", dark=True)
    press(send, "Ask again")
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)
    assert len(uploads) == 1
    assert connected.count("personal_sign") == 1


def test_starting_over_forgets_all(page, connected, patient, study):
    connected.reject_next = "eth_sendTransaction"
    send = page("send.html")
    prepare(send, study, patient.public_key)
    press_send(send)
    expect(heading(send, "You said no in your wallet.")).to_be_focused(timeout=60_000)
    press(send, "Start over")
    expect(heading(send, "Step 1: Images")).to_be_focused()
    expect(send.get_by_text(NAME)).to_have_count(0)
    choose(send, study)
    expect(send.get_by_label("Public key or address")).to_have_value("")


@contextmanager
def before_upload(page, wallet):
    """The wallet signs; what is done here is done before anything is uploaded."""
    held = []
    page.route("**/upload", lambda route: held.append(route))
    with page.expect_request("**/upload"):
        wallet.release()
    yield
    for each in held:
        each.continue_()
    page.unroute("**/upload")


def test_another_account_in_the_middle_does_not_send(page, connected, patient, study, technologist):
    connected.hang_next = "personal_sign"
    send = page("send.html")
    prepare(send, study, patient.public_key, sign=True)
    press_send(send)
    expect(send.get_by_text("Sign the list of images in your wallet.").last).to_be_visible()
    mine, other = connected.key.key.hex(), STRANGER_KEY
    with before_upload(send, connected):
        connected.switch_account(other)
    expect(heading(send, "Your wallet is on another account.")).to_be_visible(timeout=60_000)
    assert connected.sent == []
    connected.switch_account(mine)
    press(send, "Ask again")
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)


def test_a_wallet_that_leaves_in_the_middle_can_come_back(page, connected, patient, study, look):
    connected.hang_next = "personal_sign"
    send = page("send.html")
    prepare(send, study, patient.public_key, sign=True)
    press_send(send)
    expect(send.get_by_text("Sign the list of images in your wallet.").last).to_be_visible()
    with before_upload(send, connected):
        connected.disconnect()
    expect(heading(send, "Your wallet is not ready.")).to_be_visible(timeout=60_000)
    expect(send.get_by_role("button", name="Your wallet, ending")).to_be_visible()  # it was asked to connect, and did
    press(send, "Ask again")
    expect(heading(send, f"Sent to {NAME}")).to_be_visible(timeout=60_000)


def test_too_little_for_the_fee_is_said_before_anything_is_uploaded(
    page, wallets, newcomer, chain, patient, study, look, requests_to
):
    poor = newcomer(ether=0)
    wallets(poor.private_key, "Poor wallet", "org.example.poor").connected = True
    send = page("send.html")
    uploads = requests_to(send, "upload")
    prepare(send, study, patient.public_key)
    press_send(send)
    expect(heading(send, "Your wallet has too little for the fee.")).to_be_focused()
    expect(send.get_by_text(re.compile(r"It needs about 0\.\d+\sETH more\."))).to_be_visible()
    look(send, "too-little")
    press(send, "Check again")
    expect(heading(send, "Your wallet has too little for the fee.")).to_be_focused()
    assert uploads == []
    chain.fund(poor.address, 1)
    press(send, "Check again")
    expect(send.get_by_role("button", name=f"Send to {NAME}")).to_be_focused()


def test_what_was_given_up_and_agreed_to_late_is_told(page, connected, patient, study):
    connected.hang_next = "eth_sendTransaction"
    send = page("send.html")
    prepare(send, study, patient.public_key)
    press_send(send)
    asked(send, connected)
    press(send, "Stop waiting")
    press(send, "Start over")
    expect(heading(send, "Step 1: Images")).to_be_focused()
    expect(heading(send, "Not finished")).to_be_visible()
    connected.release()
    expect(heading(send, "Arrived")).to_be_visible(timeout=30_000)
    expect(heading(send, "Step 1: Images")).to_be_visible()
