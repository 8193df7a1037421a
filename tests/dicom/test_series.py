"""Which files are of which series, and how a series is named."""

import pytest
from pydicom.uid import generate_uid

from radiogram.dicom.series import choose, listed, sort_out
from radiogram.errors import StudyError

HEAD, NECK, SCOUT = "1.2.826.0.1.1111", "1.2.826.0.1.2222", "1.2.826.0.2.2222"


@pytest.fixture
def study(build, tmp_path):
    """Two slices of series 1, one of series 2, and another series 2; a report, an index and a broken file."""

    def put(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    def image(name, uid, number, modality="CT"):
        return put(name, build(SeriesInstanceUID=uid, SeriesNumber=number, Modality=modality))

    return [
        image("a", NECK, 2),
        image("b", HEAD, 1),
        image("c", HEAD, 1),
        image("d", SCOUT, 2, "MR"),
        put("report.pdf", b"%PDF-1.7"),
        put("empty", b""),
        put(
            "broken.dcm",
            bytes(128) + b"DICM" + b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 500,
        ),
    ]


def names(paths):
    return [path.name for path in paths]


def test_files_are_sorted_by_series_and_the_others_told_apart(study):
    found = sort_out(study)
    assert [(each.number, each.modality, names(each.files)) for each in found.series] == [
        (1, "CT", ["b", "c"]),
        (2, "CT", ["a"]),
        (2, "MR", ["d"]),
    ]
    assert names(found.others) == ["report.pdf", "empty"]
    assert names(found.unreadable) == ["broken.dcm"]


def test_an_index_of_files_is_of_no_series(sample):
    found = sort_out([sample("DICOMDIR"), sample("CT_small.dcm")])
    assert names(found.others) == ["DICOMDIR"]
    assert len(found.series) == 1


@pytest.mark.parametrize(
    ("wanted", "files"),
    [
        (["1"], ["b", "c"]),
        ([HEAD], ["b", "c"]),
        (["1111"], ["b", "c"]),
        ([".2.2222"], ["d"]),
        (["1.2222"], ["a"]),
        ([SCOUT, "1", HEAD], ["b", "c", "d"]),
    ],
)
def test_a_series_is_named_by_its_number_its_uid_or_a_unique_end_of_it(study, wanted, files):
    chosen = choose(sort_out(study).series, wanted)
    assert [name for each in chosen for name in names(each.files)] == files


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        ("7", "there is no series '7' here; there are: 1 (CT, 2 files), 1.2222 (CT, 1 file), 2.2222 (MR, 1 file)"),
        ("", "there is no series '' here; "),
        ("111", "there is no series '111' here; "),
        ("2", "2 names 2 series: name one by its UID's end: 1.2222 (CT, 1 file), 2.2222 (MR, 1 file)"),
        ("2222", "2222 names 2 series: name one by its UID's end: 1.2222 (CT, 1 file), 2.2222 (MR, 1 file)"),
    ],
)
def test_a_series_that_is_not_there_or_not_the_only_one_is_refused_with_a_list(study, wanted, line):
    with pytest.raises(StudyError) as refused:
        choose(sort_out(study).series, [wanted])
    assert str(refused.value).startswith(line)


def test_a_list_of_many_series_is_cut_and_holds_nothing_of_the_patient(build, tmp_path):
    files = []
    for number in range(25):
        files.append(tmp_path / str(number))
        header = {"SeriesNumber": number, "SeriesInstanceUID": generate_uid(), "SeriesDescription": "Mrs Roe"}
        files[-1].write_bytes(build(**header, Modality="ROE JANE" if number == 0 else "CT"))
    line = listed(sort_out(files).series)
    assert line.startswith("0 (other, 1 file), 1 (CT, 1 file), ")
    assert line.endswith("19 (CT, 1 file), and 5 more")
    assert "roe" not in line.lower()
