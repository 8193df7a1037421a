"""What is in an export: files as they were sent, in a directory that lists them."""

import io
import re
import subprocess

import pydicom
import pytest
from pydicom import dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ImplicitVRLittleEndian

from tests.dicom.export.material import FILE_SETS, RAMP, content, data_set, dicom_files, digest, listed, records


def test_files_with_a_whole_header_are_the_same_byte_for_byte(exported, real_study):
    sent = {digest(content(file)) for file in real_study.values()}
    changed = [path for path in dicom_files(exported.out) if digest(path.read_bytes()) not in sent]

    assert sorted(dcmread(path).Modality for path in changed) == ["RTDOSE", "RTPLAN"]  # whose headers name others


def test_file_ids_are_those_that_every_file_system_takes(exported):
    assert listed(exported.out) == dicom_files(exported.out)
    for path in dicom_files(exported.out):
        assert all(re.fullmatch("[A-Z0-9_]{1,8}", part) for part in path.relative_to(exported.out).parts)


@pytest.mark.parametrize("cut", ["no preamble", "no header"])
@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm"])
def test_a_file_without_its_header_gets_one_and_keeps_its_data_set(export, sample, need, tmp_path, name, cut):
    whole = sample(name).read_bytes()

    export({"image": whole[132:] if cut == "no preamble" else data_set(whole)}, tmp_path / "out")

    (path,) = dicom_files(tmp_path / "out")
    subprocess.run([need("dcmftest", "dcmtk"), path], check=True, capture_output=True)
    assert path.read_bytes().endswith(data_set(whole))
    assert dcmread(path).file_meta.TransferSyntaxUID == dcmread(sample(name)).file_meta.TransferSyntaxUID
    assert dcmread(path).pixel_array.tobytes() == dcmread(sample(name)).pixel_array.tobytes()


def test_a_header_that_names_another_image_is_set_right(export, build, tmp_path):
    image = dcmread(io.BytesIO(build(RAMP)))
    other = FileMetaDataset()
    other.update(image.file_meta)
    other.MediaStorageSOPInstanceUID = "1.2.999"
    image.file_meta = other
    sink = io.BytesIO()
    pydicom.filewriter.dcmwrite(sink, image, enforce_file_format=False)

    export({"image": sink.getvalue()}, tmp_path / "out")

    (path,) = dicom_files(tmp_path / "out")
    assert dcmread(path).file_meta.MediaStorageSOPInstanceUID == image.SOPInstanceUID


@pytest.mark.parametrize(
    "name",
    [
        *("chrArab", "chrFren", "chrFrenMulti", "chrGerm", "chrGreek", "chrH31", "chrH32"),
        *("chrHbrw", "chrI2", "chrKoreanMulti", "chrRuss", "chrX1", "chrX2"),
    ],
)
def test_a_name_stands_in_the_directory_in_its_own_alphabets(export, sample, tmp_path, name):
    file = dcmread(sample(f"{name}.dcm"))

    export({"image": sample(f"{name}.dcm")}, tmp_path / "out")

    raw = file.get_item("PatientName").value.rstrip()
    (record,) = records(tmp_path / "out", "PATIENT")
    assert record.PatientName == file.PatientName
    assert record.SpecificCharacterSet == file.SpecificCharacterSet
    assert raw in (tmp_path / "out" / "DICOMDIR").read_bytes()


def test_what_a_directory_must_say_and_a_file_does_not_is_filled_in_there_alone(export, build, tmp_path):
    image = build(RAMP, PatientID="", StudyID="", SeriesNumber="", StudyDate="", SeriesDate="20240131")

    export({"image": image}, tmp_path / "out")

    ((patient,), (study,), (series,)) = (records(tmp_path / "out", kind) for kind in ("PATIENT", "STUDY", "SERIES"))
    assert (patient.PatientID, study.StudyID, study.StudyDate, series.SeriesNumber) == ("UNKNOWN", "1", "20240131", 1)
    assert dicom_files(tmp_path / "out")[0].read_bytes() == image


def test_a_number_that_is_none_is_replaced_in_the_directory(export, build, tmp_path):
    image = build(RAMP, InstanceNumber="77777777").replace(b"77777777", b"junk    ")

    export({"image": image}, tmp_path / "out")

    assert records(tmp_path / "out", "IMAGE")[0].InstanceNumber == 1


def test_two_people_with_one_id_stay_two(export, build, tmp_path):
    export({"a": build(RAMP), "b": build(RAMP, PatientName="Doe^John")}, tmp_path / "out")

    assert [str(each.PatientName) for each in records(tmp_path / "out", "PATIENT")] == ["Roe^Jane", "Doe^John"]


