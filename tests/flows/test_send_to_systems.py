"""A patient sends a study to a doctor's system: dcmtk's storescp and Orthanc, both the real ones."""

import os
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from tests.dicom.export.material import data_set
from tests.dicom.export.receivers import make_certificate, storescp
from tests.orthanc import PLUGINS, running
from tests.ports import free_port

FIELDS = "index mailbox sender sender_name sender_checked sender_label sent_at quantum_safe cid signed_by"
FIELDS += " unknown_signer to stored changed refused not_sent commitment"
SECRET = "swordfish"


@pytest.fixture
def study(tmp_path):
    """A CT image, and a letter."""
    folder = tmp_path / "study"
    folder.mkdir()
    image = Path(get_testdata_file("CT_small.dcm", download=False))
    (folder / image.name).write_bytes(image.read_bytes())
    (folder / "letter.pdf").write_bytes(b"%PDF-1.4")
    return folder


@pytest.fixture
def index(devnet, study, patient):
    """The message that the study is."""
    return devnet.json("send_image", study, "--to", patient.public_key)["index"]


@pytest.fixture
def dcmtk_storescp(need):
    """Where it is: beside dcmtk's other programs, since pynetdicom has one of that name too."""
    return str(Path(need("dcmdump", "dcmtk")).with_name("storescp"))


