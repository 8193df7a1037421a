"""The directory of a DICOM file-set, DICOMDIR: PS3.10 8.6, PS3.3 F. Pure: headers in, bytes out.

Records are encoded as they come, so that thousands of files take little memory. What a directory must say and a file
does not (PS3.3 F.5: a study's ID, a date, a number) is filled in, in the directory alone; a file is never changed.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydicom import DataElement, Dataset, config
from pydicom.charset import convert_encodings
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.fileset import DIRECTORY_RECORDERS, _four_level_record_type, _single_level_record_type
from pydicom.filewriter import write_data_element, write_file_meta_info
from pydicom.tag import Tag
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    RTIonPlanStorage,
    RTPlanStorage,
)

from radiogram.dicom.header import refusals, sequence
from radiogram.errors import PreviewError

FILE_SET_ID = "RADIOGRAM"
_UIDS = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_INVENTED = {  # never the present date or a new number: one study always gives one directory
    **{"PatientID": "UNKNOWN", "StudyDate": "19000101", "StudyTime": "000000", "StudyID": "1", "Modality": "OT"},
    **{"SeriesNumber": "1", "InstanceNumber": "1", "DoseSummationType": "PLAN", "StructureSetLabel": "UNKNOWN"},
    **{"RTPlanLabel": "UNKNOWN", "ContentLabel": "UNKNOWN", "ContentDate": "19000101", "ContentTime": "000000"},
    **{"PresentationCreationDate": "19000101", "PresentationCreationTime": "000000", "CompletionFlag": "PARTIAL"},
    **{"VerificationFlag": "UNVERIFIED", "InstanceCreationDate": "19000101"},
}
_NUMBERS = ("SeriesNumber", "InstanceNumber")
_OTHER_DATES = ("SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate")
_TITLES = {  # beyond what a directory must have: what people choose by
    "PATIENT": ("PatientBirthDate", "PatientSex"),
    "SERIES": ("SeriesDescription",),
}
TAGS = [  # no more of a header is read into memory
    *("SpecificCharacterSet", "PatientName", "StudyDescription", "AccessionNumber"),
    *_UIDS,
    *_INVENTED,
    *_OTHER_DATES,
    *(keyword for keywords in _TITLES.values() for keyword in keywords),
    *("StructureSetDate", "StructureSetTime", "RTPlanDate", "RTPlanTime", "TreatmentDate", "TreatmentTime"),
    *("ContentDescription", "ContentCreatorName", "ReferencedSeriesSequence", "BlendingSequence"),
    *("VerificationDateTime", "ConceptNameCodeSequence", "ContentSequence", "ReferencedImageEvidenceSequence"),
    *("ImageType", "NumberOfFrames", "Rows", "Columns", "DataPointRows", "DataPointColumns"),
    *("HangingProtocolCreator", "HangingProtocolCreationDateTime", "HangingProtocolDefinitionSequence"),
    *("NumberOfPriorsReferenced", "HangingProtocolUserIdentificationCodeSequence"),
    *("DocumentTitle", "HL7InstanceIdentifier", "MIMETypeOfEncapsulatedDocument"),
    *("Manufacturer", "ImplantName", "ImplantSize", "ImplantPartNumber", "ImplantAssemblyTemplateName"),
    *("ProcedureTypeCodeSequence", "ImplantTemplateGroupName", "ImplantTemplateGroupIssuer"),
    *("InstanceCreationTime", "UserContentLabel", "UserContentLongLabel", "DirectoryRecordSequence"),
]
_TEXT = {*["AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"]}
MAX_TEXT_BYTES = 10_240  # the longest that a key of a directory may be, PS3.5 6.2 (ST, LT)
_LEVELS = {"PATIENT": "PT", "STUDY": "ST", "SERIES": "SE", "IMAGE": "IM"}  # how file IDs begin; others: DC


@dataclass(frozen=True)
class Record:
    """One line of a directory: its type, what tells it from others, and its keys, encoded."""

    kind: str
    key: tuple[bytes, ...] = field(repr=False)
    keys: bytes = field(repr=False)


@dataclass(frozen=True)
class Entry:
    """One file in a directory: the records that lead to it, and its class, UID and transfer syntax."""

    path: tuple[Record, ...]
    sop_class: str
    sop_instance: str = field(repr=False)
    syntax: str

    @property
    def kind(self) -> str:
        return self.path[-1].kind


def entry(header: Dataset) -> Entry:
    """How a directory lists the file with this header (its TAGS). Raises PreviewError if it can't."""
    raw = {int(tag): item.value or b"" for tag, item in header.items() if isinstance(item, RawDataElement)}
    kinds = _kinds(header)
    for keyword in _UIDS if len(kinds) > 1 else _UIDS[:2]:
        if not UID(str(header.get(keyword, ""))).is_valid:
            raise PreviewError(f"a DICOM directory can't list it: it has no valid {keyword}")
    with refusals(), config.disable_value_validation():  # others' values are listed as they are
        _fill_in(header, raw)
        _shorten(header, kinds[-1])
        path = _path(kinds, header, raw)
    return Entry(path, header.SOPClassUID, header.SOPInstanceUID, header.file_meta.TransferSyntaxUID)


