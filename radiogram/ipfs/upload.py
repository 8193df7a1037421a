"""Turns what a function writes into the pieces that a connection sends."""

import contextlib
import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from radiogram.deadline import Deadline
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.ends import Ends, Part
from radiogram.ipfs.unixfs import CidBuilder

if sys.platform == "linux":
    import fcntl

PIECE = 1 << 17  # bytes handed to the connection at a time


class _WriteFailed(Exception):  # noqa: N818
    """Ends a request in the middle of its body, when there is no more body to come."""


WRITE_FAILED = (_WriteFailed,)
"""What `pieces` raises then."""


@dataclass(frozen=True)
class Added:
    """What a node was given: its binary CID (36 bytes), computed here and by the node, and how many bytes it has."""

    cid: bytes
    size: int


class Passing:
    """A file that is uploaded, and what is known of it as its pieces pass."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        """Of whoever writes it."""
        self.size = 0  # bytes that have passed
        self._cid = CidBuilder()  # of those bytes
        self.ended = False  # whether the writer's end was reached
        self.ends = Ends()

    def pieces(self, deadline: Deadline) -> Iterator[bytes]:
        """`deadline` is the node's: it gains by each piece taken, and does not run while the next is written."""
        while piece := self._next(deadline):
            self.size += len(piece)
            self._cid.add(piece)
            self.ends.add(piece)
            yield piece
            deadline.moved(len(piece))
        self.ended = True
        if self.error:
            raise _WriteFailed

    @cached_property
    def added(self) -> Added:
        """Once all of it has passed."""
        return Added(self._cid.cid(), self.size)

    def parts(self) -> list[Part]:
        """What must come back: its first bytes, of its first leaf, and its last; or all of it at once.

        A node that is asked for the first bytes of a large file reads many of its blocks ahead.
        """
        cid = cid_text(self.added.cid)
        first, *last = self.ends.parts()
        whole = [Part(cid, *each) for each in last]
        return [Part(cid_text(self._cid.first_leaf) if last else cid, *first), *whole]

    def stop(self) -> None:
        """Nothing more of it is taken."""

    def _next(self, deadline: Deadline) -> bytes:
        raise NotImplementedError


class Held(Passing):
    """A few bytes that are there already."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._left = data

    def _next(self, deadline: Deadline) -> bytes:
        piece, self._left = self._left, b""
        return piece


class Following(Passing):
    """A few bytes that are made when all of another file has passed, of what is known of that."""

    def __init__(self, before: Passing, make: Callable[[Added], bytes]) -> None:
        super().__init__()
        self._before, self._make = before, make
        self._is_made = False

    def _next(self, deadline: Deadline) -> bytes:
        if self._is_made:
            return b""
        self._is_made = True
        try:
            return self._make(self._before.added)
        except BaseException as error:
            self.error = error
            return b""


class Upload(Passing):
    """Runs `write` on a thread, into a pipe, of which `pieces` takes what the connection sends.

    A pipe does what is wanted here in the kernel: a full one makes the writer wait, and closing one end
    ends the other, so nobody waits for a side that has failed.
    """

    def __init__(self, write: Callable[[BinaryIO], object]) -> None:
        super().__init__()
        outlet, self._inlet = _roomy_pipe()
        self._write, self._source = write, io.FileIO(outlet)
        self._thread = threading.Thread(target=self._run, name="ipfs-add", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._source.close()  # before the thread is waited for: this is what stops it
        self._thread.join()

    def _run(self) -> None:
        try:
            with open(self._inlet, "wb", buffering=PIECE) as sink:  # noqa: PTH123 - a descriptor
                try:
                    self._write(sink)
                    sink.flush()
                except BaseException as error:
                    self.error = error  # noted before the pipe's end can be seen
        except OSError:
            pass  # closing flushes once more what a broken pipe did not take

    def _next(self, deadline: Deadline) -> bytes:
        with deadline.paused():
            return self._source.read(PIECE)


class PieceReader:
    """The pieces of a file, as something to read from: what ipfshttpclient sends several of."""

    def __init__(self, name: str, pieces: Iterator[bytes]) -> None:
        self.name, self._pieces = name, pieces

    def read(self, _: int) -> bytes:
        return next(self._pieces, b"")


def _roomy_pipe() -> tuple[int, int]:
    """A pipe with room for some pieces where that can be had, so that its two ends seldom wait for each other."""
    outlet, inlet = os.pipe()
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a user has a limit; the usual 64 KiB do as well on an idle machine
            fcntl.fcntl(inlet, fcntl.F_SETPIPE_SZ, 8 * PIECE)
    return outlet, inlet
