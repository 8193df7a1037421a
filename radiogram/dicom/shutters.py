"""Display shutters (PS3.3 C.7.6.11): what of an image is covered, so that nothing around it dazzles or tells."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pydicom import Dataset

from radiogram.dicom.header import values
from radiogram.errors import PreviewError

MAX_CORNERS = 10_000
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
    """Rows and columns by turns, from 1."""
    if not 6 <= len(vertices) <= 2 * MAX_CORNERS or len(vertices) % 2:
        raise PreviewError("this presentation state's shutter is damaged")
    inside = Image.new("1", (columns, rows))
    corners = [(column - 1, row - 1) for row, column in zip(vertices[::2], vertices[1::2], strict=True)]
    ImageDraw.Draw(inside).polygon(corners, fill=1)
    return np.asarray(inside, bool)
