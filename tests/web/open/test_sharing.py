"""Sharing with a doctor."""

import re
from pathlib import Path

from playwright.sync_api import expect

from radiogram.formats.public_key import fingerprint
from tests.web.controls import heading


def test_a_doctor_gets_a_letter_of_their_own(opened, wallet, newcomer, one, devnet, tmp_path, small, axe, screenshot):
    doctor = newcomer()
    at = opened(one)
    at.get_by_role("button", name="Share with a doctor").click()
    expect(heading(at, "Share with a doctor")).to_be_focused()
    axe(at)
    screenshot(at, "open-51-share")
    at.get_by_label("Doctor’s public key or address").fill(doctor.public_key)
    at.get_by_role("button", name="Continue").click()
    words = " ".join(fingerprint(bytes.fromhex(doctor.public_key[2:])))
    expect(at.get_by_text(words)).to_be_visible()
    expect(at.get_by_text("You cannot take back what they have saved.")).to_be_visible()
    axe(at)
    screenshot(at, "open-52-share-ready")
    at.get_by_role("button", name="Share", exact=True).click()
    expect(heading(at, re.compile("^Shared with"))).to_be_focused(timeout=30_000)
    axe(at)
    screenshot(at, "open-53-shared")
    key = tmp_path / "doctor.key"
    key.write_text(doctor.private_key)
    key.chmod(0o600)
    got = devnet.json("retrieve_image", "0", "--of", doctor.address, "--key-file", key, "--out", tmp_path / "out")
    assert Path(got["files"][0]["path"]).read_bytes() == small.read_bytes()


def test_a_doctor_who_has_no_key_cannot_be_shared_with(opened, newcomer, one):
    at = opened(one)
    at.get_by_role("button", name="Share with a doctor").click()
    at.get_by_label("Doctor’s public key or address").fill(newcomer().address)
    at.get_by_role("button", name="Continue").click()
    expect(heading(at, "This address cannot get images yet.")).to_be_visible()


def test_a_doctors_address_with_a_wrong_sign_is_said_to_have_one(opened, newcomer, one, axe):
    at = opened(one)
    at.get_by_role("button", name="Share with a doctor").click()
    at.get_by_label("Doctor’s public key or address").fill("0x1234")
    at.get_by_role("button", name="Continue").click()
    expect(at.get_by_role("alert").first).to_contain_text("too short")
    axe(at)


def test_an_address_of_ones_own_is_checked_before_sharing(opened, person, one, axe, screenshot):
    at = opened(one)
    at.get_by_role("button", name="Share with a doctor").click()
    at.get_by_label("Doctor’s public key or address").fill(person.public_key)
    at.get_by_role("button", name="Continue").click()
    expect(heading(at, "Check this address")).to_be_focused()
    expect(at.get_by_text("It is your own address.")).to_be_visible()
    axe(at)
    screenshot(at, "open-54-share-check")
