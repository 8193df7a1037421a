"""Ends an HTTP exchange that takes too long, wherever it stands.

The time limits of sockets are for one read or write each: a peer that sends a byte a second stays within them for
years. Here a thread watches the clock, for all exchanges, and shuts the connection down of one whose time is up. That
ends every wait for it, be it for a TLS handshake, a header, a body, or room to send, and needs no look at what is
waited for.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, Self

import requests
import urllib3

CONNECT_SECONDS = 10.0  # for each address of a host name
SLOWEST = 2048  # bytes a second; a modem of 28,800 bits did better
KEPT_SECONDS = 2.0  # that a connection is kept between two exchanges: less than any server or proxy waits
_PIECE = 1 << 16
_SHORT = 0.05  # seconds

_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class Deadline:
    """Time for a peer. It runs while the peer is waited for, and each byte that comes or goes gives some of it back.

    So a line may be as slow as SLOWEST for as long as its bytes last; one that is slower, or silent, is given up after
    `seconds`. In all that is never more than `seconds`, and one for each SLOWEST bytes. Use one for each exchange, in a
    `with`.
    """

    def __init__(self, seconds: float) -> None:
        self._most = self._left = seconds
        self._ends: float | None = None  # when time is up; None while nobody is waited for
        self._lock = threading.Lock()  # of what follows
        self._sockets: list[socket.socket] = []  # copies, so that nobody else closes them
        self.expired = False
        self._ended = False

    def __enter__(self) -> Self:
        _clock.watch(self)
        return self

    def __exit__(self, *_: object) -> None:
        _clock.forget(self)
        with self._lock:
            for each in self._sockets:
                each.close()
            self._sockets.clear()

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Raises TimeoutError, whatever else was raised, if time is up before the end."""
        token = _current.set(self)
        self._resume()
        try:
            yield
        except Exception as error:
            if self.expired:
                raise TimeoutError from error
            raise
        finally:
            self._pause()
            _current.reset(token)
        if self.expired:
            raise TimeoutError

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """For what is not the peer's fault, inside of `waiting`."""
        self._pause()
        try:
            yield
        finally:
            self._resume()

    def moved(self, count: int) -> None:
        """So many bytes have come, or gone."""
        gained = count / SLOWEST
        if self._ends is None:
            self._left = min(self._most, self._left + gained)
        else:
            self._ends = min(time.monotonic() + self._most, self._ends + gained)

    def renew(self, seconds: float) -> None:
        """Something else is waited for now."""
        self._most = self._left = seconds
        if self._ends is not None:
            self._ends = time.monotonic() + seconds

    def end(self) -> None:
        """Nobody waits any longer, in whichever thread: the connections are shut down, those to come too."""
        with self._lock:
            self._ended = True
            for each in self._sockets:
                _shut_down(each)

    @property
    def left(self) -> float:
        """Seconds, above 0."""
        return max(self._left if self._ends is None else self._ends - time.monotonic(), _SHORT)

    def watch(self, connection: socket.socket) -> None:
        """What is shut down when time is up."""
        with self._lock:
            copy = socket.socket(fileno=socket.dup(connection.fileno()))
            self._sockets.append(copy)
            if self.expired or self._ended:
                _shut_down(copy)

    def _pause(self) -> None:
        if self._ends is not None:
            self._left, self._ends = self._ends - time.monotonic(), None

    def _resume(self) -> None:
        self._ends = time.monotonic() + self._left

    def look(self) -> float | None:
        """For the clock: seconds until it is to look again; None where time is up, and the connections shut down."""
        ends = self._ends
        rest = self._left if ends is None else ends - time.monotonic()
        if ends is None or rest > 0:
            return max(rest, _SHORT)
        with self._lock:
            self.expired = True
            for each in self._sockets:
                _shut_down(each)
        return None


