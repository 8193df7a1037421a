"""What a study's DICOM files say of themselves, whether they are of one patient and one study, and a picture of all.

Pure. Patient attributes are kept out of `repr`, and so out of logs; whoever shows them does so on purpose.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from PIL import Image
from pydicom import Dataset

from radiogram.dicom import SHEET_TILES, TILE_PIXELS, Picture, Tile, png, sheet, spread
from radiogram.dicomfile import Source, is_dicom, positive, read_header, refusals, sequence
from radiogram.errors import PreviewError

MAX_TEXT = 256  # characters of any value shown
MAX_SERIES = 20  # of a sheet
_MODALITIES = (
    "CR CT DX ECG ES GM IO IVOCT IVUS KO MG MR NM OP OPT OT PR PT PX REG RF RG RTDOSE RTIMAGE SC SEG SM SR US XA XC"
)
_TAGS = [  # no more of a header is kept in memory
    *("SpecificCharacterSet", "PatientName", "PatientBirthDate", "PatientID"),
    *("StudyInstanceUID", "StudyDate", "StudyDescription", "Modality", "BodyPartExamined"),
    *("SeriesInstanceUID", "SeriesNumber", "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient"),
    *("Rows", "NumberOfFrames", "DirectoryRecordSequence"),
]


@dataclass(frozen=True)
class Patient:
    """Values fit to be shown; empty where the file has none."""

    name: str = field(repr=False)  # family name first and in capitals; of several alphabets, divided by " / "
    birth_date: str = field(repr=False)  # YYYY-MM-DD, or as the file has it
    id: str = field(repr=False)  # never for logs


@dataclass(frozen=True)
class FileFacts:
    """What one DICOM file says of itself. Numbers are None where absent or junk."""

    patient: Patient = field(repr=False)
    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    study_date: str = field(repr=False)
    description: str = field(repr=False)  # free text: may hold anything
    modality: str
    body_part: str
    series_number: int | None
    instance_number: int | None
    position: tuple[float, ...] | None = field(repr=False)  # mm, of the first pixel
    orientation: tuple[float, ...] | None = field(repr=False)  # direction cosines of a row and of a column
    frames: int  # 0: not an image


@dataclass(frozen=True)
class Difference:
    """An attribute that should be one and the same in all files, and its values."""

    attribute: str  # "name", "birth date", "patient id" or "study"
    values: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class StudyFacts:
    """What a study's files say together. `patient` has the first value found of each; `differences` tells of others."""

    patient: Patient = field(repr=False)
    differences: tuple[Difference, ...]
    modalities: tuple[str, ...]
    dates: tuple[str, ...]
    descriptions: tuple[str, ...] = field(repr=False)
    body_parts: tuple[str, ...]
    series: int
    images: int  # files with an image
    frames: int  # of all images together
    files: int  # DICOM files, with those that are no image
    others: int  # files that are not DICOM
    unreadable: tuple[int, ...]  # DICOM files that could not be read, by their place in the order given
    unnamed: int  # DICOM files that name no patient

    @property
    def is_of_one_patient(self) -> bool:
        return not any(each.attribute != "study" for each in self.differences)


def file_facts(source: Source) -> tuple[FileFacts, ...]:
    """What a file says: one entry if DICOM, one a patient if a DICOMDIR, otherwise none. Raises PreviewError."""
    with refusals():
        if not is_dicom(source):
            return ()
        _, header, _ = read_header(source, _TAGS)
        records = sequence(header, "DirectoryRecordSequence")
        patients = [each for each in records if each.get("DirectoryRecordType") == "PATIENT"]
        return tuple(_facts(each) for each in (patients if records else [header]))


def study_facts(sources: Iterable[Source]) -> StudyFacts:
    """What the files say together. No file is refused: what could not be read is counted."""
    each_file: list[tuple[FileFacts, ...]] = []
    unreadable = []
    for place, source in enumerate(sources):
        try:
            each_file.append(file_facts(source))
        except PreviewError:
            unreadable.append(place)
    found = [facts for file in each_file for facts in file]
    attributes = {
        "name": _distinct(each.patient.name for each in found),
        "birth date": _distinct(each.patient.birth_date for each in found),
        "patient id": _distinct(each.patient.id for each in found),
        "study": _distinct(each.study_uid for each in found),
    }
    name, birth_date, patient_id, _ = (values[0] if values else "" for values in attributes.values())
    images = [each for each in found if each.frames]
    return StudyFacts(
        patient=Patient(name, birth_date, patient_id),
        differences=tuple(Difference(key, values) for key, values in attributes.items() if len(values) > 1),
        modalities=_distinct(each.modality for each in images) or _distinct(each.modality for each in found),
        dates=_distinct(each.study_date for each in found),
        descriptions=_distinct(each.description for each in found),
        body_parts=_distinct(each.body_part for each in found),
        series=len({each.series_uid for each in found if each.series_uid}),
        images=len(images),
        frames=sum(each.frames for each in images),
        files=sum(map(bool, each_file)),
        others=each_file.count(()),
        unreadable=tuple(unreadable),
        unnamed=sum(not each.patient.name and not each.patient.id for each in found),
    )


def series_order(files: Sequence[FileFacts]) -> list[list[int]]:
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


