"""Holds what Ape asks a chain's node by HTTP to a time and a size, and whatever it asks to that node alone.

Each of Ape's providers makes its web3 client itself, while it connects, so that none can be handed a session. What is
replaced, for this process, is therefore the method of web3 by which all of them ask; and what web3 takes for a default
of each. Providers that use WebSocket or IPC come by here for the second alone.
"""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import requests
import urllib3
from web3 import HTTPProvider
from web3.providers import BaseProvider

from radiogram.deadline import Deadline, Session, take_whole
from radiogram.errors import ChainUnreachable
from radiogram.nested_json import parse_json

PATIENCE = 30.0  # seconds for one question, all attempts together
REPLY_LIMIT = 16 << 20  # bytes; a page of an inbox has at most half a million
_PAUSES = (0.25, 0.5, 1.0, 2.0, *[4.0] * 6)  # seconds before a question is asked again
_CONNECTION_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)
_LIMITED = {-32005, -32007, -32029, 429}  # EIP-1474's "limit exceeded", and what providers have made of it
_TOO_MANY = re.compile(
    r"too many requests|rate.?limit|request (count|rate|limit)|requests? per|per second|capacity", re.I
)
_LONG_REFUSAL = 10_000  # bytes
_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE}


def bound_requests(patience: float = PATIENCE) -> None:
    """From now on every question by HTTP is answered within `patience` seconds, or ends in ChainUnreachable.

    That is given more time only by the bytes of a long reply. web3's own retries, which multiply the wait, are off. So
    is its following of what contracts name (EIP-3668): with it a contract, or a node in a contract's name, has this
    computer ask any server.
    """
    BaseProvider.global_ccip_read_enabled = False
    sessions = threading.local()

    def make_request(provider: HTTPProvider, method: str, question: bytes) -> bytes:
        if not hasattr(sessions, "own"):
            sessions.own = Session()
        arguments = {**dict(provider.get_request_kwargs()), "data": question, "stream": True}
        return _answer(sessions.own, str(provider.endpoint_uri), arguments, method, patience)

    HTTPProvider._make_request = make_request  # type: ignore[assignment,method-assign]


def unreachable(error: BaseException | None) -> ChainUnreachable | None:
    """The error of ours that Ape or web3 has wrapped in one of its own, if there is one."""
    return next((each for each in _causes(error) if isinstance(each, ChainUnreachable)), None)


def _answer(session: requests.Session, url: str, arguments: dict[str, Any], method: str, patience: float) -> bytes:
    try:
        with Deadline(patience) as deadline, deadline.waiting():
            response = _reply(session, url, arguments, method, deadline)
    except TimeoutError as error:
        raise _unreachable(
            f"does not answer within {patience:g} second{'s' if patience != 1 else ''}", "try again later"
        ) from error
    except _CONNECTION_ERRORS as error:  # whose texts have the node's address, which may hold a key
        raise _unreachable("can't be reached, or broke the connection", "is it running?") from error
    except ValueError as error:
        raise _unreachable(f"answers with more than {REPLY_LIMIT >> 20} MiB", "use another node") from error
    if _is_reply(response.content):
        return response.content
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.raise_for_status()  # Ape knows what to make of it
    if response.status_code != HTTPStatus.OK:
        raise _unreachable(f"answers HTTP {response.status_code}", "try again later, or use another node")
    raise _unreachable("does not answer as one does", "is it another kind of server?")


def _reply(
    session: requests.Session, url: str, arguments: dict[str, Any], method: str, deadline: Deadline
) -> requests.Response:
    """The first reply of a node that is not too busy, or the last: whole."""
    for pause in (*_PAUSES, None):
        response = session.post(url, **arguments)
        take_whole(response, REPLY_LIMIT, deadline)
        limited = response.status_code == HTTPStatus.TOO_MANY_REQUESTS or _is_limited(response.content)
        if not limited and response.status_code not in _BUSY:
            break
        if pause is None or deadline.left <= pause:
            break
        if method.startswith("eth_send") and not limited:
            break  # it may have been sent
        time.sleep(pause)
    return response


def _is_limited(body: bytes) -> bool:
    """Whether it refuses a question because there were too many: a limit on its answer is another thing."""
    if len(body) > _LONG_REFUSAL:
        return False
    try:
        said = parse_json(body)
    except ValueError:
        return False
    match said:
        case {"error": {"code": int(code), "message": str(message)}}:
            return code in _LIMITED and _TOO_MANY.search(message) is not None
    return False


def _is_reply(body: bytes) -> bool:
    """Whether it is one of JSON-RPC 2.0, result or error."""
    try:
        said = parse_json(body)
    except ValueError:
        return False
    match said:
        case {"jsonrpc": "2.0", "error": {"message": str()}}:
            return True
        case {"jsonrpc": "2.0", "result": _}:
            return said.get("error") is None
    return False


def _unreachable(what: str, hint: str) -> ChainUnreachable:
    return ChainUnreachable(f"the chain's node {what}", hint)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
