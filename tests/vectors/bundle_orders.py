"""Studies as their files say they are, and in which order a bundle holds them."""

from typing import Any

from radiogram.dicom.metadata import FileMetadata
from radiogram.dicom.series import seen_first
from radiogram.formats.bundle_order import bundle_order
from radiogram.formats.manifest import PatientMetadata

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def said(series: str, **others: Any) -> dict[str, Any]:
    """What a file with one image says of itself; `others` say more, or otherwise."""
    return {"series_uid": series, "frames": 1} | others


def slices(series: str, number: int | None, heights: list[float]) -> list[dict[str, Any]]:
    return [
        said(series, series_number=number, position=[0, 0, height], orientation=list(AXIAL), instance_number=at)
        for at, height in enumerate(heights)
    ]


REPORT = {"series_uid": "9", "frames": 0, "is_report": True}
NO_IMAGE = {"series_uid": "8", "frames": 0}
STUDIES: dict[str, list[dict[str, Any] | None]] = {
    "nothing": [],
    "one image": [said("1")],
    "slices, by where they are": slices("1", 1, [30.0, -10.0, 20.0, 0.0]),
    "slices without a place, by their numbers": [said("1", instance_number=number) for number in (3, None, 1, 2)],
    "series, by their numbers": [
        *slices("1.2", 10, [0, 1, 2]),
        *slices("1.1", 2, [5, 4, 3, 2]),
        said("1.3"),
        *slices("1.4", -1, [7]),
    ],
    "images of many frames: the one that holds the middle frame": [
        said("1", frames=frames, instance_number=at) for at, frames in enumerate((1, 100, 1, 1))
    ],
    "a report, what says nothing of itself, and what is no image": [*slices("1", 1, [0, 1, 2]), None, NO_IMAGE, REPORT],
    "images that do not say of which series": [said("", instance_number=2), said("", instance_number=1), said("1")],
}
NAMED = [
    ("a PDF that is not DICOM", ["scan.dcm", "Report.PDF", "notes.txt"], [said("1"), None, None]),
    ("files that are not DICOM", ["b.txt", "a.pdf", "pdf"], [None, None, None]),
]


def metadata(value: dict[str, Any] | None) -> FileMetadata | None:
    """What Python has of a file of the vectors."""
    if value is None:
        return None
    absent = dict.fromkeys(
        ("study_uid", "study_date", "description", "series_description", "modality", "body_part"), ""
    )
    none = dict.fromkeys(("series_number", "instance_number", "position", "orientation"))
    tuples = {name: tuple(each) if isinstance(each, list) else each for name, each in value.items()}
    return FileMetadata(PatientMetadata(), **absent | none | tuples)


def bundle_orders() -> list[dict[str, Any]]:
    cases = [(why, [f"{at}.dcm" for at in range(len(files))], files) for why, files in STUDIES.items()] + NAMED
    return [
        {
            "why": why,
            "names": names,
            "files": files,
            "order": bundle_order(names, *seen_first(list(map(metadata, files)))),
        }
        for why, names, files in cases
    ]
