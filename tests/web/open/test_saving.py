"""Saving: a file bit for bit, and a study as an archive."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.open.page import know, take, unlock


def test_what_python_sends_opens_and_is_saved_bit_for_bit(page, devnet, person, technologist, xray, tmp_path):
    sent = devnet.json("send_image", xray, "--to", person.public_key)
    at = page()
    know(at, technologist)
    unlock(at, person)
    take(at)
    with at.expect_download() as saved:
        at.get_by_role("button", name="Save a copy").click()
    assert re.fullmatch(r"CT-\d{4}-\d\d-\d\d\.dcm", saved.value.suggested_filename)
    assert saved.value.path().read_bytes() == xray.read_bytes()
    assert sent["index"] == 0


def test_a_study_of_many_files_is_saved_as_an_archive_without_a_name_of_a_person(opened, ct, chest, axe, screenshot):
    at = opened(ct)
    with at.expect_download() as saved:
        at.get_by_role("button", name="Save a copy").click()
    assert saved.value.suggested_filename == "CT-chest-2026-11-12.zip"
    with zipfile.ZipFile(saved.value.path()) as archive:
        found = {Path(name).name: archive.read(name) for name in archive.namelist()}
    assert found == {path.name: path.read_bytes() for path in chest.iterdir()}
    expect(at.get_by_text("Saved as CT-chest-2026-11-12.zip.").last).to_be_visible()
    expect(at.get_by_text("Exactly the hospital’s files.", exact=True)).to_be_visible()
    axe(at)
    screenshot(at, "open-41-saved")
    at.get_by_role("button", name="What can open it?").click()
    expect(at.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("whose", ["a stranger's", "nobody's", "a stranger's, handed on by somebody who is known"])
def test_of_a_list_that_nobody_who_is_known_has_signed_no_hospital_is_spoken_of(
    page, postbox, person, technologist, stranger, small, one, whose
):
    contents = one
    if whose == "nobody's":
        contents = postbox.add(small, signature=b"")
    if whose.endswith("is known"):
        postbox.sender = stranger
        contents = postbox.add(small)
        postbox.sender = technologist
    postbox.send(person, contents)
    at = page()
    if whose != "a stranger's":
        know(at, technologist)
    unlock(at, person)
    take(at)
    with at.expect_download():
        at.get_by_role("button", name="Save a copy").click()
    expect(at.get_by_text("Exactly the files that were sent to you.", exact=True)).to_be_visible()
    expect(at.get_by_text("hospital’s files")).to_have_count(0)
