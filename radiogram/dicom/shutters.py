"""Display shutters (PS3.3 C.7.6.11): what of an image is covered, so that nothing around it dazzles or tells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from radiogram.dicom.header import values
from radiogram.errors import PreviewError

MAX_CORNERS = 1_000
_SHAPES = ("RECTANGULAR", "CIRCULAR", "POLYGONAL")


def missing_of_shutters(header: Dataset) -> Iterator[str]:
    """What of the shutters can't be drawn here."""
    if any(shape not in _SHAPES for shape in values(header.get("ShutterShape"))):
        yield "a bitmap of a shutter"


def covered(header: Dataset, shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
    """Which pixels of an image of (rows, columns) all of its shutters cover together; None without one."""
    shapes = values(header.get("ShutterShape"))
    if not shapes:
        return None
    rows, columns = shape
    down, across = np.mgrid[1 : rows + 1, 1 : columns + 1]
    open_ = np.ones((rows, columns), bool)
    if "RECTANGULAR" in shapes:
        left, right = int(header.ShutterLeftVerticalEdge), int(header.ShutterRightVerticalEdge)
        upper, lower = int(header.ShutterUpperHorizontalEdge), int(header.ShutterLowerHorizontalEdge)
        open_ &= (across > left) & (across < right) & (down > upper) & (down < lower)
    if "CIRCULAR" in shapes:
        row, column = (int(each) for each in header.CenterOfCircularShutter)
        open_ &= (down - row) ** 2 + (across - column) ** 2 <= int(header.RadiusOfCircularShutter) ** 2
    if "POLYGONAL" in shapes:
        open_ &= _polygon([int(each) for each in header.VerticesOfThePolygonalShutter], rows, columns)
    return ~open_


def _polygon(vertices: list[int], rows: int, columns: int) -> NDArray[np.bool_]:
    """Which pixels lie within a polygon or on its edge; its corners are rows and columns by turns, from 1."""
    if not 6 <= len(vertices) <= 2 * MAX_CORNERS or len(vertices) % 2:
        raise PreviewError("this presentation state's shutter is damaged")
    corners = list(zip(vertices[1::2], vertices[::2], strict=True))
    inside = np.zeros((rows, columns), bool)
    for row in range(1, rows + 1):
        for start, end in _spans(corners, row):
            inside[row - 1, max(math.ceil(start), 1) - 1 : max(math.floor(end), 0)] = True
    return inside


def _spans(corners: Sequence[tuple[int, int]], y: int) -> Iterator[tuple[float, float]]:
    """From where to where a row lies in a polygon, ends included."""
    crossings: list[float] = []
    for (ax, ay), (bx, by) in zip(corners, [corners[-1], *corners], strict=False):
        if (ay > y) != (by > y):
            crossings.append(((bx - ax) * (y - ay)) / (by - ay) + ax)
        if ay == y:
            yield (min(ax, bx), max(ax, bx)) if by == y else (ax, ax)
    crossings.sort()
    yield from zip(crossings[::2], crossings[1::2], strict=True)
