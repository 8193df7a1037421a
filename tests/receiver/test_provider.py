"""What comes by C-STORE is in the outbox when it is acknowledged, bit for bit; or it is refused, with a reason."""

import os
import subprocess
import threading
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_files
from pydicom.uid import ExplicitVRLittleEndian

from radiogram.dicom.header import read_meta
from tests.receiver.conftest import TITLE, until

CT = "1.2.840.10008.5.1.4.1.1.2"
PRIVATE = "1.3.12.2.1107.5.9.1"


def data_set(file: bytes) -> bytes:
    """What of a file comes after its meta information."""
    return file[read_meta(file)[1] :]


def real_files() -> list[Path]:
    """Files of pydicom's and pydicom-data's, one an instance, of each transfer syntax and SOP class that they have."""
    found = {}
    for name in sorted(get_testdata_files("*.dcm")):
        path = Path(name)
        data = path.read_bytes()
        if data[128:132] != b"DICM" or len(data) > 3_000_000:
            continue
        header = dcmread(path, stop_before_pixels=True, force=True)
        meta = header.file_meta
        wanted = (meta.get("MediaStorageSOPClassUID"), meta.get("TransferSyntaxUID"))
        if not all(wanted) or "StudyInstanceUID" not in header or not header.StudyInstanceUID:
            continue
        same = (str(header.SOPClassUID), str(header.SOPInstanceUID))
        if same == (str(meta.MediaStorageSOPClassUID), str(meta.get("MediaStorageSOPInstanceUID"))):
            found.setdefault((meta.TransferSyntaxUID, header.SOPInstanceUID), path)
    by_instance = {uid: path for (_, uid), path in sorted(found.items(), key=lambda each: each[0][0])}
    return list(by_instance.values())


def test_an_echo_is_answered(receive, dcmtk):
    running = receive()
    command = [dcmtk("echoscu"), "-aec", TITLE, running.host, str(running.port)]
    assert subprocess.run(command, timeout=60, check=False).returncode == 0


def test_real_files_of_many_transfer_syntaxes_are_kept_bit_for_bit(receive):
    running = receive()
    files = real_files()
    syntaxes = {dcmread(file, stop_before_pixels=True).file_meta.TransferSyntaxUID for file in files}
    assert len(syntaxes) >= 8
    for file in files:
        assert [each.Status for each in running.send(file)] == [0x0000], file
    kept = {bytes(data_set(each)) for each in running.files()}
    assert kept == {data_set(file.read_bytes()) for file in files}


def test_what_is_kept_is_a_file_that_says_its_transfer_syntax(receive, slice_of):
    running = receive()
    running.send(slice_of())
    (data,) = running.files()
    assert data[128:132] == b"DICM"
    meta, _ = read_meta(data)
    assert meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert meta.MediaStorageSOPInstanceUID == dcmread(slice_of()).SOPInstanceUID


def test_storescu_sends_a_folder_in_one_association(receive, dcmtk, slice_of):
    running = receive()
    for number in range(1, 4):
        slice_of(number)
    done = running.storescu(dcmtk("storescu"), "+sd", "+r", slice_of(1).parent)
    assert done.returncode == 0, done.stderr
    (files,) = running.kept().values()
    assert len(files) == 3
    kept, sent = [dcmread(BytesIO(each)) for each in files], dcmread(slice_of(1))
    assert sorted(each.InstanceNumber for each in kept) == [1, 2, 3]
    assert {(str(each.PatientName), each.PixelData) for each in kept} == {(str(sent.PatientName), sent.PixelData)}
    until(lambda: any("3 new from STORESCU at" in note for note in running.notes))


def test_an_instance_of_a_private_class_is_kept(receive, slice_of):
    running = receive()
    path = slice_of(SOPClassUID=PRIVATE)
    dataset = dcmread(path)
    dataset.file_meta.MediaStorageSOPClassUID = PRIVATE
    dataset.save_as(path)
    assert running.send(path)[0].Status == 0x0000
    assert data_set(running.files()[0]) == data_set(path.read_bytes())


