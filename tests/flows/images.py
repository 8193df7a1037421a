"""DICOM files of made-up patients for the flows, from a small CT of pydicom's."""

from pathlib import Path

from pydicom import dcmread
from pydicom.data import get_testdata_file

GRACE = {
    "PatientName": "Okafor^Grace",
    "PatientBirthDate": "19620314",
    "PatientSex": "F",
    "PatientID": "ID-4711",
    "StudyInstanceUID": "1.2.826.0.1.3680043.2.1143.1",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.2.1143.1.1",
    "StudyDate": "20261120",
    "StudyDescription": "Thorax native",
}


def write_image(path: Path, **attributes: object) -> Path:
    """A CT slice at `path` with these attributes."""
    dataset = dcmread(get_testdata_file("CT_small.dcm", download=False))
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path)
    return path
