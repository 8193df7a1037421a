"""Pages to be read by people: no scripts, no pictures, no links to anywhere. Texts in, HTML out."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from pydicom import Dataset
from pydicom.multival import MultiValue

from radiogram.dicom.display import clean, shown_date, shown_name
from radiogram.dicom.metadata import iso_date

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "body{color:#111;background:#fff}"
    "h1{font-size:1.5rem}h2{font-size:1.2rem}h3,h4,h5,h6{font-size:1rem}table{border-collapse:collapse}"
    "th{text-align:left;padding-right:1rem;font-weight:normal;color:#555;vertical-align:top}"
    ".status{border-left:4px solid #b45309;padding-left:.75rem}ul{padding-left:1.25rem}p{white-space:pre-wrap}"
    "i{display:inline-block;width:1em;height:1em;margin-right:.5em;border:1px solid #555;vertical-align:-.1em}"
)


def page(title: str, facts: Iterable[tuple[str, str]], body: str) -> str:
    """The whole page; `facts` that are empty are left out, and `body` is HTML."""
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts if value)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{escape(title)}</h1>\n<table>{rows}</table>\n{body}</body></html>\n"
    )


def patient_facts(header: Dataset) -> Iterable[tuple[str, str]]:
    """Whose the object is, and of when; empty where it does not say."""
    yield "Patient", shown_name(whole(header, "PatientName"))
    yield "Born", shown_date(iso_date(text(header.get("PatientBirthDate"))))
    yield "Patient ID", clean(whole(header, "PatientID"))
    yield "Study", clean(whole(header, "StudyDescription"))
    yield "Date", shown_date(iso_date(text(header.get("ContentDate") or header.get("StudyDate"))))


def whole(item: Dataset, keyword: str) -> str:
    """An attribute of one value: where a backslash stands in it, it belongs to it."""
    value = item.get(keyword)
    if isinstance(value, MultiValue):
        return "\\".join(str(each) for each in value)
    return "" if value is None else str(value)


def text(value: object) -> str:
    """As it stands, lines kept; control and direction characters left out."""
    if value is None:
        return ""
    if not isinstance(value, str) and isinstance(value, Iterable):
        return ", ".join(text(each) for each in value)
    lines = str(value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(sign for sign in line if sign == "\t" or sign.isprintable()) for line in lines)
