"""Turns what a function writes into the pieces that a connection sends."""

import contextlib
import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

from radiogram.deadline import Deadline
from radiogram.ipfs.ends import Ends
from radiogram.ipfs.unixfs import CidBuilder

if sys.platform == "linux":
    import fcntl

PIECE = 1 << 17  # bytes handed to the connection at a time


class _WriteFailed(Exception):  # noqa: N818
    """Ends a request in the middle of its body, when there is no more body to come."""


WRITE_FAILED = (_WriteFailed,)
"""What `pieces` raises then."""


class Upload(threading.Thread):
    """Runs `write` into a pipe, of which `pieces` takes what the connection sends.

    A pipe does what is wanted here in the kernel: a full one makes the writer wait, and closing one end
    ends the other, so nobody waits for a side that has failed.
    """

    def __init__(self, write: Callable[[BinaryIO], object], inlet: int, source: io.FileIO) -> None:
        super().__init__(name="ipfs-add", daemon=True)
        self._write, self._inlet, self._source = write, inlet, source
        self.error: BaseException | None = None
        self.size = 0  # bytes taken from the pipe
        self.cid = CidBuilder()  # of those bytes
        self.ended = False  # whether the writer's end was reached
        self.ends = Ends()
        self.start()

    def run(self) -> None:
        try:
            with open(self._inlet, "wb", buffering=PIECE) as sink:  # noqa: PTH123 - a descriptor
                try:
                    self._write(sink)
                    sink.flush()
                except BaseException as error:
                    self.error = error  # noted before the pipe's end can be seen
        except OSError:
            pass  # closing flushes once more what a broken pipe did not take

    def pieces(self, deadline: Deadline) -> Iterator[bytes]:
        """`deadline` is the node's: it gains by each piece taken, and does not run while the next is written."""
        while piece := self._next(deadline):
            self.size += len(piece)
            self.cid.add(piece)
            self.ends.add(piece)
            yield piece
            deadline.moved(len(piece))
        self.ended = True
        if self.error:
            raise _WriteFailed

    def _next(self, deadline: Deadline) -> bytes:
        with deadline.paused():
            return self._source.read(PIECE)


def roomy_pipe() -> tuple[int, int]:
    """A pipe with room for some pieces where that can be had, so that its two ends seldom wait for each other."""
    outlet, inlet = os.pipe()
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a user has a limit; the usual 64 KiB do as well on an idle machine
            fcntl.fcntl(inlet, fcntl.F_SETPIPE_SZ, 8 * PIECE)
    return outlet, inlet
