"""What the journal of sends says of all that was ever uploaded. Read without a lock, by whoever sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from radiogram.chain.transactions import SignedTransaction
from radiogram.outgoing.journal import Arrived, Begun, Dropped, Erasure, Sealed, Step, parse_step


@dataclass(frozen=True)
class Attempt:
    """From one Begun of an entry to the next: a message, or what did not become one."""

    begun: Begun
    sealed: Sealed | None = None
    is_signed: bool = False
    arrived: Arrived | None = None
    is_given_up: bool = False
    """It was dropped, or begun anew."""
    is_repeated: bool = False
    """A later attempt at the same has arrived."""
    is_erased: bool = False
    """What it led to is to be deleted, or was."""
    tag: str = ""
    """Of its entry in the journal."""

    @property
    def cids(self) -> tuple[bytes, ...]:
        """What it needs of IPFS: study and key packet."""
        if self.sealed is None:
            return ()
        return (self.sealed.cid, self.sealed.packet_cid) if self.sealed.packet_cid else (self.sealed.cid,)

    @property
    def uploads(self) -> tuple[bytes, ...]:
        """What of that was put there for it."""
        return self.cids if self.sealed is None or self.sealed.has_uploaded else self.cids[1:]

    @property
    def is_needless(self) -> bool:
        """Whether no message leads to its upload, or ever will, or is meant to any longer."""
        return self.is_erased or (self.is_given_up and not self.is_signed and not self.arrived)

    @property
    def is_unfinished(self) -> bool:
        return not self.arrived and not self.is_given_up


@dataclass(frozen=True)
class History:
    """That of one journal."""

    attempts: list[Attempt]
    unreadable: list[Path]
    """Files that could not be opened."""
    cut_lines: int
    """Lines that are not whole: a machine stopped when they were written."""

    @cached_property
    def needed(self) -> set[bytes]:
        """The CIDs that a message leads to, or will."""
        return {cid for each in self.attempts if not each.is_needless for cid in each.cids}

    @cached_property
    def needless(self) -> set[bytes]:
        """Those that were uploaded, and that nothing needs."""
        return {cid for each in self.attempts if each.is_needless for cid in each.uploads} - self.needed

    def leading_to(self, cid: bytes) -> list[Attempt]:
        """The messages, and what may become one, that need it."""
        return [each for each in self.attempts if not each.is_needless and cid in each.cids]


def read_history(folder: Path) -> History:
    """Everything in the journal at `folder`, oldest first in each entry."""
    attempts: list[Attempt] = []
    unreadable, cut_lines = [], 0
    for path in sorted(folder.glob("*.jsonl")):
        try:
            lines = [line for line in path.read_bytes().splitlines() if line]
        except OSError:
            unreadable.append(path)
            continue
        steps = [step for line in lines if (step := _step(line))]
        cut_lines += len(lines) - len(steps)
        made = list(_attempts(steps))
        last = max((place for place, each in enumerate(made) if each.arrived), default=0)
        erased = {step.envelope for step in steps if isinstance(step, Erasure)}
        attempts += [
            replace(
                each,
                is_repeated=place < last,
                is_erased=each.sealed is not None and each.sealed.envelope in erased,
                tag=path.stem,
            )
            for place, each in enumerate(made)
        ]
    return History(attempts, unreadable, cut_lines)


def _attempts(steps: list[Step]) -> Iterator[Attempt]:
    attempt: Attempt | None = None
    for step in steps:
        if isinstance(step, Begun):
            if attempt:
                yield replace(attempt, is_given_up=True)
            attempt = Attempt(step)
        elif attempt:
            attempt = _with(attempt, step)
    if attempt:
        yield attempt


def _with(attempt: Attempt, step: Step) -> Attempt:
    match step:
        case Sealed():
            return replace(attempt, sealed=step)
        case SignedTransaction():
            return replace(attempt, is_signed=True)
        case Arrived():
            return replace(attempt, arrived=step)
        case Dropped():
            return replace(attempt, is_given_up=True)
    return attempt


def _step(line: bytes) -> Step | None:
    try:
        return parse_step(line)
    except (ValueError, LookupError, TypeError):
        return None
