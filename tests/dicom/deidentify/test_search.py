"""What the search refuses: with a step left out, and in codes, comments and pixels."""

import re

import pytest

from radiogram.deidentify import profile, study
from radiogram.errors import DeidentificationError
from tests.dicom.deidentify.material import changed, in_private_elements, in_texts_that_no_table_names


def the_library(monkeypatch):
    monkeypatch.setattr(profile.library, "anonymize_dataset", lambda *_, **__: None)


def one_rule_of_the_library(monkeypatch):
    monkeypatch.setattr(profile.library, "replace", lambda *_: None)


def removal(monkeypatch):
    monkeypatch.setattr(profile, "_remove", lambda *_: None)


def emptying(monkeypatch):
    monkeypatch.setattr(profile, "_empty", lambda *_: None)


def new_uids(monkeypatch):
    monkeypatch.setattr(profile.Profile, "_map_uids", lambda *_: None)


def the_treatment_of_texts(monkeypatch):
    monkeypatch.setattr(profile.Profile, "_clean_free", lambda *_: None)


def new_uids_that_are_the_old_ones(monkeypatch):
    monkeypatch.setattr(profile._UidMap, "__missing__", lambda _, old: old)


@pytest.mark.parametrize(
    "step",
    [
        the_library,
        one_rule_of_the_library,
        removal,
        emptying,
        new_uids,
        new_uids_that_are_the_old_ones,
        the_treatment_of_texts,
    ],
)
def test_with_one_step_left_out_the_search_refuses(image, clean, monkeypatch, step):
    def change(dataset):
        in_private_elements(dataset)
        in_texts_that_no_table_names(dataset)
        dataset.OtherPatientNames = "Okafor^Gracie"

    file = changed(image(), change)
    clean(file)
    step(monkeypatch)
    with pytest.raises(DeidentificationError, match="would stay in it") as refused:
        clean(file)
    assert not re.search("(?i)okafor|elsewhere|4711|1962", str(refused.value))


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("ScanOptions", "OKAFOR"),
        ("ImageType", ["ORIGINAL", "PRIMARY", "MRN-4711-08"]),
        ("ScanOptions", "GRACEOKAFOR"),
        ("BodyPartExamined", "ACC9900123"),
        ("TubeAngle", None),
    ],
)
def test_an_identifier_in_a_code_that_must_stay_is_refused(image, clean, keyword, value):
    attributes = {keyword: value} if value else {"SliceThickness": "19620314"}
    with pytest.raises(DeidentificationError, match=r"a value of Patient|a value of AccessionNumber"):
        clean(image(**attributes))


def test_the_name_of_one_patient_in_the_file_of_another_is_refused(image, clean):
    with pytest.raises(DeidentificationError, match=r"file 2 of 2 \(series 2\) can't be .*PatientName"):
        clean(image(), image(PatientName="Roe^Jane", PatientID="99", ScanOptions="OKAFOR"))


def test_a_long_identifier_among_the_pixels_is_refused_and_a_short_one_is_chance(image, clean):
    def patch(text: bytes) -> bytes:
        return image(PixelData=text.ljust(512, b"\0"))

    clean(patch(b"xxGracexx"))
    with pytest.raises(DeidentificationError, match="PatientID would stay"):
        clean(patch(b"xxMRN-4711-08xx"))


def test_pixels_that_changed_on_the_way_are_refused(image, clean, monkeypatch):
    write = study.write_image

    def written(header, original, place):
        write(header, original, place)
        content = bytearray(place.read_bytes())
        content[-1] ^= 1
        place.write_bytes(content)

    monkeypatch.setattr(study, "write_image", written)
    with pytest.raises(DeidentificationError, match="pixels did not stay"):
        clean(image())
