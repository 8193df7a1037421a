"""What a manifest says of a study: read with tolerance, shown without harm."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.dicom.display import clean, shown_date, shown_name
from radiogram.errors import BundleError, StudyError
from radiogram.formats import manifest
from radiogram.formats.manifest import (
    FileEntry,
    Manifest,
    PatientMetadata,
    SeriesMetadata,
    StudyMetadata,
    check_names,
    parse_label,
    parse_manifest,
    parse_studies,
)

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=256)
dates = st.one_of(st.just(""), st.dates().map(str))
counts = st.integers(0, 2**53 - 1)
patients = st.builds(PatientMetadata, texts, dates, st.sampled_from(["", "M", "F", "O"]), texts)
series = st.builds(SeriesMetadata, texts, st.none() | st.integers(-100, 100), texts, texts, texts, counts, counts)
studies = st.builds(StudyMetadata, patients, texts, dates, texts, st.lists(series, max_size=3).map(tuple))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
)
members = st.sampled_from(["patient", "name", "birth_date", "uid", "date", "series", "number", "modality", "images"])
study_like = st.recursive(
    json_values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(members, inner, max_size=6)
)


@given(st.lists(studies, max_size=3))
def test_reading_inverts_writing(given_studies):
    written = json.loads(json.dumps([study.to_json() for study in given_studies]))
    assert parse_studies(written) == tuple(given_studies)


@given(study_like)
def test_no_value_whatever_is_refused(value):
    for study in parse_studies([value]):
        assert json.dumps(study.to_json())


@given(json_values)
def test_a_label_is_text_of_at_most_100_characters_or_absent(value):
    assert parse_label(value) == (value if isinstance(value, str) and len(value) <= 100 else "")


@given(st.text(max_size=600))
def test_what_is_shown_can_do_no_harm_in_a_terminal(value):
    for shown in (clean(value), shown_name(value), shown_date(value)):
        assert shown.isprintable()
        assert shown == " ".join(shown.split(" "))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1962-03-14", "14-Mar-1962"),
        ("2024-02-29", "29-Feb-2024"),
        ("2023-02-29", "2023-02-29"),
        ("1962", "1962"),
        ("1962\u202e-03", "1962-03"),
        ("", ""),
    ],
)
def test_a_date_is_shown_with_its_month_in_letters(value, shown):
    assert shown_date(value) == shown


def test_a_study_has_a_hundred_others_beside_it_and_a_thousand_series_at_most():
    many = [{"uid": str(number), "series": [{"number": place} for place in range(1001)]} for number in range(101)]
    read = parse_studies(many)
    assert (len(read), len(read[0].series)) == (100, 1000)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-2-3", "20260203", "today", 20260203, None, "2026-02-03\n"])
def test_a_date_that_is_none_is_not_read(text):
    [study] = parse_studies([{"date": text, "patient": {"birth_date": text}}])
    assert (study.date, study.patient.birth_date) == ("", "")


def test_a_manifest_lists_as_many_files_as_may_be_and_no_more(monkeypatch):
    monkeypatch.setattr(manifest, "MAX_FILES", 2)
    files = [FileEntry(str(number), 1, "00" * 32, "text/plain") for number in range(3)]
    assert len(parse_manifest(Manifest("", tuple(files[:2])).to_bytes()).files) == 2
    with pytest.raises(BundleError, match="lists more than 2 files"):
        parse_manifest(Manifest("", tuple(files)).to_bytes())


def many_files(count: int) -> tuple[FileEntry, ...]:
    """As a scanner names them, by the UIDs of study, series and image: 198 characters each."""
    study, series, image = (f"1.2.840.113619.2.{'7' * 40}{kind}.{'8' * 4}" for kind in "123")
    return tuple(
        FileEntry(f"{study}/{series}/{image}{number:06}.dcm", 526_000, "ab" * 32, "application/dicom")
        for number in range(count)
    )


def test_a_manifest_longer_than_its_readers_take_is_not_written():
    files = many_files(95_000)
    check_names([entry.name for entry in files], StudyError)
    with pytest.raises(
        StudyError, match=r"list of files has 34,\d{3},\d{3} bytes, .*at most 33,554,432: send it in parts"
    ):
        Manifest("2026-11-23T20:00:00+00:00", files).to_bytes()


def test_a_manifest_as_long_as_its_readers_take_is_written_and_read(monkeypatch):
    longest = Manifest("2026-11-23T20:00:00+00:00", many_files(3))
    monkeypatch.setattr(manifest, "MANIFEST_LIMIT", len(longest.to_bytes()))
    assert parse_manifest(longest.to_bytes()) == longest
    with pytest.raises(StudyError, match="list of files"):
        Manifest("2026-11-23T20:00:00+00:00", many_files(3), "x").to_bytes()


def test_a_manifest_adds_up_the_sizes_of_its_files():
    sizes = [0, 1, 300]
    files = tuple(FileEntry(str(size), size, "00" * 32, "text/plain") for size in sizes)
    assert Manifest("", files).plaintext_bytes == 301


def test_a_study_counts_its_images_and_names_each_modality_once():
    series = [SeriesMetadata(modality=each, images=2, frames=5) for each in ("MR", "CT", "", "MR")]
    study = StudyMetadata(series=tuple(series))
    assert (study.images, study.frames, study.modalities) == (8, 20, ("MR", "CT"))


def test_the_bytes_of_a_manifest_do_not_change():
    """A send that was interrupted is known by them, whichever version goes on with it."""
    patient = PatientMetadata("Müller^Änne", "1962-03-14", "F", "77")
    study = StudyMetadata(patient, "1.2", "2026-01-01", "", (SeriesMetadata("1.2.3", 4, "CT", images=1, frames=1),))
    file = FileEntry("a/ü.dcm", 1, "00" * 32, "application/dicom")
    expected = f"""{{
 "format": "radiogram-bundle",
 "version": 1,
 "created": "2026-01-01T00:00:00+00:00",
 "sender_label": "Klinik Süd",
 "studies": [
  {{
   "patient": {{
    "name": "Müller^Änne",
    "birth_date": "1962-03-14",
    "sex": "F",
    "id": "77"
   }},
   "uid": "1.2",
   "date": "2026-01-01",
   "series": [
    {{
     "uid": "1.2.3",
     "number": 4,
     "modality": "CT",
     "images": 1,
     "frames": 1
    }}
   ]
  }}
 ],
 "files": [
  {{
   "name": "a/ü.dcm",
   "bytes": 1,
   "sha256": "{"00" * 32}",
   "media_type": "application/dicom"
  }}
 ]
}}"""
    whole = Manifest("2026-01-01T00:00:00+00:00", (file,), "Klinik Süd", (study,))
    assert whole.to_bytes() == expected.encode()
    assert parse_manifest(whole.to_bytes()) == whole


def test_a_date_that_is_none_is_not_written():
    assert StudyMetadata(PatientMetadata(birth_date="about 1960"), date="2026").to_json() == {"series": []}


def test_no_patient_attribute_is_in_what_logs_would_show():
    study = StudyMetadata(PatientMetadata("Roe^Jane", "1962-03-14", "F", "77"), "1.2", "2026-01-01", "Jane Roe")
    assert repr(study) == "StudyMetadata(patient=PatientMetadata(), series=())"
