"""What DICOM files say of themselves, and whether they are of one patient and one study.

Pure. Patient attributes are kept out of `repr`, and so out of logs; whoever shows them does so on purpose.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields

from pydicom import Dataset
from pydicom.multival import MultiValue

from radiogram.dicom.display import clean, name_groups, shown_date, shown_name
from radiogram.dicom.header import Source, is_dicom, positive, read_header, refusals, sequence
from radiogram.dicom.kinds import is_drawn
from radiogram.errors import PreviewError
from radiogram.formats.manifest import PatientMetadata, SeriesMetadata, StudyMetadata

MAX_FRAMES = 2**31 - 1  # the VR's limit, PS3.5 6.2
_TAGS = [  # no more of a header is kept in memory
    *("SpecificCharacterSet", "PatientName", "PatientBirthDate", "PatientSex", "PatientID", "IssuerOfPatientID"),
    *("StudyInstanceUID", "StudyDate", "StudyDescription", "Modality", "BodyPartExamined"),
    *("SeriesInstanceUID", "SeriesNumber", "SeriesDescription"),
    *("InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient"),
    *("Rows", "NumberOfFrames", "SOPClassUID", "DirectoryRecordSequence"),
]
# Structured reports, PDF and CDA documents (PS3.4 B.5).
_REPORTS = re.compile(r"1\.2\.840\.10008\.5\.1\.4\.1\.1\.(88\.[0-9.]+|104\.[12])")


@dataclass(frozen=True)
class FileMetadata:
    """What one DICOM file says of itself, cleaned; empty or None where it does not say, or says junk."""

    patient: PatientMetadata = field(repr=False)
    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    study_date: str = field(repr=False)  # YYYY-MM-DD, or as the file has it
    description: str = field(repr=False)  # free text: may hold anything
    series_description: str = field(repr=False)
    modality: str
    body_part: str
    series_number: int | None
    instance_number: int | None
    position: tuple[float, ...] | None = field(repr=False)  # mm, of the first pixel
    orientation: tuple[float, ...] | None = field(repr=False)  # direction cosines of a row and of a column
    frames: int  # 0: not an image, or none to be looked at by itself (radiogram.dicom.kinds)
    is_report: bool = False  # one that is read: a structured report, or a PDF or CDA document


@dataclass(frozen=True)
class Difference:
    """An attribute of the patient that should be one and the same in all files."""

    attribute: str  # "name", "birth date", "sex", "patient id" or "issuer of patient id"
    values: tuple[tuple[str, int], ...] = field(repr=False)  # each as shown, and how many files have it


@dataclass(frozen=True)
class Overview:
    """What a study's files say together."""

    studies: tuple[StudyMetadata, ...]
    patient: PatientMetadata = field(repr=False)  # the first value found of each; `differences` tells of others
    patients: tuple[PatientMetadata, ...] = field(repr=False)  # each that differs in anything
    differences: tuple[Difference, ...]
    files: int  # DICOM files, with those that are no image
    others: int  # files that are not DICOM
    unreadable: tuple[int, ...]  # DICOM files that could not be read, by their place in the order given
    unidentified: int  # patients' records and DICOM files that say neither name nor ID of their patient
    by_file: tuple[FileMetadata | None, ...] = field(repr=False)
    """What each file says, in the order given; None where it says nothing of one patient."""

    @property
    def is_of_one_patient(self) -> bool:
        return not self.differences

    @property
    def is_of_one_study(self) -> bool:
        return len({study.uid for study in self.studies if study.uid}) < 2


def file_metadata(source: Source) -> tuple[FileMetadata, ...]:
    """What a file says: one entry if DICOM, one a patient if a DICOMDIR, otherwise none. Raises PreviewError."""
    with refusals():
        header = _header(source)
        if header is None:
            return ()
        records = sequence(header, "DirectoryRecordSequence")
        patients = [each for each in records if each.get("DirectoryRecordType") == "PATIENT"]
        return tuple(map(_metadata, patients if records else [header]))


def instance_metadata(source: Source) -> FileMetadata | None:
    """What a file says; None if it is not DICOM, or lists others instead (DICOMDIR). Raises PreviewError."""
    with refusals():
        header = _header(source)
        return None if header is None or "DirectoryRecordSequence" in header else _metadata(header)


def study_overview(sources: Iterable[Source], done: Callable[[int], None] = lambda _: None) -> Overview:
    """What the files say together. No file is refused: what could not be read is counted.

    `done` is told the place of each file that has been read.
    """
    each_file: list[tuple[FileMetadata, ...]] = []
    unreadable = []
    for place, source in enumerate(sources):
        try:
            each_file.append(file_metadata(source))
        except PreviewError:
            each_file.append(())
            unreadable.append(place)
        done(place)
    found = [metadata for file in each_file for metadata in file]
    return Overview(
        studies=_studies(found),
        patient=_merged([each.patient for each in found]),
        patients=tuple(dict.fromkeys(each.patient for each in found)),
        differences=_differences(found),
        files=sum(map(bool, each_file)),
        others=each_file.count(()) - len(unreadable),
        unreadable=tuple(unreadable),
        unidentified=sum(not (shown_name(each.patient.name) or each.patient.id) for each in found),
        by_file=tuple(file[0] if len(file) == 1 else None for file in each_file),
    )


