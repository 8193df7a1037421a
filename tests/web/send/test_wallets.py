"""Wallets: none, several, one on another network, and one that changes or leaves."""

from playwright.sync_api import expect

from tests.flows.conftest import STRANGER_KEY
from tests.web.controls import heading, press
from tests.web.send.material import NAME
from tests.web.send.page import choose, prepare, press_send


def test_without_a_wallet_the_first_steps_work_and_then_it_says_what_one_is(page, patient, study, look):
    send = page("send.html")
    prepare(send, study, patient.public_key)
    press_send(send)
    expect(heading(send, "You need a wallet")).to_be_focused()
    expect(send.get_by_role("link", name="See wallets")).to_have_attribute("target", "_blank")
    look(send, "no-wallet")
    press(send, "I have added one")
    expect(send.get_by_text("Still none here")).to_be_visible()


def test_one_press_of_send_connects_and_sends_and_says_so(page, wallet, newcomer, study, messages, look):
    person = newcomer()
    wallet.hang_next = "eth_requestAccounts"
    send = page("send.html")
    prepare(send, study, person.public_key)
    expect(send.get_by_role("button", name=f"Connect wallet, then send to {NAME}")).to_be_visible()
    look(send, "connect-first", dark=True)
    press_send(send)
    expect(send.get_by_role("button", name=f"Waiting for your wallet, then sending to {NAME}")).to_be_visible()
    expect(heading(send, "Look in your wallet")).to_be_focused()
    look(send, "waiting-to-connect", brief=True)
    wallet.release()
    expect(heading(send, f"Sent to {NAME}")).to_be_focused(timeout=60_000)
    assert messages(person) == 1
    assert wallet.count("personal_sign") == 0
    assert wallet.count("eth_sendTransaction") == 1


def test_what_was_said_of_a_wallet_goes_when_the_person_goes_on(page, wallet, study, patient):
    wallet.reject_next = "eth_requestAccounts"
    send = page("send.html")
    press(send, "Connect wallet")
    expect(heading(send, "You said no in your wallet.")).to_be_focused()
    choose(send, study)
    expect(heading(send, "Step 2: Patient")).to_be_focused()
    expect(heading(send, "You said no in your wallet.")).to_have_count(0)


def test_of_several_wallets_one_is_chosen_by_name(page, wallet, wallets, newcomer, look):
    other = newcomer()
    wallets(other.private_key, "<b>Second</b> wallet", "org.example.second")
    send = page("send.html")
    press(send, "Connect wallet")
    expect(heading(send, "Choose your wallet")).to_be_focused()
    look(send, "wallets")
    press(send, "<b>Second</b> wallet")
    expect(send.get_by_role("button", name=f"Your wallet, ending {' '.join(other.address[-4:])}")).to_be_visible()


def test_connecting_says_where_to_look_and_can_be_stopped(page, wallet, look):
    wallet.hang_next = "eth_requestAccounts"
    send = page("send.html")
    send.clock.install()
    send.reload()
    press(send, "Connect wallet")
    send.clock.run_for(1_000)
    expect(heading(send, "Look in your wallet")).to_be_focused()
    expect(send.get_by_text("We asked it to connect.", exact=True)).to_be_visible()
    hint = send.locator("main").get_by_text("Nothing there? Open the wallet from your browser bar.")
    expect(hint).to_be_hidden()
    send.clock.run_for(20_000)
    expect(hint).to_be_visible()
    look(send, "connecting")
    press(send, "Stop waiting")
    expect(heading(send, "Look in your wallet")).to_have_count(0)
    expect(send.get_by_role("button", name="Connect wallet")).to_be_focused()


def test_a_refused_connection_is_no_failure(page, wallet, look):
    wallet.reject_next = "eth_requestAccounts"
    send = page("send.html")
    press(send, "Connect wallet")
    expect(heading(send, "You said no in your wallet.")).to_be_focused()
    expect(send.get_by_text("Nothing has changed.")).to_be_visible()
    look(send, "said-no")
    press(send, "Try again")
    expect(send.get_by_role("button", name="Your wallet, ending")).to_be_focused()


def test_a_wallet_on_another_network_has_one_button(page, connected, patient, study, look):
    connected.chain_id = 1
    send = page("send.html")
    prepare(send, study, patient.public_key)
    notice = send.locator("main").get_by_role("heading", name="Your wallet is on Ethereum.").locator("..")
    expect(notice.get_by_text("Radiogram here uses Local network.")).to_be_visible()
    assert notice.get_by_role("button").all_text_contents() == ["Switch network"]
    press_send(send)
    expect(heading(send, "Your wallet is on Ethereum.")).to_be_focused()
    look(send, "network", dark=True)
    connected.reject_next = "wallet_switchEthereumChain"
    press(send, "Switch network")
    expect(send.get_by_text("Change it in your wallet to Local network.")).to_be_visible()
    press(send, "Switch network")
    expect(heading(send, "Your wallet is on Ethereum.")).to_have_count(0)
    expect(send.get_by_text("a fee of about")).to_be_visible()


def test_a_network_that_the_wallet_does_not_know_is_added(page, connected):
    connected.known_chains = {1}
    connected.chain_id = 1
    send = page("send.html")
    press(send, "Switch network")
    expect(heading(send, "Your wallet is on Ethereum.")).to_have_count(0)
    assert connected.chain_id == connected.network


def test_a_wallet_may_change_or_leave_at_any_time(page, connected, study, patient, stranger, look):
    send = page("send.html")
    prepare(send, study, patient.public_key)
    connected.switch_account(STRANGER_KEY)
    expect(send.get_by_role("button", name=f"Your wallet, ending {' '.join(stranger.address[-4:])}")).to_be_visible()
    connected.disconnect()
    expect(heading(send, "Your wallet let go of this page.")).to_be_visible()
    expect(send.get_by_label("Year")).to_have_value("1962")
    look(send, "lost")
    press(send, "Connect again")
    expect(send.get_by_text("a fee of about")).to_be_visible()
