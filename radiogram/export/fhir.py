"""What the files of a study say of themselves, for systems that speak FHIR R5: a Bundle. docs/export.md, FHIR.

Pure: facts of headers in, bytes out; the same files give the same bytes. Nothing is said that no file says, but for two
codes that FHIR demands: an ImagingStudy is `available`, and a DocumentReference `current`.
"""

from __future__ import annotations

import datetime
import json
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pydicom import Dataset

from radiogram.dicom.header import sequence
from radiogram.dicom.metadata import FileMetadata, iso_date, text_of

FHIR_NAME = "FHIR.JSN"
TAGS = [  # of a header, beside those that radiogram.dicom.metadata takes
    *("AccessionNumber", "StudyDate", "StudyTime", "SeriesDate", "SeriesTime", "TimezoneOffsetFromUTC"),
    *("DocumentTitle", "ConceptNameCodeSequence", "MIMETypeOfEncapsulatedDocument"),
]
Resource = dict[str, Any]
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_GENDERS = {"M": "male", "F": "female", "O": "other"}
_CODE_SYSTEMS = {"LN": "http://loinc.org", "SCT": "http://snomed.info/sct", "DCM": _DCM}  # PS3.16 table 8-1
_ALPHABETS = ("ABC", "IDE", "SYL")  # the groups of a name, PS3.5 6.2.1.2, as ISO 21090 calls them
_REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_ABSENT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
_MAGIC = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
MAGIC_BYTES = max(map(len, _MAGIC))


@dataclass(frozen=True)
class Facts:
    """What one instance says beside its metadata; empty where it does not."""

    accession: str = field(repr=False)
    study_started: str = field(repr=False)
    series_started: str = field(repr=False)
    is_document: bool
    title: str = field(repr=False)
    kind: Resource = field(repr=False)
    """The code of the document's type, a FHIR CodeableConcept."""


@dataclass(frozen=True)
class Instance:
    """One DICOM file of the export: its path there."""

    path: str
    sop_class: str
    sop_instance: str = field(repr=False)
    metadata: FileMetadata
    facts: Facts


@dataclass(frozen=True)
class OtherFile:
    """A file that is not DICOM: its path in the export, and its first MAGIC_BYTES."""

    path: str
    size: int
    """In bytes."""
    start: bytes = field(repr=False)


def facts(header: Dataset) -> Facts:
    """What the header (with TAGS) says."""
    return Facts(
        text_of(header, "AccessionNumber"),
        _started(header, "Study"),
        _started(header, "Series"),
        "MIMETypeOfEncapsulatedDocument" in header,
        text_of(header, "DocumentTitle"),
        _concept(sequence(header, "ConceptNameCodeSequence")),
    )


def bundle(instances: Sequence[Instance], others: Iterable[OtherFile]) -> bytes:
    """A FHIR Bundle of patients, studies and documents; UTF-8 JSON."""
    entries: dict[str, Resource] = {}
    studies: dict[tuple[str, str], list[Instance]] = {}
    for each in instances:
        patient = _patient_url(each)
        entries.setdefault(patient, _patient(each))
        studies.setdefault((patient, each.metadata.study_uid), []).append(each)
    for (patient, uid), files in studies.items():
        entries[_url("study", patient, uid)] = _study(files, patient)
    for each in instances:
        if each.facts.is_document:
            entries[_url("document", each.sop_instance)] = _document(each)
    for other in others:
        entries[_url("file", other.path)] = _other(other)
    listed = [{"fullUrl": url, "resource": resource} for url, resource in entries.items()]
    whole = {"resourceType": "Bundle", "type": "collection", "entry": listed}
    return json.dumps(_present(whole), ensure_ascii=False, indent=1).encode() + b"\n"


def _url(*named: str) -> str:
    """Names a resource within the bundle: by what it is of, so that it is the same each time."""
    return uuid.uuid5(uuid.NAMESPACE_OID, "\n".join(named)).urn


def _patient_url(instance: Instance) -> str:
    patient = instance.metadata.patient
    return _url("patient", patient.issuer, patient.id, patient.name, patient.birth_date, patient.sex)


def _patient(instance: Instance) -> Resource:
    patient = instance.metadata.patient
    return {
        "resourceType": "Patient",
        "identifier": [{"value": patient.id, "assigner": {"display": patient.issuer}} if patient.id else {}],
        "name": _names(patient.name),
        "gender": _GENDERS.get(patient.sex, ""),
        "birthDate": patient.birth_date if _is_date(patient.birth_date) else "",
    }


