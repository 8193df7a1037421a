"""Grayscale softcopy presentation states (PS3.3 A.33.1, PS3.4 N): how somebody saved that an image is to be shown.

A state is applied whole or not at all: what can't be is named in `missing`. Files in, numbers out; whatever goes wrong
is a PreviewError of one line, or becomes one in `header.refusals`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from radiogram.dicom.annotations import Annotation, annotations_of
from radiogram.dicom.display import clean, shown_name
from radiogram.dicom.header import sequence
from radiogram.dicom.html_page import whole
from radiogram.dicom.render import Pixels, Settings, pixel_aspect, render
from radiogram.dicom.shutters import covered, missing_of_shutters
from radiogram.errors import PreviewError

MAX_REFERENCES = 20_000
MAX_SIDE = 16_384  # of a displayed area, in pixels of the image
MAX_AREA = 1 << 26
_OVERLAYS = range(0x6000, 0x6100, 2)


@dataclass(frozen=True)
class Area:
    """The part of an image that is shown, in its pixels from 0, and how it is turned: first so, then mirrored."""

    left: int
    top: int
    width: int
    height: int
    tall: float
    """Height of a pixel over its width."""
    rotation: int
    """Clockwise: 0, 90, 180 or 270 degrees."""
    is_flipped: bool


class PresentationState:
    """The state of one file. Raises PreviewError if it names no image, or too many."""

    def __init__(self, header: Dataset) -> None:
        self._header = header
        self.label = clean(whole(header, "ContentLabel"))
        self.description = clean(whole(header, "ContentDescription"))
        self.creator = shown_name(whole(header, "ContentCreatorName"))
        self._images = dict(_images(header))
        if not self._images:
            raise PreviewError("this presentation state names no image")
        self._annotations = annotations_of(header)
        self.missing = tuple(dict.fromkeys(_missing(header)))
        """What of it can't be applied, in words: `a bitmap of a shutter`."""

    @property
    def is_annotated(self) -> bool:
        return bool(self._annotations)

    def is_of(self, instance: str, frame: int) -> bool:
        """Whether it is of a frame, from 1, of an instance."""
        return instance in self._images and _covers(self._images[instance], frame)

    @property
    def instances(self) -> frozenset[str]:
        """Of all images that it is of, whether they are here or not."""
        return frozenset(self._images)

    def grey(self, pixels: Pixels, image: Settings, instance: str, frame: int) -> NDArray[np.uint8]:
        """Stored values, (rows, columns), as 8-bit grey, shutters drawn; `image` are its own settings.

        Without a window or table, the whole range that its values could have is shown (PS3.4 N.2.2).
        """
        voi = self._item("SoftcopyVOILUTSequence", instance, frame)
        if "VOILUTSequence" not in voi and "WindowWidth" not in voi:
            voi = _whole_range(_StateSettings(self._header, Dataset()), image.header)
        drawn = render(pixels, _StateSettings(self._header, voi))
        shut = covered(self._header, drawn.shape)
        value = int(self._header.get("ShutterPresentationValue") or 0) >> 8
        return np.where(shut, np.uint8(value), drawn) if shut is not None else drawn

    def area(self, image: Settings, instance: str, frame: int) -> Area:
        """What is shown of an image of which `image` are the settings. Raises PreviewError."""
        rows, columns = int(image.header.Rows), int(image.header.Columns)
        item = self._item("DisplayedAreaSelectionSequence", instance, frame)
        left, top = _pair(item, "DisplayedAreaTopLeftHandCorner") or (1, 1)
        right, bottom = _pair(item, "DisplayedAreaBottomRightHandCorner") or (columns, rows)
        width, height = right - left + 1, bottom - top + 1
        if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_AREA):
            raise PreviewError(f"this presentation state shows an area of {width} × {height} pixels")
        rotation = int(self._header.get("ImageRotation") or 0) % 360
        if rotation % 90:
            raise PreviewError(f"this presentation state turns its image by {rotation} degrees")
        is_flipped = self._header.get("ImageHorizontalFlip") == "Y"
        return Area(left - 1, top - 1, width, height, _tall(item, image), rotation, is_flipped)

    def annotations(self, instance: str, frame: int) -> list[Annotation]:
        """What is drawn over an image, layer by layer."""
        return [each for each in self._annotations if each.is_of(instance, frame)]

    def _item(self, keyword: str, instance: str, frame: int) -> Dataset:
        """The item of a sequence that is of an image; an empty one where there is none."""
        for item in sequence(self._header, keyword):
            named = dict(_named(item))
            if not named or (instance in named and _covers(named[instance], frame)):
                return item
        return Dataset()


class _StateSettings(Settings):
    """The state's own transformations take the place of the image's (PS3.4 N.2)."""

    def __init__(self, header: Dataset, voi: Dataset) -> None:
        self._places = [voi, header]
        self.header = header
        header.PhotometricInterpretation = "MONOCHROME2"  # how it turns greys round is said by its own LUT


