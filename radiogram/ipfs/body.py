"""Reads the body of a reply as a stream of the promised size."""

import io
from typing import TYPE_CHECKING

import requests

from radiogram.deadline import Deadline
from radiogram.errors import IpfsError, IpfsIncomplete, IpfsTimeout, IpfsTooLarge
from radiogram.ipfs.library_errors import CONNECTION_ERRORS

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PIECE = 1 << 17  # bytes, at most, of one read; of larger ones Python gives the memory back each time
_CHUNK = 1 << 14  # bytes of a long chunk that are waited for at a time; Kubo's RPC sends chunks of 4 KiB


class Body(io.RawIOBase):
    """A reply's body as a raw stream of exactly `size` bytes; keeps the error that ended it."""

    def __init__(self, response: requests.Response, size: int, where: str, deadline: Deadline) -> None:
        self._response, self._size, self._where, self._deadline = response, size, where, deadline
        self._got = 0
        # Through short chunks http.client's own way takes three times as long.
        self._chunks = response.raw.stream(_CHUNK, decode_content=False) if response.raw.chunked else None
        self._rest = memoryview(b"")  # of the last chunk
        self.error: IpfsError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if self.error:
            raise self.error
        view = memoryview(buffer).cast("B")
        try:
            return self._fill(view)
        except IpfsError as error:
            self.error = error
            raise

    def _fill(self, view: memoryview) -> int:
        # One byte too many is asked for at the end, to see that there is none.
        wanted, count = min(len(view), self._size - self._got, _PIECE) or 1, 0
        try:
            with self._deadline.waiting():
                while count < wanted and (piece := self._piece(wanted - count)):
                    if self._got == self._size:
                        raise IpfsTooLarge(f"{self._where} sends more than the {self._size} bytes expected")
                    view[count : count + len(piece)] = piece
                    count += len(piece)
                    self._got += len(piece)
        except CONNECTION_ERRORS as error:
            raise self._too_slow() if self._deadline.expired else self._incomplete() from error
        if self._got < self._size and not count:
            raise self._incomplete()
        return count

    def _piece(self, most: int) -> bytes | memoryview:
        """What comes next, `most` bytes of it; nothing at the end."""
        if self._chunks is None:
            came: bytes = self._response.raw.read1(most)
            self._deadline.moved(len(came))
            return came
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
            self._deadline.moved(len(self._rest))
        piece, self._rest = self._rest[:most], self._rest[most:]
        return piece

    def _too_slow(self) -> IpfsTimeout:
        return IpfsTimeout(
            f"{self._where} stopped, or is too slow: {self._got} of {self._size} bytes came",
            "try again, or ask another node",
        )

    def _incomplete(self) -> IpfsIncomplete:
        return IpfsIncomplete(
            f"{self._where} sent {self._got} of {self._size} bytes: "
            "a block is missing or damaged there, or the connection broke"
        )

    def close(self) -> None:
        self._response.close()
        super().close()
