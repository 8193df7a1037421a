"""Unlocking with a wallet, and putting its key in the book."""

import pytest
from playwright.sync_api import expect

from tests.flows.conftest import Person
from tests.web.controls import heading
from tests.web.open.page import know, take


def test_without_a_wallet_there_is_a_word_on_what_one_is(page, axe, screenshot):
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    expect(heading(at, "You need a wallet")).to_be_focused()
    expect(at.get_by_role("link", name="See wallets")).to_be_visible()
    axe(at)
    screenshot(at, "open-06-no-wallet")


def test_of_several_wallets_one_is_chosen(page, wallet, wallets, newcomer, axe, screenshot):
    wallets(newcomer().private_key, "Second wallet", "org.example.second")
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    expect(heading(at, "Choose your wallet")).to_be_focused()
    axe(at)
    screenshot(at, "open-07-wallets")
    at.get_by_role("button", name="Second wallet").click()
    expect(heading(at, "Your key is not in the book yet")).to_be_visible()
    assert not wallet.requests


def test_a_wallet_that_is_asked_says_where_to_look_and_waiting_can_be_stopped(page, own_wallet, axe, screenshot):
    own_wallet.hang_next = "eth_signTypedData_v4"
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    expect(at.get_by_text("It asks you to sign. This costs nothing.")).to_be_visible()
    axe(at)
    screenshot(at, "open-08-look-in-wallet")
    at.get_by_role("button", name="Stop waiting").click()
    expect(at.get_by_role("button", name="Unlock with my wallet")).to_be_focused()
    own_wallet.release()
    expect(at.get_by_role("button", name="Stop waiting")).to_have_count(0)


def test_after_twenty_seconds_it_says_where_a_wallet_may_hide(page, own_wallet):
    own_wallet.hang_next = "eth_requestAccounts"
    at = page()
    at.clock.install()
    at.get_by_role("button", name="Unlock with my wallet").click()
    hint = at.get_by_text("Nothing there? Open the wallet from your browser bar.").first
    expect(at.get_by_text("We asked it to connect.")).to_be_visible()
    expect(hint).to_be_hidden()
    at.clock.fast_forward("00:21")
    expect(hint).to_be_visible()


@pytest.mark.parametrize("method", ["eth_requestAccounts", "eth_signTypedData_v4"])
def test_no_in_the_wallet_changes_nothing_and_can_be_tried_again(page, own_wallet, axe, screenshot, method):
    own_wallet.reject_next = method
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    expect(heading(at, "You said no in your wallet.")).to_be_focused()
    expect(at.get_by_text("Nothing has changed.")).to_be_visible()
    axe(at)
    screenshot(at, "open-09-said-no")
    at.get_by_role("button", name="Try again").click()
    expect(heading(at, "Your key is not in the book yet")).to_be_visible()


def test_a_wallet_unlocks_and_puts_its_key_in_the_book(page, own_wallet, postbox, axe, screenshot):
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    expect(heading(at, "Your key is not in the book yet")).to_be_focused()
    axe(at)
    screenshot(at, "open-10-not-in-the-book")
    at.get_by_role("button", name="Agree in wallet").click()
    expect(heading(at, "Nothing here yet")).to_be_visible(timeout=30_000)
    assert postbox.key_of(own_wallet.address)[0] == 1
    expect(at.get_by_text("Give the hospital your address:")).to_be_visible()
    expect(at.get_by_role("button", name="Copy public key")).to_have_count(0)


def test_a_key_can_be_put_in_the_book_by_the_hospital(page, own_wallet, devnet, postbox, tmp_path):
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    with at.expect_download() as saved:
        at.get_by_role("button", name="Do it at the hospital").click()
    path = tmp_path / "act.json"
    saved.value.save_as(path)
    expect(at.get_by_text("Give this file to the hospital")).to_be_visible()
    assert devnet.json("relay", path)["changed"] is True
    assert postbox.key_of(own_wallet.address)[0] == 1


def test_putting_the_key_in_the_book_can_wait(page, own_wallet):
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    at.get_by_role("button", name="Not now").click()
    expect(heading(at, "Nothing here yet")).to_be_visible()
    assert own_wallet.sent == []


