"""Letters of suite 2: a key from 24 words opens them, and hands them on; nothing else does."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from radiogram.formats.key_file import encode_key_file
from tests.flows.conftest import PASSPHRASE
from tests.ipfs.conftest import reply
from tests.web.controls import heading, press
from tests.web.open.page import know, take, unlock
from tests.web.postbox import Owner


def unlock_by_words(at, words: str) -> None:
    press(at, "Type my key")
    at.get_by_label("Your key", exact=True).fill(words)
    at.get_by_role("button", name="Unlock", exact=True).click()


def decrypt(at, owner, technologist) -> None:
    """Goes as far as what the envelope, and the key packet it may name, say."""
    know(at, technologist)
    unlock_by_words(at, owner.words)
    press(at, "Get hash")
    press(at, "Decrypt")


@pytest.fixture
def sent(page, postbox, owner, technologist, one):
    """sent(): the page, of a patient who has one letter of suite 2 from a sender that they know."""

    def do(**options):
        postbox.send_safely(owner, one)
        at = page(**options)
        know(at, technologist)
        return at

    return do


@pytest.mark.parametrize("spelt", ["as they are", "in capitals", "over lines", "with their numbers"])
def test_the_24_words_open_the_inbox_and_the_letter(sent, owner, spelt, axe, screenshot):
    words = owner.words.split()
    numbered = [f"{number}. {word}" for number, word in enumerate(words, start=1)]
    text = {
        "as they are": owner.words,
        "in capitals": owner.words.upper(),
        "over lines": "\n".join(words),
        "with their numbers": "\n".join(numbered),
    }[spelt]
    at = sent()
    unlock_by_words(at, text)
    take(at)
    expect(at.get_by_text("Quantum-safe", exact=True)).to_be_visible()
    expect(at.get_by_text("Safe from future quantum computers: yes.")).to_be_visible()
    axe(at)
    if spelt == "as they are":
        screenshot(at, "open-60-quantum-safe")


def test_the_new_key_file_opens_the_letter(sent, owner, tmp_path):
    path = tmp_path / "key.txt"
    path.write_bytes(encode_key_file(owner.words, PASSPHRASE))
    at = sent()
    press(at, "Use my key file")
    at.get_by_label("Key file").set_input_files(path)
    at.get_by_label("Passphrase", exact=True).fill("another passphrase")
    at.get_by_role("button", name="Unlock", exact=True).click()
    summary = at.get_by_role("alert").filter(has_text="There is a problem")
    expect(summary).to_contain_text("The passphrase does not fit this file.", timeout=60_000)
    at.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    at.get_by_role("button", name="Unlock", exact=True).click()
    take(at)
    expect(at.get_by_text("Quantum-safe", exact=True)).to_be_visible()


def test_words_that_do_not_belong_together_are_said_to_be_so_and_not_repeated(sent, owner, axe, screenshot):
    words = owner.words.split()
    at = sent()
    press(at, "Type my key")
    for text, said in [
        (" ".join(words[:-1]), "A key has 24 words, and here are 23."),
        (" ".join([*words[:4], "xray", *words[5:]]), "Word 5 is not one that a key can have."),
        (f"{'abandon ' * 23}zoo", "The words do not belong together"),
    ]:
        at.get_by_label("Your key", exact=True).fill(text)
        at.get_by_role("button", name="Unlock", exact=True).click()
        expect(at.get_by_role("alert").first).to_contain_text(said)
        assert " ".join(words[:2]) not in at.get_by_role("alert").first.inner_text()  # one word may be in any text
    axe(at)
    screenshot(at, "open-61-wrong-words")


def test_a_private_key_alone_is_told_which_key_file_is_needed(sent, owner, axe, screenshot):
    at = sent()
    unlock(at, owner)
    expect(at.get_by_text("Safe from future quantum computers: no.")).to_be_visible()
    press(at, "Get hash")
    press(at, "Decrypt")
    expect(heading(at, "This letter needs your 24 words.")).to_be_focused(timeout=60_000)
    expect(at.get_by_text(f"radiogram-key-{owner.address[2:6]}-{owner.address[-4:]}.txt")).to_be_visible()
    axe(at)
    screenshot(at, "open-62-no-hybrid-key")
    at.get_by_role("button", name="Use another key").click()
    unlock_by_words(at, owner.words)
    take(at)


def test_an_old_letter_opens_with_the_words_and_says_that_it_is_not_quantum_safe(
    page, postbox, owner, technologist, one, axe, screenshot
):
    postbox.send(owner, one)
    at = page()
    know(at, technologist)
    unlock_by_words(at, owner.words)
    take(at)
    expect(at.get_by_text("Quantum-safe", exact=True)).to_have_count(0)
    expect(at.get_by_text("Safe from future quantum computers: no.")).to_be_visible()
    axe(at)
    screenshot(at, "open-63-not-quantum-safe")


def test_a_packet_that_is_not_to_be_had_can_be_asked_for_elsewhere(page, postbox, owner, technologist, one, troubles):
    troubles.expect("404|504|502")
    sealed, packet = postbox.seal_safely(owner, one)
    postbox.deliver(owner.address, sealed)
    at = page()
    decrypt(at, owner, technologist)
    expect(heading(at, "We cannot reach the images right now.")).to_be_focused(timeout=60_000)
    postbox.publish(packet)
    press(at, "Try again")
    expect(at.get_by_role("button", name="Get image")).to_be_visible(timeout=60_000)
    press(at, "Get image")
    expect(at.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)


def test_a_gateway_that_hands_out_another_packet_is_not_trusted(
    page, serve, hostile, postbox, owner, technologist, one, axe
):
    other = postbox.seal_safely(owner, one)[1]
    lying = hostile(lambda handler: reply(handler, 200, other))
    sealed, _ = postbox.seal_safely(owner, one)
    postbox.deliver(owner.address, sealed)
    at = page(site=serve(RADIOGRAM_IPFS_GATEWAY=lying.url))
    decrypt(at, owner, technologist)
    expect(heading(at, "Do not trust this copy.")).to_be_focused(timeout=60_000)
    axe(at)


def test_what_is_no_packet_opens_nothing(page, postbox, owner, technologist, one):
    junk = bytes(1752)
    sealed, _ = postbox.seal_safely(owner, one, junk)
    postbox.publish(junk)
    postbox.deliver(owner.address, sealed)
    at = page()
    decrypt(at, owner, technologist)
    expect(heading(at, "We cannot open this letter.")).to_be_focused(timeout=60_000)


@pytest.fixture
def to_doctor(sent, owner, tmp_path):
    """to_doctor(): the letter is open, and the card of a doctor with both keys was chosen; the page, and the doctor."""

    def do(**options):
        doctor = Owner()
        at = sent(**options)
        unlock_by_words(at, owner.words)
        take(at)
        press(at, "Share with a doctor")
        at.get_by_label("Choose key card file").set_input_files(doctor.card(tmp_path))
        return at, doctor

    return do


def test_a_doctor_with_both_keys_gets_a_letter_that_is_quantum_safe(
    to_doctor, wallet, page, technologist, axe, screenshot
):
    at, doctor = to_doctor()
    expect(at.get_by_text(" ".join(doctor.public.words))).to_be_visible(timeout=60_000)
    expect(at.get_by_text("Safe from future quantum computers: yes.")).to_have_count(2)
    axe(at)
    screenshot(at, "open-64-share-safely")
    at.get_by_role("button", name="Share", exact=True).click()
    expect(heading(at, re.compile("^Shared with"))).to_be_focused(timeout=60_000)
    there = page()
    know(there, technologist)
    unlock_by_words(there, doctor.words)
    take(there)
    expect(there.get_by_text("Quantum-safe", exact=True)).to_be_visible()


def test_a_copy_without_upload_says_that_it_cannot_share_with_such_a_key(
    serve, devnet, to_doctor, wallet, axe, screenshot
):
    """Beside a gateway alone there are no uploads."""
    at, _ = to_doctor(site=serve(RADIOGRAM_IPFS_GATEWAY=devnet.node["ipfs_gateway"]))
    expect(heading(at, "This copy of Radiogram cannot share with this key.")).to_be_focused(timeout=60_000)
    expect(at.get_by_role("button", name="Share", exact=True)).to_have_count(0)
    axe(at)
    screenshot(at, "open-65-cannot-share")


def test_the_card_of_an_open_inbox_holds_both_keys(page, owner, tmp_path, axe, screenshot):
    at = page()
    unlock_by_words(at, owner.words)
    expect(heading(at, "Nothing here yet")).to_be_focused(timeout=60_000)
    press(at, "Share my card")
    with at.expect_download() as saved:
        press(at, "Save key card")
    path = Path(tmp_path / "card.json")
    saved.value.save_as(path)
    public = owner.public
    assert json.loads(path.read_text()) == {
        "public_key": owner.public_key,
        "address": owner.address,
        "hybrid_recipient": public.hybrid_recipient,
        "hybrid_digest": public.hybrid_digest.hex(),
        "words": " ".join(public.words),
    }
    axe(at)
    screenshot(at, "open-66-empty")