class _Clock:
    """A thread that looks at every deadline when its time may be up. It runs from the first one on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()  # of what follows
        self._watched: set[Deadline] = set()
        self._wakes = math.inf
        self._thread: threading.Thread | None = None

    def watch(self, deadline: Deadline) -> None:
        with self._changed:
            self._watched.add(deadline)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif time.monotonic() + deadline.left < self._wakes:
                self._changed.notify()

    def forget(self, deadline: Deadline) -> None:
        with self._changed:
            self._watched.discard(deadline)

    def _run(self) -> None:
        with self._changed:
            while True:
                rests = [(each, each.look()) for each in self._watched]
                self._watched -= {each for each, rest in rests if rest is None}
                rest = min((rest for _, rest in rests if rest is not None), default=None)
                self._wakes = math.inf if rest is None else time.monotonic() + rest
                self._changed.wait(rest)


_clock = _Clock()
os.register_at_fork(after_in_child=_clock.__init__)  # type: ignore[misc]  # a child has none of its parent's threads


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the peer was faster
        connection.shutdown(socket.SHUT_RDWR)


class Session(requests.Session):
    """A session for exchanges that are `waiting` under a Deadline. Its connections have no other limit of time.

    It ends them with itself, but those that it takes of `kept`.
    """

    def __init__(self, kept: Connections | None = None) -> None:
        super().__init__()
        bound(self, kept)

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - as requests has it
        kwargs["timeout"] = (connect_seconds(), None)
        return super().request(*args, **kwargs)


def connect_seconds() -> float:
    """How long to wait for a connection, which no deadline can shut down before there is one."""
    deadline = _current.get()
    return min(CONNECT_SECONDS, deadline.left) if deadline else CONNECT_SECONDS


def bound(session: requests.Session, kept: Connections | None = None) -> None:
    """Makes the deadline that is current count for the session's connections, which are those that are `kept`."""
    adapter = kept or _Adapter()
    session.mount("http://", adapter)
    session.mount("https://", adapter)


def take_whole(response: requests.Response, limit: int, deadline: Deadline | None = None) -> None:
    """Reads the body of a reply that was asked for with `stream=True`. Raises ValueError beyond `limit` bytes.

    `deadline`, if given, gains by what comes.
    """
    body = bytearray()
    while piece := response.raw.read1(_PIECE, decode_content=True):
        body += piece
        if len(body) > limit:
            response.close()
            raise ValueError(f"a reply of more than {limit} bytes")
        if deadline:
            deadline.moved(len(piece))
    response.raw = io.BytesIO(body)


class _Adapter(requests.adapters.HTTPAdapter):
    """Opens connections that know of the deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as requests has it
        super().init_poolmanager(*args, **kwargs)
        _watch_pools(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as requests has it
        manager = super().proxy_manager_for(*args, **kwargs)
        _watch_pools(manager)
        return manager


class Connections(_Adapter):
    """Connections that several sessions use, of any thread, one after the other."""

    def close(self) -> None:
        """They are kept: a session that is closed closes all that it has mounted."""


class _Watched:
    """Of a urllib3 connection: has its socket watched in each exchange."""

    sock: socket.socket | None
    timeout: float | None
    _answered = 0.0  # when the last answer came

    @property
    def is_connected(self) -> bool:
        """Whether the pool may use it once more: the peer may be about to close what is idle."""
        is_idle = time.monotonic() - self._answered > KEPT_SECONDS
        return not is_idle and super().is_connected  # type: ignore[misc]

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        made.settimeout(None)  # from here on the deadline counts
        if deadline := _current.get():
            deadline.watch(made)
        return made

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as urllib3 has it
        if self.sock:  # it is connected already: kept from an earlier exchange, or by TLS
            self.timeout = None
            if deadline := _current.get():
                deadline.watch(self.sock)
        super().request(*args, **kwargs)  # type: ignore[misc]

    def getresponse(self) -> Any:  # noqa: ANN401 - as urllib3 has it
        response = super().getresponse()  # type: ignore[misc]
        self._answered = time.monotonic()
        return response


def _watch_pools(manager: urllib3.PoolManager) -> None:
    """Whatever kind of pools it makes: those for a SOCKS proxy are another."""
    pools = {scheme: _watched_pool(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}
    manager.pool_classes_by_scheme = pools


def _watched_pool(pool: type[urllib3.HTTPConnectionPool]) -> type[urllib3.HTTPConnectionPool]:
    if issubclass(pool.ConnectionCls, _Watched):
        return pool
    connection = type(pool.ConnectionCls.__name__, (_Watched, pool.ConnectionCls), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})
