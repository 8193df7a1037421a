"""Structured reports (PS3.3 A.35, C.17) as HTML to be read by people: what stands in them, in its order, and no more.

One page without scripts, pictures, or links to anywhere. Pure; raises PreviewError, or what `header.refusals` makes
one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from pydicom import Dataset
from pydicom.uid import UID

from radiogram.dicom.display import clean, shown_date, shown_name
from radiogram.dicom.header import sequence
from radiogram.dicom.html_page import page, patient_facts
from radiogram.dicom.html_page import text as _text
from radiogram.dicom.html_page import whole as _whole
from radiogram.dicom.metadata import iso_date
from radiogram.errors import PreviewError

MAX_DEPTH = 50
MAX_ITEMS = 20_000
_REPORTS = "1.2.840.10008.5.1.4.1.1.88."
_KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
_ONE = "1"  # UCUM's unit of numbers without a unit
_STATUS = (  # of the whole report: attribute, value, what is said
    ("CompletionFlag", "PARTIAL", "This report is not complete."),
    ("VerificationFlag", "UNVERIFIED", "Nobody has signed for this report yet."),
    ("PreliminaryFlag", "PRELIMINARY", "This report is preliminary."),
)
_RELATIONS = {  # PS3.3 C.17.3.2.4; what needs no word is not here
    "HAS OBS CONTEXT": "Observation context: ",
    "INFERRED FROM": "Inferred from: ",
    "SELECTED FROM": "Selected from: ",
    "HAS ACQ CONTEXT": "Acquisition context: ",
}


def is_report(header: Dataset) -> bool:
    """Whether this is a structured report; a key object selection names images, and is none."""
    sop_class = str(header.get("SOPClassUID", ""))
    return sop_class.startswith(_REPORTS) and sop_class != _KEY_OBJECTS and "ContentSequence" in header


def report_html(header: Dataset) -> str:
    """The whole page."""
    title = _concept(header) or clean(_whole(header, "SeriesDescription")) or "Report"
    status = "".join(f'<p class="status">{said}</p>' for name, value, said in _STATUS if header.get(name) == value)
    body = _Writer().children(header, 2)
    return page(title, _facts(header), status + body)


def _facts(header: Dataset) -> Iterable[tuple[str, str]]:
    yield from patient_facts(header)
    for each in sequence(header, "VerifyingObserverSequence"):
        yield "Signed for by", shown_name(_whole(each, "VerifyingObserverName"))


class _Writer:
    """Counts what it has written: a small file can hold a tree without end."""

    def __init__(self) -> None:
        self._left = MAX_ITEMS

    def children(self, item: Dataset, level: int) -> str:
        """What an item contains, a list of what is not sections by itself."""
        if level > MAX_DEPTH:
            raise PreviewError("this report can't be read safely", reason="its parts are nested too deep")
        written: list[str] = []
        is_list = False
        for child in sequence(item, "ContentSequence"):
            self._left -= 1
            if self._left < 0:
                raise PreviewError("this report can't be read safely", reason="it has too many parts")
            if child.get("RelationshipType") == "HAS CONCEPT MOD":
                continue  # stands with what it modifies
            is_section = child.get("ValueType") == "CONTAINER"
            if is_section == is_list:
                written.append("</ul>\n" if is_list else "<ul>\n")
                is_list = not is_list
            written.append(self._section(child, level) if is_section else f"<li>{self._line(child, level)}</li>\n")
        return "".join(written) + ("</ul>\n" if is_list else "")

    def _section(self, item: Dataset, level: int) -> str:
        name = _named(item)
        tag = f"h{min(level, 6)}"
        heading = f"<{tag}>{escape(name)}</{tag}>\n" if name else ""
        return f"<section>{heading}{self.children(item, level + 1)}</section>\n"

    def _line(self, item: Dataset, level: int) -> str:
        name, value = _named(item), _value(item)
        said = _RELATIONS.get(str(item.get("RelationshipType")), "")
        term = f"<b>{escape(name)}</b>: " if name else ""
        is_long = item.get("ValueType") == "TEXT" and ("\n" in value or len(value) > 80)
        shown = f"<p>{escape(value)}</p>" if is_long else escape(value)
        return f"{said}{term}{shown}{self.children(item, level + 1)}"


def _named(item: Dataset) -> str:
    """The name of an item's concept, and in brackets what modifies it."""
    modifiers = [
        ": ".join(filter(None, (_concept(each), _value(each))))
        for each in sequence(item, "ContentSequence")
        if each.get("RelationshipType") == "HAS CONCEPT MOD"
    ]
    return _concept(item) + (f" ({'; '.join(modifiers)})" if modifiers else "")


