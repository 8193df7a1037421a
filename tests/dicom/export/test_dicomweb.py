"""A study sent to a doctor's system over HTTP, DICOMweb's STOW-RS: Orthanc with its own plugin, the real one."""

import os
import shutil
from pathlib import Path

import pytest
from requests.auth import HTTPBasicAuth

from radiogram.errors import DestinationError
from radiogram.export import dicomweb
from radiogram.export.dicomweb import Service, told
from radiogram.export.instances import Instance, Sent, instances
from tests.dicom.export.material import RAMP, content, digest
from tests.orthanc import PLUGINS, running
from tests.ports import free_port

PLUGIN = PLUGINS / "libOrthancDicomWeb.so"


@pytest.fixture
def start(need, monkeypatch, tmp_path):
    """Starts an Orthanc with DICOMweb, and these settings."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    if not PLUGIN.exists():
        need(PLUGIN.name, "orthanc-dicomweb")
    (tmp_path / "orthanc").mkdir()
    return lambda **settings: running(
        need("Orthanc", "orthanc"), tmp_path / "orthanc", Plugins=[str(PLUGIN)], **settings
    )


def send(files, url: str, auth=None):
    found, left_out = instances(files)
    sent = Sent(left_out=left_out)
    dicomweb.store(found, Service.parse(url, auth), sent, lambda _: None)
    return sent


def test_what_arrives_are_the_files_bit_for_bit(start, unpacked, real_study):
    with start() as orthanc:
        sent = send(unpacked(real_study), f"{orthanc.url}/dicom-web/")

        arrived = sorted(digest(each) for each in orthanc.files())
    assert len(sent.stored) > 60
    assert sent.refused == []
    whole = [digest(content(real_study[name])) for name in sent.stored]
    assert len(set(arrived) & set(whole)) == len(whole) - 2  # two have headers that name others, and got new ones
    assert len(arrived) == len(whole)


def test_many_requests_send_what_one_does(start, unpacked, build, monkeypatch):
    monkeypatch.setattr(dicomweb, "REQUEST_INSTANCES", 2)

    with start() as orthanc:
        sent = send(unpacked({str(place): build(RAMP + place) for place in range(5)}), f"{orthanc.url}/dicom-web")

        assert len(orthanc("/instances")) == 5
    assert sent.stored == ["0", "1", "2", "3", "4"]


def test_what_is_no_dicom_instance_is_named_as_not_sent(start, unpacked, build):
    with start() as orthanc:
        sent = send(unpacked({"image": build(RAMP), "letter.pdf": b"%PDF-1.4"}), f"{orthanc.url}/dicom-web")

    assert (sent.stored, sent.left_out) == (["image"], [("letter.pdf", "it is no DICOM file")])


def test_an_instance_that_is_refused_is_named_and_the_others_are_stored(start, unpacked, build, sample):
    files = unpacked({"image": build(RAMP), "nobodys": sample("JPEGLSNearLossless_08.dcm")})

    with start() as orthanc:
        sent = send(files, f"{orthanc.url}/dicom-web")

        assert len(orthanc("/instances")) == 1
    assert sent.stored == ["image"]
    ((name, why),) = sent.refused
    assert name == "nobodys"
    assert why.endswith("answers 400: it does not take the request")


def test_credentials_are_asked_for_and_let_in(start, unpacked, build):
    files = unpacked({"image": build(RAMP)})

    with start(users={"doctor": "secret"}) as orthanc:
        with pytest.raises(DestinationError, match="answers 401: credentials are missing or wrong"):
            send(files, f"{orthanc.url}/dicom-web")
        sent = send(files, f"{orthanc.url}/dicom-web", HTTPBasicAuth("doctor", "secret"))

    assert sent.stored == ["image"]


def test_a_service_that_is_none_is_named(start, unpacked, build):
    files = unpacked({"image": build(RAMP)})

    with start() as orthanc, pytest.raises(DestinationError, match="answers 404: there is nothing at this address"):
        send(files, f"{orthanc.url}/elsewhere")
    with pytest.raises(DestinationError, match="can't be reached"):
        send(files, f"http://127.0.0.1:{free_port()}/dicom-web")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://pacs.example/dicom-web", "would travel unencrypted"),
        ("https://doctor:secret@pacs.example/dicom-web", "can't hold credentials"),
        ("ftp://pacs.example", "is no DICOMweb address"),
        ("pacs.example", "is no DICOMweb address"),
        ("https://pacs.example/?token=x", "is no DICOMweb address"),
        ("https://[", "is no DICOMweb address"),
    ],
)
def test_an_address_that_is_none_or_not_safe_is_refused(url, words):
    with pytest.raises(DestinationError, match=words) as refusal:
        Service.parse(url)

    assert "secret" not in str(refusal.value)


def test_what_the_system_does_not_name_is_not_taken_for_stored(start, unpacked, build, tmp_path):
    storage = tmp_path / "storage"

    with start(StorageDirectory=str(storage)) as orthanc:
        shutil.rmtree(storage)
        storage.write_bytes(b"")  # no folder any more
        sent = send(unpacked({"image": build(RAMP)}), f"{orthanc.url}/dicom-web")

    assert (sent.stored, sent.refused) == ([], [("image", "the system does not say that it has stored it")])


def test_the_reasons_of_an_answer_are_told_by_instance():
    """The answer as PS3.18 10.5.3 and F.2 have it, for one stored, one changed, one failed."""
    batch = [Instance(str(place), Path(), "1.2", f"1.2.{place}", "1.2") for place in range(3)]
    items = [{"00081155": {"vr": "UI", "Value": [f"1.2.{place}"]}} for place in range(3)]
    items[1]["00081196"] = {"vr": "US", "Value": [0xB006]}
    items[2]["00081197"] = {"vr": "US", "Value": [0xA700]}
    sent = Sent()

    told({"00081199": {"vr": "SQ", "Value": items[:2]}, "00081198": {"vr": "SQ", "Value": items[2:]}}, batch, sent)

    assert sent.stored == ["0", "1"]
    assert sent.changed == [("1", "status B006, elements were left out")]
    assert sent.refused == [("2", "status A700, out of resources")]


@pytest.mark.parametrize(
    "junk", [{}, {"00081199": 7}, {"00081199": {"Value": [None, 3, {"00081155": {"Value": [{}]}}]}}]
)
def test_an_answer_that_is_junk_says_that_nothing_was_stored(junk):
    sent = Sent()

    told(junk, [Instance("image", Path(), "1.2", "1.2.3", "1.2")], sent)

    assert (sent.stored, len(sent.refused)) == ([], 1)
