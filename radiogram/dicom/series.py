"""The series of a study: which files are of which, in which order, and those that somebody names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radiogram.dicom.header import is_dicom
from radiogram.dicom.metadata import FileMetadata, instance_metadata
from radiogram.errors import PreviewError, StudyError

MAX_LISTED = 20
LEAST_END = 4  # characters of a UID's end that name a series


@dataclass
class Series:
    """The files that share a SeriesInstanceUID. What is said of it comes from the first."""

    uid: str = field(repr=False)  # empty where the files have none
    number: int | None
    modality: str  # DICOM code, `CT`; empty where it is none
    files: list[Path] = field(default_factory=list, repr=False)

    @property
    def described(self) -> str:
        """What may be shown of it: modality and how many files, and nothing of the patient."""
        return f"{self.modality or 'other'}, {len(self.files)} file{'s' * (len(self.files) != 1)}"


@dataclass(frozen=True)
class Sorted:
    """Files by series."""

    series: list[Series]  # by their numbers
    others: list[Path] = field(repr=False)  # not DICOM, or an index of the others (DICOMDIR)
    unreadable: list[Path] = field(repr=False)


def sort_out(files: Iterable[Path]) -> Sorted:
    """Which series each file is of. No file is refused. Raises OSError."""
    series: dict[str, Series] = {}
    others, unreadable = [], []
    for file in files:
        try:
            metadata = instance_metadata(file) if is_dicom(file) else None
        except PreviewError:
            unreadable.append(file)
            continue
        if metadata is None:
            others.append(file)
        else:
            key = metadata.series_uid or f"number {metadata.series_number}"
            series.setdefault(key, _series(metadata)).files.append(file)
    ordered = sorted(series.values(), key=lambda each: (each.number is None, each.number or 0, each.uid))
    return Sorted(ordered, others, unreadable)


def choose(series: Sequence[Series], names: Sequence[str]) -> list[Series]:
    """The series that `names` name, by number, UID, or the end of a UID, each once. Raises StudyError."""
    chosen = {id(each): each for name in names for each in [_named(series, name.strip())]}
    return [each for each in series if id(each) in chosen]


def names(series: Sequence[Series]) -> list[str]:
    """What each may be named by: its number, or the end of its UID where that number is none or not its alone."""
    numbers = [each.number for each in series]
    return [
        str(each.number) if each.number is not None and numbers.count(each.number) == 1 else _end(series, each)
        for each in series
    ]


def listed(series: Sequence[Series]) -> str:
    """All series in one line: `1 (CT, 20 files), 2 (MR, 3 files)`."""
    shown = [f"{name} ({each.described})" for name, each in zip(names(series), series, strict=True)]
    more = [f"and {len(shown) - MAX_LISTED} more"] if len(shown) > MAX_LISTED else []
    return ", ".join(shown[:MAX_LISTED] + more) or "none"


def _named(series: Sequence[Series], name: str) -> Series:
    found = [each for each in series if name in (str(each.number), each.uid)]
    if not found and len(name) >= LEAST_END:
        found = [each for each in series if each.uid.endswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise StudyError(f"{name} names {len(found)} series", f"name one by its UID's end: {listed(found)}")
    raise StudyError(f"there is no series {name!r} here; there are: {listed(series)}")


def _end(series: Sequence[Series], one: Series) -> str:
    """The shortest end of its UID that is no other's."""
    others = [each.uid for each in series if each is not one]
    ends = (one.uid[-length:] for length in range(LEAST_END, len(one.uid) + 1))
    return next((end for end in ends if not any(uid.endswith(end) for uid in others)), one.uid or "(no number)")


def _series(metadata: FileMetadata) -> Series:
    """A series without files yet; what is no code for a modality may be any text, and is left out."""
    modality = metadata.modality if re.fullmatch(r"[A-Z]{2,9}", metadata.modality) else ""
    return Series(metadata.series_uid, metadata.series_number, modality)


def series_order(files: Sequence[FileMetadata]) -> list[list[int]]:
    """Places of the images in `files`, by series, series by number, slices by position, else by instance number."""
    series: dict[str, list[int]] = {}
    for place, each in enumerate(files):
        if each.frames:
            series.setdefault(each.series_uid, []).append(place)
    for places in series.values():
        normals = {_normal(files[place].orientation) for place in places}
        is_stack = len(normals) == 1 and None not in normals and all(files[place].position for place in places)
        keys = {
            place: (_depth(files[place]) if is_stack else 0.0, _number(files[place].instance_number))
            for place in places
        }
        places.sort(key=keys.__getitem__)
    return sorted(series.values(), key=lambda places: _number(files[places[0]].series_number))


def seen_first(files: Sequence[FileMetadata | None]) -> tuple[list[int], list[list[tuple[int, int]]]]:
    """What people look at first: places of the reports, and of the images of each series in viewing order, each with
    how many frames it has. None: a file that says nothing of itself.
    """
    images = [(place, each) for place, each in enumerate(files) if each and each.frames]
    order = series_order([each for _, each in images])
    series = [[(images[at][0], images[at][1].frames) for at in places] for places in order]
    return [place for place, each in enumerate(files) if each and each.is_report], series


def _normal(orientation: tuple[float, ...] | None) -> tuple[float, ...] | None:
    """The direction in which slices follow each other: row × column (PS3.3 C.7.6.2.1.1), to two decimals."""
    if orientation is None:
        return None
    a, b, c, d, e, f = orientation
    return tuple(round(each, 2) + 0.0 for each in (b * f - c * e, c * d - a * f, a * e - b * d))


def _depth(metadata: FileMetadata) -> float:
    normal, position = _normal(metadata.orientation) or (), metadata.position or ()
    return round(sum(n * p for n, p in zip(normal, position, strict=True)), 3)


def _number(number: int | None) -> tuple[bool, int]:
    """A key to sort by: those without a number come last."""
    return number is None, number or 0
