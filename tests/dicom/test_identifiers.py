"""The search for what files call their patient: found in every spelling, and not in what only looks alike."""

import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydicom import Dataset, dcmread

from radiogram.deidentify import search as identifiers_module
from radiogram.deidentify.search import _EMPTY_WORDS, MIN_BYTES, Identifiers

UID = "1.3.12.2.1107.5.1.4.48545"
WORDS = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=MIN_BYTES, max_size=20)


def known(**attributes) -> Identifiers:
    """The identifiers of a data set with these attributes."""
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    identifiers = Identifiers()
    identifiers.gather(dataset)
    return identifiers


@pytest.mark.parametrize(
    "content",
    [
        b"Okafor^Grace Ann",
        b"Okafor",
        b"Grace Ann",
        b"seen: Grace, female",
        b"OKAFOR",
        b"mrsokaforsknee",
        b"GraceOkafor",
        b"OKAFORGRACE",
        b"Okafor, Grace",
        "Okafor".encode("utf-16-le"),
        "OKAFOR".encode("utf-16-be"),
        b"\0\0\0Grace\0\0\0",
    ],
)
def test_a_name_is_found_in_every_part_and_spelling(content):
    assert known(PatientName="Okafor^Grace Ann^^Dr").found_in(content) == "PatientName"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Roe^Mary", b"ORIGINAL\\PRIMARY\\AXIAL"),
        ("Ross^Li", b"ACROSS"),
        ("Roe^Jo", b"Roe, Ms"),
        ("Anonymous", b"ANONYMOUS"),
        ("NONE", b"NONE"),
        ("", b"anything at all"),
        ("^^^^", b"^^^^"),
        ("0000", b"0.000000"),
    ],
)
def test_a_name_is_not_found_where_it_is_no_word_of_its_own(name, content):
    assert known(PatientName=name).found_in(content) is None


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("chrH31.dcm", "iso2022_jp"),
        ("chrH32.dcm", "utf-8"),
        ("chrI2.dcm", "utf-8"),
        ("chrX1.dcm", "utf-8"),
        ("chrX2.dcm", "gb18030"),
        ("chrGerm.dcm", "latin-1"),
        ("chrGerm.dcm", "utf-8"),
        ("chrRuss.dcm", "iso8859-5"),
        ("chrGreek.dcm", "iso8859-7"),
        ("chrArab.dcm", "iso8859-6"),
        ("chrHbrw.dcm", "iso8859-8"),
        ("chrHbrw.dcm", "utf-16-le"),
        ("chrKoreanMulti.dcm", "utf-8"),
        ("chrFrenMulti.dcm", "utf-8"),
    ],
)
def test_a_name_of_another_alphabet_is_found_part_by_part_in_the_files_encoding_and_in_unicode(sample, name, encoding):
    header = dcmread(sample(name), stop_before_pixels=True)
    identifiers = Identifiers()
    identifiers.gather(header)
    parts = [part for group in str(dcmread(sample(name)).PatientName).split("=") for part in group.split("^")]
    longest = max((part.encode(encoding, "ignore") for part in parts), key=len)
    assert identifiers.found_in(b"... " + longest + b" ...") in ("PatientName", "OperatorsName")


@given(family=WORDS, given_name=WORDS, before=st.binary(max_size=30), after=st.binary(max_size=30))
def test_any_name_is_found_anywhere(family, given_name, before, after):
    assume(len(family.encode()) >= 6)
    assume(not {family.lower().encode(), given_name.lower().encode()} & _EMPTY_WORDS)
    identifiers = known(PatientName=f"{family}^{given_name}")
    for part in (family, f"{family}^{given_name}"):
        assert identifiers.found_in(before + part.encode() + after)
    assert identifiers.found_in(before + b" " + given_name.encode() + b"\\" + after)