def test_the_same_instance_twice_is_acknowledged_twice_and_kept_once(receive, slice_of):
    running = receive()
    assert [each.Status for each in running.send(slice_of(), slice_of())] == [0x0000, 0x0000]
    assert len(running.files()) == 1
    assert not running.incoming()


def test_another_instance_of_the_same_uid_is_refused_with_a_reason(receive, slice_of):
    running = receive()
    running.send(slice_of())
    (status,) = running.send(slice_of(PatientName="Roe^Jane"))
    assert status.Status == 0xC001
    assert "another instance of the same SOP Instance UID" in status.ErrorComment
    (refused,) = running.refusals()
    assert refused.source == "CT1 at 127.0.0.1"
    assert refused.reason == "another instance of the same SOP Instance UID is kept"
    assert refused.studies[0].patient.name == "Roe^Jane"
    assert len(running.files()) == 1
    assert not any("Roe" in note or "Okafor" in note for note in running.notes)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"StudyInstanceUID": ""}, 0xC000), ({"SOPClassUID": "1.2.3"}, 0xA900)],
    ids=["of no study", "of another class than the request says"],
)
def test_what_can_not_be_kept_is_refused_with_a_reason(receive, slice_of, change, code):
    running = receive()
    (status,) = running.send(slice_of(**change))
    assert status.Status == code
    assert len(running.refusals()) == 1
    assert running.files() == []
    assert not running.incoming()


def test_another_called_title_is_refused_and_that_is_told(receive, dcmtk, slice_of):
    running = receive(titles=("RADIOGRAM", "CLINIC"))
    assert running.storescu(dcmtk("storescu"), "-aec", "PACS", slice_of()).returncode != 0
    assert running.storescu(dcmtk("storescu"), "-aec", "CLINIC", slice_of()).returncode == 0
    until(running.refusals)
    (refused,) = running.refusals()
    assert refused.reason == "it asked for the AE title 'PACS'"
    assert any("Refused an association" in note for note in running.notes)


def test_a_calling_title_that_is_not_allowed_is_refused(receive, slice_of):
    running = receive(calling=("CT1",))
    with running.association((CT, ExplicitVRLittleEndian), calling="CT2") as peer:
        assert peer.is_rejected
    until(running.refusals)  # it is told after the peer was
    assert running.refusals()[0].reason == "the calling AE title 'CT2' is not allowed"
    assert running.send(slice_of())[0].Status == 0x0000


def test_queries_are_not_answered(receive):
    with receive().association(("1.2.840.10008.5.1.4.1.2.2.1", ExplicitVRLittleEndian)) as peer:
        assert not peer.accepted_contexts


def test_two_associations_at_once_bring_both_studies(receive, slice_of):
    running = receive()
    files = [[slice_of(10 * study + n, StudyInstanceUID=f"1.2.{study}") for n in range(5)] for study in (1, 2)]
    statuses = []
    threads = [threading.Thread(target=lambda f=f: statuses.extend(running.send(*f))) for f in files]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.Status for each in statuses] == [0x0000] * 10
    assert sorted(len(each) for each in running.kept().values()) == [5, 5]


def test_more_associations_than_may_be_are_refused_and_told_to_try_again(receive, slice_of):
    running = receive(most_associations=1)
    context = (CT, ExplicitVRLittleEndian)
    with running.association(context) as first, running.association(context) as second:
        assert first.is_established
        assert second.is_rejected
    until(lambda: any("too many associations" in note for note in running.notes))


def test_a_release_completes_a_study_where_that_is_said(receive, slice_of):
    running = receive(release_completes=True)
    running.send(slice_of())
    until(lambda: running.box.studies()[0].is_complete)


def test_a_study_is_not_complete_while_its_association_is_open(receive, slice_of):
    running = receive()
    with running.association((CT, ExplicitVRLittleEndian)) as peer:
        peer.send_c_store(slice_of())
        (study,) = running.box.studies()
        for path in (*study.instances, study.folder):
            os.utime(path, (1, 1))
        assert running.box.studies()[0].is_complete
        running.tend()
        assert not running.box.studies()[0].is_complete