def _path(kinds: tuple[str, ...], header: Dataset, raw: dict[int, bytes]) -> tuple[Record, ...]:
    try:
        return tuple(_record(kind, header, raw) for kind in kinds)
    except Exception:  # pydicom's recorders raise whatever they come across, and quote the file
        raise PreviewError("a DICOM directory can't list it: it lacks what such files must say") from None


def _kinds(header: Dataset) -> tuple[str, ...]:
    """The types of the records that lead to the file (PS3.3 F.4)."""
    alone = _single_level_record_type(header)
    if alone != "PATIENT":
        return (alone,)
    kind = _four_level_record_type(header)
    if "MIMETypeOfEncapsulatedDocument" in header:
        kind = "ENCAP DOC"
    elif header.get("SOPClassUID") in (RTPlanStorage, RTIonPlanStorage):
        kind = "RT PLAN"
    return ("PATIENT", "STUDY", "SERIES", kind)


def _fill_in(header: Dataset, raw: dict[int, bytes]) -> None:
    """Give the header what it lacks; such values are not in `raw`."""
    date = next(filter(None, (_value(header, keyword) for keyword in ("StudyDate", *_OTHER_DATES))), "19000101")
    for keyword, value in (_INVENTED | {"StudyDate": date}).items():
        if not _value(header, keyword):
            setattr(header, keyword, value)
            raw.pop(Tag(keyword), None)


def _value(header: Dataset, keyword: str) -> str:
    """The value as text; empty where it is absent, or a number that is none."""
    try:
        value = str(header[keyword].value if keyword in header else "").strip()
    except (ValueError, TypeError, OverflowError):
        return ""
    return "" if value == "None" or (keyword in _NUMBERS and not re.fullmatch("[+-]?[0-9]{1,12}", value)) else value


def _shorten(header: Dataset, kind: str) -> None:
    """Of a report, only what qualifies its title belongs into a directory (PS3.3 F.5.25), not its findings."""
    for keyword in [each for each in TAGS if each.endswith("Sequence")]:
        sequence(header, keyword)
    said = [item for item in sequence(header, "ContentSequence") if item.get("RelationshipType") == "HAS CONCEPT MOD"]
    if "ContentSequence" in header:
        del header.ContentSequence
    if said and kind in ("SR DOCUMENT", "KEY OBJECT DOC"):
        header.ContentSequence = said


def _record(kind: str, header: Dataset, raw: dict[int, bytes]) -> Record:
    record = DIRECTORY_RECORDERS[kind](header)
    for keyword in ("SpecificCharacterSet", *_TITLES.get(kind, ())):
        if keyword in header:
            record[keyword] = header[keyword]
    encodings = convert_encodings(header.get("SpecificCharacterSet") or "")
    keys = b"".join(_element(each, raw, encodings) for each in record)
    named = {
        "PATIENT": ("PatientID", "PatientName"),  # two people with one ID stay two
        "STUDY": ("StudyInstanceUID",),
        "SERIES": ("SeriesInstanceUID",),
    }.get(kind, ("SOPInstanceUID",))
    key = tuple(raw.get(Tag(keyword), b"").strip(b" \0") for keyword in named)
    return Record(kind, key, keys)


def _element(element: DataElement, raw: dict[int, bytes], encodings: list[str]) -> bytes:
    """A data element, explicit VR little endian; text in the very bytes of the file, whatever its alphabet."""
    if element.tag in raw and element.VR in _TEXT:
        if len(raw[element.tag]) > MAX_TEXT_BYTES:
            raise ValueError
        value = raw[element.tag] + b"\0 "[element.VR != "UI" :][:1] * (len(raw[element.tag]) % 2)
        long = element.VR in ("UC", "UR", "UT")
        head = struct.pack("<HH2s", element.tag.group, element.tag.element, element.VR.encode())
        return head + struct.pack("<2xI" if long else "<H", len(value)) + value
    return _written(element, encodings)


