"""One question to a node and its answer, under one deadline; or a few of them."""

import contextlib
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Self

import requests

from radiogram.deadline import Connections, Deadline, Session
from radiogram.errors import IpfsIncomplete, IpfsTimeout, IpfsTooLarge
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.library_errors import CONNECTION_ERRORS, connection_error
from radiogram.ipfs.replies import is_redirect, status_error

_ERROR_BYTES = 2_000  # read of what a node says of an error


class Exchange(Session):
    """A redirect is a reply as any other: not followed, its address not even looked at."""

    def __init__(self, seconds: float, kept: Connections | None = None) -> None:
        super().__init__(kept)
        self.deadline = Deadline(seconds)

    def __enter__(self) -> Self:
        self.deadline.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
        self.deadline.__exit__(*error)

    @staticmethod
    def get_redirect_target(resp: requests.Response) -> None:
        return None

    def ask(
        self,
        where: Endpoint,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        taken: Collection[int] = (HTTPStatus.OK,),
        json: object = None,
    ) -> requests.Response:
        """A reply of a status that is `taken`, or to a GET a redirect; its body not read yet. Raises IpfsError.

        `json`, if it is not None, is the body of the question.
        """
        self.trust_env = not where.is_local  # a proxy is for other hosts
        try:
            with self.deadline.waiting():
                response = self.request(
                    method,
                    url,
                    auth=where,
                    headers={"Accept-Encoding": "identity", **(headers or {})},
                    json=json,
                    allow_redirects=False,
                    stream=True,
                )
        except CONNECTION_ERRORS as error:
            raise connection_error(error, where) from error
        status = response.status_code
        if status in taken or (method == "GET" and is_redirect(status, response.headers)):
            return response
        said = b""
        with response, contextlib.suppress(*CONNECTION_ERRORS), self.deadline.waiting():
            said = response.raw.read(_ERROR_BYTES)
        raise status_error(status, said, where)

    def whole(self, response: requests.Response, limit: int, where: Endpoint) -> bytes:
        """All of a small body. Raises IpfsTooLarge, IpfsTimeout, IpfsIncomplete."""
        got = self.start(response, limit + 1, where)
        if len(got) > limit:
            raise IpfsTooLarge(f"{where.url} sends more than the {limit} bytes expected")
        return got

    def start(self, response: requests.Response, count: int, where: Endpoint) -> bytes:
        """The first bytes of a body, fewer only where it ends. Raises IpfsTimeout, IpfsIncomplete."""
        got = bytearray()
        try:
            while len(got) < count and (piece := self._next(response, count - len(got))):
                got += piece
        except CONNECTION_ERRORS as error:
            if self.deadline.expired:
                raise IpfsTimeout(f"{where.url} stopped, or is too slow: {len(got)} bytes came") from error
            raise IpfsIncomplete(f"{where.url} sent {len(got)} bytes, and then the connection broke") from error
        return bytes(got)

    def _next(self, response: requests.Response, most: int) -> bytes:
        with self.deadline.waiting():
            piece: bytes = response.raw.read1(most)
        self.deadline.moved(len(piece))
        return piece
