"""Takes studies into the outbox by DICOMweb: the Store Transaction (STOW-RS), PS3.18 10.5.

An instance is encrypted as it comes, and said to be stored once it is on the disk for good: no request is ever whole in
memory, and nothing of it is on the disk in the clear. Nothing is asked of the outbox, and nothing handed out.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
from aiohttp import web

from radiogram.dicom.instance import Instance
from radiogram.errors import InstanceError, PreviewError, Refusal
from radiogram.outbox.arrival import Arrival, Whole
from radiogram.outbox.store import Outbox
from radiogram.receiver.intake import NO_ROOM, SUCCESS, Intake, Outcome
from radiogram.server.bodies import PATIENCE, PIECE, Patience, in_time

PATH = "/dicomweb/"
MOST_PARTS = 10_000  # of a request
MOST_REQUESTS = 10  # at once
_JSON = "application/dicom+json"
_MOST_HEADER = 8190  # bytes of a token, as of a header
_MOST_BOUNDARY = 200  # characters
_RETRY = "30"  # seconds
_TOUCH = 1.0  # seconds
_T = TypeVar("_T")
# What aiohttp raises for a body that is none, or is cut short.
_BAD_BODY = (ValueError, AssertionError, LookupError, TypeError, aiohttp.ClientError, aiohttp.http.HttpProcessingError)


class Store:
    """Where studies come in, of those who know the token."""

    def __init__(
        self,
        outbox: Outbox,
        token: str,
        note: Callable[[str], None],
        max_request: int,
        patience: float = PATIENCE,
    ) -> None:
        """`note` is told what happens, in lines that name no patient; `max_request` is in bytes."""
        self._outbox, self._token, self._note = outbox, token.encode(), note
        self._max_request, self._patience = max_request, patience
        self._open = 0
        self._threads = ThreadPoolExecutor(MOST_REQUESTS, thread_name_prefix="store")

    async def take(self, request: web.Request) -> web.Response:
        """Of each instance of a request, whether it is stored: the Store Instances Response Module (PS3.18, I.2).

        Raises Refusal.
        """
        if not self._knows_token(request):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong")
        if self._open >= MOST_REQUESTS:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "too many requests at once", "try again")
        self._check(request)
        self._open += 1
        try:
            visit = _Visit(self._outbox, f"DICOMweb at {request.remote}", self._note, request.match_info.get("study"))
            await self._parts(request, visit)
        finally:
            self._open -= 1
        return visit.response()

    def _knows_token(self, request: web.Request) -> bool:
        said = request.headers.getall("Authorization", [])
        if len(said) != 1 or len(said[0]) > _MOST_HEADER:
            return False
        kind, _, token = said[0].partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(errors="replace"), self._token)

    def _check(self, request: web.Request) -> None:
        """Raises Refusal for what is no request to store DICOM files, or too large."""
        said = aiohttp.helpers.parse_mimetype(request.headers.get("Content-Type", ""))
        if (said.type, said.subtype) != ("multipart", "related") or (
            said.parameters.get("type", "application/dicom").lower() != "application/dicom"
        ):
            what = 'what is stored is multipart/related; type="application/dicom"'
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, what)
        wanted = request.headers.get("Accept", _JSON)
        if not any(each in wanted for each in (_JSON, "application/json", "*/*", "application/*")):
            raise Refusal(HTTPStatus.NOT_ACCEPTABLE, f"the answer is {_JSON}")
        if (request.content_length or 0) > self._max_request:
            raise self._too_large()

    def _too_large(self) -> Refusal:
        what = f"the request is larger than the {self._max_request} bytes, or {MOST_PARTS} instances, taken here"
        return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, what, "send it in parts")

    async def _parts(self, request: web.Request, visit: _Visit) -> None:
        patience = Patience(self._patience)
        count = taken = 0
        try:
            reader = _Message(request.headers, request.content)
            while (part := await in_time(reader.next(), patience)) is not None:
                if not isinstance(part, aiohttp.BodyPartReader):
                    raise _bad_body()
                count += 1
                if count > MOST_PARTS:
                    raise self._too_large()
                taken += await self._part(part, visit, patience, self._max_request - taken)
        except _BAD_BODY:
            raise _bad_body() from None
        if not count:
            raise _bad_body()

    async def _part(self, part: aiohttp.BodyPartReader, visit: _Visit, patience: Patience, most: int) -> int:
        """Its bytes, of which all are in the outbox now, or none."""
        arrival = self._outbox.arrival()
        count, touched = 0, asyncio.get_running_loop().time()
        ending: asyncio.Future[Outcome] | None = None
        try:
            while piece := await in_time(part.read_chunk(PIECE), patience):
                count += len(piece)
                if count > most:
                    raise self._too_large()
                patience.moved(len(piece))
                await self._in_thread(arrival.write, piece)
                if (now := asyncio.get_running_loop().time()) - touched > _TOUCH:  # more is on its way
                    touched = now
                    await self._in_thread(self._outbox.touch, list(visit.studies))
            kind = part.headers.get("Content-Type", "application/dicom")
            # Who hangs up now has sent it: what was begun comes to its end.
            ending = self._in_thread(visit.take, arrival, kind)
            visit.add(await asyncio.shield(ending))
        finally:
            if ending is None:
                self._threads.submit(arrival.discard)
        return count

    def _in_thread(self, do: Callable[..., _T], *arguments: Any) -> asyncio.Future[_T]:  # noqa: ANN401
        return asyncio.get_running_loop().run_in_executor(self._threads, do, *arguments)

    def close(self) -> None:
        """Once nobody is served any more: what is on its way comes to its end, or is gone."""
        self._threads.shutdown()


class _Message(aiohttp.MultipartReader):
    """Whose boundary may be longer than the 70 characters of RFC 2046: that of Orthanc's DICOMweb plugin has 73."""

    def _get_boundary(self) -> str:
        boundary = self._mimetype.parameters["boundary"]
        if not 0 < len(boundary) <= _MOST_BOUNDARY:
            raise ValueError("the boundary is too long")
        return boundary


