"""The one IPFS node that we were told to use: add a ciphertext to it, read a ciphertext from it.

Adding goes through the node's RPC (ipfshttpclient); reading through its gateway when one is named, else
through the RPC. No other host is ever asked: redirects are refused, save the one by which an https gateway
moves each CID to a host name of its own. Nothing here holds a whole file in memory.
"""

import contextlib
import io
import json
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO

import ipfshttpclient
import requests

from radiogram.errors import (
    IpfsError,
    IpfsIncomplete,
    IpfsReadOnly,
    IpfsRefused,
    IpfsTimeout,
    IpfsTooLarge,
    IpfsUnreachable,
    IpfsWrongCid,
)
from radiogram.ipfs.cid import IMPORT, cid_bytes, cid_text
from radiogram.ipfs.endpoint import Credentials, Endpoint
from radiogram.ipfs.library_errors import CONNECTION_ERRORS, TIMEOUTS, connection_error, reply_error
from radiogram.ipfs.replies import check_size, is_redirect, moved_to, not_an_ipfs_node
from radiogram.ipfs.unixfs import CidBuilder

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

if sys.platform == "linux":
    import fcntl


_PIECE = 1 << 17  # bytes handed to the connection at a time
_READ_AHEAD = 1 << 20  # bytes; age reads in small steps, which cost a system call each without it
_EMPTY_FILE = "bafkqaaa"  # an identity CID: a gateway answers it without any block


@dataclass(frozen=True)
class Added:
    """What a node was given: its binary CID (36 bytes), computed here and by the node, and how many bytes it has."""

    cid: bytes
    size: int


