"""Studies that come by DICOMweb (STOW-RS): each instance is in the outbox for good when that is said, or is refused."""

import contextlib
import io
import json
import os
import socket
import time

import pytest
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset

from radiogram.export.dicomweb import Service, store
from radiogram.export.instances import Instance, Sent
from radiogram.formats import outbox
from radiogram.ipfs.endpoint import Credentials
from radiogram.outbox.store import Door
from radiogram.server import stow
from radiogram.server.stow import Store
from tests.flows.images import GRACE
from tests.outbox.box import SECRET, box, kept  # noqa: F401 - a fixture
from tests.receiver.conftest import slice_of, until  # noqa: F401 - a fixture
from tests.receiver.test_provider import real_files
from tests.web.server.in_process import site  # noqa: F401 - a fixture

TOKEN = "0123456789abcdef" * 4
LARGEST = 4_000_000  # bytes of a request


class OpenDoor:
    """A website that takes studies, its outbox, and what it notes."""

    def __init__(self, asker, held, notes):
        self.asker, self.box, self.notes = asker, held, notes

    def post(self, *files: bytes, study="", body=None, **headers):
        usual = {
            "Authorization": f"Bearer {TOKEN}",
            "Content_Type": 'multipart/related; type="application/dicom"; boundary=b',
        }
        path = "/dicomweb/studies" + (f"/{study}" if study else "")
        return self.asker.ask("POST", path, message(*files) if body is None else body, **usual | headers)

    def incoming(self):
        return list((self.box.folder / "incoming-web").iterdir())


@pytest.fixture
def patience():
    """Seconds."""
    return 30.0


@pytest.fixture
def door(box, site, patience):  # noqa: F811
    notes = []
    with box.receiving(Door.WEB):
        opened = Store(box, TOKEN, notes.append, LARGEST, patience)
        yield OpenDoor(site(store=opened), box, notes)
        opened.close()


def message(*files: bytes, head=b"Content-Type: application/dicom\r\n") -> bytes:
    return b"".join(b"--b\r\n" + head + b"\r\n" + each + b"\r\n" for each in files) + b"--b--\r\n"


def said(reply) -> Dataset:
    assert reply.headers["Content-Type"] == "application/dicom+json"  # some clients know no other spelling
    return Dataset.from_json(json.loads(reply.body))


def failures(answer: Dataset) -> list[int]:
    listed = [*answer.get("FailedSOPSequence", []), *answer.get("OtherFailuresSequence", [])]
    return [each.FailureReason for each in listed]


def test_what_is_said_to_be_stored_is_in_the_outbox_bit_for_bit(door, slice_of):  # noqa: F811
    files = [slice_of(number).read_bytes() for number in (1, 2)]
    reply = door.post(*files)
    assert reply.status == 200
    answer = said(reply)
    assert [each.ReferencedSOPInstanceUID for each in answer.ReferencedSOPSequence] == [
        dcmread(slice_of(number)).SOPInstanceUID for number in (1, 2)
    ]
    assert "FailedSOPSequence" not in answer
    assert kept(door.box) == files
    assert door.notes == ["2 new from DICOMweb at 127.0.0.1"]
    assert not door.incoming()


@pytest.mark.filterwarnings("ignore::UserWarning")  # of pydicom's, for files that are not as they should be
def test_real_files_come_through_dicomweb_client(door):
    session = create_session()
    session.headers["Authorization"] = f"Bearer {TOKEN}"
    client = DICOMwebClient(f"{door.asker.url}dicomweb", session=session)
    datasets = {}
    for path in real_files():
        dataset = dcmread(path, force=True)
        with contextlib.suppress(TypeError):  # pydicom can't write what is wrong in some
            if len(as_written(dataset)) < 200_000:
                datasets[dataset.SOPInstanceUID] = dataset
    answer = client.store_instances(list(datasets.values()))
    assert len(datasets) > 20
    assert {each.ReferencedSOPInstanceUID for each in answer.ReferencedSOPSequence} == set(datasets)
    stored = [dcmread(io.BytesIO(each), force=True) for each in kept(door.box)]
    pixels = {uid: each.get("PixelData") for uid, each in datasets.items()}
    assert {each.SOPInstanceUID: each.get("PixelData") for each in stored} == pixels


