"""Segmentations (PS3.3 A.51, A.97, C.8.20): which parts of the body somebody outlined, and on which images.

An outline is drawn over an image only where it was made on that image, or lies in the same place of the same space, and
in both cases on the same grid of pixels: nothing is resampled. Files in, numbers out; whatever goes wrong is a
PreviewError of one line.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from radiogram.dicom.display import clean
from radiogram.dicom.header import Source, refusals, sequence
from radiogram.dicom.pixels import StoredPixels
from radiogram.dicom.planes import NEAR_MM, Plane, planes_of
from radiogram.errors import PreviewError

OPACITY = 0.5
MAX_FRAMES = 20_000
MAX_SEGMENTS = 1_000
MAX_ON_AN_IMAGE = 256
NOT_HERE = "the images that it is of are not here"
OTHER_GRID = "its pixels are not those of the images: they differ in size, direction or place"
OTHER_SPACE = "it does not say on which of the images it lies, and its frame of reference is another"
_COLOURS = (
    (230, 60, 60),
    (60, 170, 255),
    (250, 200, 40),
    (90, 200, 90),
    (220, 110, 240),
    (250, 140, 40),
    (60, 210, 200),
)
_MAKERS = {
    "AUTOMATIC": "drawn by a program",
    "SEMIAUTOMATIC": "drawn by a person with a program",
    "MANUAL": "drawn by a person",
}

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Segment:
    """One outlined part."""

    number: int
    name: str = field(repr=False)
    colour: Colour
    """Red, green and blue, 8 bits each."""
    maker: str
    """`drawn by a program`, and which."""


@dataclass(frozen=True)
class _Frame:
    segment: int | None
    """None in a label map, whose values are numbers of segments."""
    sources: frozenset[tuple[str, int]]
    """Instance, and frame from 1, or 0: any."""
    plane: Plane


@dataclass(frozen=True)
class Layer:
    """A frame of a segmentation over one of an image."""

    colour: Colour
    coverage: NDArray[np.float64] = field(repr=False)
    """(rows, columns) from 0 to 1."""


class Segmentation:
    """The segmentation of one file. Nothing is decoded until its layers are asked for. Raises PreviewError."""

    def __init__(self, source: Source) -> None:
        with refusals():
            self._pixels = StoredPixels(source)
            header = self._pixels.header
            count = self._pixels.frames
            if count > MAX_FRAMES:
                raise PreviewError(f"this segmentation has too many frames: {count}")
            self.is_label_map = header.get("SegmentationType") == "LABELMAP"
            self._full = int(header.get("MaximumFractionalValue") or 1) if _is_fractional(header) else 1
            self.segments = {each.number: each for each in _segments(header)}
            groups = sequence(header, "PerFrameFunctionalGroupsSequence")
            if len(groups) > count:
                raise PreviewError("this file is cut short: its outlines are not all there")
            planes = planes_of(header, len(groups))
            shared = sequence(header, "SharedFunctionalGroupsSequence")[:1]
            self._frames = [self._frame([group, *shared], plane) for group, plane in zip(groups, planes, strict=True)]
            if any(each.segment not in self.segments for each in self._frames if each.segment is not None):
                raise PreviewError("this segmentation names a segment that it does not describe")
            self._by_source = _by_source(self._frames)
            self._by_place = sorted((sum(each.plane.position or ()), at) for at, each in enumerate(self._frames))

    def _frame(self, groups: Sequence[Dataset], plane: Plane) -> _Frame:
        """Of its own functional groups, and of those that all frames share."""
        named = [each for group in groups for each in sequence(group, "SegmentIdentificationSequence")]
        number = None if self.is_label_map else int(named[0].get("ReferencedSegmentNumber") or 0) if named else 0
        return _Frame(number, frozenset(source for group in groups for source in _sources(group)), plane)

    def frames_on(self, image: Plane) -> list[int]:
        """Places of the frames that lie on a frame of an image: of those that name their images, by name."""
        keys = (image.instance, image.frame), (image.instance, 0)
        named = {at for key in keys for at in self._by_source.get(key, ())}
        frames = [at for at in sorted(named) if self._fits(at, image)]
        return frames + [at for at in self._near(image) if at not in named]

    def _fits(self, at: int, image: Plane) -> bool:
        plane = self._frames[at].plane
        return plane.has_grid_of(image) and not plane.is_apart_from(image)

    def _near(self, image: Plane) -> Iterator[int]:
        if image.position is None:
            return
        place = sum(image.position)
        start = bisect.bisect_left(self._by_place, (place - 3 * NEAR_MM, -1))
        for depth, at in self._by_place[start:]:
            if depth > place + 3 * NEAR_MM:
                return
            if not self._frames[at].sources and self._frames[at].plane.lies_on(image):
                yield at

    def why_not_drawn(self, images: Sequence[Plane]) -> str:
        """Why it lies on none of these images."""
        uids = {uid for uid, _ in self._by_source}
        if uids & {each.instance for each in images}:
            return OTHER_GRID
        if uids or not images:
            return NOT_HERE
        spaces = {each.plane.frame_of_reference for each in self._frames} - {""}
        return OTHER_GRID if spaces & {each.frame_of_reference for each in images} else OTHER_SPACE

    def layers(self, frames: Sequence[int]) -> list[Layer]:
        """Those frames, segment by segment. Raises PreviewError."""
        if len(frames) > MAX_ON_AN_IMAGE:
            raise PreviewError(f"too many outlines lie on one image: {len(frames)}")
        with refusals():
            found = [pair for at in frames for pair in self._layers(at)]
        return [layer for _, layer in sorted(found, key=lambda each: each[0])]

    def _layers(self, at: int) -> Iterable[tuple[int, Layer]]:
        values = self._pixels.frame(at)
        number = self._frames[at].segment
        if not self.is_label_map:
            yield number or 0, Layer(self.segments[number or 0].colour, np.minimum(values / self._full, 1.0))
            return
        for each in np.unique(values):
            if int(each) in self.segments:
                yield int(each), Layer(self.segments[int(each)].colour, (values == each).astype(float))


def draw_over(image: NDArray[np.uint8], layers: Iterable[Layer]) -> NDArray[np.uint8]:
    """An image, (rows, columns) or (rows, columns, 3), as RGB with half-transparent layers over it."""
    drawn = np.repeat(image[..., None], 3, 2).astype(float) if image.ndim == 2 else image.astype(float)
    for layer in layers:
        share = OPACITY * layer.coverage[..., None]
        drawn = drawn * (1 - share) + np.array(layer.colour) * share
    return np.asarray(drawn + 0.5).astype(np.uint8)


def rgb_of(lab: Sequence[int]) -> Colour:
    """A colour as DICOM writes it, CIELab of D50 in 3 numbers of 16 bits (PS3.3 C.10.7.1.1), in sRGB."""
    lightness, a, b = lab[0] * 100 / 65535, lab[1] * 255 / 65535 - 128, lab[2] * 255 / 65535 - 128
    middle = (lightness + 16) / 116
    shares = (middle + a / 500, middle, middle - b / 200)
    x, y, z = (each**3 if each > 6 / 29 else 3 * (6 / 29) ** 2 * (each - 4 / 29) for each in shares)
    x, z = x * 0.9642, z * 0.8249
    linear = (
        3.1338561 * x - 1.6168667 * y - 0.4906146 * z,
        -0.9787684 * x + 1.9161415 * y + 0.0334540 * z,
        0.0719453 * x - 0.2289914 * y + 1.4052427 * z,
    )
    red, green, blue = (_level(each) for each in linear)
    return red, green, blue


def _level(linear: float) -> int:
    share = min(max(linear, 0.0), 1.0)
    curved = 12.92 * share if share <= 0.0031308 else 1.055 * share ** (1 / 2.4) - 0.055
    return int(curved * 255 + 0.5)


def _is_fractional(header: Dataset) -> bool:
    return bool(header.get("SegmentationType") == "FRACTIONAL")


def _segments(header: Dataset) -> Iterator[Segment]:
    items = sequence(header, "SegmentSequence")
    if len(items) > MAX_SEGMENTS:
        raise PreviewError(f"this segmentation has too many segments: {len(items)}")
    for place, item in enumerate(items):
        number = int(item.get("SegmentNumber") or 0)
        if number < 1:
            continue
        lab = item.get("RecommendedDisplayCIELabValue")
        is_colour = lab is not None and not isinstance(lab, int) and len(lab) == 3
        colour = rgb_of([int(each) for each in lab]) if is_colour else _COLOURS[place % len(_COLOURS)]
        name = clean(str(item.get("SegmentLabel") or "")) or f"Part {number}"
        yield Segment(number, name, colour, _maker(item))


def _maker(item: Dataset) -> str:
    kind = str(item.get("SegmentAlgorithmType") or "")
    maker = _MAKERS.get(kind, "it does not say who drew it")
    program = clean(str(item.get("SegmentAlgorithmName") or "")) if kind in ("AUTOMATIC", "SEMIAUTOMATIC") else ""
    return f"{maker}, {program}" if program else maker


def _sources(group: Dataset) -> Iterator[tuple[str, int]]:
    for derivation in sequence(group, "DerivationImageSequence"):
        for source in sequence(derivation, "SourceImageSequence"):
            numbers = source.get("ReferencedFrameNumber")
            frames = [] if numbers is None else [numbers] if isinstance(numbers, int) else list(numbers)
            for each in frames or [0]:
                yield str(source.get("ReferencedSOPInstanceUID", "")), int(each)


def _by_source(frames: Sequence[_Frame]) -> dict[tuple[str, int], list[int]]:
    found: dict[tuple[str, int], list[int]] = {}
    for at, each in enumerate(frames):
        for source in each.sources:
            found.setdefault(source, []).append(at)
    return found