def _concept(item: Dataset) -> str:
    return _meaning(item, "ConceptNameCodeSequence")


def _meaning(item: Dataset, keyword: str) -> str:
    """What a code means, in its own words; else the code itself."""
    for code in sequence(item, keyword):
        return clean(_whole(code, "CodeMeaning") or _whole(code, "CodeValue"))
    return ""


def _value(item: Dataset) -> str:
    kind = str(item.get("ValueType", ""))
    if kind == "NUM":
        return _number(item)
    if kind == "CODE":
        return _meaning(item, "ConceptCodeSequence")
    if kind == "PNAME":
        return shown_name(_whole(item, "PersonName"))
    if kind == "DATE":
        return shown_date(iso_date(_text(item.get("Date"))))
    if kind == "TIME":
        return _time(_text(item.get("Time")))
    if kind == "DATETIME":
        return _moment(_text(item.get("DateTime")))
    if kind in _TEXTS:
        return _text(item.get(_TEXTS[kind]))
    if kind in ("IMAGE", "COMPOSITE", "WAVEFORM"):
        return "; ".join(_reference(each) for each in sequence(item, "ReferencedSOPSequence"))
    if kind in ("SCOORD", "SCOORD3D", "TCOORD"):
        return _place(item)
    if "ReferencedContentItemIdentifier" in item:
        parts = item.ReferencedContentItemIdentifier
        parts = [parts] if isinstance(parts, int) else parts
        return "see part " + ".".join(str(each) for each in parts)
    return f"(of a kind that is not shown here: {clean(kind)})" if kind and kind != "CONTAINER" else ""


_TEXTS = {"TEXT": "TextValue", "UIDREF": "UID"}


def _number(item: Dataset) -> str:
    for measured in sequence(item, "MeasuredValueSequence"):
        number = _text(measured.get("NumericValue"))
        return f"{number} {_unit(measured)}".strip()
    return _meaning(item, "NumericValueQualifierCodeSequence") or "no value"


def _unit(measured: Dataset) -> str:
    """Of UCUM the code, `mm`, as people write it; of others what the code means."""
    for code in sequence(measured, "MeasurementUnitsCodeSequence"):
        if code.get("CodingSchemeDesignator") == "UCUM":
            unit = clean(_whole(code, "CodeValue"))
            return "" if unit == _ONE else unit
    return _meaning(measured, "MeasurementUnitsCodeSequence")


def _time(text: str) -> str:
    """`12:00:05` of a TM value (PS3.5 6.2)."""
    found = re.fullmatch(r"(\d\d)(\d\d)?(\d\d)?(?:\.\d{1,6})?", text)
    return ":".join(filter(None, found.groups())) if found else text


def _moment(text: str) -> str:
    """`06-Dec-2000 12:00:00` of a DT value (PS3.5 6.2), with its offset from UTC if it has one."""
    found = re.fullmatch(r"(\d{8})(\d[\d.]*)?([+-]\d{4})?", text)
    if not found:
        return text
    day, time, offset = found.groups()
    return " ".join(filter(None, (shown_date(iso_date(day)), time and _time(time), offset and f"UTC{offset}")))


def _reference(item: Dataset) -> str:
    name = UID(str(item.get("ReferencedSOPClassUID", ""))).name
    frames = _text(item.get("ReferencedFrameNumber"))
    return clean(f"{name}, {item.get('ReferencedSOPInstanceUID', '')}" + (f", frame {frames}" if frames else ""))


def _place(item: Dataset) -> str:
    """Of a point, line or region: its kind, and how many numbers it has; the image it lies in stands below it."""
    kind = clean(str(item.get("GraphicType") or item.get("TemporalRangeType") or ""))
    return f"{kind.lower()} in the image" if kind else "a place in the image"
