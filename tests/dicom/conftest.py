"""Real DICOM files, small ones built in code, and dcmtk as an independent renderer."""

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_charset_files, get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from tests.unisolated import _function_isolation  # noqa: F401 - a fixture


@pytest.fixture(scope="session")
def sample():
    """A test file of pydicom or pydicom-data, by name; never downloaded."""

    def find(name: str) -> Path:
        path = get_testdata_file(name, download=False) or next(iter(get_charset_files(name)), None)
        assert path, f"{name} is missing: install the development dependencies (make setup-dev)"
        return Path(path)

    return find


@pytest.fixture(scope="session")
def build():
    """A DICOM file's bytes from pixels, (rows, columns) or (frames, rows, columns), and attributes."""

    def make(pixels=None, syntax=ExplicitVRLittleEndian, **attributes) -> bytes:
        dataset = Dataset()
        dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, generate_uid()
        dataset.Modality, dataset.PatientName, dataset.PatientID = "CT", "Roe^Jane", "77"
        dataset.StudyInstanceUID = dataset.SeriesInstanceUID = "1.2.3"
        if pixels is not None:
            dataset.PhotometricInterpretation, dataset.SamplesPerPixel = "MONOCHROME2", 1
            dataset.Rows, dataset.Columns = pixels.shape[-2:]
            if pixels.ndim == 3:
                dataset.NumberOfFrames = len(pixels)
            dataset.BitsAllocated = dataset.BitsStored = pixels.dtype.itemsize * 8
            dataset.HighBit = dataset.BitsStored - 1
            dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
            dataset.PixelData = pixels.tobytes() + b"\0" * (pixels.nbytes % 2)
            dataset["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        sink = io.BytesIO()
        dataset.save_as(sink, enforce_file_format=True)
        return sink.getvalue()

    return make


@pytest.fixture
def dcmtk(need, tmp_path):
    """Pixels of a frame as dcmj2pnm renders it, 8 bit, without overlays, not scaled."""
    tool = need("dcmj2pnm", "dcmtk")

    def render(path: Path, frame: int = 0, *options: str):
        out = tmp_path / "rendered.pnm"
        subprocess.run([tool, "+F", str(frame + 1), "-O", "+op", *options, str(path), str(out)], check=True)
        return np.asarray(Image.open(out))

    return render
