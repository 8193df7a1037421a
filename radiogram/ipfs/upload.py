"""A file on its way to a node, piece by piece, and what is known of it as they pass."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from radiogram.deadline import Deadline
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.ends import Ends, Part
from radiogram.ipfs.unixfs import CidBuilder

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PIECE = 1 << 17  # bytes that are read of a file at a time
_MOST = 1 << 20  # bytes handed to the connection at a time


class _WriteFailed(Exception):  # noqa: N818
    """Ends a request in the middle of its body, when there is no more body to come."""


WRITE_FAILED = (_WriteFailed,)
"""What `Upload.pieces` raises then."""


@dataclass(frozen=True)
class Added:
    """What a node was given: its binary CID (36 bytes), computed here and by the node, and how many bytes it has."""

    cid: bytes
    size: int


class Upload:
    """A file that is made as it is taken."""

    def __init__(self, made: Iterable["ReadableBuffer"]) -> None:
        self._made = made
        self.error: BaseException | None = None
        """Of whoever makes it."""
        self.size = 0  # bytes that have passed
        self._cid = CidBuilder()  # of those bytes
        self.ended = False  # whether its end was reached
        self.ends = Ends()

    def pieces(self, deadline: Deadline) -> Iterator[memoryview]:
        """`deadline` is the node's: it gains by each piece taken, and does not run while the next is made."""
        making = iter(self._made)
        while (made := self._next(making, deadline)) is not None:
            for start in range(0, len(made), _MOST):
                piece = made[start : start + _MOST]
                self.size += len(piece)
                self._cid.add(piece)
                self.ends.add(piece)
                yield piece
                deadline.moved(len(piece))
        self.ended = True
        if self.error:
            raise _WriteFailed

    def _next(self, making: Iterator["ReadableBuffer"], deadline: Deadline) -> memoryview | None:
        try:
            with deadline.paused():
                made = next(making, None)
        except BaseException as error:
            self.error = error
            return None
        return None if made is None else memoryview(made).cast("B")

    @cached_property
    def added(self) -> Added:
        """Once all of it has passed."""
        return Added(self._cid.cid(), self.size)

    def once_added(self) -> Iterator[Added]:
        """The same, made when it is asked for."""
        yield self.added

    def parts(self) -> list[Part]:
        """What must come back: its first bytes, of its first leaf, and its last; or all of it at once.

        A node that is asked for the first bytes of a large file reads many of its blocks ahead.
        """
        cid = cid_text(self.added.cid)
        first, *last = self.ends.parts()
        whole = [Part(cid, *each) for each in last]
        return [Part(cid_text(self._cid.first_leaf) if last else cid, *first), *whole]

    def stop(self) -> None:
        """Nothing more of it is made."""
        if isinstance(self._made, Generator):
            self._made.close()


class PieceReader:
    """The pieces of a file, as something to read from: what ipfshttpclient sends several of."""

    def __init__(self, name: str, pieces: Iterator[memoryview]) -> None:
        self.name, self._pieces = name, pieces

    def read(self, _: int) -> bytes | memoryview:
        return next(self._pieces, b"")
