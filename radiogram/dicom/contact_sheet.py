"""One picture of many: the frames of a file, or the series of a study, a row each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import suppress

from PIL import Image, ImageDraw, ImageFont, ImageOps

from radiogram.dicom.frames import SeriesFrames, Tile, spread
from radiogram.dicom.header import Source
from radiogram.dicom.metadata import FileMetadata, instance_metadata
from radiogram.dicom.picture import Picture, png
from radiogram.dicom.series import series_order
from radiogram.errors import PreviewError

TILE_PIXELS = 160
SHEET_TILES = 60
MAX_SERIES = 20  # of a sheet
LARGE_PIXELS = 1024  # of a tile on which text can be read
LARGE_TILES = 6
LOOKED_FRAMES = 60  # of an image
_MODALITIES = (
    "CR CT DX ECG ES GM IO IVOCT IVUS KO MG MR NM OP OPT OT PR PT PX REG RF RG RTDOSE RTIMAGE SC SEG SM SR US XA XC"
)


def contact_sheet(source: Source) -> bytes:
    """A PNG of one file's frames, 60 at most, evenly spread from first to last. Raises PreviewError."""
    return frames_sheet(Picture(source))


def frames_sheet(picture: Picture) -> bytes:
    """The same of a picture. Raises PreviewError."""
    chosen = spread(picture.frames, SHEET_TILES)
    tiles: list[Tile] = [(f"frame {index + 1}", picture.frame(index, TILE_PIXELS)) for index in chosen]
    return png(sheet([(f"{len(chosen)} of {picture.frames} frames", tiles)]))


def large_sheets(sources: Sequence[Source]) -> Iterator[tuple[bytes, str]]:
    """PNGs on which text within the pictures can be read, and what each shows: 6 frames of 1024 pixels at most.

    Of an image of more than 60 frames, 60 are shown, evenly spread. Raises PreviewError for an image without a picture.
    """

    def tiles() -> Iterator[Tile]:
        for number, source in enumerate(sources, 1):
            picture = Picture(source)
            for index in spread(picture.frames, LOOKED_FRAMES):
                of_frames = f", frame {index + 1} of {picture.frames}" if picture.frames > 1 else ""
                yield f"image {number}{of_frames}", picture.frame(index, LARGE_PIXELS)

    left = tiles()
    while some := list(itertools.islice(left, LARGE_TILES)):
        heading = f"{some[0][0]} to {some[-1][0]}" if len(some) > 1 else some[0][0]
        yield png(sheet([(heading, some)], LARGE_PIXELS)), heading


def sheet(rows: Sequence[tuple[str, Sequence[Tile]]], tile: int = TILE_PIXELS) -> Image.Image:
    """One picture of many: each row its heading, then tiles of that many pixels with their captions."""
    font, gap, line = ImageFont.load_default(14), 8, 20
    cell = tile + gap
    most = max((len(tiles) for _, tiles in rows), default=1)
    across = min(10, max(4, most)) if tile == TILE_PIXELS else min(3, most)
    heights = [line + gap + -(-len(tiles) // across) * (cell + line) for _, tiles in rows]
    canvas = Image.new("RGB", (across * cell + gap, sum(heights) + gap), (24, 24, 24))
    draw, top = ImageDraw.Draw(canvas), gap
    for (heading, tiles), height in zip(rows, heights, strict=True):
        draw.text((gap, top), heading, (255, 255, 255), font)
        for place, (caption, image) in enumerate(tiles):
            left, upper = gap + place % across * cell, top + line + gap + place // across * (cell + line)
            draw.rectangle((left, upper, left + tile - 1, upper + tile - 1), (0, 0, 0))
            if image is None:
                draw.text((left + gap, upper + gap), "no picture", (170, 170, 170), font)
            else:
                fitted = ImageOps.contain(image, (tile, tile))
                canvas.paste(fitted, (left + (tile - fitted.width) // 2, upper + (tile - fitted.height) // 2))
            draw.text((left, upper + tile), caption, (170, 170, 170), font)
        top += height
    return canvas


def study_sheet(sources: Sequence[Source]) -> bytes:
    """A PNG of a study: each series a row, slices in order, 60 pictures at most. Raises PreviewError if it has none.

    Captions hold modality, numbers and counts, and nothing that the patient or a free text is named by.
    """
    found: list[tuple[FileMetadata, Source]] = []
    for source in sources:
        with suppress(PreviewError):
            if metadata := instance_metadata(source):
                found.append((metadata, source))
    order = series_order([metadata for metadata, _ in found])
    if not order:
        raise PreviewError("no image in this study can be shown")
    shown = order[:MAX_SERIES]
    series = [[found[place] for place in places] for places in shown]
    rows = [_row(images, SHEET_TILES // len(shown)) for images in series]
    if not any(image for _, tiles in rows for _, image in tiles):
        raise PreviewError("no image in this study can be shown")
    if len(order) > len(shown):
        rows.append((f"and {len(order) - len(shown)} more series", []))
    return png(sheet(rows))


def _row(images: Sequence[tuple[FileMetadata, Source]], most: int) -> tuple[str, list[Tile]]:
    """One series: its heading and up to `most` pictures."""
    first, frames = images[0][0], SeriesFrames([source for _, source in images])
    total = frames.total
    tiles = [frames.tile(index, TILE_PIXELS) for index in spread(total, most)]
    number = "" if first.series_number is None else f" {first.series_number}"
    kind = first.modality if first.modality in _MODALITIES.split() else "other"  # no free text in a caption
    counted = f"{total} {'picture' if total == 1 else 'pictures'}" + (f", {len(tiles)} shown" * (len(tiles) < total))
    return f"Series{number} · {kind} · {counted}", tiles
