"""A study sent to a doctor's system by DICOM's own protocol: dcmtk's storescp and Orthanc, both the real ones."""

import os
import ssl
from pathlib import Path

import pytest
from pydicom.uid import ImplicitVRLittleEndian

from radiogram.errors import DestinationError
from radiogram.export.commitment import commit
from radiogram.export.instances import Sent, instances
from radiogram.export.storage import Peer, store
from tests.dicom.export.material import RAMP, content, data_set, digest
from tests.dicom.export.receivers import make_certificate, storescp
from tests.orthanc import running
from tests.ports import free_port

EVERYTHING = ("+xa", "--promiscuous")  # of storescp: every transfer syntax and SOP class


@pytest.fixture
def dcmtk_storescp(need):
    """Where it is: beside dcmtk's other programs, since pynetdicom has one of that name too."""
    return str(Path(need("dcmdump", "dcmtk")).with_name("storescp"))


def send(files, peer: Peer, **options) -> Sent:
    found, left_out = instances(files)
    sent = Sent(left_out=left_out)
    store(found, peer, sent, lambda _: None)
    commit(found, peer, sent, **options)
    return sent


def test_what_arrives_are_the_data_sets_bit_for_bit_in_their_own_transfer_syntaxes(
    dcmtk_storescp, unpacked, real_study, tmp_path
):
    with storescp(dcmtk_storescp, tmp_path / "pacs", *EVERYTHING) as pacs:
        sent = send(unpacked(real_study), Peer.parse(pacs.ae))

        arrived = {digest(data_set(each)) for each in pacs.files()}
    whole = {name: content(file) for name, file in real_study.items() if name in sent.stored}
    assert sent.refused == []
    assert len(sent.stored) > 60
    assert arrived == {digest(data_set(each)) for each in whole.values()}


def test_what_is_no_dicom_instance_is_named_as_not_sent(dcmtk_storescp, unpacked, build, tmp_path):
    files = unpacked({"image": build(RAMP), "letter.pdf": b"%PDF-1.4", "broken": build(RAMP)[:200]})

    with storescp(dcmtk_storescp, tmp_path / "pacs", *EVERYTHING) as pacs:
        sent = send(files, Peer.parse(pacs.ae))

    assert sent.stored == ["image"]
    assert [name for name, _ in sent.left_out] == ["letter.pdf", "broken"]
    assert sent.left_out[0][1] == "it is no DICOM file"


def test_an_instance_in_a_transfer_syntax_that_is_not_taken_is_refused_by_name_and_the_others_arrive(
    dcmtk_storescp, unpacked, build, sample, tmp_path
):
    files = unpacked({"plain": build(RAMP, ImplicitVRLittleEndian), "squeezed": sample("JPEG-LL.dcm")})

    with storescp(dcmtk_storescp, tmp_path / "pacs", "+xi") as pacs:
        sent = send(files, Peer.parse(pacs.ae))

        assert len(pacs.files()) == 1
    assert sent.stored == ["plain"]
    ((name, why),) = sent.refused
    assert name == "squeezed"
    assert "JPEG Lossless" in why


def test_a_file_without_a_header_is_sent_as_what_it_is(dcmtk_storescp, unpacked, sample, tmp_path):
    bare = data_set(sample("CT_small.dcm").read_bytes())

    with storescp(dcmtk_storescp, tmp_path / "pacs", *EVERYTHING) as pacs:
        sent = send(unpacked({"image": bare}), Peer.parse(pacs.ae))

        assert [data_set(each) for each in pacs.files()] == [bare]
    assert sent.stored == ["image"]


def test_a_connection_that_breaks_is_told_of_each_that_was_not_stored(dcmtk_storescp, unpacked, build, tmp_path):
    files = unpacked({str(place): build(RAMP + place) for place in range(3)})

    with storescp(dcmtk_storescp, tmp_path / "pacs", *EVERYTHING, "--abort-after") as pacs:
        sent = send(files, Peer.parse(pacs.ae))

    assert sent.stored == []
    assert [name for name, _ in sent.refused] == ["0", "1", "2"]
    assert all("connection was lost" in why for _, why in sent.refused)


def test_dcmtk_offers_no_storage_commitment_and_that_is_said(dcmtk_storescp, unpacked, build, tmp_path):
    with storescp(dcmtk_storescp, tmp_path / "pacs") as pacs:
        sent = send(unpacked({"image": build(RAMP, ImplicitVRLittleEndian)}), Peer.parse(pacs.ae))

    assert sent.commitment == "not_offered"


@pytest.fixture
def orthanc(need, monkeypatch, tmp_path):
    """Takes associations; it answers a request for commitment on a connection of its own, to `answer_port`."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")
    (tmp_path / "orthanc").mkdir()
    port = free_port()
    modalities = {"sender": ["RADIOGRAM", "127.0.0.1", port]}
    with running(
        need("Orthanc", "orthanc"), tmp_path / "orthanc", DicomServerEnabled=True, DicomModalities=modalities
    ) as started:
        started.answer_port = port
        yield started


def test_orthanc_confirms_that_it_keeps_what_it_was_sent(unpacked, real_study, orthanc):
    sent = send(unpacked(real_study), Peer.parse(orthanc.ae), port=orthanc.answer_port)

    assert len(orthanc("/instances")) == len(sent.stored) > 60
    assert sent.commitment == "confirmed"


def test_an_answer_that_goes_elsewhere_is_no_confirmation(unpacked, build, orthanc, monkeypatch):
    monkeypatch.setattr("radiogram.export.commitment.SAME_ASSOCIATION_SECONDS", 1)

    sent = send(unpacked({"image": build(RAMP)}), Peer.parse(orthanc.ae))

    assert (sent.stored, sent.commitment) == (["image"], "no_answer")


def test_a_system_that_is_not_there_is_named(unpacked, build):
    peer = Peer.parse(f"127.0.0.1:{free_port()}:NOBODY")

    with pytest.raises(DestinationError, match=r"NOBODY at 127\.0\.0\.1:[0-9]+ can't be reached"):
        send(unpacked({"image": build(RAMP)}), peer)


@pytest.mark.parametrize(
    "text", ["", "pacs", "pacs:104", "pacs:0:A", "pacs:70000:A", "pacs:104:" + "A" * 17, "a@b:1:A"]
)
def test_what_is_no_dicom_address_is_refused(text):
    with pytest.raises(DestinationError, match="is no "):
        Peer.parse(text)


def test_an_ipv6_address_stands_in_brackets():
    peer = Peer.parse("[::1]:104:ARCHIVE")

    assert (peer.host, peer.port, peer.title) == ("::1", 104, "ARCHIVE")


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 and its key, as PEM files."""
    return make_certificate(tmp_path)


def test_with_tls_the_certificate_is_checked(dcmtk_storescp, unpacked, build, tmp_path, certificate):
    pem, key = certificate
    tls = ("+tls", str(key), str(pem), "--ignore-peer-cert")
    files = unpacked({"image": build(RAMP, ImplicitVRLittleEndian)})

    with storescp(dcmtk_storescp, tmp_path / "pacs", *tls) as pacs:
        with pytest.raises(DestinationError, match="can't be reached, with TLS"):
            send(files, Peer.parse(pacs.ae, tls=ssl.create_default_context()))
        sent = send(files, Peer.parse(pacs.ae, tls=ssl.create_default_context(cafile=str(pem))))

    assert sent.stored == ["image"]
