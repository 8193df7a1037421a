"""What the beginning of an instance says of where it belongs; the rest of it need not be there."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydicom import Dataset

from radiogram.dicom.header import read_header, read_meta, refusals
from radiogram.dicom.metadata import study_overview
from radiogram.errors import PreviewError
from radiogram.formats.manifest import StudyMetadata

HEAD_BYTES = 4 << 20
"""How much of an instance is looked at: what comes before the study's UID has some kilobytes, in most a megabyte."""
_MAX_UID = 64  # PS3.5, 9.1


@dataclass(frozen=True)
class Instance:
    """Which one it is; its UIDs as it has them."""

    class_uid: str = field(repr=False)
    uid: str = field(repr=False)
    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    study: StudyMetadata = field(repr=False)


def read_instance(head: bytes) -> Instance:
    """Of the first HEAD_BYTES of a file (PS3.10), or all of it. Raises PreviewError, also if it is of no study."""
    with refusals():
        header = read_header(head, ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])[1]
        kind, uid, study_uid = (_uid(header, name) for name in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID"))
        if not (kind and uid and study_uid):
            raise PreviewError("this instance can't be kept", reason="it does not say which it is, and of which study")
        studies = study_overview([head]).studies
        study = studies[0] if studies else StudyMetadata()
        return Instance(kind, uid, study_uid, _uid(header, "SeriesInstanceUID"), study)


def content_start(head: bytes) -> tuple[str, int]:
    """The transfer syntax that the beginning of a file (PS3.10) names, and the byte where its data set begins.

    Empty and 0 where that can't be read: then all of it is the content.
    """
    try:
        with refusals():
            meta, start = read_meta(head)
            return _uid(meta, "TransferSyntaxUID"), start
    except PreviewError:
        return "", 0


def _uid(header: Dataset, keyword: str) -> str:
    value = str(header.get(keyword) or "").strip(" \0")
    return value if len(value) <= _MAX_UID else ""