@pytest.mark.parametrize(
    ("attributes", "content"),
    [
        ({"PatientBirthDate": "19620314"}, b"19620314"),
        ({"PatientBirthDate": "19620314"}, b"19620314101500.000+0100"),
        ({"PatientBirthDate": "1962.03.14"}, b"19620314"),
        ({"PatientBirthDate": "19620314"}, b"born 1962-03-14"),
        ({"PatientBirthDate": "19620314"}, b"14.03.1962"),
        ({"PatientBirthDate": "19620314"}, b"03/14/1962"),
        ({"AcquisitionDateTime": "20240131101500"}, b"20240131"),
        ({"PatientID": "MRN-4711-08"}, b"mrn-4711-08"),
        ({"PatientID": "471108"}, b"id=000471108;"),
        ({"PatientID": "000471108"}, b"471108"),
        ({"OtherPatientIDs": ["A-1234", "B-5678"]}, b"B-5678"),
        ({"AccessionNumber": "ACC9900123"}, b"xACC9900123x"),
        ({"PatientAddress": "12 Main Street, Springfield"}, b"Springfield"),
        ({"PatientTelephoneNumbers": "+1 555 0100"}, b"+1 555 0100"),
        ({"InstitutionName": "Saint Elsewhere"}, b"SAINT ELSEWHERE"),
        ({"StationAETitle": "CT_ELSEWHERE"}, b"CT_ELSEWHERE"),
        ({"DeviceSerialNumber": "SN-98765"}, b"SN-98765"),
        ({"StudyInstanceUID": UID}, UID.encode() + b"\0"),
        ({"StudyInstanceUID": "not^a^uid"}, b"not^a^uid"),
    ],
)
def test_ids_dates_addresses_and_uids_are_found(attributes, content):
    assert known(**attributes).found_in(content) == next(iter(attributes))


@pytest.mark.parametrize(
    ("attributes", "content"),
    [
        ({"PatientID": "471108"}, b"0.4711081"),
        ({"PatientID": "4096"}, b"window 4096"),
        ({"PatientBirthDate": "00010101"}, b"00010101"),
        ({"StudyInstanceUID": UID}, UID.encode() + b"1"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, b"1.2.840.10008.5.1.4.1.1.2"),
        ({"StudyDescription": "CT Abdomen"}, b"CT Abdomen"),
        ({"SeriesNumber": "123456"}, b"123456"),
        ({"Manufacturer": "ACME Imaging"}, b"ACME Imaging"),
    ],
)
def test_what_only_looks_alike_or_names_nobody_is_not_found(attributes, content):
    assert known(**attributes).found_in(content) is None


def test_a_short_number_is_found_in_texts_and_not_among_measures():
    identifiers = known(PatientID="4096")
    told, measured = Dataset(), Dataset()
    told.CodeMeaning = "case 4096"
    measured.WindowWidth = "4096"
    assert identifiers.found_in_texts(told) == "PatientID"
    assert identifiers.found_in_texts(measured) is None


def test_what_nested_and_private_elements_say_is_sought_too():
    dataset, item = Dataset(), Dataset()
    item.PatientID = "NESTED-1"
    block = item.private_block(0x0029, "ACME", create=True)
    block.add_new(1, "PN", "Hidden^Name")
    dataset.OtherPatientIDsSequence = [item]
    identifiers = Identifiers()
    identifiers.gather(dataset)
    assert identifiers.found_in(b"nested-1") == "PatientID"
    assert identifiers.found_in(b"HIDDEN") == "a private attribute"


def test_among_pixels_only_what_is_long_and_no_even_ramp_is_found():
    identifiers = known(PatientID="12345678", PatientName="Okafor^Graceann", AccessionNumber="11111111")
    for text, found in ((b"12345678", None), (b"11111111", None), (b"Okafor", None), (b"Graceann", "PatientName")):
        assert identifiers.found_in_pixels(io.BytesIO(bytes(90) + text + bytes(9)), 80, 100) == found


def test_a_name_across_two_blocks_of_pixels_is_found(monkeypatch):
    monkeypatch.setattr(identifiers_module, "BLOCK_BYTES", 16)
    sought = known(PatientName="Okafor^Graceann")
    for place in range(40):
        assert sought.found_in_pixels(io.BytesIO(bytes(place) + b"Graceann" + bytes(9)), 0, 60)


def test_what_is_known_is_not_shown():
    assert "Okafor" not in repr(known(PatientName="Okafor^Grace", PatientID="MRN-1"))