@pytest.fixture
def orthanc(need, monkeypatch, tmp_path):
    """Lets in a doctor alone; answers to a request for commitment go to `answer_port`."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    plugin = PLUGINS / "libOrthancDicomWeb.so"
    if not plugin.exists():
        need(plugin.name, "orthanc-dicomweb")
    (tmp_path / "orthanc").mkdir()
    port = free_port()
    settings = {"DicomServerEnabled": True, "DicomModalities": {"sender": ["PATIENT", "127.0.0.1", port]}}
    with running(
        need("Orthanc", "orthanc"), tmp_path / "orthanc", {"doctor": SECRET}, Plugins=[str(plugin)], **settings
    ) as started:
        started.answer_port = port
        yield started


def test_a_study_is_sent_by_dicom_and_nothing_of_it_stays(devnet, index, study, dcmtk_storescp, tmp_path):
    with storescp(dcmtk_storescp, tmp_path / "pacs") as pacs:
        done = devnet.run("export_image", index, "--to-ae", pacs.ae)

        assert [data_set(each) for each in pacs.files()] == [data_set((study / "CT_small.dcm").read_bytes())]
    assert done.returncode == 0, done.stderr
    assert f"{pacs.ae}  1 DICOM instance stored, 1 file not sent" in done.stdout
    assert "It offers no storage commitment" in done.stdout
    assert done.stderr == "study/letter.pdf: not sent: it is no DICOM file\n"
    image = (study / "CT_small.dcm").read_bytes()
    assert not [path for path in devnet.home.rglob("*") if path.is_file() and image[1000:1200] in path.read_bytes()]


def test_a_system_confirms_that_it_keeps_the_study(devnet, index, orthanc):
    port = orthanc.answer_port
    told = devnet.json(
        "export_image", index, "--to-ae", orthanc.ae, "--calling-ae", "PATIENT", "--commitment-port", port
    )

    assert " ".join(told) == FIELDS
    assert (told["to"], told["stored"], told["commitment"]) == (orthanc.ae, ["study/CT_small.dcm"], "confirmed")
    assert told["not_sent"] == [{"name": "study/letter.pdf", "reason": "it is no DICOM file"}]
    assert len(orthanc.files()) == 1


def test_a_study_is_sent_over_http_with_credentials_of_a_file(devnet, index, study, orthanc, tmp_path):
    (tmp_path / "auth").write_text(f"basic:doctor:{SECRET}\n")
    (tmp_path / "auth").chmod(0o600)
    url = f"{orthanc.url}/dicom-web"

    told = devnet.json("export_image", index, "--to-dicomweb", url, RADIOGRAM_DICOMWEB_AUTH_FILE=str(tmp_path / "auth"))

    assert " ".join(told) == FIELDS
    assert (told["stored"], told["refused"], told["commitment"]) == (["study/CT_small.dcm"], [], None)
    assert orthanc.files() == [(study / "CT_small.dcm").read_bytes()]


def test_credentials_that_others_may_read_or_that_are_wrong_send_nothing(devnet, index, orthanc, tmp_path):
    (tmp_path / "auth").write_text(f"basic:doctor:{SECRET}")
    (tmp_path / "auth").chmod(0o644)
    url = f"{orthanc.url}/dicom-web"

    readable = devnet.refusal(
        "export_image", index, "--to-dicomweb", url, RADIOGRAM_DICOMWEB_AUTH_FILE=str(tmp_path / "auth")
    )
    wrong = devnet.refusal("export_image", index, "--to-dicomweb", url, RADIOGRAM_DICOMWEB_AUTH="bearer:swordfish2")

    assert f"others may read {tmp_path}/auth: run `chmod 600 " in readable
    assert wrong == f"Error: {url} answers 401: credentials are missing or wrong; set RADIOGRAM_DICOMWEB_AUTH"
    assert orthanc.files() == []


def test_what_is_refused_is_named_and_fails_the_command(devnet, patient, study, dcmtk_storescp, tmp_path):
    squeezed = Path(get_testdata_file("JPEG-LL.dcm", download=False))
    (study / squeezed.name).write_bytes(squeezed.read_bytes())
    index = devnet.json("send_image", study, "--to", patient.public_key, "--several-patients")["index"]

    with storescp(dcmtk_storescp, tmp_path / "pacs", "+xe") as pacs:
        done = devnet.run("export_image", index, "--to-ae", pacs.ae)

        assert len(pacs.files()) == 1
    assert done.returncode == 1
    assert "study/JPEG-LL.dcm: refused: the system does not take" in done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"Error: {pacs.ae} has not taken 1 DICOM instance, and has stored 1")


def test_with_tls_each_side_shows_its_certificate(devnet, index, dcmtk_storescp, tmp_path):
    (theirs, their_key), (ours, our_key) = (make_certificate(tmp_path, name) for name in ("pacs", "patient"))
    identity = tmp_path / "identity.pem"
    identity.write_bytes(ours.read_bytes() + our_key.read_bytes())
    identity.chmod(0o600)
    tls = ("+tls", str(their_key), str(theirs), "--require-peer-cert", "--add-cert-file", str(ours))

    with storescp(dcmtk_storescp, tmp_path / "received", *tls) as pacs:
        untrusted = devnet.refusal("export_image", index, "--to-ae", pacs.ae, "--tls", "--tls-identity", identity)
        unknown = devnet.run("export_image", index, "--to-ae", pacs.ae, "--tls-ca", theirs)
        told = devnet.json("export_image", index, "--to-ae", pacs.ae, "--tls-ca", theirs, "--tls-identity", identity)

        assert len(pacs.files()) == 1
    assert "can't be reached, with TLS" in untrusted
    assert unknown.returncode == 1
    assert told["stored"] == ["study/CT_small.dcm"]


def test_a_system_that_is_not_there_is_named(devnet, index):
    line = devnet.refusal("export_image", index, "--to-ae", f"127.0.0.1:{free_port()}:ARCHIVE")

    assert "ARCHIVE at 127.0.0.1:" in line
    assert "can't be reached, without TLS" in line


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--to-ae", "pacs:104:A", "--to-dicomweb", "https://pacs"), "--to-ae and --to-dicomweb are both given"),
        (("--to-ae", "pacs:104:A", "--out", "stick"), "are different ways: choose one"),
        (("--to-ae", "pacs"), "'pacs' is no DICOM address"),
        (("--to-dicomweb", "http://pacs.example/web"), "images for pacs.example would travel unencrypted"),
        (("--to-ae", "pacs:104:A", "--tls-ca", "/dev/null"), "/dev/null can't be read as certificates"),
    ],
)
def test_what_can_not_be_meant_is_refused(devnet, options, words):
    assert words in devnet.refusal("export_image", "0", *options)
