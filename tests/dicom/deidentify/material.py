"""Whose images are de-identified in tests, and what is done to them first."""

import io

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.uid import generate_uid

RAMP = np.arange(256, dtype=np.uint16).reshape(16, 16)
STUDY, SERIES, FRAME = (generate_uid() for _ in range(3))
OKAFOR = {
    "PatientName": "Okafor^Grace Ann",
    "PatientID": "MRN-4711-08",
    "PatientBirthDate": "19620314",
    "PatientSex": "F",
    "AccessionNumber": "ACC9900123",
    "InstitutionName": "Saint Elsewhere",
    "ReferringPhysicianName": "Quackenbush^Hugo",
    "StudyDate": "20240131",
    "StudyInstanceUID": STUDY,
    "SeriesInstanceUID": SERIES,
    "FrameOfReferenceUID": FRAME,
    "SeriesNumber": 2,
    "InstanceNumber": 7,
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "ImagePositionPatient": [1.5, 2.5, -3.5],
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "PixelSpacing": [0.5, 0.5],
}


def changed(file: bytes, change) -> bytes:
    """`file` after `change` was made to its data set."""
    dataset = dcmread(io.BytesIO(file))
    change(dataset)
    sink = io.BytesIO()
    dataset.save_as(sink)
    return sink.getvalue()


def before_pixels(file: bytes, element: bytes) -> bytes:
    """`file` with the bytes of one more data element before its pixels."""
    at = file.index(b"\xe0\x7f\x10\0OW")
    return file[:at] + element + file[at:]


def every_element(dataset):
    yield from dataset.iterall()
    yield from getattr(dataset, "file_meta", ())


def in_private_elements(dataset):
    block = dataset.private_block(0x0029, "ACME", create=True)
    block.add_new(1, "LO", "Okafor^Grace Ann")
    block.add_new(2, "UN", b"Okafor")
    block.add_new(3, "SQ", [Dataset()])


def in_texts_that_no_table_names(dataset):
    dataset.AcquisitionProtocolName = "Okafor"
    dataset.RadionuclideCodeSequence = [Dataset()]
    dataset.RadionuclideCodeSequence[0].CodeMeaning = "after Okafor"
    dataset.Manufacturer = "Saint Elsewhere"
    dataset.RescaleType = "okafor"
