"""Runs the tests of large studies at full size:  python -m tests.large [--write]

500 MB through the pages, with what browser and server take for it, and 5,000 files as one message. `make test` runs
the same tests with less. `--write` puts what was measured into docs/audit.md.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

import click

from tests.generated_blocks import AUDIT_PAGE, table, write_block

COMMAND = "python -m tests.large --write"
TESTS = ["tests/web/test_large.py", "tests/flows/test_send_check.py::test_five_thousand_files_go_as_one_message"]
# As tests/web/test_large.py prints it.
MEASURED = re.compile(
    r"^(.+ MB): browser \+(-?\d+) MB \(from \d+\), server \+(-?\d+) MB, longest block (\d+) ms$", re.M
)
HEAD = ["step", "browser, MB more", "server, MB more", "longest block, ms"]


def chromium() -> str:
    said = subprocess.run(["chromium", "--version"], capture_output=True, text=True, check=True).stdout
    return " ".join(said.split(" ")[:2])


def render(output: str) -> str:
    passed = re.search(r"^(\d+) passed", output, re.M)
    assert passed
    return f"""{chromium()}, {os.cpu_count()} cores. {passed[1]} tests passed; they allow 150 MB, 150 MB and 200 ms.

{table(HEAD, [list(row) for row in MEASURED.findall(output)])}"""


def main() -> int:
    run = subprocess.run(
        ["ape", "test", *TESTS, "-q", "-s", "-p", "no:cacheprovider"],
        env={**os.environ, "RADIOGRAM_LARGE": "1", "HYPOTHESIS_PROFILE": "ci"},
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    click.echo(run.stdout)
    if run.returncode:
        return run.returncode
    report = render(run.stdout)
    click.echo(report)
    if "--write" in sys.argv[1:]:
        write_block(AUDIT_PAGE, COMMAND, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
