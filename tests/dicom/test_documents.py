"""Reports, documents and videos in DICOM files, as files that ordinary programs open."""

import io
import re
import struct
import subprocess
from html import unescape
from pathlib import Path

import pytest
from pydicom import Dataset, FileDataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from radiogram.dicom import documents, header, pixels
from radiogram.dicom import previews as previews_module
from radiogram.dicom.documents import document_of
from radiogram.dicom.previews import write_previews
from radiogram.errors import PreviewError

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n\0"
PDF_CLASS, CDA_CLASS = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2"
TEXT_REPORT = "1.2.840.10008.5.1.4.1.1.88.11"
ENDOSCOPY = "1.2.840.10008.5.1.4.1.1.77.1.1.1"
H264 = "1.2.840.10008.1.2.4.102"


def dicom(sop_class: str, syntax: str = ExplicitVRLittleEndian, **attributes) -> Dataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(sop_class), generate_uid()
    meta.TransferSyntaxUID = UID(syntax)
    made = FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    made.PatientName, made.PatientID, made.PatientBirthDate = "Okafor^Grace", "P-1", "19620314"
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def stored(dataset: Dataset, pixels: bytes = b"") -> bytes:
    sink = io.BytesIO()
    dataset.save_as(sink, enforce_file_format=True)
    return sink.getvalue() + pixels


def read(source: bytes) -> tuple[str, str, bytes]:
    document = document_of(source)
    sink = io.BytesIO()
    document.write(sink)
    return document.suffix, document.kind, sink.getvalue()


def pdf(data: bytes = PDF, **attributes) -> bytes:
    kept = {"MIMETypeOfEncapsulatedDocument": "application/pdf", "EncapsulatedDocument": data}
    return stored(dicom(PDF_CLASS, **(kept | attributes)))


# ---- documents


@pytest.mark.parametrize(("length", "document"), [({}, PDF), ({"EncapsulatedDocumentLength": len(PDF) - 1}, PDF[:-1])])
def test_a_pdf_document_comes_out_as_it_went_in_without_its_padding_where_that_is_known(length, document):
    assert read(pdf(**length)) == (".pdf", "a PDF document", document)


def test_a_length_that_is_none_of_the_document_s_own_takes_nothing_away():
    assert read(pdf(EncapsulatedDocumentLength=5))[2] == PDF


def test_a_clinical_document_is_xml():
    document = b'\xef\xbb\xbf<?xml version="1.0"?><ClinicalDocument/>'
    made = dicom(CDA_CLASS, MIMETypeOfEncapsulatedDocument="text/XML", EncapsulatedDocument=document)
    assert read(stored(made)) == (".xml", "a CDA document", document)


@pytest.mark.parametrize("data", [b"MZ\x90\0", b"<html></html>", b""])
def test_what_only_says_that_it_is_a_pdf_document_is_refused(data):
    with pytest.raises(PreviewError, match="says that it holds a PDF document, and holds something else"):
        document_of(pdf(data))


def test_a_document_of_another_kind_is_refused():
    with pytest.raises(PreviewError, match="a document of a kind that is not known here"):
        document_of(pdf(MIMETypeOfEncapsulatedDocument="application/x-msdownload"))


@pytest.mark.parametrize("name", ["CT_small.dcm", "rtplan.dcm", "liver_1frame.dcm"])
def test_images_and_what_else_is_no_document_are_none(name):
    assert document_of(Path(get_testdata_file(name))) is None


# ---- videos


def fragments(*parts: bytes, end: bool = True) -> bytes:
    """Pixel data of explicit VR: an empty table of offsets, and these."""
    items = b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<I", len(part)) + part for part in (b"", *parts))
    return b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff" + items + (b"\xfe\xff\xdd\xe0\0\0\0\0" if end else b"")


MP4 = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 8000
TRANSPORT = (b"\x47" + bytes(187)) * 20


@pytest.mark.parametrize(
    ("syntax", "data", "suffix"),
    [
        (H264, MP4, ".mp4"),
        (H264, TRANSPORT, ".ts"),
        (H264 + ".1", b"\0\0\0\1\x67abc", ".h264"),
        ("1.2.840.10008.1.2.4.107", b"\0\0\0\1\x40abc", ".h265"),
        ("1.2.840.10008.1.2.4.100", b"\0\0\1\xb3abcd", ".m2v"),
        ("1.2.840.10008.1.2.4.100.1", b"\0\0\1\xb3abcd", ".m2v"),
        ("1.2.840.10008.1.2.4.101", b"\0\0\1\xbaabcd", ".mpg"),
    ],
)
def test_a_video_comes_out_as_it_went_in_under_the_name_of_its_container(syntax, data, suffix):
    for pieces in ([data], [data[:2], data[2:6], data[6:]]):
        assert read(stored(dicom(ENDOSCOPY, syntax), fragments(*pieces))) == (suffix, "a video", data)


