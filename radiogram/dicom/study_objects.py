"""What belongs to the images of a study, written beside them: outlines over them, and which of them were marked.

Files in, pages and pictures out; each is a path, what it is, and its bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from html import escape
from pathlib import Path

from pydicom import Dataset

from radiogram.dicom.header import positive, read_header, refusals
from radiogram.dicom.html_page import page, patient_facts
from radiogram.dicom.key_objects import key_objects_html
from radiogram.dicom.picture import Picture, png
from radiogram.dicom.planes import TAGS, Plane, planes_of
from radiogram.dicom.presentation_state import PresentationState, why_not_applied
from radiogram.dicom.saved_view import saved_view
from radiogram.dicom.segmentation import Layer, Segment, Segmentation, draw_over
from radiogram.errors import PreviewError

OUTLINES = ".outlines.png"
SAVED = ".saved.png"
MARKED = (OUTLINES, SAVED)
"""What the names of pictures end in that show more than the image."""
MAX_PLANES = 20_000  # of one file

Made = tuple[Path, str, bytes]


class StudyObjects:
    """Knows the images of a study. Their headers are read once something belongs to them."""

    def __init__(self, pictures: Sequence[Path]) -> None:
        self._pictures = pictures
        self._segmentations: dict[Path, Segmentation] = {}
        self._drawn: dict[Path, int] = {}
        self._damaged: dict[Path, str] = {}
        self._states: dict[Path, PresentationState] = {}

    @property
    def has_segmentations(self) -> bool:
        return bool(self._segmentations)

    @property
    def has_states(self) -> bool:
        return bool(self._states)

    def segmentation_page(self, path: Path) -> Iterator[Made]:
        """A page that names the segments and who drew them. Raises PreviewError."""
        found = Segmentation(path)
        self._segmentations[path] = found
        with refusals():
            header = read_header(path)[1]
            lines = "".join(map(_segment_line, found.segments.values()))
            made = page("Outlines of parts of the body", patient_facts(header), f"<ul>\n{lines}</ul>\n")
        yield path.with_name(path.name + ".html"), "a list of outlines, and who drew them", made.encode()

    def keys_page(self, path: Path) -> Iterator[Made]:
        """A page that names the images which somebody marked. Raises PreviewError."""
        with refusals():
            names = {
                planes[0].instance: os.path.relpath(file, path.parent)
                for file, planes in self._planes.items()
                if planes
            }
            made = key_objects_html(read_header(path)[1], names)
        yield path.with_name(path.name + ".html"), "a list of key images", made.encode()

    def outlined(self, path: Path) -> Iterator[Made]:
        """Of each frame on which something was outlined the picture with that over it. Raises PreviewError."""
        planes = self._planes.get(path, [])
        picture: Picture | None = None
        for index, plane in enumerate(planes):
            layers = self._layers(plane)
            if not layers:
                continue
            picture = picture or Picture(path)
            if index >= picture.frames:
                return
            image = picture.frame(index, over=partial(draw_over, layers=layers))
            yield self._beside(path, index, len(planes), OUTLINES), "a picture with outlines drawn over it", png(image)

    def _layers(self, plane: Plane) -> list[Layer]:
        """What all segmentations have on a frame; one that is damaged has nothing on any, and is remembered."""
        found: list[Layer] = []
        for file, each in self._segmentations.items():
            frames = [] if file in self._damaged else each.frames_on(plane)
            try:
                found += each.layers(frames)
            except PreviewError as error:
                self._damaged[file] = str(error)
            else:
                self._drawn[file] = self._drawn.get(file, 0) + bool(frames)
        return found

    def add_state(self, path: Path) -> None:
        """Remembers a presentation state. Raises PreviewError."""
        with refusals():
            self._states[path] = PresentationState(read_header(path)[1])

    def saved(self, path: Path) -> Iterator[Made]:
        """Each frame as presentation states say that it is to be shown. Raises PreviewError."""
        planes = self._planes.get(path, [])
        picture: Picture | None = None
        for index, plane in enumerate(planes):
            for number, (file, state) in enumerate(self._states_of(plane)):
                picture = picture or Picture(path)
                if index >= picture.frames:
                    return
                try:
                    image = saved_view(picture, state, plane.instance, index)
                except PreviewError as error:
                    self._damaged[file] = str(error)
                    continue
                self._drawn[file] = self._drawn.get(file, 0) + 1
                ending = f".{number + 1}{SAVED}" if number else SAVED
                yield self._beside(path, index, len(planes), ending), "a picture as somebody saved it", png(image)

    def _states_of(self, plane: Plane) -> list[tuple[Path, PresentationState]]:
        return [
            (file, each)
            for file, each in self._states.items()
            if not each.missing and file not in self._damaged and each.is_of(plane.instance, plane.frame)
        ]

    def said(self) -> Iterator[tuple[Path, str]]:
        """Of each segmentation and presentation state where it is drawn, or why nowhere."""
        yield from self._said_of_segmentations()
        yield from self._said_of_states()

    def _said_of_states(self) -> Iterator[tuple[Path, str]]:
        """Of each one on how many pictures it was applied, or why on none."""
        instances = [planes[0].instance for planes in self._planes.values() if planes] if self._states else []
        for path, state in self._states.items():
            count, damage = self._drawn.get(path, 0), self._damaged.get(path)
            why = f"not applied: {damage}" if damage else why_not_applied(state, instances)
            yield path, why or f"applied to {count} picture{'s' * (count != 1)}, beside the plain ones"

    def _said_of_segmentations(self) -> Iterator[tuple[Path, str]]:
        """Of each one on how many pictures it is drawn, or why on none."""
        images = [plane for planes in self._planes.values() for plane in planes] if self._segmentations else []
        for path, found in self._segmentations.items():
            count, damage = self._drawn.get(path, 0), self._damaged.get(path)
            drawn = f"drawn over {count} picture{'s' * (count != 1)}, beside the plain ones" if count else ""
            why = f"not drawn{' further' * bool(drawn)}: {damage or found.why_not_drawn(images)}"
            yield path, "; ".join(filter(None, (drawn, why if damage or not drawn else "")))

    @cached_property
    def _planes(self) -> dict[Path, list[Plane]]:
        found: dict[Path, list[Plane]] = {}
        for path in self._pictures:
            with suppress(PreviewError), refusals():
                header = read_header(path, TAGS)[1]
                found[path] = planes_of(header, _frames(header))
        return found

    @staticmethod
    def _beside(path: Path, index: int, frames: int, ending: str) -> Path:
        if frames == 1:
            return path.with_name(path.name + ending)
        return path.with_name(path.name + ".frames") / f"{index + 1:04}{ending}"


def _segment_line(each: Segment) -> str:
    swatch = f'<i style="background:rgb{each.colour}"></i>'
    return f"<li>{swatch}<b>{escape(each.name)}</b>: {escape(each.maker)}</li>\n"


def _frames(header: Dataset) -> int:
    """As many as the file says, within limits: a file may say anything."""
    declared = header.get_item("NumberOfFrames")
    return min(positive(declared.value) or 1, MAX_PLANES) if declared is not None else 1
