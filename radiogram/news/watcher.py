"""Looks at inboxes again and again, and has people told that there is news in theirs.

What was found is on the disk before anybody is told, and who was told after: a watcher that is killed in between, or
gets its answer too late, tells again, under the same name. News is never lost that way, and told twice only then. No
name is given to what was found after it was first told, since a receiver may drop what it has had.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from eth_typing import ChecksumAddress

from radiogram.chain.inbox import Inbox
from radiogram.errors import NewsError
from radiogram.news.arrivals import Seen, first_look, look
from radiogram.news.channels import Channel
from radiogram.news.state import Pending, State, StateFile
from radiogram.news.watch_list import Watched

FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0  # seconds until somebody is told again
GIVE_UP = 7 * 86_400.0  # seconds
GIVE_UP_ATTEMPTS = 24  # nearly a day's: the computer may have slept for most of the week

HOURLY = 3600.0  # seconds between looks at what need not be looked at each time
SETTLED = 3600.0  # seconds; a reorganisation puts nothing into a block that was due longer ago

Tell = Callable[[Channel, str], None]
"""Tells somebody of news, which has a name. Raises NewsError."""


@dataclass(frozen=True)
class Round:
    """What one look came to."""

    watched: int
    """Inboxes that were looked at."""
    told: int
    """Channels."""
    failed: tuple[tuple[Channel, str], ...]
    """Those that took no news for the first time, and why."""
    given_up: tuple[Channel, ...]
    waiting: int
    """Channels that are still to be told."""


class Watcher:
    """One list, one file of state. `now` gives Unix time, seconds."""

    def __init__(
        self,
        inbox: Inbox,
        watched: Sequence[Watched],
        file: StateFile,
        tell: Tell,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._inbox, self._watched, self._file, self._tell, self._now = inbox, watched, file, tell, now

    def look(self) -> Round:
        """Look at all inboxes that are due, once, and tell whom there is to tell.

        Raises InboxError and its others, and StateFolderError: then nothing is lost, and it can be tried again.
        """
        before = self._file.read() or State()
        block = float(self._inbox.newest_block_time())
        is_whole = before.looked is None or not 0 <= self._now() - before.looked < HOURLY
        due, today = self._due(block if before.looked is None else before.looked, block)
        inboxes = list(dict.fromkeys(each.inbox for each in due if is_whole or not each.is_hourly(today)))
        state, news = self._found(before, due, inboxes)
        if is_whole:
            state = replace(state, looked=block)
        for channel in dict.fromkeys(news):
            pending = _with_fresh(state.pending.get(channel.digest), self._now())
            state = state.with_pending(channel.digest, pending)
        if state != before:
            self._file.write(state)
        return self._told(state, len(inboxes))

    def _due(self, looked: float, block: float) -> tuple[list[Watched], date]:
        """The lines of all days since the last look, and the last of these days, by the chain's time: a node that was
        down as well gets the blocks of days that are over only later. Where clock and chain differ, too many days are
        better than too few.
        """
        newest = max(self._now(), block)
        since, until = (datetime.fromtimestamp(at, UTC).date() for at in (min(looked, newest) - SETTLED, newest))
        return [each for each in self._watched if each.is_due(since, until)], until

    def _found(
        self, state: State, due: Sequence[Watched], inboxes: Sequence[ChecksumAddress]
    ) -> tuple[State, list[Channel]]:
        listed = {each.inbox for each in self._watched}
        seen = {inbox: each for inbox, each in state.seen.items() if inbox in listed}
        mailboxes = {each.inbox for each in due if each.first_day}  # nothing can have come before: all in them is news
        fresh: set[ChecksumAddress] = set()
        for newest in self._inbox.newest_of(inboxes):
            known = seen.get(newest.recipient)
            if known is None and newest.recipient not in mailboxes:
                seen[newest.recipient] = first_look(self._inbox, newest)
                continue
            is_news, now = look(self._inbox, newest, known or Seen())
            if known or now != Seen():  # most mailboxes stay empty
                seen[newest.recipient] = now
            if is_news:
                fresh.add(newest.recipient)
        return replace(state, seen=seen), [each.channel for each in due if each.inbox in fresh]

    def _told(self, state: State, watched: int) -> Round:
        channels = {each.channel.digest: each.channel for each in self._watched}
        told, failed, given_up = 0, [], []
        for digest, pending in list(state.pending.items()):
            channel = channels.get(digest)
            if channel is None:  # taken off the list
                state = state.without(digest)
            elif self._now() < pending.again_at <= self._now() + LONGEST_PAUSE:  # later: of a clock that was ahead
                continue
            else:
                try:
                    self._tell(channel, pending.news)
                except NewsError as error:
                    if pending.problem != error.message:
                        failed.append((channel, error.message))
                    pending = _later(pending, error.message, self._now())
                    state = state.with_pending(digest, pending)
                    if self._now() - pending.since > GIVE_UP and pending.attempts >= GIVE_UP_ATTEMPTS:
                        given_up.append(channel)
                        state = state.without(digest)
                else:
                    told += 1
                    state = state.without(digest)
            self._file.write(state)
        return Round(watched, told, tuple(failed), tuple(given_up), len(state.pending))


def _with_fresh(pending: Pending | None, now: float) -> Pending:
    """What is to be told of what was found now, and of what is still to be told: one news, with a name of its own."""
    name = secrets.token_hex(16)
    return replace(pending, news=name, since=now) if pending else Pending(name, now)


def _later(pending: Pending, problem: str, now: float) -> Pending:
    pause = min(FIRST_PAUSE * 2 ** min(pending.attempts, 10), LONGEST_PAUSE)
    since = min(pending.since, now)  # the clock may have been ahead
    return replace(pending, since=since, attempts=pending.attempts + 1, again_at=now + pause, problem=problem)
