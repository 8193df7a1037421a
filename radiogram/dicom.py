"""Pictures of DICOM images, for looking only: the files themselves are never changed. Pure: files in, pictures out.

Rendered as PS3.4 N.2 says, never flipped, overlays not drawn. Whatever goes wrong is a PreviewError of one line.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps
from pydicom import Dataset
from pydicom.encaps import encapsulate, get_frame, parse_basic_offsets, parse_fragments
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
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

from radiogram.decoder import Decoder
from radiogram.dicomfile import Source, opened, positive, read_header, refusals, sequence
from radiogram.errors import PreviewError

Pixels = NDArray[Any]
Tile = tuple[str, Image.Image | None]  # caption and picture, None where there is none

PREVIEW_PIXELS = 1024  # longest side
TILE_PIXELS = 160
SHEET_TILES = 60
MAX_FRAME_BYTES = 128 << 20  # a decoded frame: 8192 × 8192 pixels of 16 bits
MAX_RLE_BYTES = 16 << 20  # an encoded frame, which may expand 64 times
_JPEG_2000 = (JPEG2000, JPEG2000Lossless, HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL)
_PLUGINS = ("pydicom", "pylibjpeg", "pillow", "gdcm")  # the first that can: gdcm only for what nothing else decodes
_GDCM = Decoder()  # one for all files: its process takes half a second to start
_PIXEL_KEYWORDS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}


def preview_png(source: Source, frame: int = 0) -> bytes:
    """A PNG (8 bit, at most 1024 pixels wide or high) of one frame of a DICOM file's image. Raises PreviewError."""
    return png(Picture(source).frame(frame))


def contact_sheet(source: Source) -> bytes:
    """A PNG of one file's frames, 60 at most, evenly spread from first to last. Raises PreviewError."""
    picture = Picture(source)
    chosen = spread(picture.frames, SHEET_TILES)
    tiles: list[Tile] = [(f"frame {index + 1}", picture.frame(index, TILE_PIXELS)) for index in chosen]
    return png(sheet([(f"{len(chosen)} of {picture.frames} frames", tiles)]))


class Picture:
    """The image of one DICOM file. Nothing is decoded until a frame is asked for, and then that frame alone.

    `frames` says how many there are. Raises PreviewError, also for images of more than MAX_FRAME_BYTES a frame.
    """

    def __init__(self, source: Source) -> None:
        with refusals():
            self._source, self._header, self._start = read_header(source)
            self._syntax = self._header.file_meta.TransferSyntaxUID
            self._options = self._decoding_options()
            self.frames = self._count_frames()
            self._options["number_of_frames"] = self.frames

    def frame(self, index: int = 0, longest: int | None = PREVIEW_PIXELS) -> Image.Image:
        """Frame `index` (from 0), 8-bit grey or RGB, at most `longest` pixels wide or high, its pixels made square."""
        with refusals():
            if not 0 <= index < self.frames:
                raise PreviewError(f"there is no frame {index + 1}: this image has {self.frames}")
            image = Image.fromarray(render(self._decode(index), Settings(self._header, index)))
            tall = _aspect(Settings(self._header, 0))  # of the first frame, so that all have one size
            width, height = image.width / min(tall, 1), image.height * max(tall, 1)
            shrink = min(1, (longest or max(width, height)) / max(width, height))
            size = max(1, round(width * shrink)), max(1, round(height * shrink))
            return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)

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
        header = self._header
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
        with opened(self._source) as stream:
            if self._syntax.is_encapsulated:
                stream.seek(self._start)
                listed = len(parse_basic_offsets(stream))
                return min(self._declared or listed or 1, max(listed, parse_fragments(stream)[0]))
            held = (stream.seek(0, io.SEEK_END) - self._start) * 8 // max(self._frame_bits * self._stored_share(), 1)
        if held < 1:
            raise PreviewError("this file is cut short: its image is not all there")
        return int(min(self._declared or held, held))

    def _stored_share(self) -> float:
        """How much of a frame is stored: YBR_FULL_422 leaves out half of the colour."""
        return 2 / 3 if self._header.PhotometricInterpretation == "YBR_FULL_422" else 1

    def _decode(self, index: int) -> Pixels:
        """Stored values of one frame, (rows, columns) or (rows, columns, 3); YBR has become RGB."""
        plugin = _plugin(self._syntax) if self._syntax.is_encapsulated else ""
        decoder = get_decoder(self._syntax)
        with opened(self._source) as stream:
            stream.seek(self._start)
            if not plugin:
                return np.asarray(decoder.as_array(stream, index=index, **self._options)[0])
            encoded = get_frame(stream, index, number_of_frames=self.frames)
        self._check(encoded)
        alone = self._options | {"number_of_frames": 1}
        if plugin == "gdcm":
            return _GDCM.decode(self._syntax, encoded, alone)
        return np.asarray(decoder.as_array(encapsulate([encoded]), index=0, decoding_plugin=plugin, **alone)[0])

    def _check(self, encoded: bytes) -> None:
        """Refuse a compressed frame that is larger than the file says, before it is expanded."""
        if self._syntax == RLELossless:
            if len(encoded) > MAX_RLE_BYTES:
                raise PreviewError(f"this image is too large to preview: {len(encoded)} bytes of RLE")
            return
        announced = _announced_2000(encoded) if self._syntax in _JPEG_2000 else _announced_jpeg(encoded)
        header = self._header
        if announced is None or announced[:3] != (header.Columns, header.Rows, header.get("SamplesPerPixel", 1)):
            raise PreviewError("this image is damaged: its size is not the one that the file gives")
        if self._syntax in (JPEGBaseline8Bit, JPEGExtended12Bit) and announced[3] > 8:
            raise PreviewError("there is no decoder here for this image's compression, JPEG of 12 bits")


