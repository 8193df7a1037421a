"""What a study says of itself, and whether it is of one patient."""

import io

import numpy as np
import pytest
from PIL import Image

from radiogram.errors import PreviewError
from radiogram.study import file_facts, series_order, shown_name, study_facts, study_sheet

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("chrH31.dcm", "YAMADA Tarou / 山田 太郎 / やまだ たろう"),
        ("chrI2.dcm", "HONG Gildong / 洪 吉洞 / 홍 길동"),
        ("chrX1.dcm", "WANG XiaoDong / 王 小東"),
        ("chrX2.dcm", "WANG XiaoDong / 王 小东"),
        ("chrGerm.dcm", "ÄNEAS Rüdiger"),
        ("chrFrenMulti.dcm", "BUC Jérôme"),
        ("chrRuss.dcm", "ЛЮКCEМБYPГ"),
        ("chrGreek.dcm", "ΔΙΟΝΥΣΙΟΣ"),
        ("chrArab.dcm", "قباني لنزار"),
        ("chrHbrw.dcm", "שרון דבורה"),
        ("chrKoreanMulti.dcm", "김희중"),
    ],
)
def test_a_name_is_read_in_its_own_alphabets(sample, name, person):
    (facts,) = file_facts(sample(name))

    assert facts.patient.name == person


@pytest.mark.parametrize(
    ("value", "person"),
    [
        ("Adams^John Robert^Quincy^Rev.^B.A. M.Div.", "ADAMS John Robert Quincy, Rev., B.A. M.Div."),
        ("Roe", "ROE"),
        ("^Jane", "Jane"),
        ("Roe^Jane^^^", "ROE Jane"),
        ("=山田^太郎", "山田 太郎"),
        ("", ""),
        ("^^=^", ""),
        ("Roe\x1b[2J^Ja\u202ene\n", "ROE [2J Jane"),
        ("x" * 5000, "X" * 256),
    ],
)
def test_a_name_has_its_family_first_in_capitals_and_nothing_that_harms_a_terminal(value, person):
    shown = shown_name(value)

    assert shown == person
    assert shown == "" or shown.isprintable()


def test_a_study_tells_its_facts(build):
    files = [
        build(
            RAMP,
            SeriesInstanceUID=f"1.2.{number % 2}",
            StudyDate="20240131",
            StudyDescription="Head, plain",
            BodyPartExamined="HEAD",
            PatientBirthDate="19700203",
        )
        for number in range(5)
    ]

    facts = study_facts([*files, build(np.stack([RAMP] * 4), SeriesInstanceUID="1.2.9"), build(), b"a letter"])

    assert facts.patient.name == "ROE Jane"
    assert facts.patient.birth_date == "1970-02-03"
    assert facts.patient.id == "77"
    assert (facts.modalities, facts.dates, facts.descriptions) == (("CT",), ("2024-01-31",), ("Head, plain",))
    assert facts.body_parts == ("HEAD",)
    assert (facts.series, facts.images, facts.frames, facts.files, facts.others) == (4, 6, 9, 7, 1)
    assert facts.differences == ()
    assert facts.is_of_one_patient


@pytest.mark.parametrize(
    ("attribute", "keyword", "value"),
    [
        ("name", "PatientName", "Roe^Janet"),
        ("birth date", "PatientBirthDate", "19700204"),
        ("patient id", "PatientID", "78"),
    ],
)
def test_another_patient_is_told_with_the_differing_values(build, attribute, keyword, value):
    first = {"PatientBirthDate": "19700203"}

    facts = study_facts([build(RAMP, **first), build(RAMP, **(first | {keyword: value}))])

    assert not facts.is_of_one_patient
    assert [each.attribute for each in facts.differences] == [attribute]
    assert len(facts.differences[0].values) == 2


def test_another_study_of_the_same_patient_is_told_too(build):
    facts = study_facts([build(RAMP), build(RAMP, StudyInstanceUID="1.2.4")])

    assert facts.is_of_one_patient
    assert [each.attribute for each in facts.differences] == ["study"]


def test_an_absent_value_and_capitals_are_no_difference(build):
    facts = study_facts([build(RAMP), build(RAMP, PatientName="ROE^JANE^^"), build(RAMP, PatientName="", PatientID="")])

    assert facts.differences == ()
    assert facts.unnamed == 1


def test_every_patient_of_a_dicomdir_counts(sample):
    facts = study_facts([sample("DICOMDIR")])

    assert {each.attribute for each in facts.differences} >= {"name", "patient id"}
    assert (facts.files, facts.images) == (1, 0)


def test_unreadable_files_are_told_by_their_place(build, sample):
    whole = build(RAMP)
    at = whole.index(b"\xe0\x7f\x10\0OB")
    bomb = whole[:at] + b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 500 + whole[at:]

    assert study_facts([build(RAMP), bomb, b""]).unreadable == (1,)


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

    written = repr(study_facts(files)) + repr([file_facts(each) for each in files])

    for secret in ("secret", "sarah", "s3cret", "1999", "1.9.77777", "roe"):
        assert secret not in written.lower()


def test_slices_are_ordered_by_position_and_not_by_their_number(build):
    heights = [30.0, -10.0, 20.0, 0.0]
    files = [
        build(RAMP, ImagePositionPatient=[0, 0, z], ImageOrientationPatient=[1, 0, 0, 0, 1, 0], InstanceNumber=place)
        for place, z in enumerate(heights)
    ]

    assert series_order([file_facts(each)[0] for each in files]) == [[1, 3, 2, 0]]


def test_slices_without_a_common_direction_are_ordered_by_number(build):
    directions = [[1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1], [0, 1, 0, 0, 0, -1]]
    files = [
        build(
            RAMP, ImagePositionPatient=[0, 0, 9 - place], ImageOrientationPatient=each, InstanceNumber=[2, 3, 1][place]
        )
        for place, each in enumerate(directions)
    ]

    assert series_order([file_facts(each)[0] for each in files]) == [[2, 0, 1]]


def test_series_are_grouped_and_ordered_by_their_number(build):
    files = [
        build(RAMP, SeriesInstanceUID=uid, SeriesNumber=number, InstanceNumber=place)
        for place, (uid, number) in enumerate([("1.2", 10), ("1.1", 2), ("1.2", 10), ("1.3", None)])
    ]

    assert series_order([file_facts(each)[0] for each in files]) == [[1], [0, 2], [3]]


def test_a_sheet_names_no_patient(build, monkeypatch):
    import radiogram.study as study

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
    facts = study_facts([sample("RG1_UNCR.dcm")] * 300)

    assert facts.images == 300
