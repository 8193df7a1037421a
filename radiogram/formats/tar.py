"""A POSIX.1-2001 (PAX) tar archive of regular files, member by member: docs/format.md, Bundle.

tarfile makes the headers. It does not read the archive: it would follow links, expand sparse ones (10 KB to 5 TB), hold
a PAX header of any size in memory, and take seconds to minutes for one that is made for that. Nor does it take headers
apart: it knows spellings of numbers that other readers do not, and refuses a header for fields that say nothing here.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from radiogram.errors import BundleError

BLOCK_BYTES = tarfile.BLOCKSIZE
PAX_HEADER_LIMIT = 64 << 10  # bytes


@dataclass(frozen=True)
class Member:
    """A file of an archive."""

    name: str
    size: int
    """In bytes."""


# ---- writing


def header(name: str, size: int) -> bytes:
    """What stands before the content of a file."""
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT)  # names in UTF-8


def padding(size: int) -> bytes:
    """What stands behind it: zeros that fill its last block."""
    return bytes(-size % BLOCK_BYTES)


# ---- reading


def next_member(archive: BinaryIO) -> Member | None:
    """The next file of `archive`, which is read up to its content; None at the end, which is a block of zeros.

    Raises BundleError for what is no file, tarfile.TarError, UnicodeError and EOFError for damage.
    """
    block = _read(archive, BLOCK_BYTES)
    if not any(block):
        return None
    kind, member = _parsed(block)
    records: dict[str, str] = {}
    if kind == tarfile.XHDTYPE and member.size <= PAX_HEADER_LIMIT:
        records = _pax_records(read_content(archive, member.size))
        kind, member = _parsed(_read(archive, BLOCK_BYTES))
    if kind not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        raise BundleError("the bundle holds something other than files: it was not made by Radiogram")
    size = _pax_size(records["size"]) if "size" in records else member.size
    return Member(records.get("path", member.name), size)


def read_end(archive: BinaryIO, buffer: memoryview) -> None:
    """What stands behind the block of zeros that ended the archive: another one at least, and nothing but zeros.

    Raises BundleError and EOFError.
    """
    piece, zeros = memoryview(_read(archive, BLOCK_BYTES)), bytes(len(buffer))
    while piece:
        if piece.tobytes() != zeros[: len(piece)]:
            raise BundleError("the bundle holds more than its list of files: it was not made by Radiogram")
        piece = buffer[: archive.readinto(buffer)]  # type: ignore[attr-defined]


def read_content(archive: BinaryIO, size: int) -> bytes:
    """All of a small member's `size` bytes; what fills its last block is passed over. Raises EOFError."""
    content = _read(archive, size)
    skip_padding(archive, size)
    return content


def read_pieces(archive: BinaryIO, size: int, buffer: memoryview) -> Iterator[memoryview]:
    """The same of a large one, in pieces, each of which lasts until the next. Raises EOFError."""
    left = size
    while left:
        count = archive.readinto(buffer[: min(len(buffer), left)])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        left -= count
        yield buffer[:count]
    skip_padding(archive, size)


def skip_padding(archive: BinaryIO, size: int) -> None:
    _read(archive, -size % BLOCK_BYTES)


def _read(archive: BinaryIO, size: int) -> bytes:
    read = archive.read(size)
    if len(read) < size:
        raise EOFError
    return read


def _parsed(block: bytes) -> tuple[bytes, Member]:
    """What kind of member a header is of, and what it says of it (POSIX.1-1988, ustar); no more of it is looked at."""
    if _octal(block[148:156]) != sum(block[:148]) + 8 * ord(" ") + sum(block[156:]):
        raise tarfile.HeaderError
    name, prefix = _text(block[:100]), _text(block[345:500])
    return block[156:157], Member(f"{prefix}/{name}" if prefix else name, _octal(block[124:136]))


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode()


def _octal(field: bytes) -> int:
    digits = field.partition(b"\0")[0].strip(b" ")
    if not re.fullmatch(rb"[0-7]*", digits):
        raise tarfile.HeaderError
    return int(digits or b"0", 8)


def _pax_records(raw: bytes) -> dict[str, str]:
    """What an extended header says (POSIX.1-2001): `LENGTH KEY=VALUE\\n`, whose length counts all of itself."""
    records = {}
    start = 0
    while start < len(raw):
        digits, space, _ = raw[start : start + 8].partition(b" ")
        end = start + int(digits) if space and digits.isdigit() else start
        key, _, value = raw[start + len(digits) + 1 : end].partition(b"=")
        if not key or not value.endswith(b"\n") or end > len(raw):
            raise tarfile.HeaderError
        if key.startswith(b"GNU.sparse"):
            raise BundleError("the bundle holds a sparse file: it was not made by Radiogram")
        records[key.decode()] = value[:-1].decode()
        start = end
    return records


def _pax_size(digits: str) -> int:
    if not re.fullmatch(r"[0-9]{1,16}", digits):
        raise tarfile.HeaderError
    return int(digits)