class Settings:
    """What is said of one frame: in its own functional groups, else in the shared ones, else of the whole image."""

    def __init__(self, header: Dataset, index: int) -> None:
        own = sequence(header, "PerFrameFunctionalGroupsSequence")[index : index + 1]
        groups = [*own, *sequence(header, "SharedFunctionalGroupsSequence")[:1]]
        macros = ("PixelValueTransformationSequence", "FrameVOILUTSequence", "PixelMeasuresSequence")
        self._places = [item for group in groups for name in macros for item in sequence(group, name)[:1]] + [header]
        self.header = header

    def get(self, keyword: str) -> Any:  # noqa: ANN401 - as pydicom gives it
        """The value, or None where there is none; of several values the first."""
        for place in self._places:
            value = place.get(keyword)
            if value is not None and value != "":
                return value
        return None

    def number(self, keyword: str) -> float | None:
        """The value as a number; of several the first (so a window's first view)."""
        value = self.get(keyword)
        return None if value is None else float(value if isinstance(value, int | float | str) else value[0])

    def lut(self, keyword: str) -> tuple[Pixels, int, int] | None:
        """A lookup table (PS3.3 C.11.1.1): its entries, the first value it maps, the bits of an entry."""
        for place in self._places:
            for item in sequence(place, keyword)[:1]:
                entries, first, bits = (int(each) for each in item.LUTDescriptor)
                data = item.LUTData
                order = "<" if self.header.original_encoding[1] else ">"
                table = np.frombuffer(data, order + "u2") if isinstance(data, bytes) else np.atleast_1d(data)
                return table[: entries or 1 << 16], first, bits
        return None


def render(pixels: Pixels, settings: Settings) -> NDArray[np.uint8]:
    """Stored values as 8-bit grey or RGB: modality LUT, VOI LUT or first window, MONOCHROME1 inverted (PS3.4 N.2).

    A grey image without a window goes from its darkest to its brightest pixel.
    """
    photometric = settings.header.PhotometricInterpretation
    if photometric == "PALETTE COLOR":
        return _map(pixels, lambda values: _palette(values, settings.header))
    if pixels.ndim == 3:
        full = (1 << int(settings.header.BitsStored)) - 1
        return pixels if pixels.dtype == np.uint8 and full == 255 else _map(pixels, lambda v: _bytes(v / full))
    inverse = photometric == "MONOCHROME1" or settings.get("PresentationLUTShape") == "INVERSE"
    return _map(pixels, lambda values: _bytes(1 - _grey(values, settings) if inverse else _grey(values, settings)))


