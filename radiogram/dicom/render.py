"""Stored pixel values as 8-bit grey or RGB, as PS3.4 N.2 says; never flipped, overlays not drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_color_lut

from radiogram.dicom.header import sequence

Pixels = NDArray[Any]


@dataclass(frozen=True)
class Window:
    """Which values go from black to white (PS3.3 C.11.2.1.2)."""

    center: float
    width: float
    """Above 0."""
    function: str = "LINEAR"

    def shares(self, values: Pixels) -> Pixels:
        """Values as 0 (black) to 1 (white), and beyond."""
        if self.function == "SIGMOID":
            return np.asarray(1 / (1 + np.exp(-4 * (values - self.center) / self.width)))
        if self.function == "LINEAR_EXACT" or self.width < 1:  # which LINEAR has no sense for, and some files have
            return np.asarray((values - self.center) / self.width + 0.5)
        if self.width == 1:
            return np.asarray(values > self.center - 0.5, np.float64)
        return np.asarray((values - (self.center - 0.5)) / (self.width - 1) + 0.5)


def _numbers(place: Dataset, keyword: str) -> list[float]:
    """None where they are no numbers."""
    try:
        value = place.get(keyword)
        return [float(each) for each in (value if isinstance(value, MultiValue) else [value])]
    except (ValueError, TypeError, OverflowError):
        return []


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

    def windows(self) -> list[Window]:
        """The windows of the first place that has any, of these those that can be used (docs/display.md, Pictures)."""
        for place in self._places:
            if place.get_item("WindowCenter") is None or place.get_item("WindowWidth") is None:
                continue
            function = str(place.get("VOILUTFunction") or "LINEAR")
            pairs = zip(_numbers(place, "WindowCenter"), _numbers(place, "WindowWidth"), strict=False)
            if usable := [Window(*pair, function) for pair in pairs if all(map(math.isfinite, pair)) and pair[1] > 0]:
                return usable
        return []

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

    A grey image without a usable window goes from its darkest to its brightest pixel.
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
    if windows := settings.windows():
        return windows[0].shares(values)
    low, high = float(values.min()), float(values.max())
    return (values - low) / ((high - low) or 1.0)


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


def pixel_aspect(settings: Settings) -> float:
    """Height of a pixel over its width."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio"):
        if (value := settings.get(keyword)) is not None and len(value) == 2:
            down, across = float(value[0]), float(value[1])
            return down / across if down > 0 and across > 0 and 0.1 <= down / across <= 10 else 1.0
    return 1.0
