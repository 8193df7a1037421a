"""What a study says of itself, and whether it is of one patient."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from radiogram.dicom.contact_sheet import study_sheet
from radiogram.dicom.display import shown_name
from radiogram.dicom.metadata import Difference, file_metadata, study_overview
from radiogram.dicom.series import series_order
from radiogram.errors import PreviewError
from radiogram.formats.manifest import PatientMetadata, SeriesMetadata, StudyMetadata

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("chrH31.dcm", "YAMADA, Tarou / 山田 太郎 / やまだ たろう"),
        ("chrI2.dcm", "HONG, Gildong / 洪 吉洞 / 홍 길동"),
        ("chrX1.dcm", "WANG, XiaoDong / 王 小東"),
        ("chrX2.dcm", "WANG, XiaoDong / 王 小东"),
        ("chrGerm.dcm", "ÄNEAS, Rüdiger"),
        ("chrFrenMulti.dcm", "BUC, Jérôme"),
        ("chrRuss.dcm", "ЛЮКCEМБYPГ"),
        ("chrGreek.dcm", "ΔΙΟΝΥΣΙΟΣ"),
        ("chrArab.dcm", "قباني, لنزار"),
        ("chrHbrw.dcm", "שרון, דבורה"),
        ("chrKoreanMulti.dcm", "김희중"),
    ],
)
def test_a_name_is_read_in_its_own_alphabets(sample, name, person):
    (metadata,) = file_metadata(sample(name))

    assert shown_name(metadata.patient.name) == person


def test_a_study_tells_its_facts(build):
    files = [
        build(
            RAMP,
            SeriesInstanceUID=f"1.2.{number % 2}",
            SeriesNumber=number % 2 + 1,
            SeriesDescription="Axial",
            StudyDate="20240131",
            StudyDescription="Head, plain",
            BodyPartExamined="HEAD",
            PatientBirthDate="19700203",
            PatientSex="F",
            IssuerOfPatientID="ST MARY",
        )
        for number in range(5)
    ]
    cine = build(np.stack([RAMP] * 4), SeriesInstanceUID="1.2.9", Modality="US")

    overview = study_overview([*files, cine, build(), b"a letter"])

    assert overview.patient == PatientMetadata("Roe^Jane", "1970-02-03", "F", "77", "ST MARY")
    assert overview.studies == (
        StudyMetadata(
            overview.patient,
            "1.2.3",
            "2024-01-31",
            "Head, plain",
            (
                SeriesMetadata("1.2.0", 1, "CT", "HEAD", "Axial", 3, 3),
                SeriesMetadata("1.2.1", 2, "CT", "HEAD", "Axial", 2, 2),
                SeriesMetadata("1.2.9", None, "US", images=1, frames=4),
                SeriesMetadata("1.2.3", None, "CT"),
            ),
        ),
    )
    assert (overview.files, overview.others, overview.unreadable, overview.unidentified) == (7, 1, (), 0)
    assert overview.is_of_one_patient
    assert overview.is_of_one_study


def test_files_of_several_studies_are_told_apart_in_the_order_in_which_they_are_met(build):
    overview = study_overview([build(RAMP, StudyInstanceUID=uid) for uid in ("1.9", "1.1", "1.9")])

    assert [(study.uid, study.images) for study in overview.studies] == [("1.9", 2), ("1.1", 1)]


def test_images_without_a_study_uid_are_told_apart_by_patient(build):
    files = [build(RAMP, StudyInstanceUID="", PatientID=number) for number in ("1", "2", "1")]

    assert [(study.patient.id, study.images) for study in study_overview(files).studies] == [("1", 2), ("2", 1)]


@pytest.mark.parametrize("junk", ["-3", "0", "many", "1e3", "9" * 12, ""])
def test_a_junk_number_of_frames_counts_as_one(build, junk):
    file = build(RAMP, NumberOfFrames=1, InstanceCreationTime="000000")
    element = b"\x28\0\x08\0IS" + len(b"1 ").to_bytes(2, "little") + b"1 "
    assert element in file
    value = junk.encode() + b" " * (len(junk) % 2)
    file = file.replace(element, b"\x28\0\x08\0IS" + len(value).to_bytes(2, "little") + value)

    assert study_overview([file]).studies[0].frames == 1


@pytest.mark.parametrize(
    ("attribute", "keyword", "value", "shown"),
    [
        ("name", "PatientName", "Roe^Janet", ("ROE, Jane", "ROE, Janet")),
        ("birth date", "PatientBirthDate", "19700204", ("03-Feb-1970", "04-Feb-1970")),
        ("sex", "PatientSex", "M", ("F", "M")),
        ("patient id", "PatientID", "78", ("77", "78")),
        ("issuer of patient id", "IssuerOfPatientID", "ST ANNE", ("ST MARY", "ST ANNE")),
    ],
)
def test_another_patient_is_told_with_the_differing_values_and_their_counts(build, attribute, keyword, value, shown):
    first = {"PatientBirthDate": "19700203", "PatientSex": "F", "IssuerOfPatientID": "ST MARY"}

    overview = study_overview([build(RAMP, **first), build(RAMP, **(first | {keyword: value})), build(RAMP, **first)])

    assert not overview.is_of_one_patient
    assert overview.differences == (Difference(attribute, ((shown[0], 2), (shown[1], 1))),)


def test_another_study_of_the_same_patient_is_told_too(build):
    overview = study_overview([build(RAMP), build(RAMP, StudyInstanceUID="1.2.4")])

    assert overview.is_of_one_patient
    assert not overview.is_of_one_study


def test_an_absent_value_and_capitals_are_no_difference(build):
    overview = study_overview(
        [build(RAMP), build(RAMP, PatientName="ROE^JANE^^"), build(RAMP, PatientName="", PatientID="")]
    )

    assert overview.is_of_one_patient


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["Yamada^Tarou=山田^太郎", "YAMADA^TAROU"], ()),
        (["=山田^太郎", "Yamada^Tarou=山田^太郎=やまだ^たろう"], ()),
        (["=山田^太郎", "Yamada^Tarou"], ()),  # nothing says that they are two
        (["Mu\u0308ller^Eva", "M\u00fcller^Eva"], ()),
        (
            ["Yamada^Tarou=山田^太郎", "Yamada^Tarou=山田^次郎"],
            ("YAMADA, Tarou / 山田 太郎", "YAMADA, Tarou / 山田 次郎"),
        ),
        (
            ["Yamada^Tarou=山田^太郎", "Yamada^Jirou", "=山田^太郎"],
            ("YAMADA, Tarou / 山田 太郎", "YAMADA, Jirou", "山田 太郎"),
        ),
    ],
)
def test_names_differ_in_an_alphabet_in_which_both_are_written(build, names, shown):
    (difference,) = study_overview(
        [build(RAMP, SpecificCharacterSet="ISO_IR 192", PatientName=name) for name in names]
    ).differences or [None]

    assert tuple(value for value, _ in difference.values) == shown if shown else difference is None


def test_a_file_without_name_and_id_is_of_nobody_that_is_known(build):
    overview = study_overview(
        [build(RAMP), build(RAMP, PatientName=""), build(RAMP, PatientID=""), build(RAMP, PatientName="", PatientID="")]
    )

    assert overview.unidentified == 1


def test_every_patient_of_a_dicomdir_counts(sample):
    overview = study_overview([sample("DICOMDIR")])

    assert {each.attribute for each in overview.differences} >= {"name", "patient id"}
    assert (overview.files, overview.studies) == (1, ())


def test_unreadable_files_are_told_by_their_place(build, sample):
    whole = build(RAMP)
    at = whole.index(b"\xe0\x7f\x10\0OB")
    bomb = whole[:at] + b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 500 + whole[at:]

    assert study_overview([build(RAMP), bomb, b""]).unreadable == (1,)


def test_no_patient_attribute_is_in_what_logs_would_show(build):
    files = [
        build(
            RAMP,
            PatientName="Secret^Sarah",
            PatientID="S3CRET",
            PatientBirthDate="19991231",
            StudyDescription="Sarah Secret",
            StudyInstanceUID="1.9.77777",
        ),
        build(RAMP),
    ]

    written = repr(study_overview(files)) + repr([file_metadata(each) for each in files])

    for secret in ("secret", "sarah", "s3cret", "1999", "1.9.77777", "roe"):
        assert secret not in written.lower()


def test_slices_are_ordered_by_position_and_not_by_their_number(build):
    heights = [30.0, -10.0, 20.0, 0.0]
    files = [
        build(RAMP, ImagePositionPatient=[0, 0, z], ImageOrientationPatient=[1, 0, 0, 0, 1, 0], InstanceNumber=place)
        for place, z in enumerate(heights)
    ]

    assert series_order([file_metadata(each)[0] for each in files]) == [[1, 3, 2, 0]]


def test_slices_without_a_common_direction_are_ordered_by_number(build):
    directions = [[1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1], [0, 1, 0, 0, 0, -1]]
    files = [
        build(
            RAMP, ImagePositionPatient=[0, 0, 9 - place], ImageOrientationPatient=each, InstanceNumber=[2, 3, 1][place]
        )
        for place, each in enumerate(directions)
    ]

    assert series_order([file_metadata(each)[0] for each in files]) == [[2, 0, 1]]


def test_series_are_grouped_and_ordered_by_their_number(build):
    files = [
        build(RAMP, SeriesInstanceUID=uid, SeriesNumber=number, InstanceNumber=place)
        for place, (uid, number) in enumerate([("1.2", 10), ("1.1", 2), ("1.2", 10), ("1.3", None)])
    ]

    assert series_order([file_metadata(each)[0] for each in files]) == [[1], [0, 2], [3]]


def test_a_sheet_names_no_patient(build, monkeypatch):
    import radiogram.dicom.contact_sheet as study

    rows = []
    monkeypatch.setattr(study, "sheet", lambda given: rows.extend(given) or Image.new("L", (1, 1)))
    study_sheet([build(RAMP, SeriesNumber=4, Modality="ROEJANE", SeriesDescription="Jane Roe") for _ in range(3)])

    ((heading, tiles),) = rows
    assert heading == "Series 4 · other · 3 pictures"
    assert [caption for caption, _ in tiles] == ["1", "2", "3"]


def test_a_sheet_shows_each_series_and_a_word_where_there_is_no_picture(build, sample):
    files = [
        build(RAMP, SeriesNumber=1),
        sample("emri_small.dcm"),
        sample("JPEG-LL.dcm"),
        sample("rtplan.dcm"),
        b"letter",
    ]

    image = Image.open(io.BytesIO(study_sheet(files)))

    assert image.format == "PNG"
    assert image.width < 2000


def test_a_study_without_a_picture_has_no_sheet(sample):
    with pytest.raises(PreviewError, match="no image"):
        study_sheet([sample("rtplan.dcm"), b"letter"])


def test_a_study_of_many_files_is_read_without_its_pixels(sample):
    places = []
    overview = study_overview([sample("RG1_UNCR.dcm")] * 300, places.append)

    assert overview.studies[0].images == 300
    assert places == list(range(300))


def test_metadata_is_read_where_neither_pillow_nor_numpy_can_be_loaded(sample):
    script = """
import sys
from pathlib import Path
sys.modules["PIL"] = sys.modules["numpy"] = None  # pydicom itself would load them, and does without
from radiogram.dicom import metadata, series
files = [Path(each) for each in sys.argv[1:]]
(study,) = metadata.study_overview(files).studies
print(study.images, [each.modality for each in series.sort_out(files).series])
"""
    command = [sys.executable, "-c", script, str(sample("CT_small.dcm"))]

    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "1 ['CT']\n"
