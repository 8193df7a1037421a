"""Writes what people can look at beside received DICOM files: pictures, or the report, document or video in them.

What is neither is named for what it is (radiogram.dicom.kinds). The files themselves are never touched.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from radiogram.dicom.contact_sheet import frames_sheet, study_sheet
from radiogram.dicom.documents import Write, document_in, whole
from radiogram.dicom.header import is_dicom, read_header, refusals
from radiogram.dicom.kinds import Role, described, role_of
from radiogram.dicom.picture import Picture, png
from radiogram.dicom.study_objects import MARKED, StudyObjects
from radiogram.errors import OutputError, OutputExists, PreviewError, RadiogramError

SHEET_NAME = "contact-sheet.png"
UNCHANGED = ", taken out of it unchanged"
_PICTURES = (Role.IMAGE, Role.UNKNOWN)


@dataclass
class Previews:
    """What was written, and why some files have nothing."""

    written: list[Path] = field(default_factory=list)
    """Reports, documents and videos first."""
    kinds: dict[Path, str] = field(default_factory=dict)
    """What each of those is, `a PDF document`; all others are pictures."""
    remarks: dict[Path, str] = field(default_factory=dict)
    """What is to be said of some of the pictures."""
    named: list[tuple[Path, str]] = field(default_factory=list)
    """Files that are no picture and no document, and what they are."""
    refused: list[tuple[Path, RadiogramError]] = field(default_factory=list)

    @property
    def overview(self) -> Path | None:
        """The one picture that shows the most: the sheet of all, or the picture of the only file."""
        marked = {path for path in self.remarks if path.name.endswith(MARKED)}
        pictures = [path for path in self.written if path not in self.kinds and path not in marked]
        return next((path for path in pictures if path.name == SHEET_NAME), next(iter(pictures), None))

    def lines(self) -> list[str]:
        """What was written, and what it is; then what has no picture by itself, and is named."""
        said = self.remarks | self.kinds
        written = [f"{path}  ({said.get(path, 'a picture')})" for path in self.written]
        return written + [f"{path}  ({what})" for path, what in self.named]


def write_previews(files: list[Path], out: Path, overwrite: bool) -> Previews:
    """For each DICOM file F of one frame F.png; of several, F.png with them all and F.frames/ with each.

    For one that holds something else, that: F.pdf, F.html of a report, F.mp4. Several DICOM files with pictures also
    get one contact sheet in `out`. Segmentations, presentation states and key objects have what StudyObjects makes of
    them; what else there is, is named. `overwrite` is for what was written before: none of `files` is ever replaced.
    Raises OutputError.
    """
    previews = Previews()
    put = partial(_try, previews, frozenset(files), overwrite)
    classes: dict[Path, str] = {}  # of those that hold no document
    for path in filter(is_dicom, files):
        put(path, partial(_of_file, previews, classes, path))
    previews.written.sort(key=lambda place: place not in previews.kinds)
    pictures = [path for path, each in classes.items() if role_of(each) in _PICTURES]
    if len(pictures) > 1:
        put(out / SHEET_NAME, lambda: [(out / SHEET_NAME, whole(study_sheet(pictures)))])
    objects = StudyObjects(pictures)
    for path, each in classes.items():
        if role_of(each) is Role.STATE:
            put(path, partial(_state, objects, path))
        elif role_of(each) not in _PICTURES and not put(path, partial(_object, previews, objects, path, role_of(each))):
            previews.named.append((path, f"{described(each)}; it has no picture"))
    for path in pictures if objects.has_segmentations else ():
        put(path, partial(_outlined, previews, objects, path))
    for path in pictures if objects.has_states else ():
        put(path, partial(_saved, previews, objects, path))
    previews.named += [(path, f"{described(classes[path])}; {said}") for path, said in objects.said()]
    return previews


def _of_file(previews: Previews, classes: dict[Path, str], path: Path) -> Iterable[tuple[Path, Write]]:
    """The document in a file; or else its pictures, if it has some, and its SOP class among the `classes`.

    Its header is read once.
    """
    with refusals():
        read = read_header(path)
        sop_class = str(read[1].get("SOPClassUID") or "")
    if document := document_in(read):
        place = path.with_name(path.name + document.suffix)
        previews.kinds[place] = document.kind + UNCHANGED * document.is_unchanged
        yield place, document.write
        return
    classes[path] = sop_class
    if role_of(sop_class) in _PICTURES:
        yield from _pictures(previews, path, sop_class, Picture(path, read))


def _object(previews: Previews, objects: StudyObjects, path: Path, role: Role) -> Iterable[tuple[Path, Write]]:
    """The page or pictures of what belongs to images; nothing of all else."""
    if role is Role.SEGMENTATION:
        yield from _noted(previews, objects.segmentation_page(path))
    elif role is Role.KEYS:
        yield from _noted(previews, objects.keys_page(path))


def _state(objects: StudyObjects, path: Path) -> Iterable[tuple[Path, Write]]:
    objects.add_state(path)
    return ()


def _saved(previews: Previews, objects: StudyObjects, path: Path) -> Iterable[tuple[Path, Write]]:
    yield from _noted(previews, objects.saved(path))


def _noted(previews: Previews, made: Iterable[tuple[Path, str, bytes]]) -> Iterable[tuple[Path, Write]]:
    for place, what, data in made:
        (previews.kinds if place.suffix == ".html" else previews.remarks)[place] = what
        yield place, whole(data)


def _outlined(previews: Previews, objects: StudyObjects, path: Path) -> Iterable[tuple[Path, Write]]:
    yield from _noted(previews, objects.outlined(path))


def _pictures(previews: Previews, path: Path, sop_class: str, picture: Picture) -> Iterable[tuple[Path, Write]]:
    beside = path.with_name(path.name + ".png")
    if sop_class and role_of(sop_class) is Role.UNKNOWN:
        previews.remarks[beside] = "a picture of a kind that DICOM does not name"
    if picture.frames == 1:
        yield beside, whole(png(picture.frame()))
        return
    yield beside, whole(frames_sheet(picture))
    for index in range(picture.frames):
        place = path.with_name(path.name + ".frames") / f"{index + 1:04}.png"
        yield place, whole(png(picture.frame(index)))


def _try(
    previews: Previews,
    kept: Collection[Path],
    overwrite: bool,
    path: Path,
    make: Callable[[], Iterable[tuple[Path, Write]]],
) -> bool:
    """Whether there was anything to write, or why there was not is said."""
    found = False
    try:
        for place, write in make():
            found = True
            if place in kept:
                raise PreviewError(f"its place, {place}, is taken by a file of the study")
            place.parent.mkdir(0o700, parents=True, exist_ok=True)
            _write(place, write, overwrite)
            previews.written.append(place)
    except PreviewError as error:
        previews.refused.append((path, error))
        return True
    except FileExistsError as error:
        previews.refused.append((path, OutputExists(f"{error.filename} is there already")))
    except OSError as error:
        raise OutputError(f"{path} has no picture: {error.strerror}", "the file itself is whole") from None
    return found


def _write(place: Path, write: Write, overwrite: bool) -> None:
    """All of it or nothing: a part of a picture would be taken for one, and keep the next run from writing it."""
    with open(place, "wb" if overwrite else "xb", opener=_for_nobody_else) as stream:
        try:
            write(stream)
            stream.flush()
        except BaseException:
            place.unlink(missing_ok=True)
            raise


def _for_nobody_else(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
