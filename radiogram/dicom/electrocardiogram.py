"""Electrocardiograms (PS3.3 A.34, C.10.9) drawn as on paper: 25 mm a second, 10 mm a millivolt, on a millimetre grid.

For looking only, as radiogram.dicom.picture: files in, pictures out. Whatever goes wrong is a PreviewError of one line.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom import Dataset
from pydicom.waveforms.numpy_handler import multiplex_array

from radiogram.dicom.display import clean
from radiogram.dicom.header import sequence
from radiogram.errors import PreviewError

PIXELS_A_MM = 10
MM_A_SECOND = 25
MM_A_MILLIVOLT = 10
STRIP_SECONDS = 10
MAX_SECONDS = 60  # of a recording are drawn
MAX_LEADS = 32
_MILLIVOLTS = {"uV": 0.001, "mV": 1.0, "V": 1000.0}  # of a unit, by its UCUM code
_LABEL, _MARGIN, _LEAST, _MOST = 5, 5, 15, 120  # mm: above a lead, around all, height of a lead
_PAPER, _FINE, _COARSE, _INK = (255, 252, 250), (250, 225, 220), (240, 180, 170), (20, 20, 20)
_PRINTED = 25.4 * PIXELS_A_MM  # pixels an inch, so that it is printed at its size


@dataclass(frozen=True)
class Recording:
    """Leads that were recorded together: one multiplex group."""

    label: str
    frequency: float
    """Samples a second."""
    leads: tuple[str, ...]
    millivolts: NDArray[np.float64]
    """(samples, leads); NaN where nothing was recorded."""

    @property
    def seconds(self) -> float:
        return float(len(self.millivolts) / self.frequency)


def is_waveform(header: Dataset) -> bool:
    return "WaveformSequence" in header


def recordings(header: Dataset) -> list[Recording]:
    """Those of a file, in its order. Raises PreviewError where they are not of voltages."""
    groups = sequence(header, "WaveformSequence")
    found = [_recording(header, place, group) for place, group in enumerate(groups)]
    if not any(each.millivolts.size for each in found):
        raise PreviewError("this file holds no waveform")
    return found


def ecg_png(header: Dataset) -> bytes:
    """A PNG, 10 pixels a millimetre: each lead of each recording, the first minute in strips of ten seconds."""
    strips = [strip for each in recordings(header) for strip in _strips(each)]
    width = max(each.width for each in strips) + 2 * _MARGIN
    height = sum(each.height for each in strips) + 2 * _MARGIN
    image = _paper(width, height)
    draw, top = ImageDraw.Draw(image), float(_MARGIN)
    for each in strips:
        each.draw(draw, _MARGIN, top)
        top += each.height
    sink = io.BytesIO()
    image.save(sink, "PNG", dpi=(_PRINTED, _PRINTED))
    return sink.getvalue()


def _recording(header: Dataset, place: int, group: Dataset) -> Recording:
    channels = sequence(group, "ChannelDefinitionSequence")
    if len(channels) > MAX_LEADS:
        raise PreviewError(f"this waveform has too many channels to draw: {len(channels)}")
    frequency = float(group.get("SamplingFrequency") or 0)
    if not 0 < frequency <= 1_000_000:
        raise PreviewError("this waveform does not say how often it was sampled")
    millivolts = multiplex_array(header, place, as_raw=False) * np.array([_scale(each) for each in channels])
    if "WaveformPaddingValue" in group:
        raw = multiplex_array(header, place, as_raw=True)
        millivolts[raw == _padding(group, raw.dtype)] = np.nan
    names = tuple(_name(each) for each in channels)
    return Recording(clean(str(group.get("MultiplexGroupLabel", ""))), frequency, names, millivolts)


def _scale(channel: Dataset) -> float:
    for unit in sequence(channel, "ChannelSensitivityUnitsSequence"):
        if (code := str(unit.get("CodeValue", ""))) in _MILLIVOLTS:
            return _MILLIVOLTS[code]
        raise PreviewError("this waveform is no electrocardiogram: it is not in volts")
    raise PreviewError("this waveform does not say in which unit it is")


def _padding(group: Dataset, kind: np.dtype[Any]) -> object:
    value = group.WaveformPaddingValue
    return np.frombuffer(value, kind)[0] if isinstance(value, bytes) else value


def _name(channel: Dataset) -> str:
    for source in sequence(channel, "ChannelSourceSequence"):
        return clean(str(source.get("CodeMeaning", ""))).removeprefix("Lead ")
    return clean(str(channel.get("ChannelLabel", "")))


@dataclass(frozen=True)
class _Strip:
    """Ten seconds at most of all leads, beside each other where they are short. Lengths in mm."""

    heading: str
    leads: tuple[str, ...]
    millivolts: NDArray[np.float64]
    frequency: float

    @property
    def _lead_width(self) -> float:
        return len(self.millivolts) / self.frequency * MM_A_SECOND + _MARGIN

    @property
    def _across(self) -> int:
        return max(1, int((STRIP_SECONDS * MM_A_SECOND + _MARGIN) // self._lead_width))

    @property
    def _rows(self) -> Sequence[tuple[int, float, float]]:
        """Of each row its first lead, its height, and how far below its top 0 mV is."""
        rows = []
        for first in range(0, len(self.leads), self._across):
            values = self.millivolts[:, first : first + self._across]
            held = values[np.isfinite(values)]
            high, low = (max(held.max(), 0.0), min(held.min(), 0.0)) if held.size else (0.0, 0.0)
            height = min(max((high - low) * MM_A_MILLIVOLT, _LEAST), _MOST)
            rows.append((first, height + _LABEL, min(high * MM_A_MILLIVOLT, _MOST) + _LABEL))
        return rows

    @property
    def width(self) -> float:
        return max(self._lead_width * min(self._across, len(self.leads)), 100.0)

    @property
    def height(self) -> float:
        return _LABEL + sum(height for _, height, _ in self._rows) + _MARGIN

    def draw(self, draw: ImageDraw.ImageDraw, left: float, top: float) -> None:
        font = ImageFont.load_default(3 * PIXELS_A_MM)
        draw.text((left * PIXELS_A_MM, top * PIXELS_A_MM), self.heading, _INK, font)
        top += _LABEL
        for first, height, zero in self._rows:
            for place, name in enumerate(self.leads[first : first + self._across]):
                start = left + place * self._lead_width
                draw.text((start * PIXELS_A_MM, top * PIXELS_A_MM), name, _INK, font)
                for points in self._lines(first + place, start, top + zero):
                    draw.line(points, _INK, 2)
            top += height

    def _lines(self, lead: int, left: float, zero: float) -> list[list[tuple[float, float]]]:
        """Pixels of a lead's trace, in pieces where nothing was recorded between."""
        values = self.millivolts[:, lead]
        across = (left + np.arange(len(values)) * (MM_A_SECOND / self.frequency)) * PIXELS_A_MM
        down = (zero - np.clip(values * MM_A_MILLIVOLT, -_MOST, _MOST)) * PIXELS_A_MM
        pieces = np.split(np.arange(len(values)), np.flatnonzero(np.diff(np.isfinite(values))) + 1)
        kept = [piece for piece in pieces if len(piece) > 1 and np.isfinite(values[piece[0]])]
        return [[(float(x), float(y)) for x, y in zip(across[piece], down[piece], strict=True)] for piece in kept]