def as_written(dataset: Dataset) -> bytes:
    sink = io.BytesIO()
    dcmwrite(sink, dataset)
    return sink.getvalue()


def test_what_export_image_sends_is_taken_bit_for_bit(door, slice_of):  # noqa: F811
    paths = [slice_of(number) for number in (1, 2, 3)]
    headers = [dcmread(each) for each in paths]
    instances = [
        Instance(path.name, path, str(h.SOPClassUID), str(h.SOPInstanceUID), str(h.file_meta.TransferSyntaxUID))
        for path, h in zip(paths, headers, strict=True)
    ]
    sent = Sent()
    service = Service.parse(f"{door.asker.url}dicomweb", BearerOf(TOKEN))
    store(instances, service, sent, lambda count: None)
    assert sent.stored == [each.name for each in paths]
    assert kept(door.box) == [each.read_bytes() for each in paths]


class BearerOf:
    def __init__(self, token):
        self.header = Credentials("bearer", token).reveal()

    def __call__(self, request):
        request.headers["Authorization"] = self.header
        return request


def test_the_same_instance_again_is_said_to_be_stored_and_kept_once(door, slice_of):  # noqa: F811
    data = slice_of().read_bytes()
    assert [door.post(data, data).status, door.post(data).status] == [200, 200]
    assert kept(door.box) == [data]
    assert door.notes == ["1 new from DICOMweb at 127.0.0.1", "0 new from DICOMweb at 127.0.0.1"]


def test_of_several_each_is_told_of_by_itself(door, slice_of):  # noqa: F811
    good, other = slice_of(1).read_bytes(), slice_of(1, PatientName="Roe^Jane").read_bytes()
    nameless = slice_of(3, StudyInstanceUID="").read_bytes()
    reply = door.post(good, other, b"no image", nameless)
    assert reply.status == 202
    answer = said(reply)
    assert len(answer.ReferencedSOPSequence) == 1
    assert failures(answer) == [0xC001, 0xC000, 0xC000]
    assert len(door.box.refusals()) == 3
    assert kept(door.box) == [good]
    assert not any("Roe" in each or "Okafor" in each for each in door.notes)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", 0xC000), (b"no image", 0xC000), (bytes(1000), 0xC000)], ids=["empty", "text", "zeros"]
)
def test_where_nothing_is_stored_that_is_a_conflict(door, content, reason):
    reply = door.post(content)
    assert reply.status == 409
    assert failures(said(reply)) == [reason]
    assert not door.incoming()


def test_a_data_set_without_a_preamble_or_of_another_type_is_no_dicom_file(door, slice_of):  # noqa: F811
    data = slice_of().read_bytes()
    assert failures(said(door.post(data[132:]))) == [0xC000]
    other = message(data, head=b"Content-Type: text/plain\r\n")
    assert failures(said(door.post(body=other))) == [0xC000]
    plain = message(data, head=b"")
    assert door.post(body=plain).status == 200


def test_an_instance_of_another_study_than_the_address_names_is_refused(door, slice_of):  # noqa: F811
    data = slice_of().read_bytes()
    reply = door.post(data, study="1.2.3")
    assert reply.status == 409
    assert failures(said(reply)) == [0xA900]
    assert door.post(data, study=GRACE["StudyInstanceUID"]).status == 200


