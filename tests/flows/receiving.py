"""A receiver as its command runs it, and what sends to it."""

import json
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import requests
from pydicom import dcmread
from pydicom.uid import generate_uid
from pynetdicom import AE

from radiogram.dicom.header import read_meta
from tests.flows.images import GRACE, write_image

TITLE = "RADIOGRAM"


@contextmanager
def receiving(scripts, *options):
    """What the command says of itself, until the block ends; it ends as SIGTERM ends it."""
    command = scripts.start("receive", "--json", "--port", 0, "--quiet", 0.2, *options)
    try:
        yield said_by(command.stdout)
    finally:
        if command.poll() is None:
            command.send_signal(15)
        assert command.wait(120) == 143


@contextmanager
def storing(scripts, folder: Path, *options, port=0):
    """The command of a website that takes studies by DICOMweb, and what it says of itself; it may be killed.

    `folder` gets pages and the token's file.
    """
    (folder / "pages").mkdir(exist_ok=True)
    (folder / "pages" / "index.html").write_text("<!doctype html>")
    token = ("--receive-token-file", folder / "token")
    command = scripts.start(
        "web", "--json", "--port", port, "--folder", folder / "pages", "--no-relay", *token, *options
    )
    try:
        yield command, said_by(command.stdout)
    finally:
        if command.poll() is None:
            command.send_signal(15)
            assert command.wait(120) == 143


def stow(address: dict, folder: Path, file: Path) -> int | None:
    """The status that a request to store `file` gets; None where none comes."""
    head = b"--b\r\nContent-Type: application/dicom\r\n\r\n"
    headers = {
        "Authorization": f"Bearer {(folder / 'token').read_text().strip().removeprefix('bearer:')}",
        "Content-Type": 'multipart/related; type="application/dicom"; boundary=b',
    }
    body = head + file.read_bytes() + b"\r\n--b--\r\n"
    try:
        return requests.post(f"{address['dicomweb']}/studies", body, headers=headers, timeout=60).status_code
    except requests.ConnectionError:
        return None


def said_by(stream) -> dict:
    said = ""
    while not said.endswith("\n}\n"):
        line = stream.readline()
        assert line, "the receiver did not start"
        said += line
    return json.loads(said)


def storescu(program: str, address: dict, *files: Path, called: str = TITLE) -> subprocess.CompletedProcess:
    command = [program, "-aec", called, address["host"], str(address["port"]), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def send(address: dict, file: Path) -> int | None:
    """The status that a C-STORE of `file` gets; None where none comes."""
    peer = AE(ae_title="CT1")
    meta = dcmread(file, stop_before_pixels=True).file_meta
    peer.add_requested_context(meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID)
    association = peer.associate(address["host"], address["port"], ae_title=TITLE)
    try:
        return association.send_c_store(dcmread(file)).get("Status")
    except RuntimeError:  # it is not open any more
        return None
    finally:
        if association.is_established:
            association.release()


def write_slice(path: Path, number: int, **attributes) -> Path:
    """A slice of Grace's whose file meta information says which it is."""
    study = attributes.get("StudyInstanceUID", GRACE["StudyInstanceUID"])
    changed = GRACE | {"SOPInstanceUID": f"{study}.9.{number}", "InstanceNumber": number} | attributes
    dataset = dcmread(write_image(path, **changed))
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.save_as(path)
    return path


def new_study_uid() -> str:
    """Short enough for those of its instances to begin with it."""
    return generate_uid()[:50].rstrip(".")


def data_set(file: bytes) -> bytes:
    """What of a DICOM file comes after its meta information."""
    return file[read_meta(file)[1] :]


def until(happened):
    """What it gives, once it gives something."""
    deadline = time.monotonic() + 60
    while not (found := happened()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found
