"""The stored pixels of a DICOM image, decoded a frame at a time; what a frame would take is checked before.

Whatever goes wrong is a PreviewError of one line, or becomes one in `header.refusals`.
"""

from __future__ import annotations

import io
import struct
from typing import Any, BinaryIO

import numpy as np
from pydicom.encaps import encapsulate, get_frame, parse_basic_offsets, parse_fragments
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import as_pixel_options
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    RLELossless,
)

from radiogram.dicom.gdcm import Decoder
from radiogram.dicom.header import Read, Source, limited, opened, positive, read_header
from radiogram.dicom.render import Pixels
from radiogram.errors import PreviewError

MAX_FRAME_BYTES = 128 << 20  # a decoded frame: 8192 × 8192 pixels of 16 bits
MAX_RLE_BYTES = 16 << 20  # an encoded frame, which may expand 64 times
MAX_FRAGMENTS = 100_000  # are counted in a second; a file of more has a table of its frames
MAX_SEARCHED = 10_000  # fragments that are gone through for each frame, where nothing says which of them it has
JPEG_2000 = (JPEG2000, JPEG2000Lossless, HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL)
_PLUGINS = ("pydicom", "pylibjpeg", "pillow", "gdcm")  # the first that can: gdcm only for what nothing else decodes
_GDCM = Decoder()  # one for all files: its process takes half a second to start
_PIXEL_KEYWORDS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}


class StoredPixels:
    """The image of one DICOM file. Nothing is decoded until a frame is asked for, and then that frame alone.

    `header` is all that stands before the pixels, and `frames` says how many there are. Raises PreviewError, also for
    images of more than MAX_FRAME_BYTES a frame.
    """

    def __init__(self, source: Source, read: Read | None = None) -> None:
        """`read`: its header, where that was read already."""
        self._source, self.header, self._start = read or read_header(source)
        self._syntax = self.header.file_meta.TransferSyntaxUID
        self._options = self._decoding_options()
        self.frames = self._count_frames()
        self._options["number_of_frames"] = self.frames

    def frame(self, index: int, *, all_bits: bool = False) -> Pixels:
        """Stored values of one frame, (rows, columns) or (rows, columns, 3); YBR has become RGB.

        `all_bits`: as if all of BitsAllocated were stored.
        """
        plugin = _plugin(self._syntax) if self._syntax.is_encapsulated else ""
        decoder = get_decoder(self._syntax)
        with opened(self._source) as stream:
            stream.seek(self._start)
            if not plugin:
                return np.asarray(decoder.as_array(stream, index=index, **self._options)[0])
            encoded = self._encoded(stream, index)
        is_extended = self._check(encoded) > 8 and self._syntax == JPEGExtended12Bit
        alone = self._options | {"number_of_frames": 1}
        if all_bits:
            alone["bits_stored"] = alone["bits_allocated"]
        if plugin == "gdcm" or is_extended:
            return _GDCM.decode(self._syntax, encoded, alone)
        return np.asarray(decoder.as_array(encapsulate([encoded]), index=0, decoding_plugin=plugin, **alone)[0])

    def announced_bits(self, index: int) -> int:
        """How many bits of a sample a compressed frame can hold, as it says itself. Raises PreviewError."""
        with opened(self._source) as stream:
            stream.seek(self._start)
            bits = self._check(self._encoded(stream, index))
        return int(self.header.BitsAllocated) if self._syntax == RLELossless else bits

    def _encoded(self, stream: BinaryIO, index: int) -> bytes:
        """One compressed frame, of which the fragment is sought where it is known to be one."""
        if not self._places:
            return get_frame(stream, index, number_of_frames=self.frames)
        stream.seek(self._places[index] + 4)
        return stream.read(int.from_bytes(stream.read(4), "little"))

    def _decoding_options(self) -> dict[str, Any]:
        """What pydicom's decoders ask for, checked; moves `_start` to the first byte of the pixels."""
        with opened(self._source) as stream:
            stream.seek(self._start)
            head = stream.read(12)
        group, element = struct.unpack_from("<HH" if self._syntax.is_little_endian else ">HH", head.ljust(12, b"\0"))
        keyword = _PIXEL_KEYWORDS.get(group << 16 | element)
        if keyword is None:
            raise PreviewError("this DICOM file holds no image")
        self._start += 8 if self._syntax.is_implicit_VR else 12
        header = self.header
        declared = header.get_item("NumberOfFrames")
        self._declared = positive(declared.value) if declared is not None else 1
        header.NumberOfFrames = 1
        options = as_pixel_options(header, pixel_keyword=keyword, pixel_vr="OW" if head[4:6] == b"OW" else "OB")
        try:
            self._frame_bits = header.Rows * header.Columns * header.get("SamplesPerPixel", 1) * header.BitsAllocated
        except (AttributeError, TypeError):
            raise PreviewError("this image does not say how large it is") from None
        if self._frame_bits > MAX_FRAME_BYTES * 8:
            raise PreviewError(f"this image is too large to preview: {header.Columns} × {header.Rows} pixels")
        return options

    def _count_frames(self) -> int:
        """As many as the file says, where that is a number, and no more than it has."""
        self._places: list[int] = []
        if self._syntax.is_encapsulated:
            return self._count_encapsulated()
        with opened(self._source) as stream:
            held = (stream.seek(0, io.SEEK_END) - self._start) * 8 // max(self._frame_bits * self._stored_share(), 1)
        if held < 1:
            raise PreviewError("this file is cut short: its image is not all there")
        return int(min(self._declared or held, held))

    def _count_encapsulated(self) -> int:
        """The same of compressed frames, whose fragments are counted once, and no further than is safe."""
        with opened(self._source) as whole, limited(whole) as stream:
            stream.seek(self._start)
            listed = len(parse_basic_offsets(stream))
            if listed and listed >= (self._declared or 0):
                return self._declared or listed
            held, places = parse_fragments(stream)  # ends where `limited` gives out, without a word
        frames = min(self._declared or listed or 1, max(listed, held))
        if held > (MAX_FRAGMENTS if frames in (1, held) else MAX_SEARCHED):
            raise PreviewError("this file can't be read safely", reason="its image is in too many pieces")
        if not listed and frames == held:
            self._places = places
        return frames

    def _stored_share(self) -> float:
        """How much of a frame is stored: YBR_FULL_422 leaves out half of the colour."""
        return 2 / 3 if self.header.PhotometricInterpretation == "YBR_FULL_422" else 1

    def _check(self, encoded: bytes) -> int:
        """Bits of a sample, as a compressed frame announces. Refuses one larger than the file says, unexpanded."""
        if self._syntax == RLELossless:
            if len(encoded) > MAX_RLE_BYTES:
                raise PreviewError(f"this image is too large to preview: {len(encoded)} bytes of RLE")
            return int(self.header.BitsStored)
        announced = _announced_2000(encoded) if self._syntax in JPEG_2000 else _announced_jpeg(encoded)
        header = self.header
        if announced is None or announced[:3] != (header.Columns, header.Rows, header.get("SamplesPerPixel", 1)):
            raise PreviewError("this image is damaged: its size is not the one that the file gives")
        samples, bits = announced[2:]
        is_grey = samples == 1 and header.BitsAllocated == 16 and bits == 12
        if bits > 8 and (self._syntax == JPEGBaseline8Bit or (self._syntax == JPEGExtended12Bit and not is_grey)):
            raise PreviewError(f"there is no decoder here for this image's compression, JPEG of {bits} bits")
        return bits


