"""The leaves of a file, out of the nodes above them: the other way round from radiogram/ipfs/unixfs.py.

A node is dag-pb (https://ipld.io/specs/codecs/dag-pb/spec/) with UnixFS in it (https://specs.ipfs.tech/unixfs/). Every
block is checked against its CID before it is read, so that whoever sends it can only send the one that was meant. Yet
whoever has made the file may have made it to do harm: sizes, depth and numbers have bounds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from radiogram.errors import IpfsError, IpfsIncomplete, IpfsMismatch, IpfsTooLarge

MAX_BLOCK_BYTES = 2 << 20  # what implementations of IPFS exchange at most (https://specs.ipfs.tech/bitswap-protocol/)
_SMALLEST_LEAF = 1 << 16  # bytes, on the average: of smaller ones a file would have too many
_SOME_LEAVES = 64  # of any size
MOST_LEAVES = 1 << 22  # of ours they are 4 TiB; the size is from whoever has made the file, too
_DEEPEST = 6  # levels of nodes; three are 2^40 bytes
_CID_BYTES = 36
RAW, _DAG_PB = b"\x01\x55\x12\x20", b"\x01\x70\x12\x20"
"""How CIDs begin: CIDv1, the codec, sha2-256 of 32 bytes."""
_FILE = 2  # UnixFS's DataType


@dataclass(frozen=True, slots=True)
class Leaf:
    """A raw block: these bytes of the file."""

    cid: bytes
    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


def check_block(cid: bytes, block: bytes | bytearray | memoryview, who: str) -> None:
    """Raises IpfsMismatch unless `block`, which `who` has sent, is the one with that CID (36 bytes)."""
    if hashlib.sha256(block).digest() != cid[4:]:
        raise IpfsMismatch(f"{who} has other bytes than those with that CID", "get them elsewhere")


def leaves_of(cid: bytes, size: int, block: Callable[[bytes], bytes]) -> list[Leaf] | None:
    """All leaves of a file of `size` bytes, in their order; None for a file that is made of other blocks than raw ones.

    `block` gives the node with a CID, checked. Raises IpfsTooLarge or IpfsIncomplete for a file of another size,
    IpfsError for one that is made to do harm, and what `block` raises.
    """
    found: list[Leaf] = []
    for leaf in each_leaf(cid, size, block):
        if leaf is None:
            return None
        found.append(leaf)
    return found


def each_leaf(cid: bytes, size: int, block: Callable[[bytes], bytes]) -> Iterator[Leaf | None]:
    """The same one by one: a node is asked for when the first leaf below it is. None in place of what is no leaf."""
    for number, leaf in enumerate(_leaves(cid, 0, size, block, _DEEPEST)):
        if number >= min(size // _SMALLEST_LEAF + _SOME_LEAVES, MOST_LEAVES):
            raise IpfsError(f"the file has more than {number} blocks for its {size} bytes")
        yield leaf


def all_ours(leaves: Iterable[Leaf | None]) -> Iterator[Leaf]:
    """The same. Raises IpfsError at what is no leaf."""
    for leaf in leaves:
        if leaf is None:
            raise made_otherwise()
        yield leaf


def made_otherwise() -> IpfsError:
    return IpfsError("the file is made of other blocks than ours", "get it by other means")


def size_of(cid: bytes, block: Callable[[bytes], bytes]) -> int | None:
    """How many bytes a file has, by its root, which `block` gives, checked; None where that is not one of ours."""
    first = block(cid)
    if cid.startswith(RAW):
        return len(first)
    links = _links(first) if cid.startswith(_DAG_PB) else None
    return sum(size for _, size in links) if links else None


def _leaves(cid: bytes, start: int, size: int, block: Callable[[bytes], bytes], depth: int) -> Iterator[Leaf | None]:
    if cid.startswith(RAW):
        if size > MAX_BLOCK_BYTES:
            raise IpfsTooLarge(f"one block is to have {size} bytes, and none has more than {MAX_BLOCK_BYTES}")
        yield Leaf(cid, start, size)
        return
    if not depth:
        raise IpfsError("the nodes of the file are too deep")
    children = _children(block(cid), size) if cid.startswith(_DAG_PB) else None
    if children is None:
        yield None
        return
    for child, length in children:
        yield from _leaves(child, start, length, block, depth - 1)
        start += length


def _children(node: bytes, size: int) -> list[tuple[bytes, int]] | None:
    """What `_links` gives. Raises IpfsTooLarge or IpfsIncomplete if the bytes are not `size` in all."""
    if (links := _links(node)) is None:
        return None
    total = sum(each for _, each in links)
    if total > size:
        raise IpfsTooLarge(f"the file has {total} bytes where {size} were expected")
    if total < size:
        raise IpfsIncomplete(f"the file has {total} bytes where {size} were expected")
    return links


def _links(node: bytes) -> list[tuple[bytes, int]] | None:
    """The CIDs below a node, and how many bytes of the file are below each; None for another kind of node."""
    try:
        fields = list(_fields(node))
        (unixfs,) = (list(_fields(_as_bytes(value))) for number, value in fields if number == 1)
        links = [dict(_fields(_as_bytes(value))) for number, value in fields if number == 2]
        cids = [_as_bytes(link[1]) for link in links]
        sizes = [_as_int(value) for number, value in unixfs if number == 4]
        if [value for number, value in unixfs if number == 1] != [_FILE] or any(number == 2 for number, _ in unixfs):
            return None  # a folder, say, or one that holds bytes itself
    except (ValueError, KeyError):
        return None
    if len(cids) != len(sizes) or not cids or 0 in sizes or any(len(cid) != _CID_BYTES for cid in cids):
        return None
    return list(zip(cids, sizes, strict=True))


# ---- fields of Protocol Buffers


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Numbers and values: an int of wire type 0, bytes of wire type 2. Raises ValueError for anything else."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value, at = _varint(data, at)
        if key & 7 == 0:
            yield key >> 3, value
        elif key & 7 == 2 and value <= len(data) - at:
            yield key >> 3, data[at : at + value]
            at += value
        else:
            raise ValueError("not a field of dag-pb")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        if at + place >= len(data):
            break
        byte = data[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError("not a number")


def _as_bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where bytes should be")
    return value


def _as_int(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise ValueError("bytes where a number should be")
    return value
