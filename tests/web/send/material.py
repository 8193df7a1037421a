"""What is sent in tests, and the person it is of."""

import base64
import zlib
from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file

NAME = "OKAFOR, Grace"
BORN = ("14", "3", "1962")
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def slices(folder: Path, count: int = 3, **attributes: object) -> list[Path]:
    """A CT study of the head, of `count` slices; `attributes` take the place of the usual ones."""
    usual = {
        "PatientName": "Okafor^Grace",
        "PatientID": "4471 902",
        "PatientBirthDate": "19620314",
        "PatientSex": "F",
        "StudyDate": "20261112",
        "BodyPartExamined": "HEAD",
        "StudyInstanceUID": "1.2.826.0.1.3680043.10.1.1",
        "SeriesInstanceUID": "1.2.826.0.1.3680043.10.1.1.1",
    }
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for place in range(count):
        dataset = pydicom.dcmread(get_testdata_file("693_UNCR.dcm", download=False))
        for keyword, value in (usual | attributes).items():
            if value is None:
                dataset.pop(keyword, None)
            else:
                setattr(dataset, keyword, value)
        dataset.InstanceNumber = place + 1
        dataset.ImagePositionPatient = [-180, -180, 5 * place]
        dataset.SOPInstanceUID = f"1.2.826.0.1.3680043.10.1.1.1.{place}.{zlib.crc32(bytes(folder))}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        files.append(folder / f"{place + 1:04}.dcm")
        dataset.save_as(files[-1])
    return files


def study_header(folder: Path) -> bytes:
    """A DICOM file without its picture."""
    dataset = pydicom.dcmread(get_testdata_file("CT_small.dcm", download=False), stop_before_pixels=True)
    dataset.save_as(folder / "header.dcm")
    return (folder / "header.dcm").read_bytes()
