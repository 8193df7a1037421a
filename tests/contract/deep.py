"""Runs the contract's tests at their deepest:  python -m tests.contract.deep [--write]

The state machine alone makes some eight thousand transactions. `--write` puts what it did into docs/audit.md.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import Any

import click

from tests.contract.audited import SEED, anvil, statement
from tests.contract.project_copy import run_tests, working_copy
from tests.generated_blocks import AUDIT_PAGE, table, write_block

COMMAND = "python -m tests.contract.deep --write"
PROFILE = "deep"
COUNTS_FILE = "STATE_MACHINE_COUNTS"  # environment: where the state machine writes what its runs did


def render(counts: dict[str, Any], passed: int) -> str:
    hypothesis = f"Hypothesis {version('hypothesis')}, profile {PROFILE}, seed {SEED}"
    rows = [[name, f"{number:,}"] for name, number in sorted(counts["seen"].items(), key=lambda each: -each[1])]
    return f"""{statement(anvil(), hypothesis)}

{passed} tests passed. In {counts["runs"]:,} runs the state machine made {counts["transactions"]:,} transactions;
chain and model agreed after each.

{table(["event, or error of a refused transaction", "times"], rows)}"""


def main() -> int:
    with working_copy() as copy:
        run = run_tests(copy, HYPOTHESIS_PROFILE=PROFILE, **{COUNTS_FILE: str(copy / "counts.json")})
        summary = run.stdout.splitlines()[-1]
        click.echo(summary)
        if run.returncode:
            click.echo(run.stdout[-5000:])
            return run.returncode
        counts = json.loads((copy / "counts.json").read_text())
    report = render(counts, int(summary.split(" ")[0]))
    click.echo(report)
    if "--write" in sys.argv[1:]:
        write_block(AUDIT_PAGE, COMMAND, report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
