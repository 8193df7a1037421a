"""Key object selections (PS3.3 A.35.4, TID 2010): which images somebody marked, why, and which those are here.

Pure; raises PreviewError, or what `header.refusals` makes one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from pydicom import Dataset

from radiogram.dicom.display import clean, shown_name
from radiogram.dicom.header import sequence
from radiogram.dicom.html_page import page, patient_facts, text, whole
from radiogram.errors import PreviewError

MAX_REFERENCES = 20_000
WITHDRAWN = frozenset({"113001", "113037", "113038", "113039"})
"""Titles (CID 7011) of images that are not to be looked at: rejected, of another patient, expired."""
_DESCRIPTION, _OBSERVER = "113012", "121008"


@dataclass(frozen=True)
class Reference:
    """An image that was marked."""

    instance: str = field(repr=False)
    frames: tuple[int, ...]
    """From 1; empty: all of it."""


@dataclass(frozen=True)
class KeyObjects:
    """What one selection says."""

    title: str
    """`For Referring Provider`."""
    is_withdrawal: bool
    description: str = field(repr=False)
    observer: str = field(repr=False)
    references: tuple[Reference, ...]


def key_objects(header: Dataset) -> KeyObjects:
    """The selection. Raises PreviewError where it names no object, or too many."""
    items = sequence(header, "ContentSequence")
    references = tuple(_references(items))
    if not references:
        raise PreviewError("this selection of key objects names none")
    code, meaning = _code(header)
    return KeyObjects(
        meaning or "Key images",
        code in WITHDRAWN,
        next((text(each.get("TextValue")) for each in items if _code(each)[0] == _DESCRIPTION), ""),
        next((shown_name(whole(each, "PersonName")) for each in items if _code(each)[0] == _OBSERVER), ""),
        references,
    )


def key_objects_html(header: Dataset, names: Mapping[str, str]) -> str:
    """A page to be read by people; `names`: of the files that are here, by their instance."""
    keys = key_objects(header)
    heading = f"{'Withdrawn images' if keys.is_withdrawal else 'Key images'}: {keys.title}"
    facts = [*patient_facts(header), ("Marked by", keys.observer)]
    said = f"<p>{escape(keys.description)}</p>\n" if keys.description else ""
    lines = "".join(f"<li>{escape(_line(each, names))}</li>\n" for each in keys.references)
    return page(heading, facts, f"{said}<ul>\n{lines}</ul>\n")


def _line(reference: Reference, names: Mapping[str, str]) -> str:
    name = names.get(reference.instance, "an image that is not here")
    frames = ", ".join(map(str, reference.frames))
    return f"{name}, frame {frames}" if frames else name


def _references(items: list[Dataset]) -> Iterator[Reference]:
    count = 0
    for item in items:
        for each in sequence(item, "ReferencedSOPSequence"):
            count += 1
            if count > MAX_REFERENCES:
                raise PreviewError("this selection of key objects can't be read safely", reason="it names too many")
            numbers = each.get("ReferencedFrameNumber")
            frames = () if numbers is None else (numbers,) if isinstance(numbers, int) else tuple(numbers)
            if uid := str(each.get("ReferencedSOPInstanceUID", "")).strip(" \0"):
                yield Reference(uid, tuple(int(frame) for frame in frames))


def _code(item: Dataset) -> tuple[str, str]:
    for code in sequence(item, "ConceptNameCodeSequence"):
        return str(code.get("CodeValue", "")), clean(whole(code, "CodeMeaning") or whole(code, "CodeValue"))
    return "", ""
