"""What people read: a text, and a page with pictures."""

import html.parser
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

import pydicom
import pytest
from pydicom import dcmread
from pydicom.uid import (
    MPEG4HP41,
    BasicTextSRStorage,
    CTImageStorage,
    EncapsulatedCDAStorage,
    EncapsulatedPDFStorage,
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    JPEG2000Lossless,
    KeyObjectSelectionDocumentStorage,
    RTStructureSetStorage,
    SegmentationStorage,
    TwelveLeadECGWaveformStorage,
    VideoEndoscopicImageStorage,
)

from radiogram.export.contents import kinds
from tests.dicom.export.material import RAMP


def test_readme_is_plain_text_and_names_no_patient(exported):
    text = (exported.out / "README.TXT").read_bytes()

    assert text.isascii()
    assert text.count(b"\n") == text.count(b"\r\n")
    assert not re.search(b"roe|yamada|1\\.2\\.3", text, re.IGNORECASE)
    assert b"compressed" in text
    assert b"JPEG 2000" in text


def test_a_study_that_is_not_compressed_is_not_called_so(export, build, tmp_path):
    export({"image": build(RAMP)}, tmp_path / "out")

    assert "compressed" not in (tmp_path / "out" / "README.TXT").read_text()


class Page(html.parser.HTMLParser):
    """What a page links to, its tags, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links, self.tags, self.text = [], set(), ""
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        self.text += data


def test_the_page_shows_every_series_and_links_only_to_what_is_there(exported):
    page = Page(exported.out / "INDEX.HTM")

    assert exported.pictures > 50
    assert all((exported.out / unquote(link)).is_file() for link in page.links)
    pictures = {str(path.relative_to(exported.out)) for path in exported.out.glob("IHE_PDI/**/*.PNG")}
    assert {link for link in page.links if link.startswith("IHE_PDI")} == pictures
    for words in ("YAMADA, Tarou / 山田 太郎", "Series 7 · CT · 20 images", "RT Structure Set", "letter.pdf"):
        assert words in page.text


def test_the_page_is_well_formed_and_runs_nothing_whatever_files_say(export, build, tmp_path):
    evil = "<script>alert(1)</script>\"'&"
    with pydicom.config.disable_value_validation():
        image = build(RAMP, PatientName=evil, StudyDescription=evil, SeriesDescription=evil, Modality='"><b>')

    export({"a&b <i>.dcm": image, "x'%22&.pdf": b"%PDF"}, tmp_path / "out")

    ET.parse(tmp_path / "out" / "INDEX.HTM")  # noqa: S314 - our own
    page = Page(tmp_path / "out" / "INDEX.HTM")
    assert not page.tags & {"script", "i", "b", "iframe", "object"}
    assert "alert(1)" in page.text
    assert (tmp_path / "out" / "OTHER" / "x'%22&.pdf").is_file()
    assert all((tmp_path / "out" / unquote(link)).is_file() for link in page.links)


def test_a_browser_shows_the_page_and_all_its_pictures(exported, need):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=need("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 320, "height": 800})
        page.goto((exported.out / "INDEX.HTM").as_uri())
        page.evaluate("document.querySelectorAll('img').forEach(each => each.loading = 'eager')")
        page.wait_for_function("[...document.images].every(each => each.complete)")
        widths = page.evaluate("[...document.images].map(each => each.naturalWidth)")
        overflow = page.evaluate("document.documentElement.scrollWidth")
        browser.close()

    assert len(widths) > 50
    assert 0 not in widths
    assert overflow <= 320


def test_of_a_large_series_a_choice_is_shown_and_one_sheet(export, build, tmp_path):
    series = {f"{place:03}": build(RAMP, InstanceNumber=place) for place in range(100)}

    exported = export(series, tmp_path / "out")

    assert exported.pictures == 25
    assert (tmp_path / "out" / "IHE_PDI" / "SE000001.PNG").is_file()
    assert "24 of 100 are shown here." in Page(tmp_path / "out" / "INDEX.HTM").text


def test_frames_are_counted_and_not_the_files_that_hold_them(export, sample, tmp_path):
    cine = sample("emri_small.dcm")
    export({"cine": cine}, tmp_path / "one")
    twice = dcmread(cine)
    twice.SOPInstanceUID = twice.file_meta.MediaStorageSOPInstanceUID = "1.2.9"
    twice.save_as(tmp_path / "other.dcm")
    exported = export({"a": cine, "b": tmp_path / "other.dcm"}, tmp_path / "two")

    assert "10 frames in 1 file" in Page(tmp_path / "one" / "INDEX.HTM").text
    assert "20 frames in 2 files" in Page(tmp_path / "two" / "INDEX.HTM").text
    assert "2 of 20 are shown here." in Page(tmp_path / "two" / "INDEX.HTM").text
    assert [(each.files, each.frames) for each in exported.contents] == [(2, 20)]


@pytest.mark.parametrize(
    ("sop_class", "words"),
    [
        (EncapsulatedPDFStorage, "Encapsulated PDF · 1 file"),
        (EncapsulatedCDAStorage, "Encapsulated CDA · 1 file"),
        (BasicTextSRStorage, "Basic Text SR · 1 file"),
        (KeyObjectSelectionDocumentStorage, "Key Object Selection Document · 1 file"),
        (GrayscaleSoftcopyPresentationStateStorage, "Grayscale Softcopy Presentation State · 1 file"),
        (TwelveLeadECGWaveformStorage, "12-lead ECG Waveform · 1 file"),
        (RTStructureSetStorage, "RT Structure Set · 1 file"),
        ("1.2.826.0.1.3680043.9.9999.1", "of a class that DICOM does not name · 1 file"),
    ],
)
def test_what_is_no_image_is_called_by_its_class(sop_class, words):
    assert [str(each) for each in kinds([(sop_class, ExplicitVRLittleEndian, 0)])] == [words]


@pytest.mark.parametrize(
    ("sop_class", "syntax", "frames", "words"),
    [
        (CTImageStorage, ExplicitVRLittleEndian, 1, "CT Image · 1 image"),
        (SegmentationStorage, ExplicitVRLittleEndian, 30, "Segmentation · 30 frames in 1 file"),
        (VideoEndoscopicImageStorage, MPEG4HP41, 250, "Video Endoscopic Image (video) · 250 frames in 1 file"),
    ],
)
def test_images_and_videos_are_called_by_their_class_too(sop_class, syntax, frames, words):
    assert [str(each) for each in kinds([(sop_class, syntax, frames)])] == [words]


def test_a_report_in_a_study_is_listed_by_its_class(exported):
    text = Page(exported.out / "INDEX.HTM").text

    assert "Encapsulated PDF · 1 file" in text
    assert "RT Plan · 1 file" in text


def test_an_image_that_can_not_be_shown_is_exported_with_one_line_why(export, build, tmp_path):
    broken = build(RAMP, JPEG2000Lossless, PixelData=pydicom.encaps.encapsulate([b"\xff\x4f" + bytes(98)]))

    exported = export({"image": broken}, tmp_path / "out")

    ((name, why),) = exported.remarks
    assert name == "DICOM/PT000001/ST000001/SE000001/IM000001"
    assert why.startswith("no picture: ")
    assert (tmp_path / "out" / name).read_bytes() == broken
    assert "No picture: " in Page(tmp_path / "out" / "INDEX.HTM").text


def test_the_page_names_what_has_no_picture_for_what_it_is(export, sample, tmp_path):
    export({name: sample(name) for name in ("rtplan.dcm", "rtdose.dcm")}, tmp_path / "out")
    text = Page(tmp_path / "out" / "INDEX.HTM").text
    assert "No picture. RT Plan: a plan for radiotherapy, for the radiotherapy department." in text
    assert "No picture. RT Dose: the dose that is planned, for the radiotherapy department." in text
    assert not (tmp_path / "out" / "IHE_PDI").exists()
