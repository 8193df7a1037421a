"""Where the frames of an image lie in the patient (PS3.3 C.7.6.2, C.7.6.16.2), and whether two lie on each other.

Pure; raises PreviewError, or what `header.refusals` makes one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from pydicom import Dataset

from radiogram.dicom.header import sequence

NEAR_MM = 0.01  # of two positions that are the same, written with different roundings
NEAR_COSINE = 1e-4
NEAR_SPACING = 1e-3  # of it
TAGS = [  # that say where frames lie
    *("SOPInstanceUID", "FrameOfReferenceUID", "NumberOfFrames", "Rows", "Columns"),
    *("PixelSpacing", "ImagerPixelSpacing", "ImageOrientationPatient", "ImagePositionPatient"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
]


@dataclass(frozen=True)
class Plane:
    """One frame. What the file does not say, or not in numbers, is None."""

    instance: str = field(repr=False)
    """SOPInstanceUID."""
    frame: int
    """From 1."""
    frame_of_reference: str = field(repr=False)
    rows: int
    columns: int
    spacing: tuple[float, ...] | None
    """mm from row to row, and from column to column."""
    orientation: tuple[float, ...] | None
    """Direction cosines of a row and of a column."""
    position: tuple[float, ...] | None
    """mm, of the first pixel."""

    def has_grid_of(self, other: Plane) -> bool:
        """Whether size, spacing and orientation are the same; spacing also where one of them does not say."""
        return (
            (self.rows, self.columns) == (other.rows, other.columns)
            and (self.orientation is None) == (other.orientation is None)
            and _near(self.orientation, other.orientation, lambda _: NEAR_COSINE)
            and _near(self.spacing, other.spacing, lambda each: NEAR_SPACING * each)
        )

    def is_apart_from(self, other: Plane) -> bool:
        """Whether both say where they are, and that is not the same place."""
        return not _near(self.position, other.position, lambda _: NEAR_MM)

    def lies_on(self, other: Plane) -> bool:
        """Whether both say that they are the same pixels of the same space."""
        is_known = bool(self.frame_of_reference) and None not in (self.position, other.position, self.orientation)
        is_same = self.frame_of_reference == other.frame_of_reference and not self.is_apart_from(other)
        return is_known and is_same and self.has_grid_of(other)


def planes_of(header: Dataset, frames: int) -> list[Plane]:
    """Those of the first `frames` frames of an image."""
    own = sequence(header, "PerFrameFunctionalGroupsSequence")
    shared = sequence(header, "SharedFunctionalGroupsSequence")[:1]
    uid, space = str(header.get("SOPInstanceUID", "")), str(header.get("FrameOfReferenceUID", ""))
    size = int(header.get("Rows") or 0), int(header.get("Columns") or 0)

    def plane(index: int) -> Plane:
        groups = [*own[index : index + 1], *shared]

        def numbers(macro: str, keyword: str, count: int) -> tuple[float, ...] | None:
            places = [item for group in groups for item in sequence(group, macro)[:1]] + [header]
            found = next((place.get(keyword) for place in places if place.get(keyword) is not None), None)
            return _numbers(found, count)

        spacing = numbers("PixelMeasuresSequence", "PixelSpacing", 2)
        return Plane(
            *(uid, index + 1, space, *size),
            spacing or _numbers(header.get("ImagerPixelSpacing"), 2),
            numbers("PlaneOrientationSequence", "ImageOrientationPatient", 6),
            numbers("PlanePositionSequence", "ImagePositionPatient", 3),
        )

    return [plane(index) for index in range(frames)]


def _numbers(value: object, count: int) -> tuple[float, ...] | None:
    try:
        found = tuple(float(each) for each in value)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return None
    return found if len(found) == count and all(map(math.isfinite, found)) else None


def _near(one: tuple[float, ...] | None, other: tuple[float, ...] | None, most: Callable[[float], float]) -> bool:
    if one is None or other is None:
        return True
    return all(abs(a - b) <= most(abs(a)) for a, b in zip(one, other, strict=True))