class Ipfs:
    """A node: its RPC (`api`), its gateway, or both; each a URL, `api` also a multiaddr.

    `credentials` are for the RPC alone; USER:SECRET@ in either URL is for that URL alone. `timeout` is how
    many seconds to wait for a connection or, once there is one, without a single byte. Raises IpfsError
    for an address that is none, and for credentials that would cross a network unencrypted.
    """

    def __init__(
        self,
        api: str | None = None,
        gateway: str | None = None,
        credentials: Credentials | None = None,
        *,
        timeout: float = 60.0,
    ) -> None:
        if not api and not gateway:
            raise IpfsError("no IPFS node", "name its RPC or its gateway")
        if credentials and not api:
            raise IpfsError("IPFS credentials are for an RPC", "name that too")
        self.timeout = timeout
        self.api = Endpoint.parse(api.rstrip("/").removesuffix("/api/v0"), credentials) if api else None
        self.gateway = Endpoint.parse(gateway.rstrip("/").removesuffix("/ipfs")) if gateway else None
        if self.gateway and self.gateway.host == "localhost":
            # By that name it would redirect to host names below it, which may not resolve.
            self.gateway = replace(self.gateway, host="127.0.0.1")

    def add(self, write: Callable[[BinaryIO], object]) -> Added:
        """Adds and pins a file of whatever `write` writes to the sink it is called with, in another thread.

        Streams: `write` waits when the node is slower. If it raises, the upload is broken off before its
        end, so that the node keeps no pin, and the exception comes out of here. Raises IpfsError; IpfsWrongCid
        where the node names another CID than that of the bytes.
        """
        api = self._rpc()
        outlet, inlet = _roomy_pipe()
        with open(outlet, "rb", buffering=0) as source:  # noqa: PTH123 - a descriptor, not a path
            upload = _Upload(write, inlet, source)
            try:
                with self._client(api) as client:
                    text = client.add_bytes(upload.pieces(), opts=IMPORT)
            except (_WriteFailed, *CONNECTION_ERRORS) as error:
                if upload.error and upload.ended:
                    raise upload.error from None
                trouble = connection_error(error, api)
                if isinstance(trouble, IpfsUnreachable) and upload.size:
                    trouble = self._refusal(api) or trouble
                raise trouble from error
            except (AssertionError, LookupError, TypeError, ValueError) as error:
                raise not_an_ipfs_node(api) from error
            finally:
                source.close()  # before the thread is waited for: this is what stops it
                upload.join()
        if not upload.ended:
            raise IpfsError(f"{api.url} answered before it had the whole file")
        if upload.error:
            raise upload.error
        cid = upload.cid.cid()
        if cid_bytes(text) != cid:
            raise IpfsWrongCid(
                f"{api.url} says {text}, but what was added has the CID {cid_text(cid)}",
                "use another node, or one that follows the import settings of a request (Kubo 0.40 or later)",
            )
        return Added(cid, upload.size)

    @contextlib.contextmanager
    def open(self, cid: bytes, size: int, *, read_ahead: int = _READ_AHEAD) -> Iterator[BinaryIO]:
        """A reader of the file's `size` bytes: not one more, and the end only after all of them.

        `read_ahead` is how many bytes are asked of the connection at a time.

        Errors, from here or from a read: IpfsNotFound, IpfsIncomplete (fewer bytes, or a damaged block),
        IpfsTooLarge, IpfsTimeout, other IpfsError. If a read fails inside code that turns errors into its
        own, as age does, leaving the `with` block raises the IpfsError all the same.
        """
        with _Session() as session, self._answer(session, cid_text(cid)) as response:
            where = self._reading()
            check_size(response.headers, size, where)
            body = _Body(response, size, where.url)
            reader = io.BufferedReader(body, read_ahead)
            try:
                yield reader
            except Exception as error:
                if body.error and error is not body.error:
                    raise body.error from error
                raise
            finally:
                reader.close()
            if body.error:
                raise body.error

    def read(self, cid: bytes, limit: int) -> bytes:
        """All bytes of a small file, at most `limit`. Raises IpfsTooLarge, IpfsNotFound, IpfsTimeout, IpfsError.

        Whether they are those of the CID, the caller sees to.
        """
        where = self._reading()
        with _Session() as session, self._answer(session, cid_text(cid)) as response:
            got = b""
            try:
                while len(got) <= limit and (piece := response.raw.read(limit + 1 - len(got))):
                    got += piece
            except TIMEOUTS as error:
                raise IpfsTimeout(f"{where.url} stopped sending after {len(got)} bytes") from error
            except CONNECTION_ERRORS as error:
                raise IpfsIncomplete(f"{where.url} sent {len(got)} bytes, and then the connection broke") from error
        if len(got) > limit:
            raise IpfsTooLarge(f"{where.url} sends more than the {limit} bytes expected")
        return got

    def check(self) -> str:
        """The node's version, "" from a gateway; one quick question. Raises IpfsError."""
        with _Session() as session:
            if not self.api:
                self._answer(session, _EMPTY_FILE).close()
                return ""
            url = f"{self.api.url}/api/v0/version"
            try:
                with self._request(session, self.api, "POST", url) as response:
                    return str(json.loads(response.raw.read(10_000))["Version"])
            except CONNECTION_ERRORS as error:
                raise connection_error(error, self.api) from error
            except (LookupError, TypeError, ValueError) as error:
                raise not_an_ipfs_node(self.api) from error

    def _rpc(self) -> Endpoint:
        if not self.api:
            raise IpfsReadOnly("a gateway can only be read from", "name the node's RPC to add")
        return self.api

    def _reading(self) -> Endpoint:
        return self.gateway or self._rpc()

    def _answer(self, session: requests.Session, cid: str) -> requests.Response:
        """The reply that carries the file: status 200, its body not read yet. Raises IpfsError."""
        gateway = self.gateway
        if not gateway:
            api = self._rpc()
            return self._request(session, api, "POST", f"{api.url}/api/v0/cat?arg={cid}")
        response = self._request(session, gateway, "GET", f"{gateway.url}/ipfs/{cid}")
        if response.status_code == HTTPStatus.OK:
            return response
        response.close()
        target = response.headers["Location"]
        own = moved_to(gateway, cid, target)
        if own is None:
            raise IpfsError(f"{gateway.url} redirects elsewhere", "name another gateway")
        response = self._request(session, own, "GET", target)
        if response.status_code != HTTPStatus.OK:
            response.close()
            raise IpfsError(f"{gateway.url} redirects twice", "name another gateway")
        return response

    def _request(
        self,
        session: requests.Session,
        where: Endpoint,
        method: str,
        url: str,
        timeout: float | None = None,
    ) -> requests.Response:
        """A reply of status 200, or a redirect that was not followed. Raises IpfsError."""
        session.trust_env = not where.is_local  # a proxy is for other hosts
        try:
            response = session.request(
                method,
                url,
                auth=where,
                headers={"Accept-Encoding": "identity"},
                allow_redirects=False,
                stream=True,
                timeout=timeout or self.timeout,
            )
        except CONNECTION_ERRORS as error:
            raise connection_error(error, where) from error
        status = response.status_code
        if status == HTTPStatus.OK or (method == "GET" and is_redirect(status, response.headers)):
            return response
        with response:
            raise reply_error(response, where)

    @contextlib.contextmanager
    def _client(self, api: Endpoint) -> Iterator[ipfshttpclient.Client]:
        with warnings.catch_warnings():
            # ipfshttpclient 0.8.0a2 gives urllib3 2 an argument that no longer means anything.
            warnings.filterwarnings("ignore", message="The 'strict' parameter", category=FutureWarning)
            with ipfshttpclient.Client(
                api.multiaddr,
                f"{api.path}/api/v0",
                auth=api,
                chunk_size=_PIECE,
                timeout=self.timeout,
            ) as client:
                # The session is not public, and nothing else says what it may do; the version is pinned.
                client._client._session.trust_env = not api.is_local
                client._client._session.get_redirect_target = _Session.get_redirect_target
                yield client

    def _refusal(self, api: Endpoint) -> IpfsRefused | None:
        """The error, if the RPC turns away an `add` with nothing in it for its credentials.

        A node that says no closes the connection while we still send, and its reply is often lost.
        """
        soon = min(self.timeout, 5.0)
        try:
            with _Session() as session:
                self._request(session, api, "POST", f"{api.url}/api/v0/add", timeout=soon).close()
        except IpfsRefused as error:
            return error
        except IpfsError:
            pass
        return None


