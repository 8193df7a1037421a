"""What is no picture, or none that can be shown, and pictures that are not DICOM."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.web.viewer.page import at_full_size, corner, not_shown, pixels, press, sample, show, stage


def test_what_cannot_be_shown_is_said_on_a_stage_of_the_same_size(viewer, tmp_path):
    page = viewer(sample("CT_small.dcm"))
    before = stage(page).bounding_box()
    show(page, not_shown(tmp_path), sample("README.txt"))
    assert stage(page).bounding_box() == before
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()
    expect(stage(page)).to_contain_text("Your copy is complete. A doctor’s program can show it.")
    page.get_by_text("1 file we cannot show").click()
    expect(page.get_by_role("listitem")).to_contain_text("README.txt")
    with page.expect_download() as download:
        page.get_by_role("listitem").get_by_role("link", name="Save a copy").click()
    assert download.value.path().read_bytes() == sample("README.txt").read_bytes()


def test_what_is_for_doctors_programs_is_named_for_what_it_is(viewer):
    page = viewer(sample("CT_small.dcm"), sample("rtplan.dcm"), sample("rtstruct.dcm"))
    page.get_by_text("2 files for the doctors’ programs").click()
    told = [each.split("\n")[:2] for each in page.get_by_role("listitem").all_inner_texts()]
    assert told == [
        ["rtplan.dcm", "RT Plan: a plan for radiotherapy, for the radiotherapy department."],
        [
            "rtstruct.dcm",
            "RT Structure Set: outlines of what is treated and what is spared, for the radiotherapy department.",
        ],
    ]
    expect(page.get_by_text("cannot show")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save a copy of rtplan.dcm").click()
    assert download.value.path().read_bytes() == sample("rtplan.dcm").read_bytes()


def test_a_study_without_pictures_is_not_called_broken(viewer):
    page = viewer(sample("rtplan.dcm"))
    expect(page.get_by_role("heading", name="There are no pictures here.")).to_be_visible()
    expect(page.get_by_role("listitem")).to_contain_text("RT Plan: a plan for radiotherapy")
    expect(page.get_by_text("cannot show")).to_have_count(0)


def test_a_damaged_slice_does_not_break_the_others(viewer, stack):
    stack[10].write_bytes(stack[10].read_bytes()[:-5000])
    page = viewer(*stack)
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()
    stage(page).focus()
    press(page, "ArrowDown")
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_hidden()
    assert pixels(page).any()


@pytest.mark.parametrize("content", [b"", b"DICM", bytes(128) + b"DICM", bytes(128) + b"DICM" + b"\xff" * 5000])
def test_a_broken_file_is_one_line_and_no_hang(viewer, tmp_path, content):
    (tmp_path / "broken.dcm").write_bytes(content)
    page = viewer(tmp_path / "broken.dcm")
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()


def test_png_and_jpeg_are_shown(viewer, tmp_path):
    colours = np.random.default_rng(7).integers(0, 256, (60, 80, 3), np.uint8)
    Image.fromarray(colours).save(tmp_path / "photo.png")
    page = viewer(tmp_path / "photo.png")
    assert (at_full_size(page, 80, 60) == colours).all()
    Image.fromarray(colours).save(tmp_path / "photo.jpg")
    show(page, tmp_path / "photo.jpg")
    assert pixels(page).any()
    assert corner(page, "tl") == "photo.jpg"


def test_a_picture_that_claims_to_be_huge_is_refused(viewer, tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "bomb.png")
    claim = bytearray((tmp_path / "bomb.png").read_bytes())
    claim[16:24] = (60_000).to_bytes(4, "big") * 2
    (tmp_path / "bomb.png").write_bytes(claim)
    page = viewer(tmp_path / "bomb.png")
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()
    page.get_by_text("Details").click()
    expect(stage(page)).to_contain_text("This picture is too large to show: 60000 × 60000 pixels.")


def test_a_pdf_opens_in_a_new_tab_and_can_be_saved(viewer, tmp_path):
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.4\n%%EOF")
    page = viewer(tmp_path / "report.pdf")
    link = page.get_by_role("link", name="Open the document")
    assert link.get_attribute("href").startswith("blob:")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save a copy").click()
    assert download.value.path().read_bytes() == b"%PDF-1.4\n%%EOF"


def test_a_page_that_calls_itself_a_pdf_is_never_opened(viewer, tmp_path):
    (tmp_path / "report.pdf").write_bytes(b"<script>alert(1)</script>")
    page = viewer(tmp_path / "report.pdf")
    expect(page.get_by_role("link", name="Open the document")).to_have_count(0)
    expect(page.get_by_role("heading", name="We cannot show this kind of picture.")).to_be_visible()
