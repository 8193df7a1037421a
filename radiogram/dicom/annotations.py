"""What a presentation state draws over images (PS3.3 C.10.5): texts, points, lines, circles and ellipses."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont
from pydicom import Dataset

from radiogram.dicom.header import sequence
from radiogram.dicom.html_page import text
from radiogram.dicom.segmentation import Colour, rgb_of
from radiogram.errors import PreviewError

MAX_ANNOTATIONS = 2_000
MAX_POINTS = 100_000  # of all together
MAX_TEXT = 10_000  # characters, of all together
DEFAULT: Colour = (255, 230, 60)
FAR = 16  # sides of the picture
LINES = 24  # of text would fill a picture, so that it can be read on a phone
ELLIPSE_POINTS = 180

Point = tuple[float, float]  # across and down
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Annotation:
    """Points in pixels of the image, from its upper left corner, or in shares of the area that is shown."""

    images: Mapping[str, frozenset[int]] = field(repr=False)
    """By instance; empty: all."""
    order: int
    colour: Colour
    points: tuple[Point, ...]
    in_shares: bool
    is_closed: bool = False
    is_filled: bool = False
    text: str = field(default="", repr=False)
    """At the first point; the second, of a text, is the other corner of its box."""

    def is_of(self, instance: str, frame: int) -> bool:
        frames = self.images.get(instance)
        return not self.images or (frames is not None and (not frames or frame in frames))


def annotations_of(header: Dataset) -> list[Annotation]:
    """All there are, the lowest layer first. Raises PreviewError where they are too many."""
    layers = {str(each.get("GraphicLayer", "")): each for each in sequence(header, "GraphicLayerSequence")}
    found: list[Annotation] = []
    left, letters = MAX_POINTS, MAX_TEXT
    for item in sequence(header, "GraphicAnnotationSequence"):
        for each in _of_item(item, layers.get(str(item.get("GraphicLayer", "")), Dataset())):
            found.append(each)
            left -= len(each.points)
            letters -= len(each.text)
            if len(found) > MAX_ANNOTATIONS or min(left, letters) < 0:
                raise PreviewError("this presentation state can't be read safely", reason="it has too many annotations")
    return sorted(found, key=lambda each: each.order)


def _of_item(item: Dataset, layer: Dataset) -> Iterator[Annotation]:
    images = {}
    for each in sequence(item, "ReferencedImageSequence"):
        numbers = each.get("ReferencedFrameNumber")
        frames = [] if numbers is None else [numbers] if isinstance(numbers, int) else list(numbers)
        images[str(each.get("ReferencedSOPInstanceUID", "")).strip(" \0")] = frozenset(map(int, frames))
    order, colour = int(layer.get("GraphicLayerOrder") or 0), _colour(layer)
    for graphic in sequence(item, "GraphicObjectSequence"):
        kind, points = graphic.get("GraphicType"), _points(graphic.get("GraphicData"))
        in_shares = graphic.get("GraphicAnnotationUnits") == "DISPLAY"
        is_filled = graphic.get("GraphicFilled") == "Y"
        if kind == "POINT" and points:
            yield Annotation(images, order, colour, points[:1], in_shares)
        elif kind == "POLYLINE" and len(points) > 1:
            is_closed = points[0] == points[-1]
            yield Annotation(images, order, colour, points, in_shares, is_closed, is_filled and is_closed)
        elif kind == "CIRCLE" and len(points) == 2:
            yield Annotation(images, order, colour, tuple(_circle(*points)), in_shares, True, is_filled)
        elif kind == "ELLIPSE" and len(points) == 4:
            yield Annotation(images, order, colour, tuple(_ellipse(*points)), in_shares, True, is_filled)
    for written in sequence(item, "TextObjectSequence"):
        yield from _text(written, images, order, colour)


def _text(written: Dataset, images: Mapping[str, frozenset[int]], order: int, colour: Colour) -> Iterator[Annotation]:
    words = text(written.get("UnformattedTextValue")).strip()
    corner, other = _point(written, "BoundingBoxTopLeftHandCorner"), _point(written, "BoundingBoxBottomRightHandCorner")
    anchor = _point(written, "AnchorPoint")
    in_shares = written.get("BoundingBoxAnnotationUnits" if corner else "AnchorPointAnnotationUnits") == "DISPLAY"
    if corner or anchor:
        box = tuple(filter(None, (corner, other))) if corner else (anchor,)
        yield Annotation(images, order, colour, box, in_shares, text=words)  # type: ignore[arg-type]
    if corner and anchor and written.get("AnchorPointVisibility") == "Y":
        anchored_in_shares = written.get("AnchorPointAnnotationUnits") == "DISPLAY"
        if anchored_in_shares == in_shares:
            yield Annotation(images, order, colour, (corner, anchor), in_shares)


def draw_annotations(
    image: Image.Image,
    annotations: Sequence[Annotation],
    placed: Callable[[Point], Point],
) -> None:
    """Draws onto an RGB picture; `placed` says where a pixel of the image is in it."""
    draw = ImageDraw.Draw(image)
    width, height = image.size
    unit = max(1, round(max(width, height) / 512))
    font = ImageFont.load_default(max(12, round(max(width, height) / LINES)))
    for each in annotations:
        points = [(x * width, y * height) if each.in_shares else placed((x, y)) for x, y in each.points]
        if max(abs(number) for point in points for number in point) > FAR * max(width, height):
            raise PreviewError("this presentation state draws far beside its image")
        if each.text:
            _write(draw, each, points, font, unit, image.size)
        elif len(points) == 1:
            (x, y), far = points[0], 4 * unit
            draw.line([(x - far, y), (x + far, y)], each.colour, unit)
            draw.line([(x, y - far), (x, y + far)], each.colour, unit)
        elif each.is_filled:
            draw.polygon(points, each.colour)
        else:
            draw.line([*points, points[0]] if each.is_closed else points, each.colour, unit)


def _write(
    draw: ImageDraw.ImageDraw,
    annotation: Annotation,
    points: Sequence[Point],
    font: Font,
    edge: int,
    size: tuple[int, int],
) -> None:
    """At the box's upper left corner as it is shown; broken into lines and moved where it would not be seen whole."""
    (x, y), (other_x, other_y) = points[0], points[-1]
    left, top = min(x, other_x), min(y, other_y)
    lines = _lines(annotation.text, font, max(size[0] - left - 2 * edge, size[0] / 3))
    words = "\n".join(lines)
    _, _, right, bottom = draw.multiline_textbbox((0, 0), words, font, stroke_width=edge)
    place = max(0, min(left, size[0] - right)), max(0, min(top, size[1] - bottom))
    draw.multiline_text(place, words, annotation.colour, font, stroke_width=edge, stroke_fill=0)