def _written(element: DataElement, encodings: list[str] | None = None) -> bytes:
    sink = DicomBytesIO()
    sink.is_little_endian, sink.is_implicit_VR = True, False
    write_data_element(sink, element, encodings)
    return bytes(sink.getvalue())


class Directory:
    """A directory in the making: add files in the order in which they should be listed, then take its bytes."""

    def __init__(self) -> None:
        self._root = _Node(None, ())
        self.uids: list[str] = []

    def add(self, entry: Entry) -> tuple[str, ...]:
        """The file ID that the file must have: upper-case names of 8 characters, one a level (PS3.10 8.2)."""
        node = self._root
        for record in entry.path:
            node = node.child(record)
        node.entry = entry
        self.uids.append(entry.sop_instance)
        return node.file_id

    def to_bytes(self, uid: str) -> bytes:
        """The DICOMDIR of a file-set with this UID."""
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MediaStorageDirectoryStorage, UID(uid)
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        head = DicomBytesIO()
        head.is_little_endian, head.is_implicit_VR = True, False
        head.write(bytes(128) + b"DICM")
        write_file_meta_info(head, meta, enforce_standard=True)
        head.write(_text(0x1130, "CS", FILE_SET_ID))
        position = head.tell() + 12 + 12 + 10 + 12  # after the four elements below
        records = b"".join(_laid_out(self._root, position))
        tops = list(self._root.children.values())
        head.write(struct.pack("<HH2sHI", 4, 0x1200, b"UL", 4, tops[0].offset if tops else 0))
        head.write(struct.pack("<HH2sHI", 4, 0x1202, b"UL", 4, tops[-1].offset if tops else 0))
        head.write(struct.pack("<HH2sHH", 4, 0x1212, b"US", 2, 0))
        head.write(struct.pack("<HH2s2xI", 4, 0x1220, b"SQ", len(records)))
        return bytes(head.getvalue()) + records


class _Node:
    """A record in its place: below it others, or a file."""

    def __init__(self, record: Record | None, file_id: tuple[str, ...]) -> None:
        self.record = record
        self.file_id = file_id
        self.children: dict[tuple[str, tuple[bytes, ...]], _Node] = {}
        self.entry: Entry | None = None
        self.offset = 0

    def child(self, record: Record) -> _Node:
        name = record.kind, record.key
        if name not in self.children:
            part = f"{_LEVELS.get(record.kind, 'DC')}{len(self.children) + 1:06}"
            self.children[name] = _Node(record, (*(self.file_id or ("DICOM",)), part))
        return self.children[name]

    def body(self) -> bytes:
        """All of the item that stands behind its offsets (PS3.3 F.3.2.2)."""
        if self.record is None:
            return b""
        body = _text(0x1430, "CS", self.record.kind)
        if self.entry:
            body += _text(0x1500, "CS", "\\".join(self.file_id))
            body += _text(0x1510, "UI", self.entry.sop_class) + _text(0x1511, "UI", self.entry.sop_instance)
            body += _text(0x1512, "UI", self.entry.syntax)
        return body + self.record.keys


_OFFSETS = 12 + 10 + 12  # bytes of the three elements at a record's start


def _laid_out(root: _Node, position: int) -> Iterator[bytes]:
    """The records below `root` as sequence items, depth first, the first of them at `position` of the file."""
    nodes = list(_all(root))
    bodies = [node.body() for node in nodes]
    following: dict[int, _Node] = {}
    for parent in (root, *nodes):
        siblings = list(parent.children.values())
        following.update(zip(map(id, siblings), siblings[1:], strict=False))
    for node, body in zip(nodes, bodies, strict=True):
        node.offset = position
        position += 8 + _OFFSETS + len(body)
    for node, body in zip(nodes, bodies, strict=True):
        after, below = following.get(id(node)), next(iter(node.children.values()), None)
        yield struct.pack("<HHI", 0xFFFE, 0xE000, _OFFSETS + len(body))
        yield struct.pack("<HH2sHI", 4, 0x1400, b"UL", 4, after.offset if after else 0)
        yield struct.pack("<HH2sHH", 4, 0x1410, b"US", 2, 0xFFFF)
        yield struct.pack("<HH2sHI", 4, 0x1420, b"UL", 4, below.offset if below else 0)
        yield body


def _all(node: _Node) -> Iterator[_Node]:
    for child in node.children.values():
        yield child
        yield from _all(child)


def _text(element: int, vr: str, value: str) -> bytes:
    """A data element of group 4 with text."""
    return _element(DataElement((4, element), vr, value), {(4 << 16) | element: value.encode()}, [])
