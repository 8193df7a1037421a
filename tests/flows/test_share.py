"""A patient hands a study on: one more envelope and no upload, or a new study of a part of it."""

import io
import json
import re
import signal
import threading
import time
from pathlib import Path

import pexpect
import pytest
import requests
from eth_account import Account
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file

from radiogram.formats.kept_manifest import FOLDER
from tests.flows.conftest import PASSPHRASE, Person, Scripts, write_key
from tests.ipfs.conftest import hostile, reply  # noqa: F401 - fixtures
from tests.web.postbox import Postbox
from tests.web.wallet import Chain

DOCTOR = Person("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6")  # test account 3
DOCTORS = ("--account", "3")
PATIENT_NAME, PATIENT_ID = "Okafor^Grace Ann", "MRN-4711-08"


@pytest.fixture
def doctor_who_knows_the_clinic(devnet, technologist, tmp_path):
    """Commands of somebody who has a name for the technologist's account."""
    accounts = tmp_path / "ape" / "accounts"
    accounts.mkdir(parents=True)
    keystore = Account.encrypt(technologist.private_key, PASSPHRASE, iterations=2)
    (accounts / "clinic.json").write_text(json.dumps(keystore))
    return Scripts(devnet.home, APE_DATA_FOLDER=str(tmp_path / "ape"))


def test_a_doctor_retrieves_what_a_patient_shares_and_learns_who_made_it(
    devnet, doctor_who_knows_the_clinic, xray, technologist, patient, tmp_path
):
    sent = devnet.json("send_image", xray, "--to", patient.public_key)
    shared = devnet.json("share_image", sent["index"], "--to", DOCTOR.public_key)
    assert (shared["sender"], shared["recipient"]) == (patient.address, DOCTOR.address)
    assert shared["cid"] == sent["cid"]
    said = doctor_who_knows_the_clinic.run("retrieve_image", *DOCTORS, "--out", tmp_path / "out").stdout
    assert f"Handed on by {patient.address}; exactly what clinic ({technologist.address}) signed" in said
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()
    told = doctor_who_knows_the_clinic.json("retrieve_image", *DOCTORS, "--out", tmp_path / "again")
    assert (told["signed_by"], told["unknown_signer"]) == (technologist.address, None)


def test_a_doctor_who_does_not_know_the_maker_is_told_that_the_signature_says_nothing(
    devnet, xray, technologist, patient, tmp_path
):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    devnet.json("share_image", index, "--to", DOCTOR.public_key)
    said = devnet.run("retrieve_image", *DOCTORS, "--out", tmp_path / "out").stdout
    assert "Not signed by its sender; exactly what was encrypted\n" in said
    assert f"gives {technologist.address}, which is not known here: that may be anybody, or nobody\n" in said
    told = devnet.json("export_image", *DOCTORS, "--out", tmp_path / "disc")
    assert (told["signed_by"], told["unknown_signer"]) == (None, technologist.address)


def test_a_signature_of_other_images_is_said_to_be_nobodys(devnet, xray, technologist, patient, tmp_path):
    postbox = Postbox(Chain(devnet.node["chain"]), devnet.node, technologist)
    postbox.send(patient, postbox.add(xray, label="Klinik", signature=postbox.signature(b"another list")))
    said = devnet.run("retrieve_image", "--out", tmp_path / "out").stdout
    assert "Not signed by its sender; exactly what was encrypted\n" in said
    assert re.search(r"gives 0x[0-9a-fA-F]{40}, which is not known here: that may be anybody, or nobody\n", said)
    (message, *_) = devnet.json("inbox", "--open")["messages"]
    assert message["manifest_signed_by"] is None
    assert message["manifest_unknown_signer"] not in (None, technologist.address)
    assert "0xf39F…2266, says that it is from “Klinik”" in devnet.run("inbox", "--open").stdout


def test_sharing_needs_the_private_key(devnet, xray, patient, stranger, tmp_path):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    write_key(tmp_path / "key.hex", stranger.private_key)
    before = devnet.count(DOCTOR.address)
    wrong = ("--key-file", tmp_path / "key.hex", "--of", patient.address)
    line = devnet.refusal("share_image", index, "--to", DOCTOR.public_key, *wrong)
    assert "this private key does not open the message" in line
    assert devnet.count(DOCTOR.address) == before


def test_sharing_with_oneself_is_refused(devnet, xray, patient):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    line = devnet.refusal("share_image", index, "--to", patient.public_key)
    assert re.search("has message .* already", line)


