"""Reports, documents, videos and ECGs in DICOM files, as files that ordinary programs open.

Pure but for what is written to a given stream. Nothing is converted but structured reports, which become HTML, and
ECGs, which are drawn: an encapsulated document (PS3.3 C.24.2) and a video (PS3.5 8.2.5 to 8.2.11) come out byte by byte
as they went in. Whatever goes wrong is a PreviewError of one line.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pydicom import Dataset

from radiogram.dicom.electrocardiogram import ecg_png, is_waveform
from radiogram.dicom.header import Read, Source, opened, read_header, refusals
from radiogram.dicom.kinds import Role, role_of
from radiogram.dicom.structured_report import is_report, report_html
from radiogram.errors import PreviewError

_PIECE = 1 << 20
_ITEM, _END = 0xFFFEE000, 0xFFFEE0DD
_NO_LENGTH = 0xFFFFFFFF
_DOCUMENTS = {  # MIME type: suffix, what it is, what it begins with
    "application/pdf": (".pdf", "a PDF document", b"%PDF-"),
    "text/xml": (".xml", "a CDA document", b"<"),
    "model/stl": (".stl", "a 3D model", b""),
    "model/obj": (".obj", "a 3D model", b""),
    "model/mtl": (".mtl", "colours of a 3D model", b""),
}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MPEG2 = {"1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.101"}
_H264 = {f"1.2.840.10008.1.2.4.{each}" for each in (102, 103, 104, 105, 106)}
_HEVC = {"1.2.840.10008.1.2.4.107", "1.2.840.10008.1.2.4.108"}
_VIDEOS = {syntax + fragments for syntax in _MPEG2 | _H264 for fragments in ("", ".1")} | _HEVC


Write = Callable[[BinaryIO], object]
"""Writes what it stands for to a stream."""


def whole(data: bytes) -> Write:
    return lambda sink: sink.write(data)


@dataclass(frozen=True)
class Document:
    """What a DICOM file holds instead of pictures."""

    suffix: str
    """`.pdf`"""
    kind: str
    """`a PDF document`"""
    is_unchanged: bool
    """Taken out of the file byte by byte, and not made here."""
    write: Write
    """Raises PreviewError if it turns out to be damaged."""


def document_of(source: Source) -> Document | None:
    """The report, document, video or ECG of a DICOM file; None if it is something else. Raises PreviewError."""
    with refusals():
        return document_in(read_header(source))


def document_in(read: Read) -> Document | None:
    """The same of a file whose header was read."""
    with refusals():
        source, header, end = read
        role = role_of(str(header.get("SOPClassUID", "")))
        if is_report(header):
            html = report_html(header).encode()
            return Document(".html", "a report", False, whole(html))
        if is_waveform(header) and role in (Role.ECG, Role.UNKNOWN):
            picture = ecg_png(header)
            return Document(".png", "an ECG", False, whole(picture))
        if "EncapsulatedDocument" in header:
            return _encapsulated(header)
        syntax = str(header.file_meta.TransferSyntaxUID)
        return _video(source, end, syntax) if syntax in _VIDEOS and role in (Role.IMAGE, Role.UNKNOWN) else None


def _encapsulated(header: Dataset) -> Document:
    """An encapsulated document; its last byte may be padding, which EncapsulatedDocumentLength tells."""
    data = bytes(header.EncapsulatedDocument or b"")
    length = header.get("EncapsulatedDocumentLength")
    if isinstance(length, int) and len(data) - 1 <= length <= len(data):
        data = data[:length]
    elif data.endswith(b">\0"):  # XML, of a length that the file does not tell
        data = data[:-1]
    mime = str(header.get("MIMETypeOfEncapsulatedDocument", "")).partition(";")[0].strip().lower()
    if mime not in _DOCUMENTS:
        raise PreviewError("it holds a document of a kind that is not known here", "open it with its own program")
    suffix, kind, start = _DOCUMENTS[mime]
    if not data.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(start):
        raise PreviewError(f"it says that it holds {kind}, and holds something else")
    return Document(suffix, kind, True, whole(data))


def _video(source: Source, start: int, syntax: str) -> Document:
    """The one stream that the fragments of the pixel data are together."""
    head = b"".join(_pieces(source, start, most=_PIECE))
    return Document(_suffix(head, syntax), "a video", True, lambda sink: _copy(source, start, sink))


def _suffix(head: bytes, syntax: str) -> str:
    """By the container, of which PS3.5 allows several; a bare stream by its coding."""
    if head[4:8] == b"ftyp":
        return ".mp4"
    if head[:1] == b"\x47" and head[188:189] == b"\x47":
        return ".ts"
    if head.startswith(b"\0\0\x01\xba"):
        return ".mpg"
    if syntax.rpartition(".1")[0] in _MPEG2 or syntax in _MPEG2:
        return ".m2v"
    return ".h265" if syntax in _HEVC else ".h264"


def _copy(source: Source, start: int, sink: BinaryIO) -> None:
    for piece in _pieces(source, start):
        sink.write(piece)


def _pieces(source: Source, start: int, most: int | None = None) -> Iterator[bytes]:
    """The bytes of all fragments (PS3.5 A.4) but the first, which is the table of offsets; about `most` of them."""
    with opened(source) as stream:
        stream.seek(start)
        head = stream.read(12)  # explicit VR: tag, VR, 2 bytes, length
        if struct.unpack_from("<HH", head.ljust(12, b"\0")) != (0x7FE0, 0x0010):
            raise PreviewError("this file holds no video")
        is_first, given = True, 0
        while most is None or given < most:
            tag, length = _item(stream)
            if tag == _END:
                return
            if tag != _ITEM or length == _NO_LENGTH:
                raise PreviewError("this file is damaged: its video breaks off")
            if is_first:
                stream.seek(length, 1)
                is_first = False
                continue
            while length:
                piece = stream.read(min(length, _PIECE))
                if not piece:
                    raise PreviewError("this file is cut short: its video is not all there")
                length -= len(piece)
                given += len(piece)
                yield piece


def _item(stream: BinaryIO) -> tuple[int, int]:
    head = stream.read(8)
    if len(head) < 8:
        raise PreviewError("this file is cut short: its video is not all there")
    group, element, length = struct.unpack("<HHI", head)
    return group << 16 | element, length
