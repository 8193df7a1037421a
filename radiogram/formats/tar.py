"""A POSIX.1-2001 (PAX) tar archive of regular files, member by member: docs/format.md, Bundle.

tarfile makes the headers, and takes them apart. It does not read the archive: it would follow links, expand sparse ones
(10 KB to 5 TB), hold a PAX header of any size in memory, and take seconds to minutes for one that is made for that.
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
    info, records = _parsed(block), dict[str, str]()
    if info.type == tarfile.XHDTYPE and 0 <= info.size <= PAX_HEADER_LIMIT:
        records = _pax_records(read_content(archive, info.size))
        info = _parsed(_read(archive, BLOCK_BYTES))
    if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        raise BundleError("the bundle holds something other than files: it was not made by Radiogram")
    size = _pax_size(records["size"]) if "size" in records else info.size
    if size < 0:
        raise tarfile.HeaderError
    return Member(records.get("path", info.name), size)


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


def _parsed(block: bytes) -> tarfile.TarInfo:
    return tarfile.TarInfo.frombuf(block, "utf-8", "strict")


def _pax_records(raw: bytes) -> dict[str, str]:
    """What an extended header says (POSIX.1-2001): `LENGTH KEY=VALUE\\n`, whose length counts all of itself."""
    records = {}
    start = 0
    while start < len(raw):
        digits = raw[start : start + 8].partition(b" ")[0]
        end = start + int(digits) if digits.isdigit() else start
        key, _, value = raw[start + len(digits) + 1 : end].partition(b"=")
        if not value.endswith(b"\n") or end > len(raw):
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
