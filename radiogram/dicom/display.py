"""Patients, studies and dates as people are shown them: docs/display.md.

Pure: whoever shows a patient's attributes does so on purpose.
"""

from __future__ import annotations

import unicodedata

from radiogram.formats.manifest import MAX_TEXT, PatientMetadata, StudyMetadata, is_date

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def shown_name(value: str) -> str:
    """A person's name to be read by people: `Okafor^Grace^Ann^Dr` is `OKAFOR, Grace Ann (Dr)`.

    Other alphabets follow as written: `Yamada^Tarou=山田^太郎` is `YAMADA, Tarou / 山田 太郎`.
    """
    return " / ".join(filter(None, name_groups(value)))


def name_groups(value: str) -> tuple[str, ...]:
    """The name in each of its up to three alphabets, to be read by people; empty where it is not written in one."""
    first, *others = ([clean(part) for part in group.split("^")][:5] for group in value.split("=")[:3])
    family, given, middle, prefix, suffix = (first + [""] * 5)[:5]
    name = ", ".join(filter(None, (family.upper(), _joined(given, middle))))
    titles = _joined(prefix, suffix)
    return _joined(name, f"({titles})" if titles else ""), *(_joined(*parts) for parts in others)


def shown_date(value: str) -> str:
    """A date to be read by people, `14-Mar-1962`; what is no date, as it is, cleaned."""
    if not is_date(value):
        return clean(value)
    year, month, day = value.split("-")
    return f"{day}-{_MONTHS[int(month) - 1]}-{year}"


def shown_patient(patient: PatientMetadata) -> str:
    """Name and birth date on one line: `OKAFOR, Grace, born 14-Mar-1962`; empty if neither is known."""
    born = shown_date(patient.birth_date)
    return ", ".join(filter(None, (shown_name(patient.name), born and f"born {born}")))


def shown_study(study: StudyMetadata) -> str:
    """A study on one line: `CT · 20-Nov-2026 · CT Thorax`."""
    kinds = ", ".join(filter(None, (clean(each) for each in study.modalities)))
    return " · ".join(filter(None, (kinds, shown_date(study.date), clean(study.description))))


def shown_counts(study: StudyMetadata) -> str:
    """`2 series, 412 images`, frames counted where a file holds several: `1 series, 1 image of 120 frames`."""
    if not study.images:
        return "no images"
    images = f"{study.images:,} image{'s' * (study.images != 1)}"
    of = f" of {study.frames:,} frames" * (study.frames > study.images)
    return f"{len(study.series):,} series, {images}{of}"


def clean(text: str) -> str:
    """Text that can do no harm in a terminal: no control or direction characters, single spaces, 256 characters."""
    kinds = ((each, unicodedata.category(each)) for each in text[: 4 * MAX_TEXT])
    spaced = "".join(" " if kind[0] in "CZ" else each for each, kind in kinds if kind != "Cf")
    return " ".join(spaced.split())[:MAX_TEXT]


def _joined(*parts: str) -> str:
    return " ".join(filter(None, parts))
