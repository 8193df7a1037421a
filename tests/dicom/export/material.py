"""What is exported in tests, and what is in an export."""

import hashlib
from pathlib import Path

import numpy as np
import pydicom
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage

from radiogram.export.fileset import Export

RAMP = np.arange(256, dtype=np.uint16).reshape(16, 16)
FILE_SETS = Path(pydicom.__path__[0]) / "data" / "test_files" / "dicomdirtests"


def write_export(files: dict, out: Path, overwrite: bool = False, signed: tuple[bytes, bytes] | None = None):
    with Export(out, overwrite) as made:
        placed = []
        for name, file in files.items():
            path = made.received / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content(file))
            placed.append((name, path))
        return made.finish(placed, signed=signed)


def structure_set(build) -> bytes:
    return build(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.481.3",
        Modality="RTSTRUCT",
        StructureSetLabel="Organs",
        StudyInstanceUID="1.2.3.4",
        SeriesInstanceUID="1.2.3.5",
    )


def report(build) -> bytes:
    return build(
        SOPClassUID=EncapsulatedPDFStorage,
        Modality="DOC",
        EncapsulatedDocument=b"%PDF-1.4 report ",
        MIMETypeOfEncapsulatedDocument="application/pdf",
        DocumentTitle="Report",
        StudyInstanceUID="1.2.3.4",
        SeriesInstanceUID="1.2.3.6",
    )


def content(file) -> bytes:
    return file.read_bytes() if isinstance(file, Path) else file


def data_set(file: bytes) -> bytes:
    """A DICOM file without preamble and header."""
    return file[132 + 12 + int.from_bytes(file[140:144], "little") :]


def dicom_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "DICOM").rglob("*") if path.is_file())


def listed(folder: Path) -> list[Path]:
    """The files that DICOMDIR names."""
    records = dcmread(folder / "DICOMDIR").DirectoryRecordSequence
    ids = [record.ReferencedFileID for record in records if "ReferencedFileID" in record]
    return sorted(folder.joinpath(*([each] if isinstance(each, str) else each)) for each in ids)


def records(folder: Path, kind: str) -> list[Dataset]:
    found = dcmread(folder / "DICOMDIR").DirectoryRecordSequence
    return [each for each in found if each.DirectoryRecordType == kind]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def state(place: Path) -> dict[str, bytes]:
    """Everything at and below a place."""
    if place.is_file():
        return {"": place.read_bytes()}
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}