class _Visit:
    """A request, and what it has brought."""

    def __init__(self, outbox: Outbox, source: str, note: Callable[[str], None], study: str | None) -> None:
        """`study`: the UID of the one that all are to belong to, if that was said."""
        self._intake, self._source, self._note, self._study = Intake(outbox, source, note), source, note, study
        self._told: list[_Told] = []
        self._kept = 0
        self.studies: set[str] = set()

    def take(self, arrival: Arrival, kind: str) -> Outcome:
        """`kind`: the Content-Type of the part."""

        def check(whole: Whole, instance: Instance) -> None:
            if not kind.strip().lower().startswith("application/dicom") or whole.head[128:132] != b"DICM":
                raise PreviewError("this instance can't be kept", reason="it is no DICOM file")
            if self._study not in (None, instance.study_uid):
                raise InstanceError("it belongs to another study than the request says")

        return self._intake.take(arrival, check)

    def add(self, outcome: Outcome) -> None:
        uids = (outcome.instance.class_uid, outcome.instance.uid) if outcome.instance else None
        self._told.append(_Told(outcome.status, uids))
        self._kept += outcome.is_new
        if outcome.status == SUCCESS and outcome.instance:
            self.studies.add(outcome.instance.study_uid)

    def response(self) -> web.Response:
        """PS3.18, tables 10.5.3-1 and I.2-1."""
        failed = [each for each in self._told if each.status != SUCCESS]
        stored = [each for each in self._told if each.status == SUCCESS]
        refused = f", {len(failed)} refused" if failed else ""
        self._note(f"{self._kept} new from {self._source}{refused}")
        body: dict[str, Any] = {"00081190": {"vr": "UR"}}  # there is nowhere to retrieve from
        lists = {
            "00081199": stored,
            "00081198": [each for each in failed if each.uids],
            "0008119A": [each for each in failed if not each.uids],
        }
        body |= {tag: {"vr": "SQ", "Value": [each.item() for each in told]} for tag, told in lists.items() if told}
        status, headers = HTTPStatus.OK, {"Cache-Control": "no-store"}
        if failed:
            status = HTTPStatus.ACCEPTED if stored else HTTPStatus.CONFLICT
        if failed and all(each.status == NO_ROOM for each in self._told):
            status, headers["Retry-After"] = HTTPStatus.SERVICE_UNAVAILABLE, _RETRY
        # Without a charset: clients compare.
        return web.Response(body=json.dumps(body).encode(), status=status, headers=headers, content_type=_JSON)


@dataclass(frozen=True)
class _Told:
    """What is said of an instance."""

    status: int
    uids: tuple[str, str] | None = field(repr=False)
    """Its class's and its own, as far as it could be read."""

    def item(self) -> dict[str, Any]:
        said: dict[str, Any] = {}
        if self.uids:
            tags = ("00081150", "00081155")
            said |= {tag: {"vr": "UI", "Value": [uid]} for tag, uid in zip(tags, self.uids, strict=True)}
        reason = {"00081197": {"vr": "US", "Value": [self.status]}}
        return said | ({"00081190": {"vr": "UR"}} if self.status == SUCCESS else reason)


def _bad_body() -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, "the body is no whole multipart/related message of DICOM files")
