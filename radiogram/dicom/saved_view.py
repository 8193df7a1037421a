"""An image as somebody saved that it is to be shown: a presentation state applied to it."""

from __future__ import annotations

from PIL import Image

from radiogram.dicom.annotations import Point, draw_annotations, is_legible
from radiogram.dicom.header import refusals
from radiogram.dicom.picture import PREVIEW_PIXELS, Picture
from radiogram.dicom.presentation_state import Area, PresentationState, turned
from radiogram.errors import PreviewError

LEGIBLE_PIXELS = 512  # longest side, so that texts can be read


def saved_view(
    picture: Picture, state: PresentationState, instance: str, index: int, longest: int | None = PREVIEW_PIXELS
) -> Image.Image:
    """Frame `index` (from 0) as saved, RGB where something is drawn over it, else grey. Raises PreviewError."""
    with refusals():
        pixels, settings = picture.stored(index)
        if not str(settings.header.get("PhotometricInterpretation")).startswith("MONOCHROME"):
            raise PreviewError("this presentation state is of an image in colour")
        if state.missing:
            raise PreviewError(f"this presentation state has {', '.join(state.missing)}, which can't be shown here")
        area = state.area(settings, instance, index + 1)
        image = Image.fromarray(turned(state.grey(pixels, settings, instance, index + 1), area))
        annotations = state.annotations(instance, index + 1)
        if not is_legible("".join(each.text for each in annotations)):
            raise PreviewError("this presentation state has letters that can't be written here")
        size = _size(area, longest, bool(annotations))
        image = image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)
        if not annotations:
            return image
        drawn = image.convert("RGB")
        draw_annotations(drawn, annotations, lambda point: _placed(point, area, size))
        return drawn


def _size(area: Area, longest: int | None, is_annotated: bool) -> tuple[int, int]:
    """Width and height of the picture, its pixels square."""
    width, height = area.width / min(area.tall, 1), area.height * max(area.tall, 1)
    side = max(width, height)
    scale = min(1, (longest or side) / side)
    if is_annotated and side < LEGIBLE_PIXELS:
        scale = -(-LEGIBLE_PIXELS // side)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return size[::-1] if area.rotation % 180 else size


def _placed(point: Point, area: Area, size: tuple[int, int]) -> Point:
    """Where a point of the image is in the picture."""
    across, down = (point[0] - area.left) / area.width, (point[1] - area.top) / area.height
    for _ in range(area.rotation // 90):
        across, down = 1 - down, across
    return (1 - across if area.is_flipped else across) * size[0], down * size[1]