def _grey(values: Pixels, settings: Settings) -> Pixels:
    """Stored values as 0 to 1 (PS3.3 C.11.1 and C.11.2)."""
    if table := settings.lut("ModalityLUTSequence"):
        values = _look_up(values, table)
    else:
        slope, intercept = settings.number("RescaleSlope"), settings.number("RescaleIntercept")
        values = values * (1.0 if slope is None else slope) + (intercept or 0.0)
    if table := settings.lut("VOILUTSequence"):
        return _look_up(values, table) / ((1 << table[2]) - 1)
    center, width = settings.number("WindowCenter"), settings.number("WindowWidth")
    if center is None or width is None or width <= 0:
        low, high = float(values.min()), float(values.max())
        return (values - low) / ((high - low) or 1.0)
    function = settings.get("VOILUTFunction")
    if function == "SIGMOID":
        return np.asarray(1 / (1 + np.exp(-4 * (values - center) / width)))
    if function == "LINEAR_EXACT":
        return (values - center) / width + 0.5
    return np.asarray((values - (center - 0.5)) / max(width - 1, 1e-9) + 0.5)


def _look_up(values: Pixels, lut: tuple[Pixels, int, int]) -> Pixels:
    table, first, _ = lut
    places = np.clip(np.rint(values).astype(np.int64) - first, 0, len(table) - 1)
    return np.asarray(table[places], np.float64)


def _palette(values: Pixels, header: Dataset) -> NDArray[np.uint8]:
    colours = apply_color_lut(values, header)[..., :3]
    return _bytes(colours / (255 if colours.max() < 256 else 65535))  # some fill 16-bit entries with 8-bit values


def _bytes(shares: Pixels) -> NDArray[np.uint8]:
    return np.asarray(np.clip(shares, 0, 1) * 255 + 0.5).astype(np.uint8)


def _map(pixels: Pixels, convert: Callable[[Pixels], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """`convert` applied to each value; where values are few, once to each value and not to each pixel."""
    if pixels.dtype.kind not in "iu" or pixels.dtype.itemsize > 2:
        return convert(pixels)
    low = int(pixels.min())
    table = convert(np.arange(low, int(pixels.max()) + 1))
    mapped = np.empty(pixels.shape + table.shape[1:], np.uint8)
    for row, line in enumerate(pixels):  # by lines: an index takes 8 bytes a pixel
        mapped[row] = table[line.astype(np.intp) - low]
    return mapped


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


def _aspect(settings: Settings) -> float:
    """Height of a pixel over its width."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio"):
        if (value := settings.get(keyword)) is not None and len(value) == 2:
            down, across = float(value[0]), float(value[1])
            return down / across if down > 0 and across > 0 and 0.1 <= down / across <= 10 else 1.0
    return 1.0


def png(image: Image.Image) -> bytes:
    sink = io.BytesIO()
    image.save(sink, "PNG")
    return sink.getvalue()


def spread(total: int, most: int) -> list[int]:
    """Up to `most` of the numbers 0 to total - 1, evenly spread, first and last among them."""
    if total <= most:
        return list(range(total))
    return [round(each * (total - 1) / max(most - 1, 1)) for each in range(most)]


def sheet(rows: Sequence[tuple[str, Sequence[Tile]]]) -> Image.Image:
    """One picture of many: each row its heading, then tiles of 160 pixels with their captions."""
    font, gap, line = ImageFont.load_default(14), 8, 20
    cell = TILE_PIXELS + gap
    most = max((len(tiles) for _, tiles in rows), default=1)
    across = min(10, max(4, most))
    heights = [line + gap + -(-len(tiles) // across) * (cell + line) for _, tiles in rows]
    canvas = Image.new("RGB", (across * cell + gap, sum(heights) + gap), (24, 24, 24))
    draw, top = ImageDraw.Draw(canvas), gap
    for (heading, tiles), height in zip(rows, heights, strict=True):
        draw.text((gap, top), heading, (255, 255, 255), font)
        for place, (caption, image) in enumerate(tiles):
            left, upper = gap + place % across * cell, top + line + gap + place // across * (cell + line)
            draw.rectangle((left, upper, left + TILE_PIXELS - 1, upper + TILE_PIXELS - 1), (0, 0, 0))
            if image is None:
                draw.text((left + gap, upper + gap), "no picture", (170, 170, 170), font)
            else:
                fitted = ImageOps.contain(image, (TILE_PIXELS, TILE_PIXELS))
                canvas.paste(
                    fitted, (left + (TILE_PIXELS - fitted.width) // 2, upper + (TILE_PIXELS - fitted.height) // 2)
                )
            draw.text((left, upper + TILE_PIXELS), caption, (170, 170, 170), font)
        top += height
    return canvas