def _plugin(syntax: UID) -> str:
    """Which of pydicom's plugins decodes it. Raises PreviewError."""
    try:
        available = get_decoder(syntax).available_plugins
    except NotImplementedError:
        available = ()
    for plugin in _PLUGINS:
        if plugin in available:
            return plugin
    raise PreviewError(f"there is no decoder here for this image's compression, {syntax.name}")


def _announced_jpeg(encoded: bytes) -> tuple[int, int, int, int] | None:
    """Columns, rows, samples and bits of a JPEG (T.81 B.2.2) or JPEG-LS (T.87 C.2.2) image, unexpanded."""
    at = 2
    while at + 10 <= len(encoded) and encoded[at] == 0xFF:
        marker, length, bits, rows, columns, samples = struct.unpack_from(">xBHBHHB", encoded, at)
        if marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)):
            return columns, rows, samples, bits
        at += 1 if marker == 0xFF else 2 + length
    return None


def _announced_2000(encoded: bytes) -> tuple[int, int, int, int] | None:
    """Columns, rows, samples and bits of a JPEG 2000 image (T.800 A.5.1), bare or in boxes (I.4), unexpanded."""
    at = 0
    if encoded.startswith(b"\0\0\0\x0cjP  "):
        while at + 8 <= len(encoded) and encoded[at + 4 : at + 8] != b"jp2c":
            at += max(8, int.from_bytes(encoded[at : at + 4], "big"))
        at += 16 if encoded[at : at + 4] == b"\0\0\0\1" else 8
    if encoded[at : at + 4] != b"\xff\x4f\xff\x51" or len(encoded) < at + 43:
        return None
    right, lower, left, upper = struct.unpack_from(">4I", encoded, at + 8)
    samples, bits = struct.unpack_from(">HB", encoded, at + 40)
    return right - left, lower - upper, samples, (bits & 0x7F) + 1
