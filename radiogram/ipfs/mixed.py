"""Reads one file from several sources at once, each leaf checked against its CID before a byte of it is given away.

Each source has a thread, which fetches one run of leaves after the other. Who lies is asked no more, and others fetch
what it owes; who breaks off after some leaves is asked for the rest; who does not have a leaf is asked for others; who
is slow keeps nobody waiting, since an idle source fetches the same once more. A leaf that nobody has is the end. With
one source all of the file is one run: one request.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from radiogram.errors import IpfsError, IpfsIncomplete, IpfsNotFound, IpfsTimeout, IpfsUnreachable
from radiogram.ipfs.dag import MOST_LEAVES, Leaf, check_block
from radiogram.ipfs.exchange import Exchange
from radiogram.ipfs.race import most_telling
from radiogram.ipfs.source import BlockSource

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

RUN_LEAVES = 4  # that a source of several fetches in one request
_LISTED = 64  # leaves that are known before they may be fetched
RACE_AFTER = 2.0  # seconds in which a leaf did not come, and an idle source fetches it too
_PASSING = (IpfsIncomplete, IpfsTimeout, IpfsUnreachable)  # after some leaves: it is asked for the rest
_LACKING = (IpfsNotFound, IpfsIncomplete)  # of the leaf that was to come


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
        leaves: Iterator[Leaf],
        sources: Sequence[BlockSource],
        exchange: Callable[[], Exchange],
        ahead: int,
    ) -> None:
        self._cid, self._size, self._new_exchange = cid, size, exchange
        self._sources = sources  # each is known by its place: the same may be named twice
        self._run_leaves = RUN_LEAVES if len(sources) > 1 else MOST_LEAVES
        self._ahead = max(ahead, 1)
        self._changed = threading.Condition()  # of all that follows
        self._leaves: list[Leaf] = []  # as far as they are known: a few more than are fetched
        self._count = MOST_LEAVES  # of them, once the last is known
        self._unlisted: IpfsError | None = None  # why no more of them are known
        self._position = 0  # the leaf that is wanted next
        self._current: bytearray | None = None  # the one before it, which is being read
        self._to_fetch = 0  # the first leaf of which no run was begun
        self._again: list[_Run] = []  # what is left of runs that failed
        self._runs: dict[int, _Run] = {}  # by the source's place, as all that follows
        self._lacking: dict[int, dict[int, IpfsError]] = {}  # of a leaf: who does not have it, and what came instead
        self._have_given: set[int] = set()  # a leaf
        self._doubtful: set[int] = set()  # who lacked the last leaf: it is asked for the wanted one alone
        self._failed: dict[int, IpfsError] = {}  # who is asked no more, and why
        self._fetched: dict[int, bytearray] = {}
        self._spare: list[bytearray] = []  # used again: memory that is given back is faulted in again
        self._exchanges: set[Exchange] = set()
        self._closed = False
        self._rest = memoryview(b"")
        self.error: IpfsError | None = None
        threading.Thread(target=self._list, args=(leaves,), name="ipfs-list", daemon=True).start()
        for place in range(len(sources)):
            threading.Thread(target=self._work, args=(place,), name="ipfs-read", daemon=True).start()

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
            if self._position == self._count:
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
            errors = {**self._lacking.get(number, {}), **self._failed}
            if self._unlisted and number >= len(self._leaves):
                self.error = self._unlisted
            elif len(errors) == len(self._sources):
                self.error = most_telling(list(errors.values()))
            if self.error:
                raise self.error
            self._changed.wait()

    # ---- the leaves

    def _list(self, leaves: Iterator[Leaf]) -> None:
        """Has them known in time, since nodes may have to be fetched for them, and no sooner: they may be very many."""
        try:
            for leaf in leaves:
                with self._changed:
                    self._leaves.append(leaf)
                    if leaf.end == self._size:
                        self._count = len(self._leaves)
                    self._changed.notify_all()
                    while not self._closed and len(self._leaves) >= self._position + self._ahead + _LISTED:
                        self._changed.wait()
                    if self._closed:
                        return
        except IpfsError as error:
            self._end_list(error)
        except Exception as error:
            self._end_list(IpfsError(f"the nodes of the file can't be read ({type(error).__name__})"))

    def _end_list(self, error: IpfsError) -> None:
        with self._changed:
            self._unlisted = error
            self._changed.notify_all()

    def _leaves_of(self, run: _Run) -> Iterator[Leaf]:
        """One by one, each known by the time that its bytes are asked for."""
        number = run.next
        while number < min(run.end, len(self._leaves)):
            yield self._leaves[number]
            number += 1

    # ---- a source's side

    def _work(self, place: int) -> None:
        errors: list[IpfsError] = []  # since a leaf came
        while (run := self._next_run(place)) is not None:
            begun = run.next
            try:
                self._fetch(place, run)
            except Exception as failure:  # whatever it is, others may do better
                error = _as_ours(failure, self._sources[place])
                errors = [error] if run.next > begun else [*errors, error]
                with self._changed:
                    if run.next == begun or not isinstance(error, _PASSING):
                        self._note(place, run.next, error, most_telling(errors))
                    self._give_back(run)
                    self._changed.notify_all()

    def _note(self, place: int, number: int, error: IpfsError, why: IpfsError) -> None:
        """It did not give that leaf: it may have others, or is asked no more."""
        is_slow = isinstance(error, IpfsTimeout) and place in self._have_given and place not in self._doubtful
        if is_slow or isinstance(error, _LACKING):
            self._lacking.setdefault(number, {})[place] = why
            self._doubtful.add(place)
        else:
            self._failed[place] = why

    def _give_back(self, run: _Run) -> None:
        """What is left of it is for another attempt, or for others."""
        if self._is_left(run):
            self._again.append(_Run(run.next, run.end))
            self._again.sort(key=lambda each: each.next)

    def _next_run(self, place: int) -> _Run | None:
        """Waits for one; None where nothing is left to do for this source."""
        with self._changed:
            while not self._closed and self._position < self._count and place not in self._failed:
                run = self._left(place) or self._new_run(place) or self._race(place)
                if run is not None:
                    self._again = [each for each in self._again if each is not run]
                    run = self._runs[place] = _Run(run.next, run.end, raced=run.raced)
                    return run
                self._changed.wait(RACE_AFTER / 4 if self._runs else None)
        return None

    def _left(self, place: int) -> _Run | None:
        """What is left of another run, the first that this source may have."""
        for run in list(self._again):
            if not self._is_left(run):  # others were faster
                self._again.remove(run)
                continue
            while self._is_done(run.next):
                run.next += 1
            if run.next < len(self._leaves) and self._is_for(place, run.next):
                return run
        return None

    def _new_run(self, place: int) -> _Run | None:
        start, known = self._to_fetch, len(self._leaves)
        end = min(start + self._run_leaves, self._count)
        is_known = start < known and (end <= known or len(self._sources) == 1)
        if not is_known or start >= self._position + self._ahead or not self._is_for(place, start):
            return None
        self._to_fetch = end
        return _Run(start, end)

    def _race(self, place: int) -> _Run | None:
        """The same as another source is fetching, if that has let us wait."""
        if (run := self._late(place)) is None:
            return None
        run.raced = True
        return _Run(run.next, run.end, raced=True)

    def _late(self, place: int) -> _Run | None:
        wanted = self._position + self._ahead
        late = [
            run
            for run in self._runs.values()
            if not run.raced
            and run.next < min(run.end, wanted)
            and time.monotonic() - run.since > RACE_AFTER
            and self._is_for(place, run.next)
        ]
        return min(late, key=lambda each: each.next, default=None)

    def _is_for(self, place: int, number: int) -> bool:
        """Whether that leaf may be asked of that source."""
        is_useful = place not in self._doubtful or number == self._position
        return is_useful and place not in self._lacking.get(number, {})

    def _fetch(self, place: int, run: _Run) -> None:
        """All leaves of a run, until others have fetched the rest of them."""
        start, leaves = self._leaves[run.next].start, self._leaves_of(run)
        end = self._leaves[run.end - 1].end if run.end <= len(self._leaves) else self._size
        with self._new_exchange() as exchange:
            with self._changed:
                self._exchanges.add(exchange)
                closed = self._closed
            try:
                if closed:
                    return
                with self._sources[place].opened(exchange, self._cid, self._size, start, end, leaves) as body:
                    while self._fetch_leaf(place, run, body):
                        pass
            finally:
                with self._changed:
                    self._exchanges.discard(exchange)
                    self._runs.pop(place, None)
                    self._changed.notify_all()

    def _fetch_leaf(self, place: int, run: _Run, body: io.RawIOBase) -> bool:
        """The next leaf of the run; False where the rest of it is needed no more."""
        number, name = run.next, self._sources[place].name
        with self._changed:
            while self._is_left(run) and number >= min(self._position + self._ahead, len(self._leaves)):
                left = self._left(place)
                if (left and left.next < number) or self._late(place):  # the reader waits for something else
                    self._give_back(run)
                    return False
                if self._closed or (self._unlisted and number >= len(self._leaves)):
                    return False
                self._changed.wait(RACE_AFTER / 4)
            if self._closed or not self._is_left(run):
                return False
            leaf = self._leaves[number]
            run.since = time.monotonic()
            buffer = self._spare.pop() if self._spare else bytearray()
        if len(buffer) < leaf.size:
            buffer = bytearray(leaf.size)
        view, got = memoryview(buffer)[: leaf.size], 0
        while got < leaf.size:
            if not (count := body.readinto(view[got:])):
                raise IpfsIncomplete(f"{name} sent {got} of {leaf.size} bytes of a block")
            got += count
        check_block(leaf.cid, view, name)
        if leaf.end == self._size:
            body.readinto(bytearray(1))  # sees that there is no more
        del view
        with self._changed:
            run.next += 1
            self._have_given.add(place)
            self._doubtful.discard(place)
            if self._is_done(number):
                self._spare.append(buffer)
            else:
                self._fetched[number] = buffer
            self._changed.notify_all()
        return True

    def _is_left(self, run: _Run) -> bool:
        """Whether a leaf of it did not come, from nobody."""
        return not all(map(self._is_done, range(run.next, min(run.end, self._count))))

    def _is_done(self, number: int) -> bool:
        return number < self._position or number in self._fetched


def _as_ours(error: Exception, source: BlockSource) -> IpfsError:
    if isinstance(error, IpfsError):
        return error
    return IpfsError(f"{source.name} can't be read from ({type(error).__name__})")