def test_slices_are_listed_by_position(export, build, tmp_path):
    heights = [3, 1, 2, 0]
    images = {
        f"{place}": build(RAMP, ImagePositionPatient=[0, 0, z], ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
        for place, z in enumerate(heights)
    }

    export(images, tmp_path / "out")

    assert [dcmread(path).ImagePositionPatient[2] for path in listed(tmp_path / "out")] == [0, 1, 2, 3]


def test_findings_of_a_report_are_not_copied_into_the_directory(export, sample, tmp_path):
    export({"report": sample("reportsi.dcm")}, tmp_path / "out")

    (record,) = records(tmp_path / "out", "SR DOCUMENT")
    assert {each.RelationshipType for each in record.get("ContentSequence", [])} <= {"HAS CONCEPT MOD"}
    assert (tmp_path / "out" / "DICOMDIR").stat().st_size < 2000


def test_a_directory_that_was_sent_is_replaced_by_the_new_one(export, tmp_path):
    files = {str(path.relative_to(FILE_SETS)): path for path in FILE_SETS.glob("77654033/**/*") if path.is_file()}

    exported = export(files | {"DICOMDIR": FILE_SETS / "DICOMDIR"}, tmp_path / "out")

    assert ("DICOMDIR", "left out: it is a DICOMDIR, and the new one takes its place") in exported.remarks
    assert exported.dicom_files == len(files) == 7
    assert exported.others == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("UN_sequence.dcm", "no valid SOPClassUID"),
        ("JPEGLSNearLossless_08.dcm", "no valid StudyInstanceUID"),
        ("bad_sequence.dcm", "no valid SOPInstanceUID"),
    ],
)
def test_a_file_that_no_directory_can_list_lies_beside_with_one_line_why(export, sample, tmp_path, name, words):
    exported = export({f"scans/{name}": sample(name)}, tmp_path / "out")

    ((told, why),) = exported.remarks
    assert told == f"scans/{name}"
    assert words in why
    assert "\n" not in why
    assert (tmp_path / "out" / "OTHER" / "scans" / name).read_bytes() == sample(name).read_bytes()
    assert words in (tmp_path / "out" / "INDEX.HTM").read_text()


def test_of_two_files_with_one_uid_the_second_lies_beside(export, build, tmp_path):
    exported = export(
        {"a": build(RAMP, SOPInstanceUID="1.2.7"), "b": build(RAMP, SOPInstanceUID="1.2.7")}, tmp_path / "o"
    )

    assert [name for name, why in exported.remarks if "same SOPInstanceUID" in why] == ["b"]
    assert (exported.dicom_files, exported.others) == (1, 1)


@pytest.mark.parametrize("junk", [b"", b"DICM", b"\0" * 4096, b"\0" * 128 + b"DICM", b"\x08\0\x05\0CS\xff\xff"])
def test_junk_lies_beside_unchanged(export, build, tmp_path, junk):
    exported = export({"junk.bin": junk, "image": build(RAMP)}, tmp_path / "out")

    assert (exported.dicom_files, exported.others) == (1, 1)
    assert (tmp_path / "out" / "OTHER" / "junk.bin").read_bytes() == junk


def test_a_study_without_a_dicom_file_is_handed_on_without_a_directory(export, tmp_path):
    export({"letter.pdf": b"%PDF-1.4"}, tmp_path / "out")

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "FHIR.JSN",
        "INDEX.HTM",
        "OTHER",
        "README.TXT",
    ]
    text = (tmp_path / "out" / "README.TXT").read_text()
    assert "DICOM" not in text
    assert "OTHER       1 other file" in text


def test_an_endless_value_stays_out_of_the_directory(export, build, tmp_path):
    with pydicom.config.disable_value_validation():
        image = build(RAMP, ImplicitVRLittleEndian, PatientID="x" * 70_000)

    exported = export({"image": image}, tmp_path / "out")

    assert (exported.dicom_files, exported.others) == (0, 1)


SIGNED = (b"{the manifest}", b"\x01" * 65)


def test_manifest_and_signature_lie_beside_files_that_are_all_there_unchanged(export, build, tmp_path):
    exported = export({"image": build(RAMP), "junk.bin": b"1"}, tmp_path / "out", signed=SIGNED)

    assert exported.is_signed
    assert (
        (tmp_path / "out" / "MANIFEST.JSN").read_bytes(),
        (tmp_path / "out" / "MANIFEST.SIG").read_bytes(),
    ) == SIGNED
    assert "MANIFEST    the sender's list of these files" in (tmp_path / "out" / "README.TXT").read_text()


@pytest.mark.parametrize("change", ["a file that got a header", "a directory that was left out", "nobody's signature"])
def test_what_is_not_what_was_signed_has_no_manifest(export, build, sample, tmp_path, change):
    files = {"image": build(RAMP)}
    if change == "a file that got a header":
        files["other"] = sample("CT_small.dcm").read_bytes()[132:]
    if change == "a directory that was left out":
        files["DICOMDIR"] = FILE_SETS / "DICOMDIR"

    exported = export(files, tmp_path / "out", signed=None if "nobody" in change else SIGNED)

    assert not exported.is_signed
    assert not list((tmp_path / "out").glob("MANIFEST*"))
    assert "MANIFEST" not in (tmp_path / "out" / "README.TXT").read_text()


def test_the_manifest_of_an_earlier_export_is_replaced_or_taken_away(export, build, tmp_path):
    for signed in (SIGNED, (b"{}", b"\x02" * 65), None):
        export({"image": build(RAMP)}, tmp_path / "out", overwrite=True, signed=signed)
        there = sorted(path.read_bytes() for path in (tmp_path / "out").glob("MANIFEST*"))
        assert there == sorted(signed or ())