@pytest.mark.parametrize("cut", [1, 8, 100, len(MP4)])
def test_a_video_that_is_cut_short_is_refused(cut):
    whole = fragments(MP4, end=False)
    with pytest.raises(PreviewError, match="its video is not all there"):
        read(stored(dicom(ENDOSCOPY, H264), whole[:-cut]))


def test_a_video_without_an_end_or_with_something_else_in_it_is_refused():
    for junk in (b"", b"\x08\0\0\0\4\0\0\0abcd", b"\xfe\xff\x00\xe0\xff\xff\xff\xff"):
        with pytest.raises(PreviewError, match=r"not all there|breaks off"):
            read(stored(dicom(ENDOSCOPY, H264), fragments(MP4, end=False) + junk))


# ---- structured reports


def code(value: str, scheme: str, meaning: str) -> Sequence:
    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = value, scheme, meaning
    return Sequence([made])


def item(kind: str, name: str = "", relation: str = "CONTAINS", children: tuple = (), **attributes) -> Dataset:
    made = Dataset()
    made.RelationshipType, made.ValueType = relation, kind
    if name:
        made.ConceptNameCodeSequence = code("1", "99TEST", name)
    for key, value in attributes.items():
        setattr(made, key, value)
    if children:
        made.ContentSequence = Sequence(list(children))
    return made


def number(name: str, value: str, *unit: str, **more) -> Dataset:
    measured = Dataset()
    measured.NumericValue = value
    measured.MeasurementUnitsCodeSequence = code(*unit)
    return item("NUM", name, MeasuredValueSequence=Sequence([measured]), **more)


def report(*children: Dataset, **attributes) -> bytes:
    made = dicom(TEXT_REPORT, Modality="SR", CompletionFlag="COMPLETE", VerificationFlag="VERIFIED", **attributes)
    made.ValueType, made.ConceptNameCodeSequence = "CONTAINER", code("18748-4", "LN", "Diagnostic imaging report")
    made.ContentSequence = Sequence(list(children))
    return stored(made)


def page(source: bytes) -> str:
    suffix, kind, data = read(source)
    assert (suffix, kind) == (".html", "a report")
    return data.decode()


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html.partition("<body>")[2])).split())


def test_a_report_is_read_in_its_own_order_under_its_own_headings():
    html = page(
        report(
            item(
                "CONTAINER",
                "Findings",
                children=(
                    item("TEXT", "Finding", TextValue="No fracture.\r\nSoft tissue normal."),
                    number("Diameter", "12.5", "mm", "UCUM", "millimeter"),
                    number("Count", "3", "1", "UCUM", "no units"),
                    number("Grade", "2", "G", "99TEST", "grades"),
                ),
            ),
            item(
                "CONTAINER",
                "Impression",
                children=(item("CODE", "Result", ConceptCodeSequence=code("1", "X", "Normal")),),
            ),
        )
    )
    assert words(html) == (
        "Diagnostic imaging report Patient OKAFOR, Grace Born 14-Mar-1962 Patient ID P-1 Findings "
        "Finding : No fracture. Soft tissue normal. Diameter : 12.5 mm Count : 3 Grade : 2 grades "
        "Impression Result : Normal"
    )
    assert re.search(r"<h2>Findings</h2>", html)
    assert "No fracture.\nSoft tissue normal." in html


def test_what_modifies_a_finding_stands_with_its_name_and_what_it_comes_from_below_it():
    modifier = item("CODE", "Side", "HAS CONCEPT MOD", ConceptCodeSequence=code("L", "X", "left"))
    source = item("TEXT", "Sign", "INFERRED FROM", TextValue="warmth")
    by_reference = item("", "", "SELECTED FROM", ReferencedContentItemIdentifier=[1, 2])
    html = page(report(item("TEXT", "Knee", children=(modifier, source, by_reference), TextValue="swollen")))
    assert "Knee (Side: left) : swollen Inferred from: Sign : warmth Selected from: see part 1.2" in words(html)


