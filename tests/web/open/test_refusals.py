"""What can go wrong at each of the three steps, and how it is said."""

import re
from dataclasses import replace

from playwright.sync_api import expect

from radiogram.formats import bundle, ciphertext, source_files
from radiogram.formats.key_reference import KeyReference
from tests.web.controls import heading
from tests.web.open.block_gateway import BlockGateway
from tests.web.open.page import bring, know, unlock
from tests.web.postbox import replace_key


def test_a_wrong_key_gets_the_plain_error_and_keeps_the_first_step(
    page, postbox, person, newcomer, technologist, one, axe, screenshot
):
    other = newcomer()
    sealed_to_another = replace_key(person, other)
    postbox.send(sealed_to_another, one)
    at = page()
    know(at, technologist)
    unlock(at, person)
    at.get_by_role("button", name="Get hash").click()
    at.get_by_role("button", name="Decrypt").click()
    expect(heading(at, "This key does not fit.")).to_be_focused()
    expect(at.get_by_text("Nothing was changed. Try the key you made for this hospital.")).to_be_visible()
    expect(at.get_by_text("Found your images").first).to_be_visible()
    axe(at)
    screenshot(at, "open-30-wrong-key")
    at.get_by_role("button", name="Help").click()
    expect(at.get_by_role("dialog", name="Which key do I need?")).to_be_visible()
    axe(at)
    at.keyboard.press("Escape")
    at.get_by_role("button", name="Use another key").click()
    expect(heading(at, "Open your images")).to_be_focused()


def test_an_envelope_copied_from_another_letter_is_not_to_be_trusted(page, postbox, person, stranger, one, screenshot):
    postbox.deliver(person.address, postbox.seal(person, one), sender=stranger)
    at = page()
    know(at, stranger, "A doctor")
    unlock(at, person)
    at.get_by_role("button", name="Get hash").click()
    at.get_by_role("button", name="Decrypt").click()
    expect(heading(at, "We cannot open this letter.")).to_be_focused()
    expect(
        at.get_by_text("It is a copy of a letter that was meant for another place. Do not trust it.")
    ).to_be_visible()
    screenshot(at, "open-31-copied")


def test_a_letter_taken_back_after_the_list_was_made_has_nothing_to_open(page, postbox, person, technologist, one):
    postbox.send(person, one)
    at = page()
    know(at, technologist)
    unlock(at, person)
    expect(at.get_by_role("button", name="Get hash")).to_be_visible()
    postbox.retract(person, 0)
    at.get_by_role("button", name="Get hash").click()
    expect(heading(at, "Taken back by the sender")).to_be_visible()


def test_storage_that_is_down_is_said_with_its_tries_and_nothing_that_was_not_looked_at(
    page, serve, postbox, person, technologist, one, closed_url, troubles, axe, screenshot
):
    troubles.expect(r"50\d|Failed to load")
    postbox.send(person, one)
    at = page(site=serve(RADIOGRAM_IPFS_API=closed_url, RADIOGRAM_IPFS_GATEWAY=closed_url))
    bring(at, technologist, person)
    expect(heading(at, "We cannot reach the images right now.")).to_be_focused(timeout=90_000)
    expect(at.get_by_text("ask the sender whether they still keep them")).to_be_visible()
    assert "not lost" not in at.locator("body").inner_text()
    axe(at)
    screenshot(at, "open-32-storage-down")
    at.get_by_text("Details").click()
    expect(at.get_by_text(re.compile("/ipfs/: "))).to_be_visible()
    at.get_by_role("button", name="Try another place").click()
    expect(at.get_by_role("dialog", name="Try another place")).to_be_visible()
    axe(at)
    screenshot(at, "open-33-another-place")


def test_another_place_brings_the_images_that_the_first_could_not(
    page, site, postbox, person, technologist, one, troubles
):
    troubles.expect(r"50\d|Failed to load")
    postbox.send(person, one)
    at = page()
    at.route("**/ipfs/*", lambda route: route.fulfill(status=502, body="down"))
    bring(at, technologist, person)
    expect(heading(at, "We cannot reach the images right now.")).to_be_focused(timeout=90_000)
    at.unroute("**/ipfs/*")
    at.get_by_role("button", name="Try another place").click()
    at.get_by_label("Web address of the place").fill(f"{site}ipfs/")
    at.get_by_role("button", name="Try this place").click()
    expect(at.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)


def test_a_copy_that_was_changed_shows_no_pixel_and_cannot_be_saved(
    page, serve, postbox, person, technologist, ct, devnet, hostile, troubles, axe, screenshot
):
    """The gateway flips one bit in the middle of the ciphertext."""
    troubles.expect(r"50\d|Failed to load")
    liar = BlockGateway(hostile, postbox.ipfs, ct, at_once=9)
    liar.change(3)
    postbox.send(person, ct)
    at = page(site=serve(RADIOGRAM_IPFS_GATEWAY=liar.url))
    bring(at, technologist, person)
    expect(heading(at, "Do not trust this copy.")).to_be_focused(timeout=60_000)
    expect(at.get_by_text("It is not what was sent to you. We deleted it.")).to_be_visible()
    expect(at.locator("canvas, img, [role=application]")).to_have_count(0)
    expect(at.get_by_role("button", name="Save")).to_have_count(0)
    axe(at)
    screenshot(at, "open-34-tampered")
    at.get_by_role("button", name="Tell the sender").click()
    expect(at.get_by_role("dialog", name="Tell the sender")).to_contain_text("arrived changed")
    axe(at)


def test_a_study_that_is_not_what_its_list_says_is_not_shown(page, postbox, person, technologist, small, kept):
    study = source_files.read_study([small])
    entry = replace(study.manifest.files[0], sha256="0" * 64)
    lying = replace(study, manifest=replace(study.manifest, files=[entry]))
    key = ciphertext.new_content_key()
    data = b"".join(bundle.pieces(study, b"")).replace(study.manifest.to_bytes(), lying.manifest.to_bytes())
    added = postbox.ipfs.add(ciphertext.encrypt([data], key))
    postbox.send(person, KeyReference(key, added.size, added.cid))
    at = page()
    bring(at, technologist, person)
    expect(heading(at, "Do not trust this copy.")).to_be_focused(timeout=60_000)


def test_stop_keeps_nothing_and_can_be_begun_again(page, postbox, person, technologist, ct, axe, screenshot):
    postbox.send(person, ct)
    at = page()
    at.route("**/ipfs/*", lambda _: None)  # never answered
    bring(at, technologist, person)
    expect(at.get_by_text("Bringing your images").first).to_be_visible()
    axe(at)
    screenshot(at, "open-35-fetching")
    at.get_by_role("button", name="Stop").click()
    expect(at.get_by_text("Stopped. Nothing was kept.").last).to_be_visible()
    expect(at.get_by_role("button", name="Get image")).to_be_focused()
    at.unroute("**/ipfs/*")
    at.get_by_role("button", name="Get image").click()
    expect(at.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)
