"""Keeping a study as one file: the same that `export_image --keepsake` writes."""

import base64
import re

import pytest
from playwright.sync_api import expect

from tests.web.controls import heading, press
from tests.web.open.page import know, take, unlock

# What a person does in a window of the browser's own, where a test can press nothing: they choose a file, here one of
# the browser's private folder, which is written to by the same means as one of the disk.
CHOOSES = """(isChosen) => {
  globalThis.showSaveFilePicker = async ({ suggestedName }) => {
    if (!isChosen) throw new DOMException("The user aborted a request.", "AbortError");
    return (await navigator.storage.getDirectory()).getFileHandle(`my ${suggestedName}`, { create: true });
  };
}"""
LISTED = """async () => {
  const found = [];
  const folder = await navigator.storage.getDirectory();
  for await (const [name, file] of folder) found.push([name, (await file.getFile()).size]);
  return found;
}"""
VIEWER = 1 << 20  # bytes, at most
LARGE = 49 << 20  # as one file more than 64 MB


@pytest.fixture
def large(postbox, kept, tmp_path):
    """A study that takes some room."""
    if "large" not in kept:
        (tmp_path / "report.pdf").write_bytes(b"%PDF-1.4".ljust(LARGE, b"\0"))
        kept["large"] = postbox.add(tmp_path / "report.pdf")
    return kept["large"]


def test_the_file_is_byte_for_byte_the_one_of_the_command(page, devnet, person, technologist, chest, tmp_path):
    (tmp_path / "key.hex").write_text(person.private_key)
    (tmp_path / "key.hex").chmod(0o600)
    (tmp_path / "study").mkdir()
    for name, content in (("1.dcm", (chest / "0001.dcm").read_bytes()), ("Ann's & Bob's.pdf", b"%PDF-1.4")):
        (tmp_path / "study" / name).write_bytes(content)
    devnet.json("send_image", tmp_path / "study", "--to", person.public_key)
    key = ("--key-file", tmp_path / "key.hex", "--of", person.address)
    devnet.json("export_image", "0", *key, "--keepsake", tmp_path / "command.html")
    at = page()
    know(at, technologist)
    unlock(at, person)
    take(at)

    press(at, "Keep as one file")
    with at.expect_download() as saved:
        press(at, "Keep it")

    assert saved.value.path().read_bytes() == (tmp_path / "command.html").read_bytes()


def test_a_study_is_kept_with_two_presses_once_it_is_said_that_the_file_is_not_encrypted(
    opened, ct, chest, axe, screenshot
):
    at = opened(ct)
    press(at, "Keep as one file")
    expect(heading(at, "Keep as one file", level=2)).to_be_focused()
    expect(at.get_by_text("It is not encrypted: whoever has the file can see your images.")).to_be_visible()
    axe(at)
    screenshot(at, "open-42-keep", full_page=True)
    with at.expect_download() as saved:
        press(at, "Keep it")
    assert saved.value.suggested_filename == "CT-chest-2026-11-12.html"
    expect(heading(at, "Saved as CT-chest-2026-11-12.html.")).to_be_focused()
    axe(at)
    screenshot(at, "open-43-kept", full_page=True)

    text = saved.value.path().read_text()
    blocks = re.findall(r'<script class="file"[^>]*>([^<]*)<', text)
    assert sorted(base64.b64decode(each) for each in blocks) == sorted(each.read_bytes() for each in chest.iterdir())
    assert len(text) < 1.4 * sum(each.stat().st_size for each in chest.iterdir()) + VIEWER


def test_who_does_not_want_it_is_back_at_the_button(opened, one):
    at = opened(one)
    press(at, "Keep as one file")
    press(at, "Not now")
    expect(at.get_by_role("button", name="Keep as one file")).to_be_focused()


def test_a_site_without_the_page_for_it_says_so_and_saves_nothing(opened, one, troubles):
    troubles.expect("404|keepsake.txt")
    at = opened(one)
    at.route("**/keepsake.txt", lambda route: route.fulfill(status=404, body="none"))
    press(at, "Keep as one file")
    press(at, "Keep it")
    expect(heading(at, re.compile(r"^CT-.*\.html was not saved\.$"))).to_be_focused()
    expect(at.get_by_text("The part of Radiogram that shows the images did not come.")).to_be_visible()
    at.unroute("**/keepsake.txt")
    with at.expect_download():
        press(at, "Keep it")


def test_it_can_be_stopped_and_then_nothing_is_saved(opened, one):
    at = opened(one)
    downloads = []
    at.on("download", lambda each: downloads.append(each))
    at.route("**/keepsake.txt", lambda _: None)  # waits for ever
    press(at, "Keep as one file")
    press(at, "Keep it")
    press(at, "Cancel")
    expect(at.get_by_text("Stopped. Nothing was saved.").last).to_be_visible()
    expect(at.get_by_role("button", name="Keep it")).to_be_focused()
    assert downloads == []


def test_a_large_one_is_written_where_the_person_wants_it(opened, large):
    at = opened(large)
    at.evaluate(CHOOSES, True)
    press(at, "Keep as one file")
    press(at, "Keep it")
    expect(heading(at, re.compile(r"^Saved as my Images-.*\.html\.$"))).to_be_focused(timeout=60_000)
    [[name, size]] = at.evaluate(LISTED)
    assert name.startswith("my Images-")
    assert 4 * LARGE / 3 < size < 1.4 * LARGE


def test_a_large_one_is_saved_nowhere_if_the_person_says_so(opened, large):
    at = opened(large)
    at.evaluate(CHOOSES, False)
    press(at, "Keep as one file")
    press(at, "Keep it")
    expect(at.get_by_role("button", name="Keep it")).to_be_focused()
    assert at.evaluate(LISTED) == []


def test_of_a_large_one_that_is_stopped_nothing_is_left(opened, large):
    at = opened(large)
    at.evaluate(CHOOSES, True)
    at.route("**/keepsake.txt", lambda _: None)
    press(at, "Keep as one file")
    press(at, "Keep it")
    press(at, "Cancel")
    expect(at.get_by_text("Stopped. Nothing was saved.").last).to_be_visible()
    assert at.evaluate(LISTED) == []
