"""What a check found, and how a check is run: for no longer than its time, whatever it raises."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import click

from radiogram.cli import hints

State = Literal["ok", "warning", "problem"]
Check = Callable[[], "Finding"]
SHOWN = 3  # of many things of a kind
AGAIN = 20  # seconds until a check is told anew that its time is up, should it have gone on


@dataclass(frozen=True)
class Finding:
    """One line of what there is, and unless that is fine, one of what to do about it."""

    state: State
    found: str
    to_do: str = ""
    repaired: bool = False
    items: tuple[str, ...] = ()
    """All that `found` names some of."""
    name: str = ""
    is_late: bool = False
    """Whether the check did not end in its time."""

    def fields(self) -> dict[str, Any]:
        """For --json."""
        return {
            "name": self.name,
            "state": self.state,
            "found": self.found,
            "to_do": self.to_do or None,
            "repaired": self.repaired,
            "items": list(self.items),
        }


def ok(found: str, *, items: Sequence[str] = ()) -> Finding:
    return Finding("ok", found, items=tuple(items))


def repaired(found: str, *, items: Sequence[str] = ()) -> Finding:
    return Finding("ok", found, repaired=True, items=tuple(items))


def warning(found: str, to_do: str, *, items: Sequence[str] = ()) -> Finding:
    return Finding("warning", found, to_do, items=tuple(items))


def problem(found: str, to_do: str, *, items: Sequence[str] = ()) -> Finding:
    return Finding("problem", found, to_do, items=tuple(items))


class _TimeUp(BaseException):
    """Not an Exception: libraries catch those."""


def run(name: str, check: Check, seconds: float) -> Finding:
    """What `check` returns; a problem if it raises, or takes more than `seconds` (0: as long as it likes).

    By a signal: Ape connects to a chain in the main thread alone, and what a thread hangs in would outlive its time.
    """

    def end(*_: object) -> None:
        raise _TimeUp

    before = signal.signal(signal.SIGALRM, end)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN if seconds else 0)
        found = check()
    except _TimeUp:
        found = Finding("problem", f"no answer within {seconds:g} s", "try again; is its node stopped?", is_late=True)
    except click.ClickException as error:
        found = _problem(error.message)
    except OSError as error:
        if error.filename and error.strerror:
            found = problem(f"{error.filename}: {error.strerror}", "check who owns it, and its permissions")
        else:
            found = _problem(hints.line(error))
    except Exception as error:
        found = _problem(hints.line(error))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return replace(found, name=name)


def _problem(line: str) -> Finding:
    """Of an error in one line, which says what to do at its end."""
    found, _, to_do = line.rpartition("; " if "; " in line else ": ")
    return problem(found or line, to_do if found else "run it again with RADIOGRAM_DEBUG=1 for more")


def some(items: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(items) - SHOWN
    return ", ".join(items[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
