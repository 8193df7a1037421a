"""CAR files, version 1: blocks of files on IPFS one behind the other, in a file that any carrier takes.

docs/format.md, CAR file; https://ipld.io/specs/transport/car/carv1/. Who has written one may have meant harm: lengths
and numbers have bounds, and every block is checked against its CID before it is used.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import cbor2

from radiogram.errors import CarError, IpfsError, IpfsIncomplete, IpfsNotFound, IpfsTooLarge
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.dag import MAX_BLOCK_BYTES, RAW, Leaf, check_block
from radiogram.ipfs.exchange import Exchange
from radiogram.ipfs.unixfs import varint

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CID_BYTES = 36
_CID_TAG = 42  # of DAG-CBOR
_HEADER_LIMIT = 1 << 16  # bytes
_VERSION_2 = cbor2.dumps({"version": 2})  # what a file of that version has for a header
_LONGEST_NUMBER = 9  # bytes of a varint (https://github.com/multiformats/unsigned-varint)
_SMALLEST_BLOCK = 1 << 16  # bytes, on the average
_SOME_BLOCKS = 10_000  # of any size
_NOT_OURS = "is it another kind of file?"
_ANOTHER = "take this message's file, or name the message that it is of"


# ---- the format


def write_car(sink: BinaryIO, roots: Sequence[bytes], blocks: Iterable[tuple[bytes, bytes]]) -> int:
    """Write a CAR file of these blocks, each with its CID (36 bytes), in their order; how many there are."""
    header = _header(roots)
    sink.write(varint(len(header)) + header)
    count = 0
    for cid, block in blocks:
        sink.write(varint(len(cid) + len(block)) + cid)
        sink.write(block)
        count += 1
    return count


def read_roots(stream: BinaryIO, name: str) -> list[bytes]:
    """The header's CIDs (36 bytes each) of what is read from; `name` is for messages. Raises CarError."""
    length = _number(stream, name)
    if length is None:
        raise CarError(f"{name} is empty", "copy it again")
    header = stream.read(length) if length <= _HEADER_LIMIT else b""
    if header == _VERSION_2:
        raise CarError(f"{name} is a CAR file of version 2", "make one of version 1: `ipfs dag import`, then `export`")
    try:
        roots = [bytes(tag.value[1:]) for tag in cbor2.loads(header)["roots"]]
        is_ours = header == _header(roots)
    except Exception:  # whatever is made of bytes that anybody may have written
        is_ours = False
    if not is_ours:
        raise CarError(f"{name} is not a CAR file", _NOT_OURS)
    for root in roots:
        _check_cid(root, name)
    return roots


def next_block(stream: BinaryIO, name: str) -> tuple[bytes, int] | None:
    """The CID of the next block, and how many bytes of it are to be read next; None at the end. Raises CarError."""
    length = _number(stream, name)
    if length is None:
        return None
    if not length:
        raise CarError(f"{name} is padded with zeros behind its blocks", "copy it again")
    size = length - _CID_BYTES
    if size > MAX_BLOCK_BYTES:
        raise CarError(
            f"{name} is damaged: a block of it is to have {size} bytes, and none has more than {MAX_BLOCK_BYTES}"
        )
    cid = stream.read(_CID_BYTES)
    if len(cid) < min(_CID_BYTES, length):
        raise _cut(name)
    _check_cid(cid[:length], name)
    return cid, size


def _header(roots: Sequence[bytes]) -> bytes:
    """In DAG-CBOR, which has one spelling only."""
    return cbor2.dumps({"roots": [cbor2.CBORTag(_CID_TAG, b"\0" + cid) for cid in roots], "version": 1})


def _check_cid(cid: bytes, name: str) -> None:
    try:
        cid_text(cid)
    except IpfsError as error:
        raise CarError(f"{name} has blocks that are none of Radiogram's ({error.message})", _NOT_OURS) from error


def _number(stream: BinaryIO, name: str) -> int | None:
    """An unsigned varint; None at the end of the file."""
    value = 0
    for place in range(_LONGEST_NUMBER):
        byte = stream.read(1)
        if not byte and not place:
            return None
        if not byte:
            raise _cut(name)
        value |= (byte[0] & 0x7F) << 7 * place
        if byte[0] < 0x80 and (byte[0] or not place):
            return value
        if byte[0] < 0x80:
            break  # it could be shorter
    raise CarError(f"{name} is not a CAR file, or is damaged: it has a length that is no number", _NOT_OURS)


def _cut(name: str) -> CarError:
    return CarError(f"{name} is cut short: it ends in the middle of a block", "copy it again")


# ---- a file as a source


