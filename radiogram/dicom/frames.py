"""Which frames are shown where there are too many: evenly spread, first and last among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PIL import Image

from radiogram.dicom.header import Source
from radiogram.dicom.picture import PREVIEW_PIXELS, Picture
from radiogram.errors import PreviewError

Tile = tuple[str, Image.Image | None]  # caption and picture, None where there is none


def spread(total: int, most: int) -> list[int]:
    """Up to `most` of the numbers 0 to total - 1, evenly spread, first and last among them."""
    if total <= most:
        return list(range(total))
    return [round(each * (total - 1) / max(most - 1, 1)) for each in range(most)]


class SeriesFrames:
    """What there is to see in a series: the frames of its only image, or the middle frame of each of its images."""

    def __init__(
        self, images: Sequence[Source], refused: Callable[[int, PreviewError], None] = lambda *_: None
    ) -> None:
        """`refused` is told the place of an image that has no picture, and why."""
        self._images, self._refused = images, refused
        self._only = self._open(0) if len(images) == 1 else None
        self.total = self._only.frames if self._only else len(images)

    def tile(self, index: int, longest: int = PREVIEW_PIXELS) -> Tile:
        """The number, from 1, and the picture at `index`, at most `longest` pixels wide or high."""
        caption, picture = f"{index + 1}", self._only or self._open(index)
        if picture is None:
            return caption, None
        try:
            return caption, picture.frame(index if self._only else picture.frames // 2, longest)
        except PreviewError as error:
            self._refused(0 if self._only else index, error)
            return caption, None

    def _open(self, place: int) -> Picture | None:
        try:
            return Picture(self._images[place])
        except PreviewError as error:
            self._refused(place, error)
            return None