def test_without_room_it_is_told_to_try_again(door, slice_of, monkeypatch):  # noqa: F811
    def full(descriptor):
        raise OSError(28, os.strerror(28))

    data = slice_of().read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        reply = door.post(data)
    assert (reply.status, failures(said(reply))) == (503, [0xA700])
    assert reply.headers["Retry-After"]
    assert not door.incoming()
    assert kept(door.box) == []
    assert door.post(data).status == 200


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", f"Bearer {TOKEN}0", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer \xff" + TOKEN],
)
def test_who_does_not_know_the_token_is_refused(door, slice_of, header):  # noqa: F811
    reply = door.post(slice_of().read_bytes(), Authorization=header)
    assert reply.refusal == (401, "the token is missing or wrong")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer ")
    assert kept(door.box) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-origin"},
        {"Host": "evil.example"},
    ],
)
def test_a_browser_or_another_host_name_is_refused_though_it_knows_the_token(door, slice_of, headers):  # noqa: F811
    assert door.post(slice_of().read_bytes(), **headers).status in (403, 421)
    assert kept(door.box) == []


def test_our_own_pages_may_not_ask_it(door, slice_of):  # noqa: F811
    assert door.post(slice_of().read_bytes(), Origin=door.asker.origin).status == 403


@pytest.mark.parametrize("path", ["/dicomweb/studies", "/dicomweb/", "/dicomweb/studies/1.2.3/metadata"])
def test_nothing_is_handed_out(door, path):
    assert door.asker.ask("GET", path, Authorization=f"Bearer {TOKEN}").status in (404, 405)


def test_without_a_token_file_nothing_is_taken(site, slice_of):  # noqa: F811
    asker = site()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content_Type": "multipart/related; boundary=b"}
    assert asker.ask("POST", "/dicomweb/studies", message(slice_of().read_bytes()), **headers).status in (404, 405)


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "application/dicom",
        "multipart/form-data; boundary=b",
        'multipart/related; type="application/dicom+xml"; boundary=b',
        'multipart/related; type="application/dicom+json"; boundary=b',
    ],
)
def test_another_media_type_is_refused(door, slice_of, kind):  # noqa: F811
    assert door.post(slice_of().read_bytes(), Content_Type=kind).refusal[0] == 415


def test_who_wants_another_answer_is_refused_before_anything_is_stored(door, slice_of):  # noqa: F811
    assert door.post(slice_of().read_bytes(), Accept="application/dicom+xml").refusal[0] == 406
    assert kept(door.box) == []
    assert door.post(slice_of().read_bytes(), Accept="*/*").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no message",
        b"--b--\r\n",
        b"--b\r\nContent-Type: application/dicom\r\n\r\nhalf of a",
        b"--b\r\nContent-Type: application/dicom\r\nContent-Length: 5\r\n\r\nlonger than said\r\n--b--\r\n",
        b"--b\r\nContent-Type: application/dicom\r\nContent-Length: 99999\r\n\r\nshorter\r\n--b--\r\n",
        b"--b\r\nContent-Length: -1\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\n" + b"X: y\r\n" * 1000 + b"\r\nx\r\n--b--\r\n",
        b"--b\r\nX: " + b"y" * 100_000 + b"\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
        b"line\r\n" * 100_000,
        b"x" * 1_000_000,
    ],
)
def test_a_body_that_is_no_message_is_refused_and_leaves_nothing(door, body):
    assert door.post(body=body).refusal[0] == 400
    assert kept(door.box) == []
    until(lambda: not door.incoming())


def test_a_boundary_may_be_as_long_as_orthancs(door, slice_of):  # noqa: F811
    boundary = "b" * 73
    body = message(slice_of().read_bytes()).replace(b"--b", f"--{boundary}".encode())
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    assert door.post(body=body, Content_Type=kind).status == 200


def test_a_boundary_that_is_too_long_is_refused(door):
    kind = f'multipart/related; type="application/dicom"; boundary={"b" * 201}'
    assert door.post(b"x", Content_Type=kind).refusal[0] == 400
    assert door.post(b"x", Content_Type="multipart/related").refusal[0] == 400


