"""Telling the sender, with a wallet or by a file."""

from playwright.sync_api import expect

from tests.flows.conftest import Person
from tests.web.controls import heading
from tests.web.open.page import know, take


def test_a_patient_with_a_wallet_tells_the_sender(page, own_wallet, postbox, one, technologist, axe, screenshot):
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
    at.get_by_role("button", name="Tell the sender I got it").click()
    expect(heading(at, "Tell the sender you got it?")).to_be_focused()
    expect(at.get_by_text("Everyone can see that you answered, not what you got.")).to_be_visible()
    axe(at)
    screenshot(at, "open-50-tell")
    own_wallet.reject_next = "eth_sendTransaction"
    at.get_by_role("button", name="Tell them").click()
    expect(at.get_by_text("The sender was not told.")).to_be_visible()
    at.get_by_role("button", name="Ask again").click()
    expect(heading(at, "The sender knows now.")).to_be_focused(timeout=30_000)
    expect(at.get_by_text("Sender knows").first).to_be_visible()
    expect(at.get_by_role("button", name="Tell the sender I got it")).to_have_count(0)


def test_a_patient_without_a_wallet_answers_by_a_file_that_the_hospital_relays(
    opened, one, devnet, person, tmp_path, axe
):
    at = opened(one)
    at.get_by_role("button", name="Tell the sender I got it").click()
    with at.expect_download() as saved:
        at.get_by_role("button", name="Save my answer as a file").click()
    path = tmp_path / "answer.json"
    saved.value.save_as(path)
    expect(at.get_by_text("Give this file to the hospital")).to_be_visible()
    axe(at)
    assert devnet.json("relay", path)["changed"] is True
    assert devnet.json("inbox", "--of", person.address)["messages"][0]["status"] == "acknowledged"