@pytest.mark.parametrize(
    ("kind", "attributes", "shown"),
    [
        ("DATE", {"Date": "20001206"}, "06-Dec-2000"),
        ("TIME", {"Time": "120005.25"}, "12:00:05"),
        ("DATETIME", {"DateTime": "20001206120005+0100"}, "06-Dec-2000 12:00:05 UTC+0100"),
        ("DATETIME", {"DateTime": "20001206"}, "06-Dec-2000"),
        ("PNAME", {"PersonName": "Okafor^Grace"}, "OKAFOR, Grace"),
        ("UIDREF", {"UID": "1.2.3"}, "1.2.3"),
        ("NUM", {"NumericValueQualifierCodeSequence": code("1", "DCM", "Not a number")}, "Not a number"),
        ("NUM", {}, "no value"),
        ("SCOORD", {"GraphicType": "POLYLINE"}, "polyline in the image"),
        ("TABLE", {}, "(of a kind that is not shown here: TABLE)"),
    ],
)
def test_values_are_shown_as_people_write_them(kind, attributes, shown):
    assert words(page(report(item(kind, "Thing", **attributes)))).endswith(f"Thing : {shown}")


def test_an_image_is_named_for_what_it_is():
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3"
    reference.ReferencedFrameNumber = [5, 2]
    made = item("IMAGE", "", ReferencedSOPSequence=Sequence([reference]))
    assert words(page(report(made))).endswith("CT Image Storage, 1.2.3, frame 5, 2")


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ({"CompletionFlag": "PARTIAL"}, "This report is not complete."),
        ({"VerificationFlag": "UNVERIFIED"}, "Nobody has signed for this report yet."),
        ({"PreliminaryFlag": "PRELIMINARY"}, "This report is preliminary."),
    ],
)
def test_a_report_that_is_not_final_says_so(flag, said):
    made = dcmread(io.BytesIO(report(item("TEXT", "Finding", TextValue="x"))))
    assert said not in page(stored(made))
    for name, value in flag.items():
        setattr(made, name, value)
    assert said in page(stored(made))


def test_nothing_in_a_report_becomes_a_part_of_the_page():
    evil = '<script>alert(1)</script><img src="https://a.example/x"> & \u202e\x07'
    html = page(report(item("TEXT", evil, TextValue=evil), PatientName=evil, SpecificCharacterSet="ISO_IR 192"))
    assert not re.search(
        r"<(?!/?(html|head|meta|title|style|body|h1|table|tr|th|td|section|ul|li|b|p)\b|!doctype)", html
    )
    assert "default-src 'none'" in html
    assert "\u202e" not in html
    assert "\x07" not in html


def test_a_backslash_in_a_name_parts_nothing():
    html = page(report(item("TEXT", "Left\\Right", TextValue="a\\b"), PatientName="Okafor\\Ito", PatientID="P\\1"))
    assert "OKAFOR\\ITO" in words(html)
    assert "Patient ID P\\1" in words(html)
    assert words(html).endswith("Left\\Right : a\\b")


def test_a_report_in_another_alphabet_is_read_in_it():
    html = page(report(item("TEXT", "所見", TextValue="骨折なし"), SpecificCharacterSet="ISO_IR 192"))
    assert "所見 : 骨折なし" in words(html)


def test_a_report_nested_without_end_is_refused():
    deep = item("TEXT", "x", TextValue="end")
    for _ in range(60):
        deep = item("CONTAINER", "x", children=(deep,))
    with pytest.raises(PreviewError, match="nested too deep"):
        document_of(report(deep))


@pytest.mark.parametrize("name", ["test-SR.dcm", "reportsi.dcm", "reportsi_with_empty_number_tags.dcm"])
def test_published_reports_hold_what_dcmtk_reads_in_them(need, name):
    command = [need("dsrdump", "dcmtk"), "-Ee", "+Pl", get_testdata_file(name)]
    dumped = subprocess.run(command, capture_output=True, check=True).stdout.decode("latin-1")
    found = re.findall(r'(\w+):\([^)]*\)="([^"]{2,60})"', dumped)
    values = [value for kind, value in found if kind not in ("DATE", "TIME", "DATETIME")]
    assert values
    ours = words(page(Path(get_testdata_file(name)).read_bytes()))
    assert [each for each in values if " ".join(re.sub(r"\\[rn]", " ", each).split()) not in ours] == []


