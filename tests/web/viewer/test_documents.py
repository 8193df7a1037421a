"""What DICOM files hold in place of images, on the page: documents first, each kept as it was put in."""

import re

import pytest
from playwright.sync_api import expect

from tests.dicom.test_documents import CDA_CLASS, dicom, pdf, stored
from tests.web.viewer.page import corner, pixels, sample, settle, show, stage

PAGES = b"%PDF-1.4\n%%EOF\n\0"
# But for the small pictures, which are the viewer's own.
FOREIGN = ".viewer-host :is(img:not(.thumbs img[src^='blob:']), script, iframe, object, embed)"
EVIL = '<img src=x onerror="alert(1)"><script>alert(1)</script>'


def saved(page, press) -> tuple[str, bytes]:
    with page.expect_download() as download:
        press.click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_a_pdf_within_dicom_is_opened_and_saved_as_a_pdf_without_its_padding(viewer, tmp_path):
    (tmp_path / "a.dcm").write_bytes(pdf(PAGES, EncapsulatedDocumentLength=len(PAGES) - 1, DocumentTitle="Findings"))
    page = viewer(tmp_path / "a.dcm")
    link = page.get_by_role("link", name="Open the document")
    assert corner(page, "tl") == "Document: Findings"
    assert link.get_attribute("href").startswith("blob:")
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")
    save = page.get_by_role("link", name="Save a copy of a.dcm.pdf")
    assert saved(page, save) == ("a.dcm.pdf", PAGES[:-1])


def test_a_document_comes_before_the_images_which_are_one_press_away(viewer, stack, tmp_path):
    (tmp_path / "z.dcm").write_bytes(pdf(PAGES))
    page = viewer(*stack, tmp_path / "z.dcm")
    assert page.get_by_label("Series").locator("option").all_inner_texts() == ["1. Document", "2. CT chest, 20 slices"]
    page.get_by_role("button", name="See the images").click()
    settle(page)
    expect(stage(page)).to_be_focused()
    assert corner(page, "tr") == "11 / 20"
    assert pixels(page).any()


@pytest.mark.parametrize("data", [b"<script>alert(1)</script>", b"MZ\x90\0"])
def test_what_only_says_that_it_is_a_pdf_is_refused_by_name(viewer, tmp_path, data):
    (tmp_path / "fake.dcm").write_bytes(pdf(data))
    page = viewer(tmp_path / "fake.dcm")
    expect(page.get_by_role("link", name="Open the document")).to_have_count(0)
    expect(page.get_by_role("listitem")).to_contain_text("fake.dcm")
    expect(page.get_by_role("listitem")).to_contain_text(
        "It says that it holds a PDF document, and holds something else."
    )


def test_a_clinical_document_is_named_and_saved_as_xml(viewer, tmp_path):
    document = b'<?xml version="1.0"?><ClinicalDocument/>'
    made = dicom(CDA_CLASS, MIMETypeOfEncapsulatedDocument="text/XML", EncapsulatedDocument=document)
    (tmp_path / "a.dcm").write_bytes(stored(made))
    page = viewer(tmp_path / "a.dcm")
    expect(page.get_by_role("heading", name="A clinical document (CDA).")).to_be_visible()
    assert saved(page, page.get_by_role("link", name="Save a copy")) == ("a.dcm.xml", document)


def test_the_words_of_a_clinical_document_are_read_on_the_page_and_never_become_a_part_of_it(viewer, tmp_path):
    text = "<paragraph>Clear &lt;img src=x onerror=alert(1)&gt;</paragraph><script>alert(1)</script>"
    section = f"<section><title>Lungs</title><text>{text}</text></section>"
    body = f"<component><structuredBody><component>{section}</component></structuredBody></component>"
    author = "<author><assignedAuthor><assignedPerson><name>Dr Roe</name></assignedPerson></assignedAuthor></author>"
    header = f'<title>Letter</title><effectiveTime value="20240314"/>{author}'
    document = f"<ClinicalDocument>{header}{body}</ClinicalDocument>".encode()
    made = dicom(CDA_CLASS, MIMETypeOfEncapsulatedDocument="text/XML", EncapsulatedDocument=document)
    (tmp_path / "a.dcm").write_bytes(stored(made))
    page = viewer(tmp_path / "a.dcm", sample("CT_small.dcm"))
    paper = page.locator("article")
    assert paper.get_by_role("heading").all_inner_texts() == ["Letter", "Lungs"]
    assert paper.get_by_role("row").all_inner_texts() == ["Date\t14-Mar-2024", "Written by\tDr Roe"]
    assert paper.locator("li").all_inner_texts() == ["Clear <img src=x onerror=alert(1)>", "alert(1)"]
    assert page.locator(FOREIGN).count() == 0
    name, data = saved(page, page.get_by_role("link", name="Save a copy"))
    assert (name, data.rstrip(b"\0")) == ("a.dcm.xml", document)


def test_a_document_s_title_never_becomes_a_part_of_the_page(viewer, tmp_path):
    (tmp_path / "a.dcm").write_bytes(pdf(PAGES, DocumentTitle=EVIL))
    page = viewer(tmp_path / "a.dcm", sample("CT_small.dcm"))
    assert corner(page, "tl") == f"Document: {EVIL}"
    assert page.locator(FOREIGN).count() == 0
    show(page, tmp_path / "a.dcm")
    assert re.fullmatch("blob:.*", page.get_by_role("link", name="Open the document").get_attribute("href"))


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_whatever_is_shown_can_be_used_by_everybody(viewer, tmp_path, stack, axe, screenshot, size):
    (tmp_path / "a.dcm").write_bytes(pdf(PAGES, DocumentTitle="Findings of a CT of the chest"))
    shown = {
        "report": [*stack, sample("reportsi.dcm")],
        "document": [*stack, tmp_path / "a.dcm"],
        "ecg": [sample("waveform_ecg.dcm")],
        "others": [sample("rtplan.dcm")],
    }
    for name, files in shown.items():
        page = viewer(*files, size=size)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), name
        axe(page)
        if size == "desktop":
            screenshot(page, f"viewer-{name}")
        page.close()
