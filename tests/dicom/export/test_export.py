"""Exported studies, imported by those that doctors use: Orthanc, dcmtk and pydicom. All three are the real ones."""

import html.parser
import io
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

import pydicom
import pytest
from pydicom import dcmread
from pydicom.fileset import FileSet
from pydicom.uid import JPEG2000Lossless

from tests.dicom.export.material import RAMP, content, data_set, dicom_files, digest, listed


@pytest.fixture
def orthanc(need, tmp_path_factory, monkeypatch):
    """Asks an Orthanc of its own, on a free port of this machine alone."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    tool = need("Orthanc", "orthanc")
    folder = tmp_path_factory.mktemp("orthanc")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpPort": port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomServerEnabled": False,
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    process = subprocess.Popen([tool, folder / "orthanc.json"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def ask(path: str, body: bytes | None = None):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", body) as answer:
            content = answer.read()
        return content if path.endswith("/file") else json.loads(content)

    for _ in range(300):
        try:
            ask("/system")
            break
        except urllib.error.URLError:
            assert process.poll() is None, "Orthanc ended"
            time.sleep(0.1)
    yield ask
    process.terminate()
    process.wait(30)
    shutil.rmtree(folder)


# ---- who imports it


def test_orthanc_imports_every_image_of_the_zip_file_as_it_was_sent(zipped, real_study, orthanc):
    answers = orthanc("/instances", zipped.out.read_bytes())

    sent = [data for data in map(content, real_study.values()) if data[128:132] == b"DICM"]
    sent = [data for data in sent if "DirectoryRecordSequence" not in dcmread(io.BytesIO(data))]
    assert zipped.dicom_files == len(sent) > 60
    assert [each["Status"] for each in answers] == ["Success"] * len(sent)
    stored = [orthanc(f"/instances/{each['ID']}/file") for each in answers]
    assert sorted(digest(data_set(each)) for each in stored) == sorted(digest(data_set(each)) for each in sent)
    assert orthanc("/statistics")["CountStudies"] == len({dcmread(io.BytesIO(d)).StudyInstanceUID for d in sent})


def test_orthanc_imports_every_file_that_the_folders_dicomdir_lists(exported, orthanc):
    answers = [orthanc("/instances", path.read_bytes()) for path in listed(exported.out)]

    assert {each["Status"] for each in answers} == {"Success"}
    assert len({each["ID"] for each in answers}) == exported.dicom_files


def test_dcmtk_finds_no_fault_in_the_directory(need, exported):
    dump = subprocess.run([need("dcmdump", "dcmtk"), exported.out / "DICOMDIR"], capture_output=True, check=True)
    command = [need("dcmftest", "dcmtk"), *dicom_files(exported.out)]
    kinds = subprocess.run(command, capture_output=True, text=True, check=True)

    assert dump.stderr == b""
    assert not re.search(rb"^[WEF]: ", dump.stdout, re.MULTILINE)
    assert {line[:4] for line in kinds.stdout.splitlines()} == {"yes:"}


def test_dcmtk_makes_the_same_directory_of_the_same_files(need, export, real_study, tmp_path):
    plain = {name: file for name, file in real_study.items() if name.startswith(("disk/", "series/"))}
    del plain["series/report.dcm"]  # dcmtk wants more of such a document than this one has
    export(plain, tmp_path / "out")
    ours = outline(tmp_path / "out")

    command = [need("dcmmkdir", "dcmtk"), "+I", "+r", "+id", ".", "+D", "THEIRS", "DICOM"]
    subprocess.run(command, cwd=tmp_path / "out", capture_output=True, check=True)
    (tmp_path / "out" / "THEIRS").rename(tmp_path / "out" / "DICOMDIR")

    assert ours == outline(tmp_path / "out")
    assert len(ours) > 50


def outline(folder: Path) -> set:
    """Every way from a patient to a file: what names each record on it."""
    keys = ("PatientID", "PatientName", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "DirectoryRecordType")
    keys += ("ReferencedSOPClassUIDInFile", "ReferencedSOPInstanceUIDInFile", "ReferencedTransferSyntaxUIDInFile")
    ways = set()
    for instance in FileSet(folder / "DICOMDIR"):
        way = [instance.node, *instance.node.ancestors]
        said = [tuple(str(node._record.get(key, "")) for key in keys) for node in way if not node.is_root]
        ways.add((instance.FileID and tuple(instance.node._record.ReferencedFileID), *said))
    return ways


def test_pydicom_reads_the_directory_and_finds_every_file(exported):
    file_set = FileSet(exported.out / "DICOMDIR")

    assert len(file_set) == exported.dicom_files == len(dicom_files(exported.out))
    assert {Path(each.path).is_file() for each in file_set} == {True}
    assert file_set.ID == "RADIOGRAM"


def test_each_kind_of_file_has_the_record_of_its_kind(exported):
    kinds = {record.DirectoryRecordType for record in dcmread(exported.out / "DICOMDIR").DirectoryRecordSequence}

    assert kinds >= {"IMAGE", "RT DOSE", "RT PLAN", "RT STRUCTURE SET", "SR DOCUMENT", "ENCAP DOC"}


# ---- what is in it


# ---- what people read


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
    for words in ("YAMADA, Tarou / 山田 太郎", "Series 7 · CT · 20 images", "RT structure set", "letter.pdf"):
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


def test_an_image_that_can_not_be_shown_is_exported_with_one_line_why(export, build, tmp_path):
    broken = build(RAMP, JPEG2000Lossless, PixelData=pydicom.encaps.encapsulate([b"\xff\x4f" + bytes(98)]))

    exported = export({"image": broken}, tmp_path / "out")

    ((name, why),) = exported.remarks
    assert name == "DICOM/PT000001/ST000001/SE000001/IM000001"
    assert why.startswith("no picture: ")
    assert (tmp_path / "out" / name).read_bytes() == broken
    assert "No picture: " in Page(tmp_path / "out" / "INDEX.HTM").text


# ---- folder and ZIP file, whole or not at all
