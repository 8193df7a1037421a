"""What DICOM files say of themselves, read in the browser as in Python."""

import json
import re
from pathlib import Path

from playwright.sync_api import expect

from radiogram.dicom.display import shown_name
from radiogram.dicom.metadata import file_metadata, study_overview
from radiogram.errors import PreviewError
from tests.web.viewer.page import PYDICOM


def test_facts_are_those_that_python_reads_for_every_test_file(viewer):
    files = [each for each in sorted(PYDICOM.parent.rglob("*")) if each.is_file()]
    assert len(files) > 200
    found = read(viewer(), files)
    for file, report in zip(files, found["files"], strict=True):
        assert browser_says(report) == python_says(file), file.name


def test_facts_of_a_study_are_those_that_python_puts_into_the_manifest(viewer):
    files = [
        PYDICOM / name for name in ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "liver_1frame.dcm", "README.txt")
    ]
    found, expected = read(viewer(), files), study_overview(files)
    assert [as_manifest(each) for each in found["studies"]] == [each.to_json() for each in expected.studies]
    assert [each["attribute"] for each in found["differences"]] == [each.attribute for each in expected.differences]
    assert (found["dicom"], len(found["others"]), found["unidentified"]) == (
        expected.files,
        expected.others,
        expected.unidentified,
    )


def read(page, files) -> dict:
    page.get_by_label("Read", exact=True).set_input_files([str(each) for each in files])
    told = page.locator("#facts")
    expect(told).to_be_visible(timeout=120_000)
    return json.loads(told.text_content())


def as_manifest(value):
    """Names as in JSON's manifest: birthDate is birth_date."""
    if isinstance(value, list):
        return [as_manifest(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {re.sub("[A-Z]", lambda m: "_" + m[0].lower(), name): as_manifest(each) for name, each in value.items()}


def browser_says(report: dict) -> object:
    if report["kind"] != "dicom":
        return report["kind"]
    keys = "studyUid seriesUid studyDate description seriesDescription modality bodyPart seriesNumber instanceNumber"
    return [
        [
            *(each["patient"][key] for key in ("name", "rawName", "birthDate", "sex", "id", "issuer")),
            *(each.get(key) for key in (*keys.split(), "position", "orientation", "frames")),
        ]
        for each in report["metadata"]
    ]


def python_says(file: Path) -> object:
    try:
        facts = file_metadata(file)
    except PreviewError:
        return "unreadable"
    return [
        [
            *(shown_name(each.patient.name), each.patient.name, each.patient.birth_date, each.patient.sex),
            *(each.patient.id, each.patient.issuer, each.study_uid, each.series_uid, each.study_date, each.description),
            *(each.series_description, each.modality, each.body_part, each.series_number, each.instance_number),
            *(list(value) if value else None for value in (each.position, each.orientation)),
            each.frames,
        ]
        for each in facts
    ] or "other"
