"""The form in which a page uploads a file, checked and handed on piece by piece as the form that the node is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from http import HTTPStatus
from typing import TypeVar

import aiohttp
from aiohttp import web

from radiogram.errors import Refusal
from radiogram.ipfs.client import STORING
from radiogram.ipfs.ends import Ends
from radiogram.server.bodies import PIECE, Patience, in_time

_BOUNDARY = "radiogram-7b1f6f0c2a934e85"  # any will do: an age file can't hold it but by chance
_HEAD = (
    f"--{_BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="file"; filename="bundle"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()
_TAIL = f"\r\n--{_BOUNDARY}--\r\n".encode()
FORM_TYPE = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
AROUND_FILE = 10_000  # bytes, at most, of a form around its file
_T = TypeVar("_T")
# What aiohttp raises for a form that is none, or is cut short.
_BAD_FORM = (ValueError, AssertionError, LookupError, TypeError, aiohttp.ClientError, aiohttp.http.HttpProcessingError)


class UploadForm:
    """A form with one file in it, on its way through."""

    def __init__(
        self, reader: aiohttp.MultipartReader, file: aiohttp.BodyPartReader, limit: int, patience: Patience
    ) -> None:
        self._reader, self._file, self._limit, self._patience = reader, file, limit, patience
        self.ends = Ends()
        self.size = 0  # bytes of the file so far
        self.ended = False  # whether all of it was sent on
        self.refusal: Refusal | None = None  # why not

    @classmethod
    async def of(cls, request: web.Request, limit: int, patience: Patience) -> UploadForm:
        """The request's form, read up to where its file begins. `patience` is for the browser. Raises Refusal."""
        if request.content_type != "multipart/form-data":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a file is sent as multipart/form-data")
        if (request.content_length or 0) > limit + AROUND_FILE:
            raise _too_large(limit)
        try:
            reader = await request.multipart()
            file = await in_time(reader.next(), patience)
        except _BAD_FORM as error:
            raise _bad_form() from error
        if not isinstance(file, aiohttp.BodyPartReader):
            raise _bad_form()
        return cls(reader, file, limit, patience)

    async def pieces(self, node: Patience) -> AsyncIterator[bytes]:
        """The form that the node is sent. What is wrong with the browser's ends it in the middle.

        `node` is the patience with the node: it does not run while the browser is waited for.
        """
        try:
            yield _HEAD
            while piece := await self._from_browser(self._file.read_chunk(PIECE), node):
                self.size += len(piece)
                if self.size > self._limit:
                    raise _too_large(self._limit)
                self.ends.add(piece)
                self._patience.moved(len(piece))
                yield piece
                node.moved(len(piece))
            if not self.size or await self._from_browser(self._reader.next(), node) is not None:
                raise _bad_form()
            self.ended = True
            node.allow(node.seconds + self.size / STORING)
            yield _TAIL
        except Refusal as refusal:
            self.refusal = refusal
            raise
        except _BAD_FORM as error:
            self.refusal = _bad_form()
            raise self.refusal from error

    async def _from_browser(self, waiting: Awaitable[_T], node: Patience) -> _T:
        node.pause()
        try:
            return await in_time(waiting, self._patience)
        finally:
            node.resume()


def _bad_form() -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "an upload is a whole form with one file in it, which is not empty")


def _too_large(limit: int) -> Refusal:
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the file is larger than the {limit} bytes taken here")
