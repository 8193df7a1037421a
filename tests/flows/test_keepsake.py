"""A patient keeps a study as one page, and opens it years later in a browser that has no network."""

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import HTJ2KLossless, generate_uid

from tests.dicom.htj2k import encoded
from tests.flows.conftest import ROOT

FIELDS = "index mailbox sender sender_name sender_checked sender_label sent_at quantum_safe cid signed_by"
FIELDS += " unknown_signer keepsake files"
IMAGES = ("CT_small.dcm", "RG1_J2KR.dcm", "JPEG-LL.dcm", "SC_rgb_rle.dcm", "examples_ybr_color.dcm")
IMAGES += ("MR_small_jpeg_ls_lossless.dcm", "JPGExtended.dcm", "MR_small.dcm")
HIGH_THROUGHPUT = "MR_small.dcm"  # goes in High-Throughput JPEG 2000
ALIKE = ("JPGExtended.dcm", "MR_small.dcm")  # of the series of others, which are compressed otherwise
EMPTY = ROOT / "web" / "dist" / "keepsake.txt"


@pytest.fixture
def study(tmp_path_factory):
    """Images of several compressions, each of which needs a decoder, and a letter."""
    folder = tmp_path_factory.mktemp("keepsake") / "study"
    folder.mkdir()
    for image in (Path(get_testdata_file(name, download=False)) for name in IMAGES):
        (folder / image.name).write_bytes(image.read_bytes())
        if image.name == HIGH_THROUGHPUT:
            encoded(image, folder / image.name, HTJ2KLossless)
        if image.name in ALIKE:
            scan = dcmread(folder / image.name)
            scan.SeriesInstanceUID = generate_uid()
            scan.save_as(folder / image.name)
    (folder / "Ann's & Bob's.txt").write_bytes(b"Dear colleague")
    return folder


@pytest.fixture
def index(devnet, study, patient):
    """The message that the study is."""
    return devnet.json("send_image", study, "--to", patient.public_key, "--several-patients")["index"]


@pytest.fixture
def keepsake(devnet, index, tmp_path):
    """The study as one page."""
    told = devnet.json("export_image", index, "--keepsake", tmp_path / "images.html")
    assert " ".join(told) == FIELDS
    assert told["files"] == len(IMAGES) + 1
    return tmp_path / "images.html"


@pytest.fixture
def page(need, keepsake):
    """The keepsake in a Chromium without network, and what it asked for or complained of."""
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=need("chromium"), args=["--no-sandbox"])
        shown = browser.new_context(offline=True).new_page()
        shown.asked, shown.errors = [], []
        shown.on("request", lambda request: shown.asked.append(request.url))
        shown.on("pageerror", lambda error: shown.errors.append(str(error)))
        shown.on("console", lambda line: shown.errors.append(line.text))
        shown.goto(keepsake.as_uri())
        expect(shown.get_by_label("Series", exact=True).locator("option")).to_have_count(len(IMAGES), timeout=60_000)
        yield shown
        browser.close()


COUNT_VALUES = """() => {
  const canvas = document.querySelector("canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  return new Set(copy.getImageData(0, 0, canvas.width, canvas.height).data.filter((_, at) => at % 4 === 0)).size > 5;
}"""


def test_every_image_is_shown_by_a_browser_without_network(page, keepsake):
    for place in range(len(IMAGES)):
        page.get_by_label("Series", exact=True).select_option(index=place)  # takes the picture before off the stage
        page.wait_for_function(COUNT_VALUES, timeout=60_000)

    assert page.errors == []
    assert {url.partition(":")[0] for url in page.asked} <= {"file", "blob", "data"}
    assert [url for url in page.asked if url.startswith("file")] == [keepsake.as_uri()]


def test_each_series_has_its_small_picture(page):
    small = page.get_by_role("toolbar", name="Small pictures").get_by_role("button")
    expect(small).to_have_count(len(IMAGES))
    for place in range(len(IMAGES)):
        small.nth(place).scroll_into_view_if_needed()
        expect(small.nth(place).locator("img")).to_be_visible(timeout=60_000)
    assert page.errors == []


def test_its_policy_lets_in_no_network_and_no_other_script(page):
    policy = page.locator("meta[http-equiv]").get_attribute("content")

    assert "default-src 'none'" in policy
    assert "connect-src data:;" in policy
    assert "unsafe-inline" not in policy
    assert page.evaluate("fetch('https://images.example/').then(() => 'let in', () => 'blocked')") == "blocked"
    assert any("Content Security Policy" in each for each in page.errors)


def test_the_files_are_in_it_bit_for_bit_and_it_is_not_much_larger(keepsake, study):
    blocks = re.findall(r'<script class="file"[^>]*data-name="([^"]*)"[^>]*>([^<]*)<', keepsake.read_text())
    total = sum(path.stat().st_size for path in study.iterdir())

    assert sorted(base64.b64decode(data) for _, data in blocks) == sorted(p.read_bytes() for p in study.iterdir())
    assert "study/Ann&#x27;s &amp; Bob&#x27;s.txt" in [name for name, _ in blocks]
    assert keepsake.stat().st_size < 1.4 * total + EMPTY.stat().st_size


def test_it_holds_the_terms_of_those_whose_programs_are_in_it():
    text = EMPTY.read_text()

    assert "@cornerstonejs/codec-openjpeg" in text
    assert "@cornerstonejs/codec-charls" in text
    assert "Copyright" in text


def test_a_keepsake_is_replaced_when_asked_and_not_before(devnet, index, keepsake):
    before = keepsake.read_bytes()

    line = devnet.refusal("export_image", index, "--keepsake", keepsake)
    devnet.json("export_image", index, "--keepsake", keepsake, "--overwrite")

    assert line == f"Error: {keepsake} is there already: choose another --keepsake, or add --overwrite"
    assert keepsake.read_bytes() == before
    assert sorted(path.name for path in keepsake.parent.iterdir()) == ["images.html"]


def test_a_wrong_key_writes_nothing(devnet, index, patient, stranger, tmp_path):
    (tmp_path / "key.hex").write_text(stranger.private_key)
    (tmp_path / "key.hex").chmod(0o600)

    wrong = ("--key-file", tmp_path / "key.hex", "--of", patient.address)
    line = devnet.refusal("export_image", index, "--keepsake", tmp_path / "images.html", *wrong)

    assert "this private key does not open the message" in line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key.hex"]
