"""What `python -m bench` has measured, as the tables and the plot of docs/speed.md."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import starmap
from pathlib import Path
from typing import Any

from bench import day_list, messages
from bench.measure import Run, Runs, median_of
from bench.transfer import (
    ADD,
    CAT,
    EMPTY,
    FEWER_ROUNDS,
    PIPE_IN,
    PIPE_OUT,
    RETRIEVE,
    SEND,
    SMALL_RETRIEVE,
    SMALL_SEND,
    WORMHOLE,
    runs_of,
)
from tests.generated_blocks import DOCS, table

PAGE, PLOT = DOCS / "speed.md", DOCS / "speed.svg"
COMMAND = "python -m bench --write"
RATIOS_FROM = "100 MB"  # of smaller ones, what a command takes of its own is lost in the noise of its start-up
_WAYS = {
    "Sending": (SEND, SMALL_SEND, PIPE_IN, ADD),
    "Retrieving": (RETRIEVE, SMALL_RETRIEVE, PIPE_OUT, CAT),
}


def render(results: Mapping[str, Any]) -> str:
    """The block of the page: of each part that was measured."""
    parts = {"transfer": _transfers, "day_list": _day_list, "messages": _messages}
    return "\n\n".join(starmap(lambda name, write: write(results[name]), parts.items()))


# ---- sending and retrieving


def own(runs: Runs, command: str, floor: str, what: Callable[[Run], float] = lambda run: run.seconds) -> list[float]:
    """What a command takes beyond the same command on a small file, round by round."""
    return [what(each) - what(least) for each, least in zip(runs[command], runs[floor], strict=True)]


def ratio(runs: Runs, ours: list[float], peer: str, what: Callable[[Run], float] = lambda run: run.seconds) -> float:
    """To another command; the median of rounds."""
    return statistics.median(mine / what(other) for mine, other in zip(ours, runs[peer], strict=True))


def _processor(run: Run) -> float:
    return run.all_processor


def _transfers(result: Mapping[str, Any]) -> str:
    sizes = {label: runs_of(each) for label, each in result["sizes"].items()}
    labels = list(sizes)
    said = [_conditions(result["conditions"]), _start_up(sizes)]
    for title, (command, floor, pipe, bare) in _WAYS.items():
        head = [title, "our part, s", "the pipe, s", f"`{bare}`, s", "of the pipe", f"of `{bare}`", "processor, s"]
        head += ["of the pipe's", "magic-wormhole, s"]
        rows = []
        for label, runs in sizes.items():
            ours, taken = own(runs, command, floor), own(runs, command, floor, _processor)
            has_ratios = labels.index(label) >= labels.index(RATIOS_FROM)
            rows.append([
                f"{label}{' (fewer rounds)' * (label in FEWER_ROUNDS)}",
                *(_seconds(value) for value in (statistics.median(ours), median_of(runs[pipe]), median_of(runs[bare]))),
                *(f"{ratio(runs, ours, peer):.2f}" if has_ratios else "" for peer in (pipe, bare)),
                _seconds(statistics.median(taken)),
                f"{ratio(runs, taken, pipe, _processor):.2f}" if has_ratios else "",
                _seconds(median_of(runs[WORMHOLE])),
            ])  # fmt: skip
        said.append(table(head, rows))
    said.append(_memory(sizes))
    return "\n\n".join(said)


def _start_up(sizes: Mapping[str, Runs]) -> str:
    every = list(sizes.values())
    least = {
        name: min(min(run.seconds for run in runs[name]) for runs in every)
        for name in (EMPTY, SMALL_SEND, SMALL_RETRIEVE)
    }
    taken = {name: statistics.median(run.processor for runs in every for run in runs[name]) for name in least}
    rows = [[f"`{name}`", f"{least[name]:.2f}", f"{taken[name]:.2f}"] for name in least]
    return table(["What each command takes at least", "least, s", "processor, s (median)"], rows)


def _memory(sizes: Mapping[str, Runs]) -> str:
    labels = list(sizes)
    rows = [
        [f"`{command}`", *(f"{median_of(sizes[label][command], lambda run: run.peak_mb):.0f}" for label in labels)]
        for command in (SEND, RETRIEVE)
    ]
    return table(["Peak memory, MB", *labels], rows)


# ---- a day's list


def _day_list(result: Mapping[str, Any]) -> str:
    runs, studies = runs_of(result["runs"]), result["conditions"]["studies"]

    def taken(label: str, what: Callable[[Run], float]) -> list[float]:
        """The programs of IPFS need no floor: they start in some milliseconds."""
        return own(runs, label, SMALL_SEND, what) if label in _OURS else [what(run) for run in runs[label]]

    rows = []
    for label, one in _COMPARED.items():
        seconds, *parts = (statistics.median(taken(label, what)) for what in (_clock, _processor, *_PARTS))
        ratios = (_of(taken(label, what), taken(one, what)) for what in (_clock, _processor))
        whole, *each_part = map(_seconds, parts)
        rows.append(
            [f"`{label}`", _seconds(seconds), f"{seconds / studies:.3f}", next(ratios), whole, next(ratios), *each_part]
        )
    head = [f"{studies} studies of {day_list.MEGABYTES} MB", "s", "a study, s", "ratio", "processor, s", "ratio"]
    head += ["of it the command", "Kubo", "the chain"]
    looped = median_of(runs[day_list.LOOP])
    return (
        f"{_conditions(result['conditions'])}\n\n{table(head, rows)}\n\n"
        f"One by one, a study takes {looped:.1f} s: {looped * studies / 60:.0f} minutes for {studies} (estimated)."
    )


def _clock(run: Run) -> float:
    return run.seconds


_PARTS: tuple[Callable[[Run], float], ...] = (lambda run: run.processor, lambda run: run.node, lambda run: run.chain)
_OURS = (day_list.ONE, day_list.LIST)
_COMPARED = dict.fromkeys(_OURS, day_list.ONE) | dict.fromkeys((day_list.ADD_ONE, day_list.ADD_LIST), day_list.ADD_ONE)
"""With what."""


def _of(some: list[float], others: list[float]) -> str:
    return f"{statistics.median(a / b for a, b in zip(some, others, strict=True)):.2f}"


# ---- long inboxes, and imports


def _messages(result: Mapping[str, Any]) -> str:
    runs = runs_of(result["runs"])
    longer = own(runs, messages.LIST_ALL, messages.LIST_ONE)
    taken = own(runs, messages.LIST_ALL, messages.LIST_ONE, _processor)
    opened = result["opened a second"]
    rows = [
        [f"`inbox` of {messages.MESSAGES:,} messages, beyond one", f"{_seconds(statistics.median(longer))} s", "2 s"],
        ["the same, of processors", f"{_seconds(statistics.median(taken))} s", ""],
        ["envelopes opened, each second of one processor", f"{statistics.median(opened):,.0f}", "1,500 or more"],
        *(
            [f"imports of `{name}` beyond Ape's, of a processor", f"{seconds:.2f} s", "0.3 s"]
            for name, seconds in result["imports"].items()
        ),
    ]
    return f"{_conditions(result['conditions'])}\n\n{table(['Inboxes and imports', 'measured', 'goal'], rows)}"


# ---- the plot


def draw(results: Mapping[str, Any], file: Path = PLOT) -> None:
    sizes = {label: runs_of(result) for label, result in results["transfer"]["sizes"].items()}
    shown = list(sizes)[list(sizes).index(RATIOS_FROM) :]
    panels = []
    for what, by in ((_clock, "by the clock"), (_processor, "of processors")):
        for title, (command, floor, *peers) in _WAYS.items():
            bars = {command: [statistics.median(own(sizes[label], command, floor, what)) for label in shown]}
            bars |= {peer: [median_of(sizes[label][peer], what) for label in shown] for peer in (*peers, WORMHOLE)}
            panels.append({"title": f"{title}, {by}", "bars": bars})
    figures = json.dumps({"sizes": [label.replace(", ", ",\n") for label in shown], "panels": panels})
    script = Path(__file__).parent / "plot.py"
    subprocess.run([sys.executable, script, file], input=figures, text=True, check=True)


def _conditions(said: Mapping[str, Any]) -> str:
    return (
        f"{said['date']}, {said['processors']} processors; load {said['load']} at the beginning, "
        f"{said['load at the end']} at the end. {said['rounds']} rounds."
    )


def _seconds(value: float) -> str:
    return f"{value:.2f}"
