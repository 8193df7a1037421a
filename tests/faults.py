"""Runs the tests that inject faults, at all their points, and writes the table of docs/reliability.md: `make faults`.

`make faults TESTS=tests/flows/test_killed.py` runs those of some files or folders, and writes their rows alone.

A pytest plugin. A test is marked with what goes wrong, how that is done, and what it shows:
`@pytest.mark.fault(fault, injection, outcome)`. The table is written only if all of them passed; a test with parameters
is a row, with how many points it has.
"""

import os

import pytest

from tests.generated_blocks import DOCS, read_block, table, write_block

COMMAND = "make faults"
PAGE = DOCS / "reliability.md"
HEAD = ["fault", "how it is injected", "points", "what happens", "test"]
ALL = os.environ.get("RADIOGRAM_FAULTS") == "all"


def points(count: int, short: int) -> range:
    """Which of `count` points, evenly spread, a test goes through: all of them, or `short` many in `make test`."""
    return range(count) if ALL else range(0, count, max(1, count // short))


class Table:
    """Rows, by the tests that gave them."""

    def __init__(self) -> None:
        self.rows: dict[str, list[str]] = {}
        self.passed: dict[str, int] = {}

    def pytest_runtest_makereport(self, item, call) -> None:
        marker = item.get_closest_marker("fault")
        if marker and call.when == "call" and call.excinfo is None:
            name = item.nodeid.partition("[")[0]
            self.rows[name] = list(marker.args)
            self.passed[name] = self.passed.get(name, 0) + 1

    def pytest_sessionfinish(self, session, exitstatus) -> None:
        if exitstatus != pytest.ExitCode.OK:
            return
        ran = {
            name.removeprefix("tests/"): [fault, injection, str(self.passed[name]), outcome]
            for name, (fault, injection, outcome) in self.rows.items()
        }
        places = tuple(each.removeprefix("tests").removeprefix("/") for each in session.config.args)
        others = {name: cells for name, cells in rows_written().items() if not name.startswith(places)}
        lines = [[*cells, f"`{name}`"] for name, cells in sorted((ran | others).items())]
        points = sum(int(cells[2]) for cells in lines)
        write_block(PAGE, COMMAND, f"{len(lines)} faults, {points:,} points.\n\n{table(HEAD, lines)}")


def rows_written() -> dict[str, list[str]]:
    """The cells that the page has now, by their tests: `folder/file.py::name`."""
    lines = [line for line in read_block(PAGE, COMMAND).splitlines() if line.endswith("` |")]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return {test.strip("`"): rest for *rest, test in cells}


def pytest_configure(config) -> None:
    if ALL:
        config.pluginmanager.register(Table(), "fault-table")
