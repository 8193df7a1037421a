"""Pictures of DICOM images, for looking only: the files themselves are never changed.

Pure: files in, pictures out. Whatever goes wrong is a PreviewError of one line.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from radiogram.dicom.header import Read, Source, refusals
from radiogram.dicom.pixels import StoredPixels
from radiogram.dicom.render import Pixels, Settings, pixel_aspect, render
from radiogram.errors import PreviewError

PREVIEW_PIXELS = 1024  # longest side

Over = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


def preview_png(source: Source, frame: int = 0) -> bytes:
    """A PNG (8 bit, at most 1024 pixels wide or high) of one frame of a DICOM file's image. Raises PreviewError."""
    return png(Picture(source).frame(frame))


class Picture:
    """The image of one DICOM file. Nothing is decoded until a frame is asked for, and then that frame alone.

    `frames` says how many there are. Raises PreviewError, also for images of more than MAX_FRAME_BYTES a frame.
    """

    def __init__(self, source: Source, read: Read | None = None) -> None:
        """`read`: its header, where that was read already."""
        with refusals():
            self._pixels = StoredPixels(source, read)
        self.frames = self._pixels.frames

    def frame(
        self, index: int = 0, longest: int | None = PREVIEW_PIXELS, over: Over = lambda drawn: drawn
    ) -> Image.Image:
        """Frame `index` (from 0), 8-bit grey or RGB, at most `longest` pixels wide or high, its pixels made square.

        `over` draws something over it, before its size is changed.
        """
        with refusals():
            if not 0 <= index < self.frames:
                raise PreviewError(f"there is no frame {index + 1}: this image has {self.frames}")
            header = self._pixels.header
            image = Image.fromarray(over(render(self._pixels.frame(index), Settings(header, index))))
            tall = pixel_aspect(Settings(header, 0))  # of the first frame, so that all have one size
            width, height = image.width / min(tall, 1), image.height * max(tall, 1)
            shrink = min(1, (longest or max(width, height)) / max(width, height))
            size = max(1, round(width * shrink)), max(1, round(height * shrink))
            return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)

    def stored(self, index: int) -> tuple[Pixels, Settings]:
        """Stored values of frame `index` (from 0), and what is said of it. Raises PreviewError."""
        with refusals():
            return self._pixels.frame(index), Settings(self._pixels.header, index)


def png(image: Image.Image) -> bytes:
    sink = io.BytesIO()
    image.save(sink, "PNG")
    return sink.getvalue()
