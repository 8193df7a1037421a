"""Exported studies, imported by those that doctors use: Orthanc, dcmtk and pydicom. All three are the real ones."""

import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.fileset import FileSet

from tests.dicom.export.material import content, data_set, dicom_files, digest, listed
from tests.orthanc import running


@pytest.fixture
def orthanc(need, tmp_path_factory, monkeypatch):
    """Asks an Orthanc of its own, on a free port of this machine alone."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    tool = need("Orthanc", "orthanc")
    folder = tmp_path_factory.mktemp("orthanc")
    with running(tool, folder) as orthanc:
        yield orthanc
    shutil.rmtree(folder)


def test_orthanc_imports_every_image_of_the_zip_file_as_it_was_sent(zipped, real_study, orthanc):
    answers = orthanc("/instances", zipped.out.read_bytes())

    sent = [data for data in map(content, real_study.values()) if data[128:132] == b"DICM"]
    sent = [data for data in sent if "DirectoryRecordSequence" not in dcmread(io.BytesIO(data))]
    assert zipped.dicom_files == len(sent) > 60
    assert [each["Status"] for each in answers] == ["Success"] * len(sent)
    stored = [orthanc(f"/instances/{each['ID']}/file") for each in answers]
    assert sorted(digest(data_set(each)) for each in stored) == sorted(digest(data_set(each)) for each in sent)
    assert orthanc("/statistics")["CountStudies"] == len({dcmread(io.BytesIO(d)).StudyInstanceUID for d in sent})


def test_orthanc_imports_every_file_that_the_folders_dicomdir_lists(exported, orthanc):
    answers = [orthanc("/instances", path.read_bytes()) for path in listed(exported.out)]

    assert {each["Status"] for each in answers} == {"Success"}
    assert len({each["ID"] for each in answers}) == exported.dicom_files


def test_dcmtk_finds_no_fault_in_the_directory(need, exported):
    dump = subprocess.run([need("dcmdump", "dcmtk"), exported.out / "DICOMDIR"], capture_output=True, check=True)
    command = [need("dcmftest", "dcmtk"), *dicom_files(exported.out)]
    kinds = subprocess.run(command, capture_output=True, text=True, check=True)

    assert dump.stderr == b""
    assert not re.search(rb"^[WEF]: ", dump.stdout, re.MULTILINE)
    assert {line[:4] for line in kinds.stdout.splitlines()} == {"yes:"}


def test_dcmtk_makes_the_same_directory_of_the_same_files(need, export, real_study, tmp_path):
    plain = {name: file for name, file in real_study.items() if name.startswith(("disk/", "series/"))}
    del plain["series/report.dcm"]  # dcmtk wants more of such a document than this one has
    export(plain, tmp_path / "out")
    ours = outline(tmp_path / "out")

    command = [need("dcmmkdir", "dcmtk"), "+I", "+r", "+id", ".", "+D", "THEIRS", "DICOM"]
    subprocess.run(command, cwd=tmp_path / "out", capture_output=True, check=True)
    (tmp_path / "out" / "THEIRS").rename(tmp_path / "out" / "DICOMDIR")

    assert ours == outline(tmp_path / "out")
    assert len(ours) > 50


def outline(folder: Path) -> set:
    """Every way from a patient to a file: what names each record on it."""
    keys = ("PatientID", "PatientName", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "DirectoryRecordType")
    keys += ("ReferencedSOPClassUIDInFile", "ReferencedSOPInstanceUIDInFile", "ReferencedTransferSyntaxUIDInFile")
    ways = set()
    for instance in FileSet(folder / "DICOMDIR"):
        way = [instance.node, *instance.node.ancestors]
        said = [tuple(str(node._record.get(key, "")) for key in keys) for node in way if not node.is_root]
        ways.add((instance.FileID and tuple(instance.node._record.ReferencedFileID), *said))
    return ways


def test_pydicom_reads_the_directory_and_finds_every_file(exported):
    file_set = FileSet(exported.out / "DICOMDIR")

    assert len(file_set) == exported.dicom_files == len(dicom_files(exported.out))
    assert {Path(each.path).is_file() for each in file_set} == {True}
    assert file_set.ID == "RADIOGRAM"


def test_each_kind_of_file_has_the_record_of_its_kind(exported):
    kinds = {record.DirectoryRecordType for record in dcmread(exported.out / "DICOMDIR").DirectoryRecordSequence}

    assert kinds >= {"IMAGE", "RT DOSE", "RT PLAN", "RT STRUCTURE SET", "SR DOCUMENT", "ENCAP DOC"}
