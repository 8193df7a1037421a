"""JPEG Lossless files of kinds of which no samples are to be had, out of the images in jpeg_lossless.json."""

import base64
import json
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLossless

VECTORS = json.loads((Path(__file__).parent / "jpeg_lossless.json").read_text())


def pixels(vector: dict) -> np.ndarray:
    values = np.frombuffer(base64.b64decode(vector["pixels"]), "<u2")
    return values.reshape(vector["rows"], vector["columns"], vector["samples"])


def wrapped(vector: dict, target: Path) -> Path:
    """`target`: a DICOM file with this image."""
    scan = dcmread(get_testdata_file("CT_small.dcm"))
    scan.Rows, scan.Columns, scan.SamplesPerPixel = vector["rows"], vector["columns"], vector["samples"]
    scan.BitsStored, scan.HighBit, scan.PixelRepresentation = vector["bits"], vector["bits"] - 1, 0
    scan.BitsAllocated = 8 if vector["bits"] <= 8 else 16
    if vector["samples"] == 3:
        scan.PhotometricInterpretation, scan.PlanarConfiguration = "RGB", 0
    scan.file_meta.TransferSyntaxUID = JPEGLossless
    scan.PixelData = encapsulate([base64.b64decode(vector["stream"])])
    scan["PixelData"].VR = "OB"
    scan.save_as(target)
    return target
