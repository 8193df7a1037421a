"""Prepares several studies at a time, and sends those that are ready together, as their transaction fills.

A study that fails stops no other. What is ready waits for others at most PATIENCE seconds: so messages arrive while a
long list is on its way, and two runs that want each other's studies both go on.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass

from radiogram.batch.loads import MOST_TOGETHER, fits
from radiogram.errors import (
    ChainUnreachable,
    InsufficientFundsError,
    IpfsError,
    NotTriedError,
    RadiogramError,
    RepeatedError,
    StateFolderError,
    UnconfirmedError,
)
from radiogram.outgoing.journal import Entry, Journal, Purpose
from radiogram.transfer import Prepared, Progress, Sent

WORKERS = 3
PATIENCE = 60.0  # seconds
MOST_IN_A_ROW = 3  # failures of what all studies need, until no more are begun
_STOPPING = 30.0  # seconds for a study that is being prepared to notice that it is not wanted any more
_OF_ALL = (IpfsError, ChainUnreachable, InsufficientFundsError, StateFolderError, UnconfirmedError)
Outcome = Sent | Exception


@dataclass(frozen=True)
class Job:
    """A study to be sent."""

    prepare: Callable[[Progress], AbstractContextManager[Prepared]]
    """Seals it, on a thread of several; `transfer.prepare` says what it raises."""
    gas: int
    """What its message uses at most, were it sent alone."""


class OnceEach(Journal):
    """A journal for one run: what is the same as another study of the run, to the same recipient, is refused.

    (Its entry is held by the other, for which nobody would wait who holds it too.)
    """

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal.folder, journal.waits)
        self._had: set[str] = set()
        self._gate = threading.Lock()

    @contextmanager
    def entry(self, purpose: Purpose) -> Iterator[Entry]:
        with self._gate:
            if purpose.tag in self._had:
                raise RepeatedError(
                    "another line of the list sends the same images to the same recipient", "leave one of them out"
                )
            self._had.add(purpose.tag)
        with super().entry(purpose) as entry:
            yield entry


class _Stopped(Exception):  # noqa: N818
    """Ends a study that is being prepared, when the run ends."""


class Pipeline:
    """One run: `jobs` are prepared by several threads; all else is done by the one that calls `run`."""

    def __init__(
        self,
        jobs: Sequence[Job],
        send: Callable[[Sequence[Prepared], int], Sequence[Sent | RadiogramError]],
        told: Callable[[Sequence[tuple[int, Outcome]]], None],
        limit: int,
        progress: Progress = lambda _: None,
        *,
        workers: int = WORKERS,
        patience: float = PATIENCE,
    ) -> None:
        """`send` sends what is prepared by one transaction that may use so much gas; `limit` is what it can be given.

        `told` is told what became of which jobs, as it is known.
        """
        self._jobs, self._send, self._told, self._limit, self._progress = jobs, send, told, limit, progress
        self._workers, self._patience = workers, patience
        self._left = deque(range(len(jobs)))
        self._done: queue.SimpleQueue[tuple[int, ExitStack, Prepared | BaseException]] = queue.SimpleQueue()
        self._room = threading.Semaphore(2 * MOST_TOGETHER)  # of what is held open
        self._stopped = threading.Event()
        self._in_a_row = 0
        self._waiting: list[tuple[int, ExitStack, Prepared]] = []
        self._gas, self._since = 0, 0.0

    def run(self) -> None:
        """Until something became of each job. Raises what is no fault of a study: it is stopped, and can be gone on
        with.
        """
        threads = [threading.Thread(target=self._work, name="prepare", daemon=True) for _ in range(self._workers)]
        for each in threads:
            each.start()
        try:
            left = len(self._jobs)
            while left:
                with suppress(queue.Empty):
                    self._take(*self._done.get(timeout=self._wait()))
                    left -= 1
                    continue
                self._flush()
            self._flush()
        finally:
            self._stopped.set()
            for each in threads:
                each.join(_STOPPING)
            for _, held, _ in self._waiting:
                held.close()
            with suppress(queue.Empty):
                while True:
                    self._done.get_nowait()[1].close()

    def _wait(self) -> float | None:
        return max(0.0, self._since + self._patience - time.monotonic()) if self._waiting else None

    def _take(self, number: int, held: ExitStack, outcome: Prepared | BaseException) -> None:
        if isinstance(outcome, BaseException):
            held.close()
            if not isinstance(outcome, Exception):
                raise outcome
            self._told([(number, outcome)])
        elif outcome.was_sent:
            with held:
                self._tell([number], self._send([outcome], 0))
        else:
            gas = self._jobs[number].gas
            if not fits(len(self._waiting), self._gas, gas, self._limit):
                self._flush()
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting.append((number, held, outcome))
            self._gas += gas

    def _flush(self) -> None:
        """Send what waits."""
        if not self._waiting:
            return
        with ExitStack() as held:
            for _, each, _ in self._waiting:
                held.callback(each.close)
            outcomes = self._send([each for _, _, each in self._waiting], self._gas)
            numbers = [number for number, _, _ in self._waiting]
            self._waiting, self._gas = [], 0
            self._tell(numbers, outcomes)

    def _tell(self, numbers: Sequence[int], outcomes: Sequence[Sent | RadiogramError]) -> None:
        if all(isinstance(each, Exception) for each in outcomes):
            self._note(outcomes[0])
        self._told(list(zip(numbers, outcomes, strict=True)))

    # ---- on threads of their own

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._room.acquire()
            held = ExitStack()
            held.callback(self._room.release)
            try:
                number = self._left.popleft()
            except IndexError:
                held.close()
                return
            self._done.put((number, held, self._prepared(number, held)))

    def _prepared(self, number: int, held: ExitStack) -> Prepared | BaseException:
        if self._stopped.is_set() or self._in_a_row >= MOST_IN_A_ROW:
            return NotTriedError("not tried, after others had failed", "mend that, and run the same command again")
        try:
            message = held.enter_context(self._jobs[number].prepare(self._advance))
        except BaseException as error:  # whatever it is: somebody waits for what becomes of it
            self._note(error)
            return error
        self._in_a_row = 0
        return message

    def _advance(self, count: int) -> None:
        if self._stopped.is_set():
            raise _Stopped
        self._progress(count)

    def _note(self, error: object) -> None:
        """Whether what failed is something that the other studies need as well."""
        if isinstance(error, _OF_ALL):
            self._in_a_row += 1
