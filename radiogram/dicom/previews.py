"""Writes pictures of received DICOM files beside them; the files themselves are never touched."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from radiogram.dicom.contact_sheet import contact_sheet, study_sheet
from radiogram.dicom.header import is_dicom
from radiogram.dicom.picture import Picture, png
from radiogram.errors import OutputError, OutputExists, PreviewError, RadiogramError

SHEET_NAME = "contact-sheet.png"


@dataclass
class Previews:
    """What was written, and why some files have no picture."""

    written: list[Path] = field(default_factory=list)
    refused: list[tuple[Path, RadiogramError]] = field(default_factory=list)

    @property
    def overview(self) -> Path | None:
        """The one picture that shows the most: the sheet of all, or the picture of the only file."""
        return next((path for path in self.written if path.name == SHEET_NAME), next(iter(self.written), None))


def write_previews(files: list[Path], out: Path, overwrite: bool) -> Previews:
    """For each DICOM file F of one frame F.png; of several, F.png with them all and F.frames/ with each.

    Several DICOM files also get one contact sheet in `out`. `overwrite` is for pictures of before: none of `files` is
    ever replaced. Raises OutputError.
    """
    previews = Previews()
    dicom_files = [path for path in files if is_dicom(path)]
    put = partial(_try, previews, frozenset(files), overwrite)
    for path in dicom_files:
        put(path, partial(_of_file, path))
    if len(dicom_files) > 1:
        put(out / SHEET_NAME, lambda: [(out / SHEET_NAME, study_sheet(dicom_files))])
    return previews


def _of_file(path: Path) -> Iterable[tuple[Path, bytes]]:
    picture = Picture(path)
    beside = path.with_name(path.name + ".png")
    if picture.frames == 1:
        yield beside, png(picture.frame())
        return
    yield beside, contact_sheet(path)
    for index in range(picture.frames):
        yield path.with_name(path.name + ".frames") / f"{index + 1:04}.png", png(picture.frame(index))


def _try(
    previews: Previews,
    kept: Collection[Path],
    overwrite: bool,
    path: Path,
    make: Callable[[], Iterable[tuple[Path, bytes]]],
) -> None:
    try:
        for place, data in make():
            if place in kept:
                raise PreviewError(f"its place, {place}, is taken by a file of the study")
            place.parent.mkdir(0o700, parents=True, exist_ok=True)
            _write(place, data, overwrite)
            previews.written.append(place)
    except PreviewError as error:
        previews.refused.append((path, error))
    except FileExistsError as error:
        previews.refused.append((path, OutputExists(f"{error.filename} is there already")))
    except OSError as error:
        raise OutputError(f"{path} has no picture: {error.strerror}", "the file itself is whole") from None


def _write(place: Path, data: bytes, overwrite: bool) -> None:
    """All of it or nothing: a part of a picture would be taken for one, and keep the next run from writing it."""
    with open(place, "wb" if overwrite else "xb", opener=_for_nobody_else) as stream:
        try:
            stream.write(data)
            stream.flush()
        except BaseException:
            place.unlink(missing_ok=True)
            raise


def _for_nobody_else(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
