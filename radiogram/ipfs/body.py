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


class Body(io.RawIOBase):
    """A reply's body as a raw stream of exactly `size` bytes; keeps the error that ended it."""

    def __init__(self, response: requests.Response, size: int, where: str, deadline: Deadline) -> None:
        self._response, self._size, self._where, self._deadline = response, size, where, deadline
        self._got = 0
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
        wanted = min(len(view), self._size - self._got, _PIECE) or 1
        try:
            with self._deadline.waiting():
                data = self._response.raw.read1(wanted)
        except CONNECTION_ERRORS as error:
            raise self._too_slow() if self._deadline.expired else self._incomplete() from error
        self._deadline.moved(len(data))
        if self._got == self._size and data:
            raise IpfsTooLarge(f"{self._where} sends more than the {self._size} bytes expected")
        if self._got < self._size and not data:
            raise self._incomplete()
        view[: len(data)] = data
        self._got += len(data)
        return len(data)

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