def check_held(cars: Sequence[CarFile], leaves: Iterable[Leaf]) -> None:
    """Raises IpfsNotFound, IpfsTooLarge or IpfsIncomplete unless each of these blocks is in one of the CAR files, and
    of its length. No two blocks of a ciphertext are the same, so that they can't be more bytes than there are.
    """
    names, most = ", ".join(car.name for car in cars), sum(car.size for car in cars)
    for leaf in leaves:
        holder = next((car for car in cars if car.has(leaf.cid)), None)
        if holder is None:
            raise IpfsNotFound(f"{names} does not have the block {cid_text(leaf.cid)}", _ANOTHER)
        holder.place_of(leaf)
        if leaf.end > most:
            raise IpfsIncomplete(f"{names} has {most} bytes, and the file more")


class CarFile:
    """A CAR file, from which files are read as from a node (radiogram.ipfs.source): its blocks in any order, and those
    of other files among them.

    Where each block lies is read at once, the blocks themselves when they are asked for. Raises CarError.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._places: dict[bytes, range] = {}
        if not path.is_file():
            raise CarError(f"{path} is not a file" if path.exists() else f"there is no file {path}")
        with self._stream(buffering=-1) as stream:
            self.size = size = stream.seek(0, io.SEEK_END)  # bytes
            stream.seek(0)
            self.roots = read_roots(stream, self.name)
            for number, (cid, place) in enumerate(self._sections(stream, size)):
                if number >= size // _SMALLEST_BLOCK + _SOME_BLOCKS:
                    raise CarError(f"{path} has more than {number} blocks for its {size} bytes")
                self._places.setdefault(cid, place)

    @property
    def blocks(self) -> int:
        """How many there are."""
        return len(self._places)

    def has(self, cid: bytes) -> bool:
        return cid in self._places

    def block(self, exchange: Exchange, cid: bytes) -> bytes:
        place = self._place(cid)
        with self._stream() as stream:
            stream.seek(place.start)
            block = stream.read(len(place))
        check_block(cid, block, self.name)
        return block

    def read(self, exchange: Exchange, cid: bytes, limit: int) -> bytes:
        if not cid.startswith(RAW):
            raise IpfsError(f"{cid_text(cid)} is to be one block, and is not")
        if len(self._place(cid)) > limit:
            raise IpfsTooLarge(f"{self.name} has {len(self._place(cid))} bytes where at most {limit} were expected")
        return self.block(exchange, cid)

    @contextlib.contextmanager
    def opened(
        self,
        exchange: Exchange,
        cid: bytes,
        size: int,
        start: int = 0,
        end: int | None = None,
        leaves: Iterable[Leaf] = (),
    ) -> Iterator[io.RawIOBase]:
        with self._stream() as stream:
            yield _Places(stream, map(self.place_of, leaves), self.name)

    def _sections(self, stream: BinaryIO, size: int) -> Iterator[tuple[bytes, range]]:
        while section := next_block(stream, self.name):
            cid, length = section
            place = range(stream.tell(), stream.tell() + length)
            if place.stop > size:
                raise _cut(self.name)
            yield cid, place
            stream.seek(place.stop)

    def _place(self, cid: bytes) -> range:
        if cid not in self._places:
            raise IpfsNotFound(f"{self.name} does not have the block {cid_text(cid)}", _ANOTHER)
        return self._places[cid]

    def place_of(self, leaf: Leaf) -> range:
        """Where its block lies. Raises IpfsTooLarge or IpfsIncomplete for a block of another length."""
        place = self._place(leaf.cid)
        if len(place) != leaf.size:
            kind = IpfsTooLarge if len(place) > leaf.size else IpfsIncomplete
            raise kind(f"{self.name} has {len(place)} bytes where {leaf.size} were expected")
        return place

    @contextlib.contextmanager
    def _stream(self, buffering: int = 0) -> Iterator[BinaryIO]:
        try:
            with self._path.open("rb", buffering=buffering) as stream:
                yield stream
        except OSError as error:
            raise CarError(f"{self.name} can't be read: {error.strerror}") from error


class _Places(io.RawIOBase):
    """What lies at some places of a file, one after the other."""

    def __init__(self, stream: BinaryIO, places: Iterator[range], name: str) -> None:
        self._stream, self._places, self._name = stream, places, name
        self._left = range(0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._left:
            self._left = next(self._places, range(0))
        view = memoryview(buffer).cast("B")[: len(self._left)]
        self._stream.seek(self._left.start)
        count = self._stream.readinto(view)  # type: ignore[attr-defined]  # of a file without a buffer
        if view and not count:
            raise IpfsIncomplete(f"{self._name} was cut short while it was read")
        self._left = self._left[count:]
        return int(count)
