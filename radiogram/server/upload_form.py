"""The form in which a page uploads a file, checked and handed on piece by piece as the form that the node is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus

import aiohttp
from aiohttp import web

from radiogram.errors import Refusal
from radiogram.server.bodies import PIECE, in_time

_BOUNDARY = "radiogram-7b1f6f0c2a934e85"  # any will do: an age file can't hold it but by chance
_HEAD = (
    f"--{_BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="file"; filename="bundle"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n"
).encode()
_TAIL = f"\r\n--{_BOUNDARY}--\r\n".encode()
FORM_TYPE = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
AROUND_FILE = 10_000  # bytes, at most, of a form around its file
# What aiohttp raises for a form that is none, or is cut short.
_BAD_FORM = (ValueError, AssertionError, LookupError, TypeError, aiohttp.ClientError, aiohttp.http.HttpProcessingError)


class UploadForm:
    """A form with one file in it, on its way through."""

    def __init__(self, reader: aiohttp.MultipartReader, file: aiohttp.BodyPartReader, limit: int) -> None:
        self._reader, self._file, self._limit = reader, file, limit
        self.size = 0  # bytes of the file so far
        self.ended = False  # whether all of it was sent on
        self.refusal: Refusal | None = None  # why not

    @classmethod
    async def of(cls, request: web.Request, limit: int) -> UploadForm:
        """The request's form, read up to where its file begins. Raises Refusal."""
        if request.content_type != "multipart/form-data":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a file is sent as multipart/form-data")
        if (request.content_length or 0) > limit + AROUND_FILE:
            raise _too_large(limit)
        try:
            reader = await request.multipart()
            file = await in_time(reader.next())
        except _BAD_FORM as error:
            raise _bad_form() from error
        if not isinstance(file, aiohttp.BodyPartReader):
            raise _bad_form()
        return cls(reader, file, limit)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The form that the node is sent. What is wrong with the browser's ends it in the middle."""
        try:
            yield _HEAD
            while piece := await in_time(self._file.read_chunk(PIECE)):
                self.size += len(piece)
                if self.size > self._limit:
                    raise _too_large(self._limit)
                yield piece
            if not self.size or await in_time(self._reader.next()) is not None:
                raise _bad_form()
            self.ended = True
            yield _TAIL
        except Refusal as refusal:
            self.refusal = refusal
            raise
        except _BAD_FORM as error:
            self.refusal = _bad_form()
            raise self.refusal from error


def _bad_form() -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "an upload is a whole form with one file in it, which is not empty")


def _too_large(limit: int) -> Refusal:
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the file is larger than the {limit} bytes taken here")