# ---- a part of a study


def image(sample: str, **attributes) -> bytes:
    """A sample of one patient's study, with attributes changed."""
    dataset = dcmread(get_testdata_file(sample, download=False))
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = PATIENT_NAME, PATIENT_ID, "19620314"
    dataset.PatientSex, dataset.StudyInstanceUID, dataset.SpecificCharacterSet = "F", "1.2.826.0.1.471108", "ISO_IR 192"
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    sink = io.BytesIO()
    dataset.save_as(sink)
    return sink.getvalue()


@pytest.fixture(scope="module")
def study(devnet, patient, tmp_path_factory):
    """The folder of a study of series 1 (CT, two files), 2 (MR) and 3 (ultrasound) and a report; its index."""
    folder = tmp_path_factory.mktemp("study") / "Okafor Grace"
    (folder / "ct").mkdir(parents=True)
    (folder / "ct" / "Okafor 1.dcm").write_bytes(image("CT_small.dcm", SeriesNumber=1, InstanceNumber=1))
    (folder / "ct" / "Okafor 2.dcm").write_bytes(image("CT_small.dcm", SeriesNumber=1, InstanceNumber=2))
    (folder / "mr.dcm").write_bytes(image("MR_small.dcm", SeriesNumber=2, ImageType=["ORIGINAL", "PRIMARY", "OTHER"]))
    (folder / "us.dcm").write_bytes(
        image("examples_rgb_color.dcm", SeriesNumber=3, SeriesInstanceUID="1.2.826.0.1.333")
    )
    (folder / "report.txt").write_text("Mrs Okafor is well")
    return folder, devnet.json("send_image", folder, "--to", patient.public_key)["index"]