def test_a_request_that_is_too_large_is_refused_and_what_was_whole_before_is_kept(door, slice_of):  # noqa: F811
    data = slice_of().read_bytes()
    assert door.post(bytes(LARGEST + 1)).refusal[0] == 413
    body = message(data, bytes(LARGEST))
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    reply = door.post(body=chunked, Transfer_Encoding="chunked", Content_Length=None)
    assert reply.refusal[0] == 413
    assert kept(door.box) == [data]
    until(lambda: not door.incoming())


def test_more_instances_than_are_taken_at_once_are_refused(door, slice_of, monkeypatch):  # noqa: F811
    monkeypatch.setattr(stow, "MOST_PARTS", 2)
    files = [slice_of(number).read_bytes() for number in (1, 2, 3)]
    assert door.post(*files).refusal[0] == 413
    assert kept(door.box) == files[:2]


def test_more_requests_than_are_taken_at_once_are_told_to_try_again(door, slice_of, monkeypatch):  # noqa: F811
    monkeypatch.setattr(stow, "MOST_REQUESTS", 1)
    with begun(door, slice_of().read_bytes()):
        until(lambda: door.incoming())
        assert door.post(slice_of(2).read_bytes()).refusal[0] == 503


def begun(door, data: bytes, sent: int = 1000) -> socket.socket:
    """A connection on which so much of a request has come."""
    body = message(data)
    head = (
        f"POST /dicomweb/studies HTTP/1.1\r\nHost: {door.asker.host}\r\nAuthorization: Bearer {TOKEN}\r\n"
        f'Content-Type: multipart/related; type="application/dicom"; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n'
    )
    connection = socket.create_connection(door.asker.host.split(":"))
    connection.sendall(head.encode() + body[:sent])
    return connection


@pytest.mark.parametrize("patience", [2.0])
def test_who_stalls_is_given_up_and_nothing_is_left(door, slice_of):  # noqa: F811
    with begun(door, slice_of().read_bytes()) as connection:
        connection.settimeout(30)
        assert b"408" in connection.recv(1000)
    until(lambda: not door.incoming())
    assert kept(door.box) == []


def test_of_who_hangs_up_nothing_is_left(door, slice_of):  # noqa: F811
    with begun(door, slice_of().read_bytes()):
        until(lambda: door.incoming())
    until(lambda: not door.incoming())
    assert kept(door.box) == []


def test_a_study_still_arrives_while_a_request_that_has_brought_some_of_it_is_open(door, slice_of):  # noqa: F811
    door.box.set_terms(quiet=3, keep_days=30)
    first = slice_of().read_bytes()
    with begun(door, first + b"\r\n--b\r\n\r\n" + bytes(1_000_000), sent=len(first) + 200) as connection:
        until(lambda: connection.sendall(bytes(50)) or door.box.studies())  # its end shows in what comes next
        for _ in range(10):
            time.sleep(0.5)
            connection.sendall(bytes(20_000))
        assert not door.box.studies()[0].is_complete


def test_nothing_is_written_in_the_clear(door, slice_of):  # noqa: F811
    data = slice_of().read_bytes()
    with begun(door, data, sent=len(data) // 2):
        until(lambda: door.incoming())
        time.sleep(0.3)
        on_disk = b"".join(path.read_bytes() for path in door.box.folder.rglob("*") if path.is_file())
    assert b"Okafor" not in on_disk
    assert b"CT_small" not in on_disk


def test_refusals_are_listed_with_whose_they_are(door, slice_of):  # noqa: F811
    door.post(slice_of(1).read_bytes())
    door.post(slice_of(1, PatientName="Roe^Jane").read_bytes())
    (path,) = door.box.refusals()
    refused = outbox.parse_refused(outbox.open_record(path.read_bytes(), SECRET))
    assert (refused.source, refused.studies[0].patient.name) == ("DICOMweb at 127.0.0.1", "Roe^Jane")
