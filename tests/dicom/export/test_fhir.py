"""What an export says in FHIR: checked against FHIR R5 as fhir.resources has it."""

import json

import pydicom
import pytest
from fhir.resources.bundle import Bundle
from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage

from tests.dicom.export.material import RAMP, report


def resources(folder, kind: str) -> list[dict]:
    """Those of one kind in an export, of a bundle that is valid."""
    text = (folder / "FHIR.JSN").read_text()
    Bundle.model_validate_json(text)
    return [each["resource"] for each in json.loads(text)["entry"] if each["resource"]["resourceType"] == kind]


def test_a_study_of_real_files_is_valid_and_every_reference_leads_to_a_resource(exported):
    bundle = json.loads((exported.out / "FHIR.JSN").read_text())
    urls = [each["fullUrl"] for each in bundle["entry"]]
    instances = [
        instance["uid"]
        for study in resources(exported.out, "ImagingStudy")
        for series in study["series"]
        for instance in series["instance"]
    ]

    assert len(urls) == len(set(urls))
    for study in resources(exported.out, "ImagingStudy"):
        assert study["subject"]["reference"] in urls
    assert len(instances) == len(set(instances)) == exported.dicom_files
    for document in resources(exported.out, "DocumentReference"):
        assert (exported.out / document["content"][0]["attachment"]["url"]).is_file()


def test_an_imaging_study_says_what_its_files_say(export, build, tmp_path):
    said = {
        **{"PatientID": "4711", "IssuerOfPatientID": "Hospital", "PatientBirthDate": "19700131", "PatientSex": "F"},
        **{"StudyInstanceUID": "1.2.3", "AccessionNumber": "A9", "StudyDescription": "Thorax", "StudyDate": "20240131"},
        **{"StudyTime": "130500.25", "TimezoneOffsetFromUTC": "+0100", "SeriesInstanceUID": "1.2.4", "SeriesNumber": 7},
        **{"Modality": "CT", "BodyPartExamined": "CHEST", "SeriesDescription": "Lung", "InstanceNumber": 3},
        **{"SOPInstanceUID": "1.2.5", "PatientName": "Roe^Jane^Ann^Dr^MD", "SeriesDate": "20240201"},
    }
    export({"image": build(RAMP, **said)}, tmp_path / "out")

    ((patient,), (study,)) = (resources(tmp_path / "out", kind) for kind in ("Patient", "ImagingStudy"))
    assert patient == {
        "resourceType": "Patient",
        "identifier": [{"value": "4711", "assigner": {"display": "Hospital"}}],
        "name": [{"family": "Roe", "given": ["Jane", "Ann"], "prefix": ["Dr"], "suffix": ["MD"]}],
        "gender": "female",
        "birthDate": "1970-01-31",
    }
    code = {"coding": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"}]}
    assert study.pop("subject")["reference"].startswith("urn:uuid:")
    assert study.pop("identifier")[1]["value"] == "A9"
    assert study == {
        "resourceType": "ImagingStudy",
        "status": "available",
        "modality": [code],
        "started": "2024-01-31T13:05:00+01:00",
        "description": "Thorax",
        "series": [
            {
                "uid": "1.2.4",
                "number": 7,
                "modality": code,
                "description": "Lung",
                "bodySite": {"concept": {"text": "CHEST"}},
                "started": "2024-02-01",
                "instance": [
                    {
                        "uid": "1.2.5",
                        "sopClass": {"system": "urn:ietf:rfc:3986", "code": "urn:oid:1.2.840.10008.5.1.4.1.1.2"},
                        "number": 3,
                    }
                ],
            }
        ],
    }


def test_what_no_file_says_is_left_out_and_not_made_up(export, build, tmp_path):
    silent = {"PatientID": "", "PatientName": "", "PatientBirthDate": "", "PatientSex": "", "StudyDate": ""}
    silent |= {"Modality": "", "SeriesNumber": "", "InstanceNumber": "", "StudyID": "", "StudyDescription": ""}
    export({"image": build(RAMP, **silent)}, tmp_path / "out")

    ((patient,), (study,)) = (resources(tmp_path / "out", kind) for kind in ("Patient", "ImagingStudy"))
    assert patient == {"resourceType": "Patient"}
    assert set(study) == {"resourceType", "identifier", "status", "subject", "series"}
    (series,) = study["series"]
    assert set(series) == {"uid", "modality", "instance"}
    assert series["modality"]["extension"][0]["valueCode"] == "unknown"


@pytest.mark.parametrize("junk", ["20241399", "2024", "yesterday"])
def test_a_date_that_is_none_is_left_out(export, build, tmp_path, junk):
    with pydicom.config.disable_value_validation():
        image = build(RAMP, StudyDate=junk, PatientBirthDate=junk)

    export({"image": image}, tmp_path / "out")

    assert "started" not in resources(tmp_path / "out", "ImagingStudy")[0]
    assert "birthDate" not in resources(tmp_path / "out", "Patient")[0]


def test_a_name_in_several_alphabets_is_one_in_each(export, sample, tmp_path):
    export({"image": sample("chrH31.dcm")}, tmp_path / "out")

    (patient,) = resources(tmp_path / "out", "Patient")
    told = [(each["extension"][0]["valueCode"], each["family"], each["given"]) for each in patient["name"]]
    assert told == [("ABC", "Yamada", ["Tarou"]), ("IDE", "山田", ["太郎"]), ("SYL", "やまだ", ["たろう"])]


def test_a_document_is_referred_to_with_its_type(export, build, tmp_path):
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "18748-4", "LN", "Diagnostic imaging study"
    held = build(
        SOPClassUID=EncapsulatedPDFStorage,
        SOPInstanceUID="1.2.9",
        Modality="DOC",
        EncapsulatedDocument=b"%PDF-1.4 report ",
        MIMETypeOfEncapsulatedDocument="application/pdf",
        DocumentTitle="Findings",
        ConceptNameCodeSequence=[code],
    )
    export({"report": held}, tmp_path / "out")

    (document,) = resources(tmp_path / "out", "DocumentReference")
    assert document["identifier"] == [{"system": "urn:dicom:uid", "value": "urn:oid:1.2.9"}]
    assert document["type"]["coding"][0]["code"] == "18748-4"
    (attachment,) = (each["attachment"] for each in document["content"])
    assert (attachment["contentType"], attachment["title"]) == ("application/dicom", "Findings")
    assert (tmp_path / "out" / attachment["url"]).read_bytes() == held


def test_a_letter_that_came_along_is_referred_to_and_nobodys(export, build, tmp_path):
    export({"image": build(RAMP), "a b/Brief ä.pdf": b"%PDF-1.4"}, tmp_path / "out")

    (document,) = resources(tmp_path / "out", "DocumentReference")
    assert "subject" not in document
    assert document["content"][0]["attachment"] == {
        "contentType": "application/pdf",
        "url": "OTHER/a%20b/Brief%20%C3%A4.pdf",
        "size": "8",
        "title": "Brief ä.pdf",
    }


def test_the_same_files_give_the_same_bytes(export, build, tmp_path):
    files = {"image": build(RAMP), "report": report(build)}
    for name in ("one", "two"):
        export(files, tmp_path / name)

    assert (tmp_path / "one" / "FHIR.JSN").read_bytes() == (tmp_path / "two" / "FHIR.JSN").read_bytes()
