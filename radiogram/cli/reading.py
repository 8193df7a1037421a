"""Files are digested on a thread of their own, from when it is known which they are: people are asked meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING

from radiogram.cli.terminal import Terminal

if TYPE_CHECKING:
    from radiogram.formats.source_files import SourceFile, Study

SHOWN_EVERY = 0.1  # seconds


class _Ended(Exception):  # noqa: N818
    """Nobody wants the digests any more."""


class Reading:
    """Files that are being read."""

    def __init__(self, files: Sequence[SourceFile], pool: ThreadPoolExecutor) -> None:
        from radiogram.formats.source_files import read_files

        self._bytes, self._has_ended = sum(file.bytes for file in files), False
        self.read_bytes = 0
        self._study: Future[Study] = pool.submit(read_files, list(files), self._told)

    def study(self, terminal: Terminal) -> Study:
        """The files, digested; if they are still being read, a bar shows how far. Raises StudyError."""
        if self._study.done():
            return self._study.result()
        with terminal.progress("Reading", self._bytes) as progress:
            shown = 0
            while wait([self._study], SHOWN_EVERY).not_done or shown < self.read_bytes:
                read = self.read_bytes
                progress(read - shown)
                shown = read
        return self._study.result()

    def wait(self) -> None:
        """Until they are read, or can't be."""
        wait([self._study])

    def end(self) -> None:
        """Nobody wants them any more."""
        self._has_ended = True

    def _told(self, count: int) -> None:
        if self._has_ended:
            raise _Ended
        self.read_bytes += count


@contextmanager
def reading(files: Sequence[SourceFile]) -> Iterator[Reading]:
    """The files, which are read from now on; at the end no longer."""
    with ThreadPoolExecutor(1, "reading") as pool:
        begun = Reading(files, pool)
        try:
            yield begun
        finally:
            begun.end()
