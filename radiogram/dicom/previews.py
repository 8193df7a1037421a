"""Writes what people can look at beside received DICOM files: pictures, or the report, document or video in them.

The files themselves are never touched.
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
from radiogram.dicom.picture import Picture, png
from radiogram.errors import OutputError, OutputExists, PreviewError, RadiogramError

SHEET_NAME = "contact-sheet.png"


@dataclass
class Previews:
    """What was written, and why some files have nothing."""

    written: list[Path] = field(default_factory=list)
    """Reports, documents and videos first."""
    kinds: dict[Path, str] = field(default_factory=dict)
    """What each of those is, `a PDF document`; all others are pictures."""
    refused: list[tuple[Path, RadiogramError]] = field(default_factory=list)

    @property
    def overview(self) -> Path | None:
        """The one picture that shows the most: the sheet of all, or the picture of the only file."""
        pictures = [path for path in self.written if path not in self.kinds]
        return next((path for path in pictures if path.name == SHEET_NAME), next(iter(pictures), None))

    def lines(self) -> list[str]:
        """What was written, and what it is."""
        return [f"{path}  ({self.kinds.get(path, 'a picture')})" for path in self.written]


def write_previews(files: list[Path], out: Path, overwrite: bool) -> Previews:
    """For each DICOM file F of one frame F.png; of several, F.png with them all and F.frames/ with each.

    For one that holds something else, that: F.pdf, F.html of a report, F.mp4. Several DICOM files with pictures also
    get one contact sheet in `out`. `overwrite` is for what was written before: none of `files` is ever replaced. Raises
    OutputError.
    """
    previews = Previews()
    dicom_files = [path for path in files if is_dicom(path)]
    put = partial(_try, previews, frozenset(files), overwrite)
    others: list[Path] = []
    for path in dicom_files:
        put(path, partial(_of_file, previews, others, path))
    previews.written.sort(key=lambda place: place not in previews.kinds)
    if len(others) > 1:
        put(out / SHEET_NAME, lambda: [(out / SHEET_NAME, whole(study_sheet(others)))])
    return previews


def _of_file(previews: Previews, others: list[Path], path: Path) -> Iterable[tuple[Path, Write]]:
    """Its document, or else its pictures: then it is one of the `others`. Its header is read once."""
    with refusals():
        read = read_header(path)
    if document := document_in(read):
        place = path.with_name(path.name + document.suffix)
        previews.kinds[place] = document.kind
        yield place, document.write
    else:
        others.append(path)
        yield from _pictures(path, Picture(path, read))


def _pictures(path: Path, picture: Picture) -> Iterable[tuple[Path, Write]]:
    beside = path.with_name(path.name + ".png")
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
) -> None:
    """Writes it all, or says why not."""
    try:
        for place, write in make():
            if place in kept:
                raise PreviewError(f"its place, {place}, is taken by a file of the study")
            place.parent.mkdir(0o700, parents=True, exist_ok=True)
            _write(place, write, overwrite)
            previews.written.append(place)
    except PreviewError as error:
        previews.refused.append((path, error))
    except FileExistsError as error:
        previews.refused.append((path, OutputExists(f"{error.filename} is there already")))
    except OSError as error:
        raise OutputError(f"{path} has no picture: {error.strerror}", "the file itself is whole") from None


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
