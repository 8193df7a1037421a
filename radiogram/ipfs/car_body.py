"""Reads a reply that is a CAR file (radiogram.ipfs.car) as the stream of the file's bytes that it carries."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import requests

from radiogram.errors import CarError, IpfsTooLarge
from radiogram.ipfs.body import Body
from radiogram.ipfs.car import next_block, read_roots
from radiogram.ipfs.dag import MAX_BLOCK_BYTES, RAW
from radiogram.ipfs.exchange import Exchange

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from radiogram.ipfs.endpoint import Endpoint

_BUFFER = 1 << 17  # bytes
_SOME_NODES = 8 * MAX_BLOCK_BYTES  # bytes of blocks above the leaves, whatever the size; and a hundredth of that


class CarBody(Body):
    """Exactly `size` bytes: those of the leaves, in the order in which they come. Nodes are passed over, and no block
    is checked: whoever reads has the ones, and does the other.
    """

    def __init__(self, response: requests.Response, size: int, where: Endpoint, exchange: Exchange) -> None:
        super().__init__(response, size, where.url, exchange.deadline)
        self._stream = io.BufferedReader(_Pieces(response, where, exchange), _BUFFER)
        self._in_block = 0  # bytes of the leaf that are still to come
        self._of_nodes = _SOME_NODES + size // 100
        self._has_begun = False

    def _fill(self, view: memoryview) -> int:
        if not self._has_begun:
            read_roots(self._stream, self._where)
            self._has_begun = True
        while not self._in_block:
            if (found := next_block(self._stream, self._where)) is None:
                if self._got < self._size:
                    raise self._incomplete()
                return 0
            self._begin(*found)
        count = self._stream.readinto(view[: self._in_block])
        if not count:
            raise self._incomplete()
        self._in_block -= count
        self._got += count
        return count

    def _begin(self, cid: bytes, length: int) -> None:
        is_leaf = cid.startswith(RAW)
        if is_leaf and length > self._size - self._got:
            raise IpfsTooLarge(f"{self._where} sends more than the {self._size} bytes expected")
        if is_leaf and self._size and not length:
            raise CarError(f"{self._where} sends empty blocks", "use another gateway")
        if is_leaf and length:
            self._in_block = length
            return
        self._of_nodes -= len(cid) + length  # an empty one costs its CID
        if self._of_nodes < 0:
            raise CarError(f"{self._where} sends nodes without end", "use another gateway")
        self._stream.read(length)


class _Pieces(io.RawIOBase):
    """A reply's body, as it comes."""

    def __init__(self, response: requests.Response, where: Endpoint, exchange: Exchange) -> None:
        self._response, self._where, self._exchange = response, where, exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        piece = self._exchange.start(self._response, min(len(view), _BUFFER), self._where)
        view[: len(piece)] = piece
        return len(piece)
