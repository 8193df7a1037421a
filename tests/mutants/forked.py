"""A plugin of pytest: runs the tests once as they are, and then some of them on each mutant, each in a fork.

The first run tells which tests run which lines; a mutant is shown those that run its statement, the fastest first,
until one fails. What is started for all tests of a run (fixtures of its scope "session") is started once, and used by
all. `coverage` is that of mutmut's environment.
"""

from __future__ import annotations

import gc
import os
import resource
import select
import signal
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import coverage
import psutil
import pytest
from _pytest.runner import runtestprotocol
from hypothesis.internal.conjecture import engine

from tests.contract.audited import ROOT
from tests.mutants.mutant import Mutant, Result, lines_of_statement

FILE_LIMIT, MEMORY_LIMIT = 1 << 30, 3 << 30  # bytes that a mutant may write into a file, and hold
Line = tuple[str, int]


class Mutation:
    """`wanted` has the mutants, `jobs` at a time; `told` is given each with its result, in processes of their own."""

    def __init__(self, wanted: Iterable[Mutant], told: Callable[[Mutant, Result], None], jobs: int) -> None:
        self.wanted, self.told, self.jobs = wanted, told, jobs
        self._statements = {mutant: lines_of_statement(mutant.path, mutant.line) for mutant in wanted}
        self.failed: list[str] = []
        self._seconds: dict[pytest.Item, float] = {}
        self._lines: dict[Line, set[pytest.Item]] = defaultdict(set)
        self._killers: dict[tuple[str, str], list[pytest.Item]] = defaultdict(list)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._run_as_it_is(session.items, {str(ROOT / mutant.path) for mutant in self.wanted})
        if self.failed:
            return True
        gc.collect()
        gc.freeze()
        engine.MAX_SHRINKING_SECONDS = 0  # that an example fails is enough
        functions = sorted({(mutant.path, mutant.function) for mutant in self.wanted})
        workers = [self._work(set(functions[number :: self.jobs])) for number in range(self.jobs)]
        statuses = [os.waitpid(worker, 0)[1] for worker in workers]
        if any(statuses):
            self.failed.append("a worker broke off")
        session.testsfailed = 0
        return True

    def _work(self, functions: set[tuple[str, str]]) -> int:
        """Tries the mutants of these functions in another process; its id."""
        if worker := os.fork():
            return worker
        try:
            for mutant in self.wanted:
                if (mutant.path, mutant.function) in functions:
                    self.told(mutant, self._result(mutant))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    def _run_as_it_is(self, items: list[pytest.Item], files: set[str]) -> None:
        measured = coverage.Coverage(data_file=None, config_file=False, include=sorted(files))
        measured.start()
        for item, following in zip(items, [*items[1:], None], strict=True):
            measured.switch_context(item.nodeid)
            start = time.perf_counter()
            reports = runtestprotocol(item, log=False, nextitem=following or _Session(item))
            self._seconds[item] = time.perf_counter() - start
            self.failed += [f"{item.nodeid}\n{report.longreprtext}" for report in reports if report.failed]
        measured.stop()
        by_name = {item.nodeid: item for item in items}
        for file in files:
            for line, names in measured.get_data().contexts_by_lineno(file).items():
                self._lines[file, line] = {by_name[name] for name in names if name}

    def _result(self, mutant: Mutant) -> Result:
        tests = {item for line in self._statements[mutant] for item in self._lines[str(ROOT / mutant.path), line]}
        killers = self._killers[mutant.path, mutant.function]
        order = sorted(tests, key=lambda item: (item not in killers, self._seconds[item]))
        noticed = self._in_fork(mutant, order, 1)
        if noticed == "no end":  # a busy machine may be slow
            noticed = self._in_fork(mutant, order, 3)
        for item in order:
            if item.nodeid == noticed and item not in killers:
                killers.append(item)
        return Result(noticed != "", noticed, len(tests))

    def _in_fork(self, mutant: Mutant, items: list[pytest.Item], patience: int) -> str:
        """What notices the mutant: a test, or that its process does not come to an end as it should."""
        if not items:
            return ""
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.setpgid(0, 0)
            _run_to_first_failure(mutant, items, writing)
        os.close(writing)
        said = _listen(child, reading, [patience * (5 + 10 * self._seconds[item]) for item in items])
        os.close(reading)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # and what its tests left running
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return f"exit status {status}" if said is None else said


class _Session:
    """In place of a next test: nothing is left but what is made for the whole run."""

    def __init__(self, item: pytest.Item) -> None:
        self._chain = item.listchain()[:1]

    def listchain(self) -> list[Any]:
        return self._chain


def _run_to_first_failure(mutant: Mutant, items: list[pytest.Item], writing: int) -> None:
    """Writes a line for each test: empty if it passed, and at last the test that failed."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    mutant.apply()
    for item, following in zip(items, [*items[1:], None], strict=True):
        reports = runtestprotocol(item, log=False, nextitem=following or _Session(item))
        if any(report.failed for report in reports):
            with suppress(BaseException):
                item.session._setupstate.teardown_exact(_Session(item))  # what was made for several tests
            os.write(writing, item.nodeid.encode())
            break
        os.write(writing, b"\n")
    os._exit(0)


def _listen(child: int, reading: int, patience: list[float]) -> str | None:
    """The test that failed, "" for none, or why the child is not waited for any longer; None if it broke off."""
    passed = 0
    deadline = time.monotonic() + patience[0]
    while time.monotonic() < deadline:
        if select.select([reading], [], [], 0.2)[0]:
            said = os.read(reading, 1 << 16)
            passed += said.count(b"\n")
            if failed := said.strip():
                return failed.decode()
            if passed == len(patience) or not said:
                return "" if passed == len(patience) else None
            deadline = time.monotonic() + patience[passed]
        with suppress(psutil.NoSuchProcess):
            if psutil.Process(child).memory_info().rss > MEMORY_LIMIT:
                return "too much memory"
    return "no end"