def test_no_to_the_transaction_leaves_the_book_as_it_is(page, own_wallet):
    own_wallet.reject_next = "eth_sendTransaction"
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    at.get_by_role("button", name="Agree in wallet").click()
    expect(heading(at, "You said no in your wallet.")).to_be_focused()
    expect(at.get_by_text("Your address is not in the book.", exact=True)).to_be_visible()
    at.get_by_role("button", name="Ask again").click()
    expect(heading(at, "Nothing here yet")).to_be_visible(timeout=30_000)


def test_a_wallet_on_another_network_has_one_button_to_switch(page, own_wallet, axe, screenshot):
    own_wallet.chain_id = 1
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    at.get_by_role("button", name="Agree in wallet").click()
    expect(heading(at, "Your wallet is on Ethereum.")).to_be_focused()
    axe(at)
    screenshot(at, "open-11-wrong-network")
    at.get_by_role("button", name="Switch network").click()
    expect(heading(at, "Nothing here yet")).to_be_visible(timeout=30_000)


def test_too_little_money_for_the_fee_is_said_before_the_wallet_is_asked(page, own_wallet, chain, screenshot):
    chain.fund(own_wallet.address, 0)
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    at.get_by_role("button", name="Agree in wallet").click()
    expect(heading(at, "Your wallet has too little for the fee.")).to_be_focused()
    assert own_wallet.count("eth_sendTransaction") == 0
    screenshot(at, "open-12-too-little")
    chain.fund(own_wallet.address, 1)
    at.get_by_role("button", name="Check again").click()
    expect(heading(at, "Nothing here yet")).to_be_visible(timeout=30_000)


def test_what_is_sent_to_a_wallets_address_opens_with_the_wallet(page, own_wallet, postbox, one, technologist):
    at = page()
    know(at, technologist)
    at.get_by_role("button", name="Unlock with my wallet").click()
    at.get_by_role("button", name="Agree in wallet").click()
    expect(heading(at, "Nothing here yet")).to_be_visible(timeout=30_000)
    owner = Person(own_wallet.key.key.hex().removeprefix("0x"))
    owner.public_key = "0x" + postbox.key_of(owner.address)[1].hex()
    postbox.send(owner, one)
    at.get_by_role("button", name="Check for new images").click()
    take(at)
    expect(at.get_by_role("button", name="Save a copy")).to_be_visible()


def test_a_wallet_whose_address_has_another_key_points_to_the_key_file(
    page, own_wallet, postbox, person, newcomer, axe, screenshot
):
    postbox.register_key(person, bytes.fromhex(newcomer().public_key[2:]))
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    expect(heading(at, "Your address has another key.")).to_be_focused()
    axe(at)
    screenshot(at, "open-13-another-key-in-the-book")
    at.get_by_role("button", name="Use my key file").last.click()
    expect(at.get_by_label("Key file")).to_be_focused()


def test_a_wallet_that_signs_differently_each_time_makes_no_key(page, own_wallet, axe, screenshot):
    own_wallet.deterministic = False
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    expect(heading(at, "This wallet cannot make a key.")).to_be_focused()
    expect(at.get_by_text("It does not sign the same way twice")).to_be_visible()
    axe(at)
    screenshot(at, "open-14-wallet-cannot")


def test_an_account_that_is_a_program_makes_no_key(page, own_wallet, devnet):
    own_wallet.contract = devnet.node["inbox"]
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    expect(heading(at, "This wallet cannot make a key.")).to_be_focused()
    assert own_wallet.count("eth_signTypedData_v4") == 0


@pytest.mark.parametrize("event", ["account", "disconnect"])
def test_an_open_inbox_is_locked_when_the_wallet_is_no_longer_its_owners(page, own_wallet, newcomer, event):
    at = page()
    at.get_by_role("button", name="Unlock with my wallet").click()
    at.get_by_role("button", name="Not now").click()
    expect(heading(at, "Nothing here yet")).to_be_visible()
    if event == "account":
        own_wallet.switch_account(newcomer().private_key)
        expect(at.get_by_text("Your wallet changed to another account. We locked your images.")).to_be_visible()
    else:
        own_wallet.disconnect()
        expect(at.get_by_text("Your wallet let go of this page. We locked your images.")).to_be_visible()
