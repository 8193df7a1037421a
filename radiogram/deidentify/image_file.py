"""A DICOM image as a file: where its pixel data lies, and a copy of that under another header, bit for bit."""

from __future__ import annotations

import io
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Literal

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from radiogram.deidentify.picture_data import BLOCK_BYTES, Place, encapsulated, native, rewritten
from radiogram.deidentify.search import is_registered
from radiogram.dicom.header import Source, opened, read_header
from radiogram.errors import PreviewError

_PICTURE_TAGS = {0x7FE00008, 0x7FE00009, 0x7FE00010}


@dataclass
class ImageFile:
    """A DICOM image: what stands before its pixels, and where they are."""

    source: Source = field(repr=False)  # the file, or what it was inflated to
    header: Dataset = field(repr=False)
    place: Place  # of its pixel data

    @classmethod
    def of(cls, file: Path) -> ImageFile:
        """Raises PreviewError."""
        source, header, at = read_header(file)
        _refuse_other_kinds(header)
        syntax = UID(header.file_meta.TransferSyntaxUID)
        if not syntax.is_transfer_syntax or syntax.is_private:
            raise PreviewError("its transfer syntax is not one of DICOM's")
        with opened(source) as stream:
            return cls(source, header, _extent(stream, at, syntax))

    def pixels(self) -> Iterator[bytes]:
        """The pixel data element as it is, from its tag to its end, in pieces."""
        with opened(self.source) as stream:
            stream.seek(self.place.element)
            left = self.place.end - self.place.element
            while left:
                block = stream.read(min(BLOCK_BYTES, left))
                if not block:
                    raise PreviewError("it is cut short")
                left -= len(block)
                yield block

    def picture(self) -> Iterator[bytes]:
        """The same with nothing but the picture in it. Raises PreviewError where that can't be told from the rest."""
        with opened(self.source) as stream:
            if not UID(self.header.file_meta.TransferSyntaxUID).is_encapsulated:
                yield from native(stream, self.header, self.place)
            elif self.is_rewritten:
                yield from rewritten(stream, self.header, self.place, self._frames[0])
            else:
                yield from self.pixels()

    @property
    def is_rewritten(self) -> bool:
        """Whether its picture is compressed, and something else lies beside it. Raises PreviewError."""
        return UID(self.header.file_meta.TransferSyntaxUID).is_encapsulated and self._frames[1]

    @cached_property
    def _frames(self) -> tuple[list[int], bool]:
        with opened(self.source) as stream:
            return encapsulated(stream, self.header, self.place)


def _extent(stream: BinaryIO, at: int, syntax: UID) -> Place:
    """Where the pixel data element at byte `at` is, and its compressed pieces (PS3.5 7.1).

    Raises PreviewError where there is none, or something other than an end behind it.
    """
    order: Literal["little", "big"] = "little" if syntax.is_little_endian else "big"
    size = stream.seek(0, os.SEEK_END)
    stream.seek(at)
    head = stream.read(12)
    tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)
    if len(head) < 12 or tag not in _PICTURE_TAGS:
        raise PreviewError("it holds no picture, and only pictures can be de-identified")
    start = at + (8 if syntax.is_implicit_VR else 12)
    length = int.from_bytes(head[4:8] if syntax.is_implicit_VR else head[8:12], order)
    fragments = []
    if length == 0xFFFFFFFF and syntax.is_encapsulated:
        fragments = list(_fragments(stream, start))
        end = (fragments[-1][1] if fragments else start) + 8  # the sequence delimiter
    else:
        end = start + length
    stream.seek(end)
    if end > size or (size > end and int.from_bytes(stream.read(2), order) < 0x7FE0):
        raise PreviewError("it is cut short, or its data elements are out of order")
    return Place(at, start, end, fragments)


def _fragments(stream: BinaryIO, start: int) -> Iterator[tuple[int, int]]:
    """Start and end of each item of encapsulated pixel data (PS3.5 A.4). Raises PreviewError."""
    while True:
        stream.seek(start)
        head = stream.read(8)
        if head[:4] == b"\xfe\xff\xdd\xe0":
            return
        length = int.from_bytes(head[4:], "little")
        if len(head) < 8 or head[:4] != b"\xfe\xff\x00\xe0" or length == 0xFFFFFFFF:
            raise PreviewError("its compressed picture is damaged")
        yield start + 8, start + 8 + length
        start += 8 + length


def _refuse_other_kinds(header: Dataset) -> None:
    """Raise PreviewError for what is no image: reports, annotations, plans and documents hold text of any kind."""
    sop_class = UID(str(header.get("SOPClassUID", "")))
    if not is_registered(sop_class):
        raise PreviewError("it is of no kind that DICOM knows")
    if "Image Storage" not in sop_class.name:
        raise PreviewError(f"it is no image but {sop_class.name!r}")


def write_image(header: Dataset, original: ImageFile, place: Path) -> None:
    """A file of `header` and the picture of `original`: an empty preamble, a header of its own, the data set."""
    syntax = header.file_meta.TransferSyntaxUID
    if original.is_rewritten:  # they told where pieces were that are not there any longer
        for each in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
            header.pop(each, None)
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax == DeflatedExplicitVRLittleEndian else syntax
    header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    header.preamble = bytes(128)
    sink = io.BytesIO()
    header.save_as(sink, enforce_file_format=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("xb") as stream:
        stream.write(sink.getbuffer())
        for block in original.picture():
            stream.write(block)


def compressed_headers(content: mmap.mmap, fragments: list[tuple[int, int]]) -> Iterator[bytes]:
    """What JPEG and JPEG 2000 pieces say before their pixels, comments included (T.81 B.1, T.800 A.1)."""
    for start, end in fragments:
        at = start + 2
        while at + 4 <= end and content[at] == 0xFF and content[at + 1] not in (0xDA, 0x90):
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        yield content[start : min(at, end)]