def study_sheet(sources: Sequence[Source]) -> bytes:
    """A PNG of a study: each series a row, slices in order, 60 pictures at most. Raises PreviewError if it has none.

    Captions hold modality, numbers and counts, and nothing that the patient or a free text is named by.
    """
    files: list[FileFacts] = []
    owners: list[Source] = []
    for source in sources:
        try:
            facts = file_facts(source)
        except PreviewError:
            continue
        files.extend(facts[:1])
        owners.extend([source] * len(facts[:1]))
    order = series_order(files)
    if not order:
        raise PreviewError("no image in this study can be shown")
    shown = order[:MAX_SERIES]
    rows = [_row(files, owners, places, SHEET_TILES // len(shown)) for places in shown]
    if not any(image for _, tiles in rows for _, image in tiles):
        raise PreviewError("no image in this study can be shown")
    if len(order) > len(shown):
        rows.append((f"and {len(order) - len(shown)} more series", []))
    return png(sheet(rows))


def _row(files: Sequence[FileFacts], owners: Sequence[Source], places: list[int], most: int) -> tuple[str, list[Tile]]:
    """One series: its heading and up to `most` pictures; each file's middle frame, or the frames of its only file."""
    first, total = files[places[0]], len(places)
    tiles: list[Tile] = []
    if total == 1 and (picture := _picture(owners[places[0]])):
        total = picture.frames
        tiles = [(f"{index + 1}", _tile(picture, index)) for index in spread(total, most)]
    else:
        for index in spread(total, most):
            picture = _picture(owners[places[index]])
            tiles.append((f"{index + 1}", _tile(picture, picture.frames // 2) if picture else None))
    number = "" if first.series_number is None else f" {first.series_number}"
    kind = first.modality if first.modality in _MODALITIES.split() else "other"  # no free text in a caption
    counted = f"{total} {'picture' if total == 1 else 'pictures'}" + (f", {len(tiles)} shown" * (len(tiles) < total))
    return f"Series{number} · {kind} · {counted}", tiles


def _picture(source: Source) -> Picture | None:
    try:
        return Picture(source)
    except PreviewError:
        return None


def _tile(picture: Picture, index: int) -> Image.Image | None:
    try:
        return picture.frame(index, TILE_PIXELS)
    except PreviewError:
        return None


def _facts(header: Dataset) -> FileFacts:
    return FileFacts(
        patient=Patient(
            name=shown_name(_raw(header, "PatientName")),
            birth_date=_date(_text(header, "PatientBirthDate")),
            id=_text(header, "PatientID"),
        ),
        study_uid=_text(header, "StudyInstanceUID"),
        series_uid=_text(header, "SeriesInstanceUID"),
        study_date=_date(_text(header, "StudyDate")),
        description=_text(header, "StudyDescription"),
        modality=_text(header, "Modality"),
        body_part=_text(header, "BodyPartExamined"),
        series_number=_integer(header, "SeriesNumber"),
        instance_number=_integer(header, "InstanceNumber"),
        position=_floats(header, "ImagePositionPatient", 3),
        orientation=_floats(header, "ImageOrientationPatient", 6),
        frames=(positive(_raw(header, "NumberOfFrames")) or 1) if "Rows" in header else 0,
    )


def shown_name(value: str) -> str:
    """A person's name (PS3.5 6.2.1) to be read by people: `Yamada^Tarou=山田^太郎` is `YAMADA Tarou / 山田 太郎`."""
    groups = []
    for group in value.split("="):
        family, given, middle, prefix, suffix = ([_clean(part) for part in group.split("^")] + [""] * 5)[:5]
        spoken = " ".join(filter(None, (family.upper(), given, middle)))
        groups.append(", ".join(filter(None, (spoken, prefix, suffix))))
    return " / ".join(filter(None, groups))


def _clean(text: str) -> str:
    """Text that can do no harm in a terminal: no control or direction characters, single spaces, 256 characters."""
    kinds = ((each, unicodedata.category(each)) for each in text[: 4 * MAX_TEXT])
    return " ".join("".join(" " if kind[0] in "CZ" else each for each, kind in kinds if kind != "Cf").split())[
        :MAX_TEXT
    ]


def _raw(header: Dataset, keyword: str) -> str:
    """The value as text, decoded by the file's character sets; empty where absent or beyond reading."""
    try:
        value = header.get(keyword)
    except (ValueError, TypeError, LookupError, OverflowError):  # a number that is none
        return ""
    return "" if value is None else str(value)


def _text(header: Dataset, keyword: str) -> str:
    return _clean(_raw(header, keyword))


def _date(text: str) -> str:
    found = re.fullmatch(r"(\d{4})[.-]?(\d\d)[.-]?(\d\d)", text)
    return "-".join(found.groups()) if found else text


def _integer(header: Dataset, keyword: str) -> int | None:
    text = _raw(header, keyword)
    return int(text) if re.fullmatch(r"[+-]?\d{1,12}", text) else None


def _floats(header: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    try:
        numbers = tuple(float(each) for each in header.get(keyword) or ())
    except (ValueError, TypeError):
        return None
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else None


def _normal(orientation: tuple[float, ...] | None) -> tuple[float, ...] | None:
    """The direction in which slices follow each other: row × column (PS3.3 C.7.6.2.1.1), to two decimals."""
    if orientation is None:
        return None
    a, b, c, d, e, f = orientation
    return tuple(round(each, 2) + 0.0 for each in (b * f - c * e, c * d - a * f, a * e - b * d))


def _depth(facts: FileFacts) -> float:
    normal, position = _normal(facts.orientation) or (), facts.position or ()
    return round(sum(n * p for n, p in zip(normal, position, strict=True)), 3)


def _number(number: int | None) -> tuple[bool, int]:
    """A key to sort by: those without a number come last."""
    return number is None, number or 0


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Each value once, in order, empty ones left out; capitals make no difference."""
    distinct: dict[str, str] = {}
    for value in filter(None, values):
        distinct.setdefault(value.casefold(), value)
    return tuple(distinct.values())
