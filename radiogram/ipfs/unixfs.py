"""The CID of a file, out of its bytes as they pass: docs/format.md, Ciphertext.

It is the one that Kubo computes with the settings of radiogram/ipfs/cid.py: raw leaves under a balanced DAG of UnixFS
nodes (https://specs.ipfs.tech/unixfs/), encoded as dag-pb (https://ipld.io/specs/codecs/dag-pb/spec/).
"""

import hashlib
from dataclasses import dataclass

CHUNK_BYTES = 1 << 20
MAX_LINKS = 1024

_RAW, _DAG_PB = 0x55, 0x70
_FILE = 2  # UnixFS's DataType


@dataclass(frozen=True, slots=True)
class _Block:
    """A leaf, or a node that stands for all below it."""

    cid: bytes
    content: int  # bytes of the file
    total: int  # bytes of the blocks that hold them, those of nodes too


class CidBuilder:
    """Takes a file piece by piece, and keeps no more of it than the CIDs without a parent yet: 1,024 a level.

    Other sizes than those of the format are for tests, which so get deep DAGs of few bytes.
    """

    def __init__(self, chunk_bytes: int = CHUNK_BYTES, max_links: int = MAX_LINKS) -> None:
        self._chunk_bytes, self._max_links = chunk_bytes, max_links
        self._digest, self._filled = hashlib.sha256(), 0  # of the chunk that is not full yet
        self._levels: list[list[_Block]] = []  # blocks that have no parent yet: leaves first, none empty
        self.first_leaf = b""
        """Its CID, once it is whole."""

    def add(self, piece: bytes | memoryview) -> None:
        rest = memoryview(piece)
        while rest:
            if self._filled == self._chunk_bytes:
                self._end_chunk()
            part = rest[: self._chunk_bytes - self._filled]
            self._digest.update(part)
            self._filled += len(part)
            rest = rest[len(part) :]

    def cid(self) -> bytes:
        """36 bytes; once, after the last piece."""
        self._end_chunk()
        level = 0
        while level + 1 < len(self._levels) or len(self._levels[level]) > 1:
            self._append(level + 1, _node(self._levels[level]))
            level += 1
        return self._levels[level][0].cid

    def _end_chunk(self) -> None:
        leaf = _cid(_RAW, self._digest.digest())
        self.first_leaf = self.first_leaf or leaf
        self._append(0, _Block(leaf, self._filled, self._filled))
        self._digest, self._filled = hashlib.sha256(), 0

    def _append(self, level: int, block: _Block) -> None:
        if level == len(self._levels):
            self._levels.append([])
        blocks = self._levels[level]
        if len(blocks) == self._max_links:  # not before: what is full at the end may be the root's own
            self._append(level + 1, _node(blocks))
            blocks.clear()
        blocks.append(block)


def _node(children: list[_Block]) -> _Block:
    content = sum(child.content for child in children)
    sizes = b"".join(_number(4, child.content) for child in children)
    unixfs = _number(1, _FILE) + _number(3, content) + sizes
    links = (_bytes(1, child.cid) + _bytes(2, b"") + _number(3, child.total) for child in children)
    encoded = b"".join(_bytes(2, link) for link in links) + _bytes(1, unixfs)  # links first: dag-pb wants it so
    total = len(encoded) + sum(child.total for child in children)
    return _Block(_cid(_DAG_PB, hashlib.sha256(encoded).digest()), content, total)


def _cid(codec: int, digest: bytes) -> bytes:
    return bytes([1, codec, 0x12, 0x20]) + digest


# ---- fields of Protocol Buffers


def _number(field: int, value: int) -> bytes:
    return bytes([field << 3]) + varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return bytes([field << 3 | 2]) + varint(len(value)) + value


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the high bit says that more follow."""
    more = bytearray()
    while value > 0x7F:
        more.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*more, value])
