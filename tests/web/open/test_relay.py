"""A site that pays for its patients: no wallet, no Ether, and what they say is on the chain."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.controls import heading, press
from tests.web.open.page import know, take, unlock

FREE = "It costs you nothing: the hospital pays the fee."


@pytest.fixture
def answering(page, postbox, person, technologist, one, paying_site):
    """answering(): a patient's page at a site that pays, which asks whether the sender is to be told."""

    def start(site=paying_site):
        postbox.send(person, one)
        at = page(site=site)
        know(at, technologist)
        unlock(at, person)
        take(at)
        press(at, "Tell the sender I got it")
        return at

    return start


@pytest.fixture
def poor(newcomer, monkeypatch):
    """Nobody has Ether."""
    monkeypatch.setattr(newcomer, "__defaults__", (0,))


@pytest.mark.usefixtures("poor")
def test_a_patient_without_wallet_or_ether_tells_the_sender(answering, devnet, person, axe, screenshot):
    at = answering()
    expect(at.get_by_text(FREE)).to_be_visible()
    axe(at)
    screenshot(at, "open-57-tell-free")
    at.get_by_role("button", name="Tell them").click()
    expect(heading(at, "The sender knows now.")).to_be_focused(timeout=60_000)
    assert devnet.json("inbox", "--of", person.address)["messages"][0]["status"] == "acknowledged"


def test_a_wallet_may_pay_all_the_same(answering, wallet, devnet, person):
    wallet.connected = True
    at = answering()
    press(at, "Pay with my wallet")
    at.get_by_role("button", name="Tell them").click()
    expect(heading(at, "The sender knows now.")).to_be_focused(timeout=60_000)
    assert len(wallet.sent) == 1


def test_when_the_hospital_pays_no_more_the_answer_can_be_saved(answering, serve, troubles, axe, screenshot):
    troubles.expect("429")
    at = answering(serve("--relay", "--relay-ether", "0"))
    at.get_by_role("button", name="Tell them").click()
    expect(heading(at, "The hospital pays no more today.")).to_be_focused(timeout=60_000)
    axe(at)
    screenshot(at, "open-58-pays-no-more")
    with at.expect_download():
        press(at, "Save my answer as a file")


def test_a_site_that_dies_meanwhile_does_not_say_that_nothing_happened(answering, browser, troubles):
    troubles.expect("Failed to load|ERR_")
    at = answering()
    at.route("**/act", lambda route: route.abort())
    at.get_by_role("button", name="Tell them").click()
    expect(at.get_by_text("It may have been passed on all the same. Try again.")).to_be_visible(timeout=60_000)
    at.unroute("**/act")
    press(at, "Try again")
    expect(heading(at, "The sender knows now.")).to_be_focused(timeout=60_000)


def test_a_wallets_key_is_put_in_the_book_by_a_signature_alone(page, own_wallet, postbox, paying_site):
    at = page(site=paying_site)
    press(at, "Unlock with my wallet")
    press(at, "Put it in the book")
    expect(heading(at, "Nothing here yet")).to_be_visible(timeout=60_000)
    assert postbox.key_of(own_wallet.address)[0] == 1
    assert own_wallet.sent == []


# ---- sharing


SHARED = re.compile("^Shared with")
TECHNOLOGIST = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"  # test account 0, which pays


@pytest.fixture
def sharing(page, postbox, person, technologist, one, paying_site):
    """sharing(doctor): a patient's page at a site that pays, before they press Share; each time of the same letter."""
    sent = []

    def start(doctor):
        if not sent:
            sent.append(postbox.send(person, one))
        at = page(site=paying_site)
        know(at, technologist)
        unlock(at, person)
        take(at)
        press(at, "Share with a doctor")
        at.get_by_label("Doctor’s public key or address").fill(doctor.public_key)
        press(at, "Continue")
        return at

    return start


def share(at) -> None:
    at.get_by_role("button", name="Share", exact=True).click()


@pytest.mark.usefixtures("poor")
def test_a_patient_without_wallet_or_ether_shares_with_a_doctor(
    sharing, newcomer, devnet, tmp_path, small, axe, screenshot
):
    doctor = newcomer()
    at = sharing(doctor)
    expect(at.get_by_text(FREE)).to_be_visible(timeout=60_000)
    axe(at)
    screenshot(at, "open-59-share-free")
    share(at)
    expect(heading(at, SHARED)).to_be_focused(timeout=60_000)
    key = tmp_path / "doctor.key"
    key.write_text(doctor.private_key)
    key.chmod(0o600)
    got = devnet.json("retrieve_image", "0", "--of", doctor.address, "--key-file", key, "--out", tmp_path / "out")
    assert Path(got["files"][0]["path"]).read_bytes() == small.read_bytes()
    assert got["sender"] == TECHNOLOGIST


def test_a_site_that_dies_while_it_shares_is_asked_again_and_shares_once(sharing, newcomer, messages, troubles):
    troubles.expect("Failed to load|ERR_")
    doctor = newcomer()
    at = sharing(doctor)
    at.route("**/share", lambda route: (route.fetch(), route.abort()))  # it takes the envelope, and the answer is lost
    share(at)
    expect(at.get_by_text("It may have been passed on all the same. Try again.")).to_be_visible(timeout=60_000)
    at.close()
    again = sharing(doctor)
    expect(heading(again, SHARED)).to_be_focused(timeout=60_000)
    assert messages(doctor) == 1


def test_a_share_that_did_not_get_there_is_tried_again_with_the_same_envelope(sharing, newcomer, messages, troubles):
    troubles.expect("Failed to load|ERR_")
    doctor = newcomer()
    at = sharing(doctor)
    asked = []
    at.route("**/share", lambda route: (asked.append(route.request.post_data_json["envelope"]), route.abort()))
    share(at)
    expect(at.get_by_text("It may have been passed on all the same. Try again.")).to_be_visible(timeout=60_000)
    press(at, "Try again")
    expect(at.get_by_text("It may have been passed on all the same. Try again.")).to_be_visible(timeout=60_000)
    at.unroute("**/share")
    press(at, "Try again")
    expect(heading(at, SHARED)).to_be_focused(timeout=60_000)
    assert asked == [asked[0]] * 2
    assert messages(doctor) == 1


@pytest.mark.parametrize("way", ["Try again", "Pay with my wallet"])
def test_what_was_shared_though_its_answer_was_lost_is_not_denied(sharing, newcomer, wallet, messages, troubles, way):
    troubles.expect("Failed to load|ERR_")
    wallet.connected = True
    doctor = newcomer()
    at = sharing(doctor)
    at.route("**/share", lambda route: (route.fetch(), route.abort()))
    share(at)
    expect(at.get_by_text("It may have been passed on all the same. Try again.")).to_be_visible(timeout=60_000)
    press(at, way)
    if way != "Try again":
        share(at)
    expect(heading(at, SHARED)).to_be_focused(timeout=60_000)
    assert (messages(doctor), wallet.count("eth_sendTransaction")) == (1, 0)