class _Session(requests.Session):
    """A session to which a redirect is a reply as any other: not followed, its address not even looked at."""

    @staticmethod
    def get_redirect_target(resp: requests.Response) -> None:
        return None


class _WriteFailed(Exception):  # noqa: N818
    """Ends a request in the middle of its body, when there is no more body to come."""


class _Upload(threading.Thread):
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
        self.start()

    def run(self) -> None:
        try:
            with open(self._inlet, "wb", buffering=_PIECE) as sink:  # noqa: PTH123 - a descriptor
                try:
                    self._write(sink)
                    sink.flush()
                except BaseException as error:
                    self.error = error  # noted before the pipe's end can be seen
        except OSError:
            pass  # closing flushes once more what a broken pipe did not take

    def pieces(self) -> Iterator[bytes]:
        while piece := self._source.read(_PIECE):
            self.size += len(piece)
            self.cid.add(piece)
            yield piece
        self.ended = True
        if self.error:
            raise _WriteFailed


class _Body(io.RawIOBase):
    """A reply's body as a raw stream of exactly `size` bytes; keeps the error that ended it."""

    def __init__(self, response: requests.Response, size: int, where: str) -> None:
        self._response, self._size, self._where = response, size, where
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
        try:
            # One byte too many is asked for at the end, to see that there is none.
            data = self._response.raw.read(min(len(view), self._size - self._got) or 1)
        except TIMEOUTS as error:
            raise IpfsTimeout(f"{self._where} stopped sending after {self._got} bytes") from error
        except CONNECTION_ERRORS as error:
            raise self._incomplete() from error
        if self._got == self._size and data:
            raise IpfsTooLarge(f"{self._where} sends more than the {self._size} bytes expected")
        if self._got < self._size and not data:
            raise self._incomplete()
        view[: len(data)] = data
        self._got += len(data)
        return len(data)

    def _incomplete(self) -> IpfsIncomplete:
        return IpfsIncomplete(
            f"{self._where} sent {self._got} of {self._size} bytes: "
            "a block is missing or damaged there, or the connection broke"
        )

    def close(self) -> None:
        self._response.close()
        super().close()


def _roomy_pipe() -> tuple[int, int]:
    """A pipe with room for some pieces where that can be had, so that its two ends seldom wait for each other."""
    outlet, inlet = os.pipe()
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a user has a limit; the usual 64 KiB do as well on an idle machine
            fcntl.fcntl(inlet, fcntl.F_SETPIPE_SZ, 8 * _PIECE)
    return outlet, inlet
