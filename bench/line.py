"""A line of a fixed rate before a server of this machine: what the server sends goes on at so many bytes a second."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PIECE = 1 << 16  # bytes
_CATCH_UP = 0.05  # seconds that a piece may be late, and later ones make up for


class Line:
    """Passes TCP connections on to `port`; its own is `at`. All of them share `rate`, bytes a second."""

    def __init__(self, rate: float) -> None:
        self.port = 0
        self._rate, self._free, self._lock = rate, 0.0, threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.at: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # it is closed
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self.port))
                for source, sink, is_slow in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self._pass, args=(source, sink, is_slow), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, is_slow: bool) -> None:
        with suppress(OSError):  # one of them hung up
            while piece := source.recv(PIECE):
                if is_slow:
                    time.sleep(self._turn(len(piece)))
                sink.sendall(piece)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _turn(self, size: int) -> float:
        """Seconds until the line is free for so many bytes."""
        with self._lock:
            now = time.monotonic()
            begins = max(self._free, now - _CATCH_UP)
            self._free = begins + size / self._rate
        return max(0.0, self._free - now)


@contextmanager
def line(rate: float) -> Iterator[Line]:
    made = Line(rate)
    try:
        yield made
    finally:
        made.close()
