"""Reads one file from several sources at once, each leaf checked against its CID before a byte of it is given away.

Each source has a thread, which fetches one run of leaves after the other. Who lies, or gives no leaf at all, is asked
no more, and others fetch what it owes; who breaks off after some leaves is asked for the rest; who is slow keeps nobody
waiting, since an idle source fetches the same once more. With one source all of the file is one run: one request.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from radiogram.errors import IpfsError, IpfsIncomplete, IpfsTimeout, IpfsUnreachable
from radiogram.ipfs.dag import Leaf, check_block
from radiogram.ipfs.exchange import Exchange
from radiogram.ipfs.race import most_telling
from radiogram.ipfs.source import BlockSource

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

RUN_LEAVES = 4  # that a source of several fetches in one request
RACE_AFTER = 2.0  # seconds in which a leaf did not come, and an idle source fetches it too
_PASSING = (IpfsIncomplete, IpfsTimeout, IpfsUnreachable)  # after some leaves: it is asked for the rest


@dataclass
class _Run:
    """Leaves that a source fetches in one request: from number `next` to before `end`."""

    next: int
    end: int
    since: float = field(default_factory=time.monotonic)
    """When the leaf `next` was begun."""
    raced: bool = False


class Mixed(io.RawIOBase):
    """A file as a raw stream. `ahead` is how many leaves are fetched before they are read, and kept in memory."""

    def __init__(
        self,
        cid: bytes,
        size: int,
        leaves: Sequence[Leaf],
        sources: Sequence[BlockSource],
        exchange: Callable[[], Exchange],
        ahead: int,
    ) -> None:
        self._cid, self._size, self._leaves, self._new_exchange = cid, size, leaves, exchange
        self._run_leaves = RUN_LEAVES if len(sources) > 1 else len(leaves)
        self._ahead = max(ahead, 1)
        self._changed = threading.Condition()  # of all that follows
        self._position = 0  # the leaf that is wanted next
        self._current: bytearray | None = None  # the one before it, which is being read
        self._to_fetch = 0  # the first leaf of which no run was begun
        self._again: list[_Run] = []  # what is left of runs that failed
        self._runs: dict[BlockSource, _Run] = {}
        self._fetched: dict[int, bytearray] = {}
        self._spare: list[bytearray] = []  # used again: memory that is given back is faulted in again
        self._errors: list[IpfsError] = []
        self._exchanges: set[Exchange] = set()
        self._closed = False
        self._working = len(sources)
        self._rest = memoryview(b"")
        self.error: IpfsError | None = None
        for source in sources:
            threading.Thread(target=self._work, args=(source,), name="ipfs-read", daemon=True).start()

    # ---- the reader's side

    def readable(self) -> bool:
        return True

    def begin(self) -> None:
        """Wait until the first leaf is there. Raises IpfsError."""
        with self._changed:
            self._wait_for(0)

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self.error:
            raise self.error
        view = memoryview(buffer).cast("B")
        if not self._rest:
            self._turn_leaf()
        count = min(len(view), len(self._rest))
        view[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def stop(self) -> None:
        """Nobody reads any more, in whichever thread: who waits is let go."""
        with self._changed:
            self._closed = True
            exchanges = list(self._exchanges)
            self._changed.notify_all()
        for each in exchanges:
            each.deadline.end()

    def close(self) -> None:
        self.stop()
        super().close()

    def _turn_leaf(self) -> None:
        with self._changed:
            if self._current is not None:
                self._spare.append(self._current)
                self._current = None
            if self._position == len(self._leaves):
                return
            self._wait_for(self._position)
            self._current = self._fetched.pop(self._position)
            self._rest = memoryview(self._current)[: self._leaves[self._position].size]
            self._position += 1
            self._changed.notify_all()

    def _wait_for(self, number: int) -> None:
        while number not in self._fetched:
            if self._closed:
                raise ValueError("read of a closed file")
            if not self._working:
                self.error = most_telling(self._errors)
                raise self.error
            self._changed.wait()

    # ---- a source's side

    def _work(self, source: BlockSource) -> None:
        errors: list[IpfsError] = []  # since a leaf came
        while (run := self._next_run(source)) is not None:
            begun = run.next
            try:
                self._fetch(source, run)
            except Exception as failure:  # whatever it is, others may do better
                error = _as_ours(failure, source)
                errors = [error] if run.next > begun else [*errors, error]
                goes_on = run.next > begun and isinstance(error, _PASSING)
                self._failed(run, None if goes_on else most_telling(errors))
                if not goes_on:
                    return
        with self._changed:
            self._working -= 1
            self._changed.notify_all()

    def _failed(self, run: _Run, last: IpfsError | None) -> None:
        """What is left of the run is for another attempt, or for others if this was the source's last."""
        with self._changed:
            self._give_back(run)
            if last:
                self._errors.append(last)
                self._working -= 1
            self._changed.notify_all()

    def _give_back(self, run: _Run) -> None:
        if not all(self._is_done(each) for each in range(run.next, run.end)):
            self._again.append(_Run(run.next, run.end))
            self._again.sort(key=lambda each: each.next)

    def _next_run(self, source: BlockSource) -> _Run | None:
        """Waits for one; None where nothing is left to do."""
        with self._changed:
            while not self._closed and self._position < len(self._leaves):
                run = self._again.pop(0) if self._again else self._new_run() or self._race()
                if run is None:
                    self._changed.wait(RACE_AFTER / 4 if self._runs else None)
                elif not all(self._is_done(each) for each in range(run.next, run.end)):
                    self._runs[source] = run
                    return run
        return None

    def _new_run(self) -> _Run | None:
        start = self._to_fetch
        if start == len(self._leaves) or start >= self._position + self._ahead:
            return None
        self._to_fetch = min(start + self._run_leaves, len(self._leaves))
        return _Run(start, self._to_fetch)

    def _race(self) -> _Run | None:
        """The same as another source is fetching, if that has let us wait."""
        if (run := self._late()) is None:
            return None
        run.raced = True
        return _Run(run.next, run.end, raced=True)

    def _late(self) -> _Run | None:
        wanted = self._position + self._ahead
        late = [
            run
            for run in self._runs.values()
            if not run.raced and run.next < min(run.end, wanted) and time.monotonic() - run.since > RACE_AFTER
        ]
        return min(late, key=lambda each: each.next, default=None)

    def _fetch(self, source: BlockSource, run: _Run) -> None:
        """All leaves of a run, until others have fetched the rest of them."""
        start, end = self._leaves[run.next].start, self._leaves[run.end - 1].end
        with self._new_exchange() as exchange:
            with self._changed:
                self._exchanges.add(exchange)
                closed = self._closed
            try:
                if closed:
                    return
                with source.opened(exchange, self._cid, self._size, start, end) as body:
                    while run.next < run.end and self._fetch_leaf(source, run, body):
                        pass
            finally:
                with self._changed:
                    self._exchanges.discard(exchange)
                    self._runs.pop(source, None)
                    self._changed.notify_all()

    def _fetch_leaf(self, source: BlockSource, run: _Run, body: io.RawIOBase) -> bool:
        """The next leaf of the run; False where the rest of it is needed no more."""
        number = run.next
        leaf = self._leaves[number]
        with self._changed:
            while not self._closed and number >= self._position + self._ahead:
                if self._again or self._late():  # the reader waits for something else
                    self._give_back(run)
                    return False
                self._changed.wait(RACE_AFTER / 4)
            if self._closed or all(map(self._is_done, range(number, run.end))):
                return False
            run.since = time.monotonic()
            buffer = self._spare.pop() if self._spare else bytearray()
        if len(buffer) < leaf.size:
            buffer = bytearray(leaf.size)
        view, got = memoryview(buffer)[: leaf.size], 0
        while got < leaf.size:
            if not (count := body.readinto(view[got:])):
                raise IpfsIncomplete(f"{source.name} sent {got} of {leaf.size} bytes of a block")
            got += count
        check_block(leaf.cid, view, source.name)
        if leaf.end == self._size:
            body.readinto(bytearray(1))  # sees that there is no more
        del view
        with self._changed:
            run.next += 1
            if self._is_done(number):
                self._spare.append(buffer)
            else:
                self._fetched[number] = buffer
            self._changed.notify_all()
        return True

    def _is_done(self, number: int) -> bool:
        return number < self._position or number in self._fetched


def _as_ours(error: Exception, source: BlockSource) -> IpfsError:
    if isinstance(error, IpfsError):
        return error
    return IpfsError(f"{source.name} can't be read from ({type(error).__name__})")
