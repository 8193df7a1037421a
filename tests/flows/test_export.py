"""A patient takes a study to a doctor's system: on a stick, a CD, or as one ZIP file."""

import subprocess
import zipfile
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.data import get_charset_files, get_testdata_file

from tests.flows.conftest import write_key

FIELDS = "index mailbox sender sender_name sender_checked sender_label sent_at quantum_safe cid signed_by"
FIELDS += " unknown_signer out dicom_files pictures other_files contents is_signed remarks"


@pytest.fixture
def study(tmp_path):
    """A CT image, one of a person with a Japanese name, a cine, a broken file, and a letter."""
    folder = tmp_path / "study"
    folder.mkdir()
    samples = [get_testdata_file(name, download=False) for name in ("CT_small.dcm", "examples_rgb_color.dcm")]
    for path in map(Path, [*samples, *get_charset_files("chrH31.dcm")]):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "broken.dcm").write_bytes((folder / "CT_small.dcm").read_bytes()[:200])
    (folder / "letter.pdf").write_bytes(b"%PDF-1.4")
    return folder


@pytest.fixture
def index(devnet, study, patient):
    """The message that the study is."""
    return send(devnet, study, patient)


def send(devnet, path, patient) -> int:
    done = devnet.json("send_image", path, "--to", patient.public_key, "--several-patients")
    return done["index"]


def test_a_study_becomes_a_folder_that_medical_software_imports(devnet, index, study, technologist, need, tmp_path):
    done = devnet.run("export_image", index, "--out", tmp_path / "stick")

    assert done.returncode == 0, done.stderr
    assert f"Message {index} from {technologist.address}" in done.stdout
    assert f"{tmp_path / 'stick'}  3 DICOM files, 3 pictures, 2 other files" in done.stdout
    assert "  CT Image · 1 image\n" in done.stdout
    assert "study/broken.dcm: a DICOM directory can't list it" in done.stderr
    dumped = subprocess.run(
        [need("dcmdump", "dcmtk"), tmp_path / "stick" / "DICOMDIR"], capture_output=True, check=True
    )
    assert dumped.stdout.count(b"[IMAGE]") == 3
    images = [path.read_bytes() for path in (tmp_path / "stick" / "DICOM").rglob("*") if path.is_file()]
    assert (study / "CT_small.dcm").read_bytes() in images
    assert (tmp_path / "stick" / "OTHER" / "study" / "letter.pdf").read_bytes() == b"%PDF-1.4"


def test_a_study_becomes_one_zip_file(devnet, index, patient, tmp_path):
    write_key(tmp_path / "key.hex", patient.private_key)

    told = devnet.json("export_image", index, "--out", tmp_path / "study.ZIP", "--key-file", tmp_path / "key.hex")

    assert " ".join(told) == FIELDS
    assert (told["dicom_files"], told["pictures"], told["other_files"]) == (3, 3, 2)
    assert {"sop_class": "CT Image", "is_video": False, "files": 1, "frames": 1} in told["contents"]
    assert "study/broken.dcm" in [each["name"] for each in told["remarks"]]
    with zipfile.ZipFile(tmp_path / "study.ZIP") as archive:
        assert {"DICOMDIR", "README.TXT", "INDEX.HTM", "OTHER/study/letter.pdf"} <= set(archive.namelist())
        with archive.open("DICOMDIR") as directory:
            records = dcmread(directory).DirectoryRecordSequence
    assert "Yamada^Tarou=山田^太郎=やまだ^たろう" in [str(each.get("PatientName")) for each in records]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key.hex", "study", "study.ZIP"]


def test_an_export_is_replaced_when_asked_and_not_before(devnet, index, tmp_path):
    devnet.json("export_image", index, "--out", tmp_path / "stick")
    first = (tmp_path / "stick" / "DICOMDIR").read_bytes()

    line = devnet.refusal("export_image", index, "--out", tmp_path / "stick")
    devnet.json("export_image", index, "--out", tmp_path / "stick", "--overwrite")

    assert line == f"Error: {tmp_path}/stick/DICOMDIR is there already: choose another --out, or add --overwrite"
    assert (tmp_path / "stick" / "DICOMDIR").read_bytes() == first


def test_a_wrong_key_exports_nothing(devnet, index, patient, stranger, tmp_path):
    write_key(tmp_path / "key.hex", stranger.private_key)

    wrong = ("--key-file", tmp_path / "key.hex", "--of", patient.address)
    line = devnet.refusal("export_image", index, "--out", tmp_path / "stick", *wrong)

    assert "this private key does not open the message" in line
    assert not (tmp_path / "stick").exists()


def test_where_to_must_be_said(devnet):
    assert "--out is missing: see --help" in devnet.refusal("export_image")


def test_a_place_that_can_not_be_written_is_named(devnet, index, tmp_path):
    (tmp_path / "file").write_bytes(b"")

    line = devnet.refusal("export_image", index, "--out", tmp_path / "file" / "stick")

    assert "can't be written: Not a directory; choose another --out" in line
