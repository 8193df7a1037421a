"""Measures speed and memory beside the peers, in the same run:  python -m bench [PART…] [--rounds 5] [--write]

PART is transfer, day_list or messages; all of them, if none is named. What was measured is kept in .build/bench, and
`--write` puts it, with that of the parts that were measured before, into docs/speed.md and docs/speed.svg. `--kept`
measures nothing now. Machines are noisy: quote the ratios, and the times of processors.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from bench import day_list, messages, page, transfer
from bench.measure import ROOT
from tests.generated_blocks import write_block

KEPT = ROOT / ".build" / "bench"
PARTS = ("transfer", "day_list", "messages")


@click.command(help=__doc__)
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--rounds", default=5, show_default=True, help="Times each command is run; of the largest files fewer.")
@click.option("--studies", default=200, show_default=True, help="How many are in the day's list.")
@click.option("--kept", is_flag=True, help="Measure nothing: tell what was measured before.")
@click.option("--write", is_flag=True, help="Put the results into docs/speed.md.")
def main(parts: tuple[str, ...], rounds: int, studies: int, kept: bool, write: bool) -> None:
    for part in () if kept else parts or PARTS:
        _keep(part, _measured(part, rounds, studies))
    if missing := [part for part in PARTS if not _file(part).exists()]:
        sys.exit(f"bench: nothing was measured yet of {', '.join(missing)}")
    results = {part: json.loads(_file(part).read_text()) for part in PARTS}
    report = page.render(results)
    click.echo(report)
    if write:
        write_block(page.PAGE, page.COMMAND, report)
        page.draw(results)


def _measured(part: str, rounds: int, studies: int) -> dict[str, Any]:
    if part == "transfer":
        result = transfer.measure(rounds)
    elif part == "day_list":
        rounds = max(2, rounds * 3 // 5)
        result = day_list.measure(rounds, studies)
    else:
        result = messages.measure(rounds)
    result["conditions"]["rounds"] = rounds
    return result


def _keep(part: str, result: dict[str, Any]) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    _file(part).write_text(json.dumps(result, indent=1) + "\n")


def _file(part: str) -> Path:
    return KEPT / f"{part}.json"


if __name__ == "__main__":
    main()