@pytest.fixture
def temporary(tmp_path):
    """Where commands put their temporary folders; left empty by every one of them."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    yield folder
    assert not list(folder.iterdir())


def received(devnet, shared, tmp_path) -> dict[str, bytes]:
    """What the doctor has of a message, by name."""
    out = tmp_path / "out"
    devnet.json("retrieve_image", shared["index"], *DOCTORS, "--out", out)
    files = [path for path in out.rglob("*") if path.is_file() and path.parent.name != FOLDER]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def test_a_doctor_gets_the_series_that_is_named_bit_for_bit_and_no_other(devnet, study, patient, tmp_path, temporary):
    folder, index = study
    shared = devnet.json("share_image", index, "--to", DOCTOR.public_key, "--only", 1, TMPDIR=str(temporary))
    assert shared["series"] == [{"number": 1, "modality": "CT", "files": 2}]
    assert shared["left_out"] == {"series": 2, "not_dicom": 1, "unreadable": 0}
    assert (shared["sender"], shared["recipient"]) == (patient.address, DOCTOR.address)
    assert received(devnet, shared, tmp_path) == {
        f"Okafor Grace/ct/Okafor {n}.dcm": (folder / "ct" / f"Okafor {n}.dcm").read_bytes() for n in (1, 2)
    }


def test_a_part_is_signed_by_who_hands_it_on_and_is_another_ciphertext(devnet, study, patient, tmp_path, temporary):
    _, index = study
    options = ("--only", "1", "--only", "1.2.826.0.1.333")
    done = devnet.run("share_image", index, "--to", DOCTOR.public_key, *options, TMPDIR=str(temporary))
    assert "Handed series 1 (CT, 2 files), 3 (US, 1 file), " in done.stdout
    assert "Left out: 1 other series, 1 file other than DICOM images" in done.stdout
    said = devnet.run("retrieve_image", *DOCTORS, "--out", tmp_path / "out").stdout
    assert "Exactly what the sender signed" in said
    assert f"from {patient.address}" in said


def test_a_deidentified_part_has_nothing_of_the_patient_for_the_doctor(devnet, study, tmp_path, temporary):
    folder, index = study
    options = ("--deidentify", "--only", 1, "--only", 2)
    shared = devnet.json("share_image", index, "--to", DOCTOR.public_key, *options, TMPDIR=str(temporary))
    copies = received(devnet, shared, tmp_path)
    names = ["series-001/image-0001.dcm", "series-001/image-0002.dcm", "series-002/image-0001.dcm"]
    assert sorted(copies) == [each["path"] for each in shared["files"]] == names
    originals = [dcmread(folder / name) for name in ("ct/Okafor 1.dcm", "ct/Okafor 2.dcm", "mr.dcm")]
    for name, original in zip(names, originals, strict=True):
        copy = dcmread(io.BytesIO(copies[name]))
        assert copy.PixelData == original.PixelData
        assert copy.PatientIdentityRemoved == "YES"
        for value in (PATIENT_NAME, "Okafor", "Grace", PATIENT_ID, "19620314", original.StudyInstanceUID):
            assert value.encode() not in copies[name]
    assert len({dcmread(io.BytesIO(copy)).StudyInstanceUID for copy in copies.values()}) == 1


def test_the_report_of_a_deidentification_names_attributes_and_no_values(devnet, study, temporary):
    _, index = study
    options = ("share_image", index, "--to", DOCTOR.public_key, "--deidentify", "--only", 2)
    told = devnet.json(*options, TMPDIR=str(temporary))
    report = told["deidentification"]
    assert {"PatientName", "PatientID", "StudyInstanceUID"} <= report["replaced"].keys()
    assert "PatientBirthDate" in report["emptied"]
    assert report["files"] == 1
    assert report["values_sought"] > 5
    assert any("Text in the pictures" in claim for claim in report["not_claimed"])
    said = devnet.run(*options, TMPDIR=str(temporary)).stdout
    assert "De-identified 1 file by the Basic Application Level Confidentiality Profile" in said
    assert "Not claimed:" in said
    assert not re.search("(?i)okafor|grace|mrn-4711|19620314|1962-03|mar-1962", json.dumps(told) + said)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--only", "7"], "no series '7' here; there are: 1 (CT, 2 files), 2 (MR, 1 file), 3 (US, 1 file)"),
        (["--deidentify"], "file 4 of 4 (series 3) can't be de-identified: pictures of its kind, Ultrasound"),
        (["--force-pixels"], "--force-pixels belongs to --deidentify"),
        (["--leave-out"], "--leave-out belongs to --deidentify"),
    ],
)
def test_a_part_that_can_not_go_is_refused_in_one_line_and_nothing_is_sent(devnet, study, temporary, options, line):
    _, index = study
    before = devnet.count(DOCTOR.address)
    said = devnet.refusal("share_image", index, "--to", DOCTOR.public_key, *options, TMPDIR=str(temporary))
    assert line in said
    assert devnet.count(DOCTOR.address) == before


def test_pictures_that_often_show_a_name_go_only_if_forced(devnet, study, tmp_path, temporary):
    _, index = study
    options = ("--deidentify", "--only", 3, "--force-pixels")
    shared = devnet.json("share_image", index, "--to", DOCTOR.public_key, *options, TMPDIR=str(temporary))
    assert list(received(devnet, shared, tmp_path)) == ["series-003/image-0001.dcm"]


def test_a_report_alone_can_not_be_deidentified(devnet, patient, tmp_path, temporary):
    (tmp_path / "report.txt").write_text("Mrs Okafor is well")
    index = devnet.json("send_image", tmp_path / "report.txt", "--to", patient.public_key)["index"]
    line = devnet.refusal("share_image", index, "--to", DOCTOR.public_key, "--deidentify", TMPDIR=str(temporary))
    assert "there is no DICOM image in this message" in line


@pytest.fixture
def stalling(devnet, hostile):  # noqa: F811
    """A gateway that sends half of a file, and no more."""
    over = threading.Event()

    def half(handler):
        whole = requests.get(devnet.node["ipfs_gateway"] + handler.path, timeout=30).content
        if "format=raw" in handler.path:  # a node of the file's DAG
            return reply(handler, 200, whole)
        reply(handler, 200, whole[: len(whole) // 2], {"Content-Length": str(len(whole))})
        handler.wfile.flush()
        return over.wait(60)

    yield hostile(half)
    over.set()


@pytest.fixture(scope="module")
def large(devnet, patient, tmp_path_factory):
    """The index of a study whose half is more than what is read ahead (1 MiB): files of it arrive from `stalling`."""
    folder = tmp_path_factory.mktemp("large") / "study"
    folder.mkdir()
    (folder / "1.dcm").write_bytes(image("CT_small.dcm", SeriesNumber=1))
    (folder / "2.bin").write_bytes(bytes(4 << 20))
    return devnet.json("send_image", folder, "--to", patient.public_key)["index"]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_on_disk_when_it_is_stopped_half_way(devnet, large, temporary, stalling, ending):
    options = ("--deidentify", "--only", 1)
    environment = {"TMPDIR": str(temporary), "RADIOGRAM_IPFS_GATEWAY": stalling.url}
    process = devnet.start("share_image", large, "--to", DOCTOR.public_key, *options, **environment)
    # In a folder: beside it Python, as it starts, tries for a moment whether it may write there.
    while not any(path.is_file() for path in temporary.glob("*/**/*")) and process.poll() is None:
        time.sleep(0.005)
    assert [folder.stat().st_mode & 0o777 for folder in temporary.glob("radiogram-*")] == [0o700]
    process.send_signal(ending)
    assert process.wait(60) == 128 + ending


def test_copies_can_be_made_and_looked_at_without_sending(devnet, study, tmp_path):
    folder, _ = study
    out = tmp_path / "copies"
    told = devnet.json("deidentify_image", folder / "ct", folder / "report.txt", "--out", out)
    assert sorted(told["files"]) == sorted(str(path) for path in out.rglob("*.dcm"))
    assert told["left_out"] == {"not_dicom": 1, "refused": []}
    assert all(b"Okafor" not in path.read_bytes() for path in out.rglob("*.dcm"))
    assert "is there already" in devnet.refusal("deidentify_image", folder / "ct", "--out", out)


def test_a_refused_copy_leaves_no_folder_behind(devnet, study, tmp_path):
    folder, _ = study
    line = devnet.refusal("deidentify_image", folder, "--out", tmp_path / "copies")
    assert "file 4 of 4 (series 3) can't be de-identified" in line
    assert not (tmp_path / "copies").exists()
    assert "does not exist" in devnet.refusal("deidentify_image", tmp_path / "nothing")


def test_what_can_not_be_deidentified_is_left_out_on_request_and_named(devnet, study, tmp_path, temporary):
    folder, index = study
    options = ("--deidentify", "--leave-out")
    shared = devnet.json("share_image", index, "--to", DOCTOR.public_key, *options, TMPDIR=str(temporary))
    (left,) = shared["deidentification"]["left_out"]
    assert (left["file"], left["series"]) == (4, 3)
    assert "pictures of its kind" in left["reason"]
    assert len(received(devnet, shared, tmp_path)) == 3
    told = devnet.json("deidentify_image", folder, "--out", tmp_path / "copies", "--leave-out")
    assert told["left_out"] == {"not_dicom": 1, "refused": [str(folder / "us.dcm")]}
    said = devnet.run("deidentify_image", folder, "--out", tmp_path / "again", "--leave-out").stdout
    assert "Left out: file 4 (series 3): pictures of its kind" in said


def test_pictures_in_doubt_are_shown_and_asked_about_on_a_terminal(devnet, study, tmp_path, temporary):
    folder, _ = study
    asked = ("deidentify_image", folder / "us.dcm", "--out", tmp_path / "copies")
    terminal = devnet.terminal(*asked, dimensions=(24, 300), TMPDIR=str(temporary))
    terminal.expect("1 image of a kind that often shows the patient's name")
    terminal.expect(r"(/\S+/sheet-001\.png)  \(image 1\)")
    sheet = Path(terminal.match[1].decode() if isinstance(terminal.match[1], bytes) else terminal.match[1])
    terminal.expect("does none show a name")
    assert (sheet.stat().st_mode & 0o777, sheet.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert max(Image.open(sheet).size) > 500
    terminal.sendline("y")
    terminal.expect("The copies are in")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert not sheet.exists()
    assert list((tmp_path / "copies").rglob("*.dcm"))


def test_no_copy_is_made_of_pictures_in_doubt_if_the_answer_is_no(devnet, study, tmp_path, temporary):
    folder, _ = study
    asked = ("deidentify_image", folder / "us.dcm", "--out", tmp_path / "copies")
    terminal = devnet.terminal(*asked, dimensions=(24, 300), TMPDIR=str(temporary))
    terminal.expect("does none show a name")
    terminal.sendline("n")
    terminal.expect("stopped: no copy was made")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert not (tmp_path / "copies").exists()


def test_pictures_in_doubt_that_can_not_be_shown_are_refused_without_a_question(devnet, tmp_path, temporary):
    (tmp_path / "us.dcm").write_bytes(image("examples_rgb_color.dcm", Rows=1 << 15, Columns=1 << 15))
    asked = ("deidentify_image", tmp_path / "us.dcm", "--out", tmp_path / "copies")
    terminal = devnet.terminal(*asked, dimensions=(24, 300), TMPDIR=str(temporary))
    terminal.expect("one of them can't be shown")
    terminal.expect("add --force-pixels if it shows no name")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert not (tmp_path / "copies").exists()
