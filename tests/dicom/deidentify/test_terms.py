"""DICOM's own words stay where they stand, and are no name there, even if somebody is called so."""

import pytest
from pydicom import Dataset
from pydicom.uid import generate_uid

from radiogram.deidentify.search import Identifiers
from radiogram.deidentify.terms import are_terms, terms_in
from radiogram.errors import DeidentificationError
from tests.dicom.deidentify.material import changed


def code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("Primary^Jane", {}),
        ("Original^Oliver", {}),
        ("Axial^X", {}),
        ("Head^Ann", {"BodyPartExamined": "HEAD"}),
        ("Hand^Ann", {"BodyPartExamined": "HAND"}),
        ("Foot^Philippa", {"BodyPartExamined": "FOOT"}),
        ("Perfusion^MCA Stroke", {"ImageType": ["DERIVED", "PRIMARY", "PERFUSION"]}),
        ("Silver^Ann", {"FilterMaterial": "SILVER"}),
        ("Phantom^Water", {"ScanOptions": "PHANTOM"}),
        ("Test^Patient", {"ScanOptions": "PATIENT"}),
    ],
)
def test_who_is_called_by_a_term_of_dicom_is_not_refused_for_it(image, clean, name, attributes):
    (copy,) = clean(image(PatientName=name, **attributes)).datasets
    assert copy.ImageType[1] == "PRIMARY"
    assert all(copy[keyword].value == value for keyword, value in attributes.items())


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("Primary^Jane", {"ScanOptions": "PRIMARY"}),
        ("Head^Ann", {"BodyPartExamined": "HEAD", "ScanOptions": "HEAD"}),
        ("Okafor^Ann", {"BodyPartExamined": "OKAFOR"}),
        ("Okafor^Ann", {"ImageType": ["ORIGINAL", "PRIMARY", "OKAFOR"]}),
    ],
)
def test_the_name_is_still_refused_where_it_is_no_term(image, clean, name, attributes):
    with pytest.raises(DeidentificationError, match="a value of PatientName would stay"):
        clean(image(PatientName=name, **attributes))


def test_a_name_in_utf_16_beside_a_term_is_found():
    dataset, identifiers = Dataset(), Identifiers()
    dataset.PatientName = "Primary^Jane"
    identifiers.gather(dataset)
    own = "original\\primary"
    assert identifiers.found_in(b"ORIGINAL\\PRIMARY", terms=own) is None
    assert identifiers.found_in(b"ORIGINAL\\PRIMARY" + "Primary".encode("utf-16-le"), terms=own) == "PatientName"


@pytest.mark.parametrize(
    ("item", "stays"),
    [
        (code("69536005", "SCT", "Head"), True),
        (code("T-D1100", "SRT", "Head"), True),
        (code("113691", "DCM", "IEC Body Dosimetry Phantom"), True),
        (code("69536005", "SCT", "Head of Ann"), False),
        (code("1", "99ACME", "Head"), False),
    ],
)
def test_the_meaning_of_a_public_code_stays_and_any_other_is_replaced(image, clean, item, stays):
    def change(dataset):
        dataset.AnatomicRegionSequence = [item]

    (copy,) = clean(changed(image(PatientName="Head^Ann"), change)).datasets
    (region,) = copy.AnatomicRegionSequence
    assert (region.CodeMeaning == item.CodeMeaning) is stays


@pytest.mark.parametrize("keyword", ["RequestedProcedureID", "StudyID", "StationName", "PerformedLocation"])
def test_abdomen_stays_a_body_part_although_a_station_or_an_order_is_called_so(image, clean, keyword):
    def change(dataset):
        setattr(dataset, keyword, "CT ABDOMEN")
        dataset.AnatomicRegionSequence = [code("818981001", "SCT", "Abdomen"), code("1", "99ACME", "Abdomen")]

    (copy,) = clean(changed(image(BodyPartExamined="ABDOMEN"), change)).datasets
    assert copy.BodyPartExamined == "ABDOMEN"
    assert [each.CodeMeaning for each in copy.AnatomicRegionSequence] == ["Abdomen", "Abdomen"]


@pytest.mark.parametrize("text", ["Saint Elsewhere", "ABDOMEN OKAFOR", "4711", "", "CT", "Mary's HEAD"])
def test_what_has_a_word_of_its_own_is_no_term(text):
    assert not are_terms(text)


def test_terms_are_those_of_their_own_attribute_alone():
    dataset = Dataset()
    dataset.ImageType, dataset.BodyPartExamined = ["ORIGINAL", "HEAD", "1.2.3"], "PRIMARY"
    dataset.ReferencedSOPInstanceUID = generate_uid()
    assert list(terms_in(dataset)) == ["original"]