# ---- beside the files


def test_a_study_gets_its_report_document_and_video_beside_its_pictures(tmp_path):
    files = {"a.dcm": pdf(), "b.dcm": report(item("TEXT", "Finding", TextValue="ok"))}
    files["c.dcm"] = stored(dicom(ENDOSCOPY, H264), fragments(MP4))
    for name in ("CT_small.dcm", "MR_small.dcm"):
        files[name] = Path(get_testdata_file(name)).read_bytes()
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    previews = write_previews([tmp_path / name for name in files], tmp_path, False)
    assert [path.name for path in previews.written] == [
        *("a.dcm.pdf", "b.dcm.html", "c.dcm.mp4"),
        *("CT_small.dcm.png", "MR_small.dcm.png", "contact-sheet.png"),
    ]
    assert previews.refused == []
    assert [line.rpartition("  ")[2] for line in previews.lines()][:4] == [
        *("(a PDF document, taken out of it unchanged)", "(a report)"),
        *("(a video, taken out of it unchanged)", "(a picture)"),
    ]
    assert previews.overview == tmp_path / "contact-sheet.png"
    assert {oct(path.stat().st_mode & 0o777) for path in previews.written} == {"0o600"}


def test_what_is_said_to_be_taken_out_unchanged_is_so_byte_by_byte(tmp_path):
    clinical = '<?xml version="1.0"?><ClinicalDocument><title>Ünderung</title></ClinicalDocument>\n'.encode("latin-1")
    model = bytes(range(256)) * 2
    held = {"a.pdf": PDF[:-1], "b.xml": clinical, "c.stl": model, "d.mp4": MP4}
    mime = {"a.pdf": "application/pdf", "b.xml": "text/XML", "c.stl": "model/stl"}
    classes = {"a.pdf": PDF_CLASS, "b.xml": CDA_CLASS, "c.stl": "1.2.840.10008.5.1.4.1.1.104.3"}
    for name, kind in mime.items():
        data = held[name] + bytes(len(held[name]) % 2)
        more = {"EncapsulatedDocument": data, "EncapsulatedDocumentLength": len(held[name])}
        made = dicom(classes[name], MIMETypeOfEncapsulatedDocument=kind, **more)
        (tmp_path / name[0]).write_bytes(stored(made))
    (tmp_path / "d").write_bytes(stored(dicom(ENDOSCOPY, H264), fragments(MP4)))
    previews = write_previews(sorted(tmp_path.iterdir()), tmp_path, False)
    assert {path.name: path.read_bytes() for path in previews.written} == held
    assert all(line.endswith(", taken out of it unchanged)") for line in previews.lines())


def test_a_broken_document_is_said_once_and_leaves_nothing(tmp_path):
    (tmp_path / "a.dcm").write_bytes(stored(dicom(ENDOSCOPY, H264), fragments(MP4, end=False)))
    previews = write_previews([tmp_path / "a.dcm"], tmp_path, False)
    assert [str(error.message) for _, error in previews.refused] == [
        "this file is cut short: its video is not all there"
    ]
    assert (previews.written, [path.name for path in tmp_path.iterdir()]) == ([], ["a.dcm"])


def test_documents_are_said_before_pictures_whatever_the_files_are_called(tmp_path):
    (tmp_path / "a.dcm").write_bytes(Path(get_testdata_file("CT_small.dcm")).read_bytes())
    (tmp_path / "b.dcm").write_bytes(pdf())
    previews = write_previews([tmp_path / "a.dcm", tmp_path / "b.dcm"], tmp_path, False)
    assert [path.name for path in previews.written] == ["b.dcm.pdf", "a.dcm.png"]
    assert previews.overview == tmp_path / "a.dcm.png"


@pytest.mark.parametrize("name", ["CT_small.dcm", "emri_small.dcm", "test-SR.dcm", "RG1_J2KR.dcm"])
def test_a_header_is_read_once_for_document_picture_and_frames(tmp_path, monkeypatch, name):
    read = []

    def counted(source, tags=None):
        read.append(source)
        return header.read_header(source, tags)

    for module in (documents, pixels, previews_module):
        monkeypatch.setattr(module, "read_header", counted)
    (tmp_path / name).write_bytes(Path(get_testdata_file(name)).read_bytes())
    assert write_previews([tmp_path / name], tmp_path, False).written
    assert read == [tmp_path / name]
