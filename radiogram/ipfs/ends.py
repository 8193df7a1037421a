"""Both ends of a file that passes in pieces, kept to be compared with what a node gives back."""

from collections import deque
from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple

KEPT = 1 << 14  # bytes of each: a node that has any of a block has all of it
NOT_OFFERED = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,  # Kubo says 500 for a file that it does not have
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_IMPLEMENTED,
)
"""What an RPC says that does not let us read."""


class Part(NamedTuple):
    """Bytes of a file that a node was given."""

    cid: str
    place: range
    sent: bytes


class Ends:
    def __init__(self) -> None:
        self._size = 0
        self._first = bytearray()
        self._last: deque[bytes | memoryview] = deque()  # without the first of them there are fewer than KEPT bytes
        self._last_bytes = 0

    def add(self, piece: bytes | memoryview) -> None:
        """The next of the file, not empty."""
        self._size += len(piece)
        self._first += piece[: KEPT - len(self._first)]
        self._last.append(piece)
        self._last_bytes += len(piece)
        while self._last_bytes - len(self._last[0]) >= KEPT:
            self._last_bytes -= len(self._last.popleft())

    def parts(self) -> list[tuple[range, bytes]]:
        """Places in the file, and the bytes there: its first KEPT bytes and its last."""
        last = b"".join(self._last)[-KEPT:]
        if self._size <= KEPT:
            return [(range(self._size), last)]
        return [(range(KEPT), bytes(self._first)), (range(self._size - KEPT, self._size), last)]


def cat_query(cid: str, part: range) -> dict[str, str]:
    """For the RPC's `cat`."""
    return {"arg": cid} | ({"offset": str(part.start), "length": str(len(part))} if part else {})


def cat_together(parts: Sequence[Part]) -> list[tuple[str, str]]:
    """For the RPC's `cat` of several files, one behind the other: the first part is the end of its file, the last the
    beginning of its own, and those between are whole.
    """
    length = sum(len(each.sent) for each in parts)
    place = {"offset": str(parts[0].place.start), "length": str(length)}
    return [*(("arg", each.cid) for each in parts), *place.items()]


def range_header(part: range) -> dict[str, str]:
    """The same for a gateway, which may send all of the file instead."""
    return {"Range": f"bytes={part.start}-{part.stop - 1}"} if part else {}
