"""One compressed frame without what is no picture: comments, applications' segments, boxes, and bytes behind its end.

What decodes to pixels stays as it is, byte for byte. Errors are PreviewErrors that hold nothing of the frame.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

from pydicom.uid import (
    UID,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from radiogram.dicom.pixels import JPEG_2000
from radiogram.errors import PreviewError

_JPEG = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1)
_JPEG_LS = (JPEGLSLossless, JPEGLSNearLossless)
_BEHIND_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # a marker, not a byte of the scan: T.81 B.1.1.5
_BEHIND_LS_SCAN = re.compile(rb"\xff[\x80-\xfe]")  # T.87 A.1
_DECODERS_READ = re.compile(  # segments that say how colours were made: JFIF without a thumbnail, Adobe, HP's transform
    rb"\xff\xe0\0\x10JFIF\0.{7}\0\0|\xff\xee\0\x0eAdobe.{7}|\xff\xe8\0\x07mrfx.", re.DOTALL
)


def cleaner(syntax: UID, pixels: int) -> Callable[[bytes], bytes]:
    """What takes a frame compressed by `syntax`, of so many pixels, and returns the picture alone, without padding.

    Raises PreviewError for what can't be told from the picture (video), as what it returns does for a damaged frame.
    """
    if syntax in _JPEG:
        return lambda frame: _jpeg(frame, _BEHIND_SCAN)
    if syntax in _JPEG_LS:
        return lambda frame: _jpeg(frame, _BEHIND_LS_SCAN)
    if syntax in JPEG_2000:
        return _jpeg_2000
    if syntax == RLELossless:
        return lambda frame: _rle(frame, pixels)
    raise PreviewError(f"what its compression, {syntax.name}, holds beside the picture can't be told from it")


def _jpeg(frame: bytes, behind_scan: re.Pattern[bytes]) -> bytes:
    """From its start to its end, without comments and applications' segments (T.81 B.1)."""
    at, kept = 2, [frame[:2]]
    while frame[at : at + 2] != b"\xff\xd9":
        marker, end = _segment(frame, at)
        segment = frame[at:end]
        if not (marker == 0xFE or 0xE0 <= marker <= 0xEF) or _DECODERS_READ.fullmatch(segment):
            kept.append(segment)
        at = end
        if marker == 0xDA:
            found = behind_scan.search(frame, at)
            at = found.start() if found else len(frame)
            kept.append(frame[end:at])
    if frame[:2] != b"\xff\xd8":
        raise _damaged()
    return b"".join((*kept, b"\xff\xd9"))


def _jpeg_2000(frame: bytes) -> bytes:
    """The codestream, out of its boxes if it is in any, without comments (T.800 A.4, I.5)."""
    stream = next((content for kind, content in _boxes(frame) if kind == b"jp2c"), b"")
    if stream[:4] != b"\xff\x4f\xff\x51":
        raise _damaged()
    at, kept = 2, [stream[:2]]
    while stream[at : at + 2] != b"\xff\x90":
        marker, end = _segment(stream, at)
        if marker != 0x64:
            kept.append(stream[at:end])
        at = end
    while stream[at : at + 2] == b"\xff\x90":
        length = int.from_bytes(stream[at + 6 : at + 10], "big")
        end = at + length if length else stream.find(b"\xff\xd9", at)  # which no packet holds: T.800 B.10.1
        _refuse_comments(stream, at, end)
        kept.append(stream[at:end])
        at = end
    if stream[at : at + 2] != b"\xff\xd9":
        raise _damaged()
    return b"".join((*kept, b"\xff\xd9"))


def _refuse_comments(stream: bytes, at: int, end: int) -> None:
    """Of one tile: its length is told elsewhere too, so nothing is taken out of it. Raises PreviewError."""
    while stream[at : at + 2] != b"\xff\x93":
        marker, at = _segment(stream, at)
        if at > end:
            raise _damaged()
        if marker == 0x64:
            raise PreviewError("there is a comment within a tile of its compressed picture")


def _boxes(frame: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each (T.800 I.4); a bare codestream is the content of one."""
    if not frame.startswith(b"\0\0\0\x0cjP  "):
        yield b"jp2c", frame
        return
    at = 0
    while at + 8 <= len(frame):
        length, head = int.from_bytes(frame[at : at + 4], "big"), 8
        if length == 1:
            length, head = int.from_bytes(frame[at + 8 : at + 16], "big"), 16
        end = at + max(length, head) if length else len(frame)
        yield frame[at + 4 : at + 8], frame[at + head : end]
        at = end


def _segment(data: bytes, at: int) -> tuple[int, int]:
    """The marker of the segment at `at`, and where it ends."""
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    if data[at : at + 1] != b"\xff" or length < 2 or at + 2 + length > len(data):
        raise _damaged()
    return data[at + 1], at + 2 + length


def _rle(frame: bytes, pixels: int) -> bytes:
    """Its header and segments, each no longer than it takes for `pixels` bytes (PS3.5 G)."""
    header = struct.unpack("<16I", frame[:64].ljust(64, b"\0"))
    starts = header[1 : 1 + header[0]]
    if not 0 < header[0] < 16 or starts[0] != 64 or list(starts) != sorted(starts):
        raise _damaged()
    segments = [frame[start : _rle_end(frame, start, pixels)] for start in starts]
    padded = [segment + b"\0" * (len(segment) % 2) for segment in segments]
    places = [64 + sum(map(len, padded[:number])) for number in range(len(padded))]
    return b"".join((struct.pack("<16I", len(padded), *places, *[0] * (15 - len(padded))), *padded))


def _rle_end(frame: bytes, at: int, pixels: int) -> int:
    """Where a segment ends that starts at `at` and expands to `pixels` bytes."""
    while pixels > 0:
        if at >= len(frame):
            raise _damaged()
        count = frame[at]
        if count < 128:
            pixels -= count + 1
            at += count + 2
        elif count > 128:
            pixels -= 257 - count
            at += 2
        else:
            at += 1
    if pixels < 0 or at > len(frame):
        raise _damaged()
    return at


def _damaged() -> PreviewError:
    return PreviewError("its compressed picture is damaged")