def _differences(found: Sequence[FileMetadata]) -> tuple[Difference, ...]:
    """Absent values and capitals make no difference."""
    counted = {
        "name": _counted_names(each.patient.name for each in found),
        "birth date": _counted(shown_date(each.patient.birth_date) for each in found),
        "sex": _counted(each.patient.sex for each in found),
        "patient id": _counted(each.patient.id for each in found),
        "issuer of patient id": _counted(each.patient.issuer for each in found),
    }
    return tuple(Difference(name, values) for name, values in counted.items() if len(values) > 1)


def folded(text: str) -> str:
    """For comparing: capitals, and characters that Unicode holds to be the same, make no difference."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def is_same_name(one: str, other: str) -> bool:
    """Whether two names are the same in every alphabet in which both are written: `YAMADA=山田` is `YAMADA`."""
    pairs = zip(name_groups(one), name_groups(other), strict=False)
    return all(folded(a) == folded(b) for a, b in pairs if a and b)


def _counted(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Each value as first met, and how often it is there; those that are empty are left out."""
    present = [value for value in values if value]
    spelt: dict[str, str] = {}
    for value in present:
        spelt.setdefault(folded(value), value)
    counts = Counter(map(folded, present))
    return tuple((spelling, counts[key]) for key, spelling in spelt.items())


def _counted_names(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """The same for names, as shown: told apart by the alphabets in which they are not all one."""
    counts = Counter(name for name in names if shown_name(name))
    written = {name: tuple(folded(group) for group in (*name_groups(name), "", "")[:3]) for name in counts}
    differing = [place for place in range(3) if len({groups[place] for groups in written.values()} - {""}) > 1]
    by_value: dict[tuple[str, ...], list[str]] = {}
    for name, groups in written.items():
        by_value.setdefault(tuple(groups[place] for place in differing), []).append(name)
    return tuple((shown_name(same[0]), sum(counts[name] for name in same)) for same in by_value.values())


def _studies(found: Iterable[FileMetadata]) -> tuple[StudyMetadata, ...]:
    """The studies, and in them the series, in the order in which they are first met."""
    by_study: dict[object, list[FileMetadata]] = {}
    for each in found:
        if each.study_uid or each.frames:  # a DICOMDIR's patients are no study
            by_study.setdefault(each.study_uid or each.patient, []).append(each)
    return tuple(_study(files) for files in by_study.values())


def _study(files: Sequence[FileMetadata]) -> StudyMetadata:
    by_series: dict[str, list[FileMetadata]] = {}
    for each in files:
        by_series.setdefault(each.series_uid, []).append(each)
    return StudyMetadata(
        _merged([each.patient for each in files]),
        _first(each.study_uid for each in files),
        _first(each.study_date for each in files),
        _first(each.description for each in files),
        tuple(_series(each) for each in by_series.values()),
    )


def _series(files: Sequence[FileMetadata]) -> SeriesMetadata:
    return SeriesMetadata(
        _first(each.series_uid for each in files),
        next((each.series_number for each in files if each.series_number is not None), None),
        _first(each.modality for each in files),
        _first(each.body_part for each in files),
        _first(each.series_description for each in files),
        sum(each.frames > 0 for each in files),
        sum(each.frames for each in files),
    )


def _merged(patients: Sequence[PatientMetadata]) -> PatientMetadata:
    """The first value found of each attribute."""
    names = [each.name for each in fields(PatientMetadata)]
    return PatientMetadata(**{name: _first(getattr(each, name) for each in patients) for name in names})


def _first(values: Iterable[str]) -> str:
    return next(filter(None, values), "")


def _header(source: Source) -> Dataset | None:
    return read_header(source, _TAGS)[1] if is_dicom(source) else None


def _metadata(header: Dataset) -> FileMetadata:
    return FileMetadata(
        patient=PatientMetadata(
            name=text_of(header, "PatientName"),
            birth_date=iso_date(text_of(header, "PatientBirthDate")),
            sex=text_of(header, "PatientSex").upper(),
            id=text_of(header, "PatientID"),
            issuer=text_of(header, "IssuerOfPatientID"),
        ),
        study_uid=text_of(header, "StudyInstanceUID"),
        series_uid=text_of(header, "SeriesInstanceUID"),
        study_date=iso_date(text_of(header, "StudyDate")),
        description=text_of(header, "StudyDescription"),
        series_description=text_of(header, "SeriesDescription"),
        modality=text_of(header, "Modality"),
        body_part=text_of(header, "BodyPartExamined"),
        series_number=_integer(header, "SeriesNumber"),
        instance_number=_integer(header, "InstanceNumber"),
        position=_floats(header, "ImagePositionPatient", 3),
        orientation=_floats(header, "ImageOrientationPatient", 6),
        frames=_frames(header) if "Rows" in header and is_drawn(_raw(header, "SOPClassUID")) else 0,
        is_report=bool(_REPORTS.fullmatch(text_of(header, "SOPClassUID"))),
    )


def _frames(header: Dataset) -> int:
    number = positive(_raw(header, "NumberOfFrames")) or 1
    return number if number <= MAX_FRAMES else 1  # junk


def _raw(header: Dataset, keyword: str) -> str:
    """The value as text, decoded by the file's character sets; empty where absent or beyond reading."""
    try:
        value = header.get(keyword)
    except (ValueError, TypeError, LookupError, OverflowError):  # a number that is none
        return ""
    if isinstance(value, MultiValue):
        return "\\".join(map(str, value))
    return "" if value is None else str(value)


def text_of(header: Dataset, keyword: str) -> str:
    """The attribute as one line of text, cleaned (docs/display.md); empty where it is absent or beyond reading."""
    return clean(_raw(header, keyword))


def iso_date(text: str) -> str:
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