def _lines(words: str, font: Font, most: float) -> Iterator[str]:
    """Lines of at most `most` pixels, broken between words, or within one that is longer."""
    for whole in words.split("\n"):
        line = ""
        for word in whole.split(" "):
            longer = f"{line} {word}" if line else word
            if font.getlength(longer) <= most:
                line = longer
                continue
            if line:
                yield line
            while len(word) > 1 and font.getlength(word) > most:
                cut = next((n for n in range(min(len(word), 200) - 1, 1, -1) if font.getlength(word[:n]) <= most), 1)
                yield word[:cut]
                word = word[cut:]
            line = word
        yield line


def is_legible(words: str) -> bool:
    """Whether the font that pictures are written with has all letters of a text."""
    font = ImageFont.load_default(24)
    unknown = bytes(font.getmask("\uffff"))
    return all(each.isspace() or bytes(font.getmask(each)) != unknown for each in set(words))


def _circle(middle: Point, rim: Point) -> Iterator[Point]:
    radius = math.dist(middle, rim)
    for angle in _angles():
        yield middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle)


def _ellipse(left: Point, right: Point, top: Point, bottom: Point) -> Iterator[Point]:
    """By the ends of its two axes."""
    middle = (left[0] + right[0]) / 2, (left[1] + right[1]) / 2
    long = (right[0] - left[0]) / 2, (right[1] - left[1]) / 2
    short = (bottom[0] - top[0]) / 2, (bottom[1] - top[1]) / 2
    for angle in _angles():
        cosine, sine = math.cos(angle), math.sin(angle)
        yield middle[0] + long[0] * cosine + short[0] * sine, middle[1] + long[1] * cosine + short[1] * sine


def _angles() -> Iterator[float]:
    return (each * math.tau / ELLIPSE_POINTS for each in range(ELLIPSE_POINTS))


def _points(value: object) -> tuple[Point, ...]:
    numbers = [] if value is None or isinstance(value, int | float) else [float(each) for each in value]  # type: ignore[attr-defined]
    if not all(map(math.isfinite, numbers)):
        raise PreviewError("this presentation state's annotations are damaged")
    return tuple(zip(numbers[::2], numbers[1::2], strict=False))


def _point(item: Dataset, keyword: str) -> Point | None:
    points = _points(item.get(keyword))
    return points[0] if points else None


def _colour(layer: Dataset) -> Colour:
    lab = layer.get("GraphicLayerRecommendedDisplayCIELabValue")
    if lab is not None and not isinstance(lab, int) and len(lab) == 3:
        return rgb_of([int(each) for each in lab])
    grey = layer.get("GraphicLayerRecommendedDisplayGrayscaleValue")
    return (int(grey) >> 8,) * 3 if isinstance(grey, int) else DEFAULT