def _names(name: str) -> list[Resource]:
    """One for each alphabet in which it is written."""
    groups = name.split("=")[:3]
    written = []
    for alphabet, group in zip(_ALPHABETS, groups, strict=False):
        family, given, middle, prefix, suffix = ([part.strip() for part in group.split("^")] + [""] * 5)[:5]
        parts = {"family": family, "given": [given, middle], "prefix": [prefix], "suffix": [suffix]}
        if "".join((family, given, middle, prefix, suffix)):
            told = [{"url": _REPRESENTATION, "valueCode": alphabet}] if len(groups) > 1 else []
            written.append({"extension": told, **parts})
    return written


def _study(files: Sequence[Instance], patient: str) -> Resource:
    first = files[0]
    series: dict[str, list[Instance]] = {}
    for each in files:
        series.setdefault(each.metadata.series_uid, []).append(each)
    accession = _first(each.facts.accession for each in files)
    type_ = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]}
    return {
        "resourceType": "ImagingStudy",
        "identifier": [
            _uid_identifier(first.metadata.study_uid),
            {"type": type_, "value": accession} if accession else {},
        ],
        "status": "available",
        "modality": [_modality(each) for each in dict.fromkeys(each.metadata.modality for each in files) if each],
        "subject": {"reference": patient},
        "started": _first(each.facts.study_started for each in files),
        "description": _first(each.metadata.description for each in files),
        "series": list(map(_series, series.values())),
    }


def _series(files: Sequence[Instance]) -> Resource:
    said = [each.metadata for each in files]
    modality, body_part = _first(each.modality for each in said), _first(each.body_part for each in said)
    return {
        "uid": said[0].series_uid,
        "number": _unsigned(next((each.series_number for each in said if each.series_number is not None), None)),
        "modality": _modality(modality) if modality else _ABSENT,  # FHIR demands one
        "description": _first(each.series_description for each in said),
        "bodySite": {"concept": {"text": body_part}},
        "started": _first(each.facts.series_started for each in files),
        "instance": [
            {
                "uid": each.sop_instance,
                "sopClass": {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{each.sop_class}"},
                "number": _unsigned(each.metadata.instance_number),
            }
            for each in files
        ],
    }


def _document(instance: Instance) -> Resource:
    """Of a document that a DICOM file holds."""
    return {
        "resourceType": "DocumentReference",
        "identifier": [_uid_identifier(instance.sop_instance)],
        "status": "current",
        "type": instance.facts.kind,
        "subject": {"reference": _patient_url(instance)},
        "content": [
            {
                "attachment": {
                    "contentType": "application/dicom",
                    "url": instance.path,
                    "title": instance.facts.title,
                }
            }
        ],
    }


def _other(file: OtherFile) -> Resource:
    """Of a file that came along: whom it is about, it does not say."""
    kind = next((kind for magic, kind in _MAGIC.items() if file.start.startswith(magic)), "")
    name = file.path.rpartition("/")[2]
    attachment = {"contentType": kind, "url": quote(file.path), "size": str(file.size), "title": name}
    return {"resourceType": "DocumentReference", "status": "current", "content": [{"attachment": attachment}]}


def _uid_identifier(uid: str) -> Resource:
    return {"system": "urn:dicom:uid", "value": f"urn:oid:{uid}"}


def _modality(code: str) -> Resource:
    return {"coding": [{"system": _DCM, "code": code}]}


def _concept(items: Sequence[Dataset]) -> Resource:
    """A code of a scheme that FHIR has a name for; nothing otherwise."""
    for item in items[:1]:
        system, code = _CODE_SYSTEMS.get(text_of(item, "CodingSchemeDesignator"), ""), text_of(item, "CodeValue")
        if system and code:
            return {"coding": [{"system": system, "code": code, "display": text_of(item, "CodeMeaning")}]}
    return {}


def _started(header: Dataset, level: str) -> str:
    """`2024-01-31`, or `2024-01-31T13:05:00+01:00` where the file says how its clock went; empty where no date is."""
    date = iso_date(text_of(header, f"{level}Date"))
    if not _is_date(date):
        return ""
    time = re.fullmatch(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d)(\.\d{1,6})?", text_of(header, f"{level}Time"))
    zone = re.fullmatch(r"([+-])(0\d|1[0-4])([0-5]\d)", text_of(header, "TimezoneOffsetFromUTC"))
    return f"{date}T{time[1]}:{time[2]}:{time[3]}{zone[1]}{zone[2]}:{zone[3]}" if time and zone else date


def _is_date(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text) and datetime.date.fromisoformat(text))
    except ValueError:
        return False


def _unsigned(number: int | None) -> int | None:
    return number if number is not None and 0 <= number < 1 << 31 else None


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _present(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The value without what is empty: FHIR has no empty elements."""
    if isinstance(value, dict):
        kept = {name: _present(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in ("", None, [], {})}
    if isinstance(value, list):
        return [each for each in map(_present, value) if each not in ("", None, [], {})]
    return value
