"""What stands in a DICOM file before its pixels, read with care: such files come from anywhere.

Sizes are checked before anything is expanded. An error is a PreviewError of one line that holds nothing of the file,
and pydicom's own warnings, which quote what they complain of, are not let through.
"""

from __future__ import annotations

import io
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from pydicom import Dataset, dcmread
from pydicom.datadict import dictionary_has_tag
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset, read_preamble
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from radiogram.errors import DicomError, PreviewError

Source = bytes | Path | BinaryIO  # a stream must be able to seek, and stays its owner's

Read = tuple[Source, Dataset, int]
"""What `read_header` gives: where to read on, what stands before the pixels, and the byte where that ends."""

MAX_INFLATED_BYTES = 256 << 20  # a whole deflated file
MAX_READS = 300_000  # two or three for each data element
MAX_SEQUENCE_BYTES = 16 << 20
MAX_ITEMS = 100_000
_META = b"\x02\0\x10\0UI\x14\0" + ExplicitVRLittleEndian.encode() + b"\0"  # (0002,0010), PS3.10 7.1
_ITEMS = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")  # an item's tag, little and big endian


def is_dicom(source: Source) -> bool:
    """Whether this looks like DICOM: the prefix of PS3.10 7.1, or without one a first element of group 2 or 8."""
    with opened(source) as stream:
        head = stream.read(132)
    if head[128:] == b"DICM":
        return True
    groups = ((int.from_bytes(head[:2], order), int.from_bytes(head[2:4], order)) for order in ("little", "big"))
    first = [(group, element) for group, element in groups if group in (2, 8)]
    return len(head) > 8 and any(element == 0 or dictionary_has_tag(tag) for tag in first for element in tag[1:])


def read_header(source: Source, tags: list[str] | None = None) -> Read:
    """Where to read on, all (or only `tags`) that stands before the pixels, and the byte where it ends.

    Read on in `source` itself, or in what it was inflated to. The transfer syntax is always set. Raises PreviewError.
    """
    if not is_dicom(source):
        raise PreviewError("this file is not DICOM", "open it with its own program")
    with opened(source) as stream:
        meta, start = read_meta(stream)
        if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
            stream.seek(start)
            return read_header(_inflated(stream), tags)
        with limited(stream) as counted:
            header = dcmread(counted, stop_before_pixels=True, force=True, specific_tags=tags)
            end = counted.tell()
    if "TransferSyntaxUID" not in header.file_meta:
        is_implicit, is_little = header.original_encoding
        explicit = ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
        header.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else explicit
    return source, header, end


def read_meta(source: Source) -> tuple[Dataset, int]:
    """The elements of group 2, none where a file has none (PS3.10 7.1), and the byte where the data set begins."""
    with opened(source) as stream, limited(stream) as counted:
        read_preamble(counted, True)
        meta = read_dataset(counted, False, True, stop_when=lambda tag, _vr, _length: tag.group != 2)
        return meta, counted.tell()


def missing_head(source: Source, header: Dataset) -> tuple[bytes, int]:
    """What must stand before the data set that starts at the returned byte, to make a file of it that PS3.10 7.1 takes.

    Nothing, and 0, if the file is such a one. `header` says class, instance and transfer syntax. Raises PreviewError.
    """
    meta, start = read_meta(source)
    with opened(source) as stream:
        marked = stream.read(132)[128:] == b"DICM"
        stream.seek(start)
        group = stream.read(4)[:2]
    wanted = FileMetaDataset()
    wanted.MediaStorageSOPClassUID = header.SOPClassUID
    wanted.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    wanted.TransferSyntaxUID = header.file_meta.TransferSyntaxUID
    if marked and all(meta.get(each.keyword) == each.value for each in wanted):
        return b"", 0
    if group == b"\0\0":
        raise PreviewError("a DICOM directory can't list it: it begins with a message between machines")
    sink = DicomBytesIO()
    sink.write(bytes(128) + b"DICM")
    write_file_meta_info(sink, wanted, enforce_standard=True)
    return bytes(sink.getvalue()), start


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """The source as a stream, from its start."""
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    elif isinstance(source, Path):
        with source.open("rb") as stream:
            yield stream
    else:
        source.seek(0)
        yield source


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever pydicom and its decoders raise becomes a PreviewError; the cause, which may quote a file, is dropped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except DicomError:
            raise
        except RecursionError:
            raise _unsafe("its sequences are nested too deep") from None
        except Exception as error:
            reason = f"it is damaged or unusual ({type(error).__name__})"
            raise PreviewError("this file can't be shown here", reason=reason) from None


def sequence(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence, none where it is absent. Raises PreviewError where they are too many to unpack."""
    if keyword not in dataset:
        return []
    held = dataset.get_item(keyword).value
    if isinstance(held, bytes) and (len(held) > MAX_SEQUENCE_BYTES or max(map(held.count, _ITEMS)) > MAX_ITEMS):
        raise _unsafe("it has too many data elements")
    value = dataset[keyword].value
    return list(value) if value else []


def values(value: str | Iterable[object] | None) -> list[object]:
    """What an attribute of texts holds, whether that is one or several; none where it is absent."""
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def positive(value: object) -> int | None:
    """`value` as a whole number above 0, or None where it is no such number."""
    try:
        number = int(str(value.decode("ascii") if isinstance(value, bytes) else value).strip(" \0"))
    except ValueError:
        return None
    return number if number > 0 else None


def _inflated(stream: BinaryIO) -> bytes:
    """The rest of `stream` (PS3.5 A.5) as a file that is not deflated."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    whole = inflater.decompress(stream.read(), MAX_INFLATED_BYTES)
    if inflater.unconsumed_tail or not whole:
        raise _unsafe(f"it would grow beyond {MAX_INFLATED_BYTES >> 20} MB")
    return b"".join((bytes(128), b"DICM", _META, whole))


@contextmanager
def limited(stream: BinaryIO) -> Iterator[_Counted]:
    """`stream` from its start, giving out at MAX_READS."""
    stream.seek(0)
    counted = _Counted(cast(io.RawIOBase, stream))
    try:
        yield counted
    finally:
        counted.detach()


class _Counted(io.BufferedReader):
    """A stream that gives out at MAX_READS: data elements take far more memory than the bytes they come from."""

    name = ""  # pydicom asks for one, and streams in memory have none
    _left = MAX_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise _unsafe("it has too many data elements")
        return super().read(size)


def _unsafe(reason: str) -> PreviewError:
    return PreviewError("this file can't be read safely", reason=reason)