def _strips(recording: Recording) -> list[_Strip]:
    most = round(STRIP_SECONDS * recording.frequency)
    drawn = recording.millivolts[: round(MAX_SECONDS * recording.frequency)]
    parts = [drawn[start : start + most] for start in range(0, len(drawn), most)]
    whole = f", the first {MAX_SECONDS} of {recording.seconds:.0f} s" * (recording.seconds > MAX_SECONDS)
    scale = f"{MM_A_SECOND} mm/s, {MM_A_MILLIVOLT} mm/mV, {recording.frequency:g} Hz{whole}"
    return [
        _Strip(
            " · ".join(filter(None, (recording.label, f"from {place * STRIP_SECONDS} s" * (place > 0), scale))),
            recording.leads,
            part,
            recording.frequency,
        )
        for place, part in enumerate(parts)
    ]


def _paper(width: float, height: float) -> Image.Image:
    size = (int(width * PIXELS_A_MM) + 1, int(height * PIXELS_A_MM) + 1)
    image = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(image)
    for every, colour in ((1, _FINE), (5, _COARSE)):
        for x in range(0, size[0], every * PIXELS_A_MM):
            draw.line((x, 0, x, size[1]), colour)
        for y in range(0, size[1], every * PIXELS_A_MM):
            draw.line((0, y, size[0], y), colour)
    return image
