"""Structured reports on the page: the words of the commands' own page, first, and the images one press away."""

import io
import re
from html import unescape

import pytest
from playwright.sync_api import expect
from pydicom import dcmread

from radiogram.dicom.documents import document_of
from tests.dicom.test_documents import item, report, stored
from tests.web.viewer.page import corner, pixels, sample, settle, stage

EVIL = '<img src="https://a.example/x" onerror="alert(1)"><script>alert(1)</script><a href="https://a.example">x</a>'


def told(source: bytes) -> str:
    """The words of the page that the commands write."""
    sink = io.BytesIO()
    document_of(source).write(sink)
    body = sink.getvalue().decode().partition("<body>")[2]
    return spaced(unescape(re.sub(r"<[^>]*>", " ", body)))


def spaced(text: str) -> str:
    return " ".join(text.replace(":", " : ").split())


def paper(page):
    return page.locator("article[role=document]")


def words(page) -> str:
    texts = """(article) => {
      const walk = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
      const found = [];
      while (walk.nextNode()) found.push(walk.currentNode.data);
      return found.join(" ");
    }"""
    return spaced(paper(page).evaluate(texts))


@pytest.mark.parametrize("name", ["test-SR.dcm", "reportsi.dcm", "reportsi_with_empty_number_tags.dcm"])
def test_a_published_report_is_read_with_the_words_of_the_commands_page(viewer, name, axe):
    page = viewer(sample(name))
    assert words(page) == told(sample(name).read_bytes())
    axe(page)


def test_sections_are_headings_and_what_stands_in_them_is_a_list(viewer, tmp_path):
    finding = item("TEXT", "Finding", TextValue="No fracture.\r\nSoft tissue normal.")
    inner = item("CONTAINER", "Lungs", children=(item("TEXT", "Sign", TextValue="clear"),))
    made = report(item("CONTAINER", "Findings", children=(finding, inner)))
    (tmp_path / "a.dcm").write_bytes(made)
    page = viewer(tmp_path / "a.dcm")
    headings = paper(page).get_by_role("heading")
    assert headings.evaluate_all("(all) => all.map((each) => [each.localName, each.textContent])") == [
        ["h2", "Diagnostic imaging report"],
        ["h3", "Findings"],
        ["h4", "Lungs"],
    ]
    assert paper(page).locator("li p").inner_text() == "No fracture.\nSoft tissue normal."


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ({"CompletionFlag": "PARTIAL"}, "This report is not complete."),
        ({"VerificationFlag": "UNVERIFIED"}, "Nobody has signed for this report yet."),
        ({"PreliminaryFlag": "PRELIMINARY"}, "This report is preliminary."),
    ],
)
def test_a_report_that_is_not_final_says_so(viewer, tmp_path, flag, said):
    made = dcmread(io.BytesIO(report(item("TEXT", "Finding", TextValue="x"))))
    for name, value in flag.items():
        setattr(made, name, value)
    (tmp_path / "a.dcm").write_bytes(stored(made))
    page = viewer(tmp_path / "a.dcm")
    assert paper(page).locator(".status").all_inner_texts() == [said]


def test_a_report_is_read_first_and_the_images_are_one_press_away(viewer, stack, tmp_path):
    (tmp_path / "z.dcm").write_bytes(report(item("TEXT", "Finding", TextValue="No fracture.")))
    page = viewer(*stack, tmp_path / "z.dcm")
    options = page.get_by_label("Series").locator("option")
    assert options.all_inner_texts() == ["1. Diagnostic imaging report", "2. CT chest, 20 slices"]
    expect(paper(page)).to_contain_text("No fracture.")
    page.get_by_role("button", name="See the images").click()
    settle(page)
    expect(stage(page)).to_be_focused()
    expect(paper(page)).to_be_hidden()
    assert corner(page, "tr") == "11 / 20"
    assert pixels(page).any()
    page.get_by_label("Series").select_option("0")
    expect(paper(page)).to_be_visible()


def test_a_log_of_doses_is_not_read_before_the_images(viewer, stack, tmp_path):
    dose = dcmread(io.BytesIO(report(item("TEXT", "Dose", TextValue="x"))))
    dose.SOPClassUID = dose.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.88.67"
    (tmp_path / "a.dcm").write_bytes(stored(dose))
    page = viewer(tmp_path / "a.dcm", *stack)
    options = page.get_by_label("Series").locator("option")
    assert options.all_inner_texts() == ["1. CT chest, 20 slices", "2. Diagnostic imaging report"]
    assert pixels(page).any()


def test_keys_and_gestures_of_the_picture_do_nothing_in_a_report(viewer, tmp_path):
    lines = (item("TEXT", f"Finding {number}", TextValue="x " * 60) for number in range(40))
    (tmp_path / "a.dcm").write_bytes(report(*lines))
    page = viewer(tmp_path / "a.dcm")
    paper(page).click()
    page.keyboard.press("i")
    page.keyboard.press("PageDown")
    page.wait_for_function("() => scrollY > 0")
    assert page.locator("[aria-pressed=true]:visible").count() == 0
    page.mouse.wheel(0, 300)
    expect(paper(page)).to_be_visible()


def test_nothing_in_a_report_becomes_a_part_of_the_page(viewer, tmp_path):
    made = report(item("TEXT", EVIL, TextValue=EVIL), item("CONTAINER", EVIL), PatientName=EVIL, StudyDescription=EVIL)
    (tmp_path / "a.dcm").write_bytes(made)
    page = viewer(tmp_path / "a.dcm")
    expect(paper(page)).to_contain_text(EVIL)
    assert page.locator(".viewer-host :is(img, script, a, iframe, object, embed, style, link)").count() == 0
    assert words(page) == told(made)


def test_a_report_nested_without_end_is_refused(viewer, tmp_path):
    deep = item("TEXT", "x", TextValue="end")
    for _ in range(60):
        deep = item("CONTAINER", "x", children=(deep,))
    (tmp_path / "deep.dcm").write_bytes(report(deep))
    page = viewer(tmp_path / "deep.dcm")
    expect(page.get_by_role("listitem")).to_contain_text("deep.dcm")
    expect(page.get_by_role("listitem")).to_contain_text("its parts are nested too deep")


def test_a_long_report_is_scrolled_on_the_whole_screen(viewer, stack, tmp_path):
    lines = (item("TEXT", f"Finding {number}", TextValue="x " * 60) for number in range(40))
    (tmp_path / "z.dcm").write_bytes(report(*lines))
    page = viewer(*stack, tmp_path / "z.dcm")
    page.get_by_role("button", name="See the images").click()
    settle(page)
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement !== null")
    page.get_by_label("Series").select_option("0")
    expect(paper(page)).to_be_visible()
    page.mouse.move(400, 300)
    page.mouse.wheel(0, 20_000)
    expect(paper(page).get_by_text("Finding 39")).to_be_in_viewport()
