"""A pixel data element with nothing in it but the picture: no bytes behind it, no bits beside those that are stored."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import UID

from radiogram.deidentify.codestream import cleaner
from radiogram.dicom.header import positive
from radiogram.errors import PreviewError

BLOCK_BYTES = 1 << 20
_FLOATS = (b"\x08\0", b"\x09\0", b"\0\x08", b"\0\x09")  # element numbers of pixels that have no unused bits
_END = b"\xfe\xff\xdd\xe0\0\0\0\0"


@dataclass(frozen=True)
class Place:
    """Where a pixel data element is."""

    element: int  # its first byte
    start: int  # the first byte of its value
    end: int  # the first byte behind it
    fragments: list[tuple[int, int]]  # start and end of each item, the table of offsets first; none: not compressed


def native(stream: BinaryIO, header: Dataset, place: Place) -> Iterator[bytes]:
    """The element in pieces, its value as long as its frames are, and bits that hold no pixel cleared.

    Raises PreviewError where it holds a whole frame more than it says.
    """
    pixels = header.Rows * header.Columns * header.get("SamplesPerPixel", 1) * header.BitsAllocated
    frame_bits = pixels * 2 // 3 if header.get("PhotometricInterpretation") == "YBR_FULL_422" else pixels
    length = -(-frame_bits * _frames(header) // 8)
    held = place.end - place.start
    if frame_bits <= 0 or (held - length) * 8 >= frame_bits > 8:
        raise PreviewError("it holds more than the frames that it says it has")
    length = min(length, held)
    head = _head(stream, place)
    yield head + struct.pack(_order(header) + "I", length + length % 2)
    is_float = head[2:4] in _FLOATS
    for at in range(place.start, place.start + length, BLOCK_BYTES):
        stream.seek(at)
        block = stream.read(min(BLOCK_BYTES, place.start + length - at))
        yield block if is_float else _without_unused_bits(block, header)
    yield b"\0" * (length % 2)


def encapsulated(stream: BinaryIO, header: Dataset, place: Place) -> tuple[list[int], bool]:
    """Length of each frame's picture, and whether the element holds anything else. Raises PreviewError."""
    if not place.fragments:
        raise PreviewError("its compressed picture is damaged")
    lengths, is_clean = [], True
    for frame, picture in _pictures(stream, header, place):
        lengths.append(len(picture) + len(picture) % 2)
        is_clean &= frame == picture + b"\0" * (len(picture) % 2)
    held = sum(end - start for start, end in place.fragments[1:])
    stream.seek(place.end - 8)
    is_clean &= held == sum(lengths) and stream.read(8) == _END and _offsets_are_right(stream, header, place)
    if len(lengths) != _frames(header):
        raise PreviewError("it does not hold the frames that it says it has")
    return lengths, not is_clean


def rewritten(stream: BinaryIO, header: Dataset, place: Place, lengths: list[int]) -> Iterator[bytes]:
    """The element in pieces: a table of offsets, and each frame's picture in a piece of its own (PS3.5 A.4)."""
    yield _head(stream, place) + b"\xff\xff\xff\xff"
    starts = [sum(lengths[:number]) + 8 * number for number in range(len(lengths))]
    table = struct.pack(f"<{len(starts)}I", *starts) if starts[-1] < 1 << 32 else b""
    yield b"\xfe\xff\x00\xe0" + struct.pack("<I", len(table)) + table
    for (_, picture), length in zip(_pictures(stream, header, place), lengths, strict=True):
        yield b"\xfe\xff\x00\xe0" + struct.pack("<I", length) + picture.ljust(length, b"\0")
    yield _END


def _pictures(stream: BinaryIO, header: Dataset, place: Place) -> Iterator[tuple[bytes, bytes]]:
    """Each frame as it is, and its picture alone."""
    clean = cleaner(UID(header.file_meta.TransferSyntaxUID), header.Rows * header.Columns)
    extended = tuple(header.get(each) for each in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"))
    stream.seek(place.start)
    frames = generate_frames(
        stream, number_of_frames=_frames(header), extended_offsets=extended if all(extended) else None
    )
    for frame in frames:
        yield frame, clean(frame)


def _offsets_are_right(stream: BinaryIO, header: Dataset, place: Place) -> bool:
    """Whether tables of offsets (PS3.5 A.4, PS3.3 C.7.6.3.1.8) point to pieces, and hold nothing else."""
    starts = {start - 8 - place.fragments[0][1] for start, _ in place.fragments[1:]}
    first, end = place.fragments[0]
    stream.seek(first)
    basic = np.frombuffer(stream.read(end - first), "<u4") if (end - first) % 4 == 0 else None
    frames = _frames(header)
    if basic is None or (len(basic) and (len(basic) != frames or not set(basic.tolist()) <= starts)):
        return False
    extended, lengths = header.get("ExtendedOffsetTable", b""), header.get("ExtendedOffsetTableLengths", b"")
    if not extended and not lengths:
        return True
    sizes = [end - start for start, end in place.fragments[1:]]
    wanted = struct.pack(f"<{len(starts)}Q", *sorted(starts)), struct.pack(f"<{len(sizes)}Q", *sizes)
    return (extended, lengths) == wanted


def _head(stream: BinaryIO, place: Place) -> bytes:
    """The element's tag and VR, and the two bytes of zeros behind an explicit one."""
    stream.seek(place.element)
    is_explicit = place.start - place.element > 8
    return stream.read(6) + b"\0\0" if is_explicit else stream.read(4)


def _order(header: Dataset) -> str:
    return "<" if UID(header.file_meta.TransferSyntaxUID).is_little_endian else ">"


def _frames(header: Dataset) -> int:
    return positive(header.get("NumberOfFrames") or 1) or 1


def unused_bits(header: Dataset) -> int:
    """A mask of those of BitsAllocated that hold no pixel."""
    allocated, stored = int(header.BitsAllocated), int(header.get("BitsStored") or header.BitsAllocated)
    lowest = int(header.get("HighBit") or stored - 1) - stored + 1
    return ((1 << allocated) - 1) & ~(((1 << stored) - 1) << max(lowest, 0))


def _without_unused_bits(block: bytes, header: Dataset) -> bytes:
    unused, size = unused_bits(header), int(header.BitsAllocated) // 8
    if not unused:
        return block
    if size not in (1, 2, 4):
        raise PreviewError("its pixels have an unusual number of bits")
    whole = len(block) // size * size
    values: NDArray[Any] = np.frombuffer(block[:whole], f"{_order(header)}u{size}")
    cleared = values & values.dtype.type(~unused & ((1 << 8 * size) - 1))
    stored = int(header.BitsStored)
    if header.get("PixelRepresentation") == 1 and unused == (1 << 8 * size) - (1 << stored):
        extended = np.where(cleared >> (stored - 1) & 1, cleared | values.dtype.type(unused), cleared)
        cleared = np.where(values & values.dtype.type(unused), extended, cleared)  # negative numbers, as is usual
    return bytes(cleared.astype(values.dtype).tobytes()) + bytes(len(block) - whole)