def _whole_range(state: Settings, image: Dataset) -> Dataset:
    """The window of all values that the modality's transformation can make of what the image can store."""
    bits, is_signed = int(image.BitsStored), int(image.get("PixelRepresentation") or 0)
    low = -(1 << bits - 1) if is_signed else 0
    if table := state.lut("ModalityLUTSequence"):
        ends = [0.0, float((1 << table[2]) - 1)]
    else:
        slope, intercept = state.number("RescaleSlope"), state.number("RescaleIntercept")
        stored = (low, low + (1 << bits) - 1)
        ends = sorted(each * (1.0 if slope is None else slope) + (intercept or 0.0) for each in stored)
    window = Dataset()
    window.WindowCenter, window.WindowWidth = (ends[0] + ends[1]) / 2, max(ends[1] - ends[0], 1e-6)
    window.VOILUTFunction = "LINEAR_EXACT"
    return window


def turned(image: NDArray[np.uint8], area: Area) -> NDArray[np.uint8]:
    """An image, (rows, columns), cropped, turned and mirrored; black where the area goes beyond it."""
    out = np.zeros((area.height, area.width), np.uint8)
    top, left = max(area.top, 0), max(area.left, 0)
    part = (
        image[top : area.top + area.height, left : area.left + area.width]
        if min(area.top + area.height, area.left + area.width) > 0
        else image[:0]
    )
    out[top - area.top : top - area.top + part.shape[0], left - area.left : left - area.left + part.shape[1]] = part
    return oriented(out, area)


def oriented(image: NDArray[np.uint8], area: Area) -> NDArray[np.uint8]:
    rotated = np.rot90(image, -area.rotation // 90)
    return np.fliplr(rotated) if area.is_flipped else rotated


def _missing(header: Dataset) -> Iterator[str]:
    if "MaskSubtractionSequence" in header:
        yield "the subtraction of a mask"
    if "PresentationLUTSequence" in header:
        yield "a table of greys"
    if any(element.tag.group in _OVERLAYS for element in header):
        yield "a bitmap drawn over the image"
    yield from missing_of_shutters(header)
    for item in sequence(header, "DisplayedAreaSelectionSequence"):
        if item.get("PresentationSizeMode") in ("TRUE SIZE", "MAGNIFY"):
            yield "its size on the screen"
    for item in sequence(header, "GraphicAnnotationSequence"):
        if "CompoundGraphicSequence" in item:
            yield "compound graphics"
        for graphic in sequence(item, "GraphicObjectSequence"):
            if graphic.get("GraphicType") not in ("POINT", "POLYLINE", "CIRCLE", "ELLIPSE"):
                yield "a curve"
        units = [
            *(each.get("GraphicAnnotationUnits") for each in sequence(item, "GraphicObjectSequence")),
            *(each.get("BoundingBoxAnnotationUnits") for each in sequence(item, "TextObjectSequence")),
            *(each.get("AnchorPointAnnotationUnits") for each in sequence(item, "TextObjectSequence")),
        ]
        if any(unit not in (None, "", "PIXEL", "DISPLAY") for unit in units):
            yield "annotations of an unknown unit"


def _images(header: Dataset) -> Iterator[tuple[str, frozenset[int]]]:
    count = 0
    for series in sequence(header, "ReferencedSeriesSequence"):
        for each in _named(series):
            count += 1
            if count > MAX_REFERENCES:
                raise PreviewError("this presentation state can't be read safely", reason="it names too many images")
            yield each


def _named(item: Dataset) -> Iterator[tuple[str, frozenset[int]]]:
    for each in sequence(item, "ReferencedImageSequence"):
        numbers = each.get("ReferencedFrameNumber")
        frames = [] if numbers is None else [numbers] if isinstance(numbers, int) else list(numbers)
        yield str(each.get("ReferencedSOPInstanceUID", "")).strip(" \0"), frozenset(map(int, frames))


def _covers(frames: frozenset[int], frame: int) -> bool:
    return not frames or frame in frames


def _pair(item: Dataset, keyword: str) -> tuple[int, int] | None:
    value = item.get(keyword)
    return (int(value[0]), int(value[1])) if value is not None and len(value) == 2 else None


def _tall(item: Dataset, image: Settings) -> float:
    for keyword in ("PresentationPixelSpacing", "PresentationPixelAspectRatio"):
        value = item.get(keyword)
        if value is not None and len(value) == 2 and float(value[0]) > 0 and float(value[1]) > 0:
            ratio = float(value[0]) / float(value[1])
            return ratio if 0.1 <= ratio <= 10 else 1.0
    return pixel_aspect(image)


def why_not_applied(state: PresentationState, images: Sequence[str]) -> str:
    """Why a state is not applied to any of these images; empty where it is."""
    if state.missing:
        return f"not applied: it has {', '.join(state.missing)}, which can't be shown here"
    return "" if state.instances & set(images) else "not applied: the images that it is of are not here"
