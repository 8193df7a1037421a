"""Shows a page what waits in the outbox, decrypted: to who has the secret of this start of the server, and nobody else.

    GET  /outbox                    what waits, and what was refused
    GET  /outbox/STUDY              the files of a study
    GET  /outbox/STUDY/INSTANCE     one of them, whole
    POST /outbox/STUDY              takes those out that are named: they were sent, or are not wanted
    POST /outbox/refused            forgets what was refused

Nothing is kept by a browser, or logged; nothing is written in the clear.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web

from radiogram.errors import CiphertextError, OutboxError, RadiogramError, Refusal, StudyError
from radiogram.formats.outbox import Refused
from radiogram.nested_json import parse_json
from radiogram.outbox.opened import SealedFile, file_named, files_of, refused, said_by
from radiogram.outbox.store import Outbox, Waiting
from radiogram.server.bodies import PATIENCE, PIECE, Patience, at_most, in_time

PATH = "/outbox"
_STUDY, _INSTANCE = "{study:[0-9a-f]{32}}", "{instance:[0-9a-f]{32}-[0-9a-f]{32}}"
_MOST_NAMED = 16 << 20  # bytes of JSON that names instances
_THREADS = 4
_NO_STORE = {"Cache-Control": "no-store"}
_T = TypeVar("_T")


class WaitingRoom:
    """What waits, for the page of whoever opened it."""

    def __init__(self, outbox: Outbox, secret: bytes, patience: float = PATIENCE) -> None:
        """`secret` opens the outbox. It stays in this process."""
        self.token = secrets.token_urlsafe(32)
        """What a page must have: 256 bits, new at each start."""
        self._outbox, self._secret, self._patience = outbox, secret, patience
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="outbox")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(PATH, self._list, allow_head=False),
            web.get(f"{PATH}/{_STUDY}", self._files, allow_head=False),
            web.get(f"{PATH}/{_STUDY}/{_INSTANCE}", self._read, allow_head=False),
            web.post(f"{PATH}/refused", self._forget_refused),
            web.post(f"{PATH}/{_STUDY}", self._remove),
        ]

    def check(self, request: web.Request) -> None:
        """Raises Refusal for who does not have the secret."""
        said = request.headers.getall("Authorization", [])
        expected = f"Bearer {self.token}".encode()
        if len(said) != 1 or not hmac.compare_digest(said[0].encode(errors="replace"), expected):
            raise Refusal(
                HTTPStatus.UNAUTHORIZED, "this address is not that of the last start", "see where it was started"
            )

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response(await self._in_thread(self._listed), headers=_NO_STORE)

    def _listed(self) -> dict[str, Any]:
        now = time.time()
        studies = [_study_fields(each, said_by(each, self._secret).to_json(), now) for each in self._outbox.studies()]
        refusals = [_refused_fields(each) for each in refused(self._outbox, self._secret)]
        return {"account": self._outbox.key.account, "studies": studies, "refused": refusals}

    async def _files(self, request: web.Request) -> web.Response:
        study = await self._in_thread(self._outbox.study, request.match_info["study"])
        if study is None:
            raise _gone()
        files = await self._in_thread(files_of, study, self._secret)
        listed = [{"name": each.name, "instance": each.path.stem, "bytes": each.size} for each in files]
        return web.json_response({"files": listed}, headers=_NO_STORE)

    async def _read(self, request: web.Request) -> web.StreamResponse:
        """The bytes of an instance. Should it be damaged, the connection breaks: no page takes a part for the whole."""
        place = (request.match_info["study"], request.match_info["instance"])
        file = await self._in_thread(file_named, self._outbox, *place, self._secret)
        if file is None:
            raise _gone()
        response = web.StreamResponse(headers={"Content-Disposition": "attachment", **_NO_STORE})
        response.content_type, response.content_length = "application/octet-stream", file.size
        try:
            await self._copy(file, request, response)
        except BaseException:
            if request.transport:
                request.transport.abort()
            raise
        return response

    async def _copy(self, file: SealedFile, request: web.Request, response: web.StreamResponse) -> None:
        with ExitStack() as stack:
            stream = await self._in_thread(stack.enter_context, file.open())
            await response.prepare(request)
            while piece := await self._in_thread(stream.read, PIECE):
                async with asyncio.timeout(self._patience):
                    await response.write(piece)
        await response.write_eof()

    async def _remove(self, request: web.Request) -> web.Response:
        """Takes out what is named, as `outbox send` does: what has arrived since then stays."""
        if request.content_type != "application/json":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "instances are named in application/json")
        try:
            body = await in_time(at_most(_MOST_NAMED, request.content), Patience(self._patience))
            named = set(parse_json(body)["instances"])
        except (ValueError, LookupError, TypeError):
            raise Refusal(HTTPStatus.BAD_REQUEST, 'instances are named as {"instances": [...]}') from None
        removed = await asyncio.shield(self._in_thread(self._taken_out, request.match_info["study"], named))
        return web.json_response({"removed": removed}, headers=_NO_STORE)

    def _taken_out(self, name: str, named: set[str]) -> int:
        study = self._outbox.study(name)
        if study is None:
            return 0
        instances = tuple(each for each in study.instances if each.stem in named)
        self._outbox.remove(replace(study, instances=instances))
        return len(instances)

    async def _forget_refused(self, _: web.Request) -> web.Response:
        return web.json_response({"forgotten": await self._in_thread(self._outbox.forget_refusals)}, headers=_NO_STORE)

    async def _in_thread(self, do: Callable[..., _T], *arguments: Any) -> _T:  # noqa: ANN401
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, do, *arguments)
        except (OutboxError, StudyError, CiphertextError) as error:
            raise Refusal(HTTPStatus.CONFLICT, error.message, error.hint) from None
        except RadiogramError as error:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, error.message, error.hint) from None

    def close(self) -> None:
        """Once nobody is served any more."""
        self._threads.shutdown()


def _study_fields(study: Waiting, said: dict[str, Any], now: float) -> dict[str, Any]:
    return {
        "id": study.name,
        "study": said,
        "instances": len(study.instances),
        "bytes": sum(each.stat().st_size for each in study.instances if each.exists()),
        "age": max(0.0, now - study.last),
        "isComplete": study.is_complete,
    }


def _refused_fields(each: Refused) -> dict[str, Any]:
    patients = [study.patient.to_json() for study in each.studies]
    return {"at": each.at, "source": each.source, "reason": each.reason, "patients": patients}


def _gone() -> Refusal:
    return Refusal(HTTPStatus.NOT_FOUND, "it is not in the outbox any more", "look at the list again")
