"""The list of inboxes to watch, and whom to tell: a CSV file (RFC 4180) with the columns inbox and tell.

Three more may say from which to which day (UTC, both included) an inbox is watched, and from which day on once an hour
is enough: first_day, last_day, hourly_from. Mailboxes need no more, since each is of one day.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from eth_typing import ChecksumAddress

from radiogram.errors import KeyFormatError, NewsError
from radiogram.formats.public_key import parse_address
from radiogram.news.channels import Channel, parse_channel

COLUMNS = ("inbox", "tell", "first_day", "last_day", "hourly_from")
MAX_BYTES = 64 << 20
_NEEDED = COLUMNS[:2]
Line = tuple[str, str, date | None, date | None, date | None]
"""The cells, in the order of COLUMNS."""


@dataclass(frozen=True)
class Watched:
    """One line: an inbox, and who is told of what comes into it."""

    inbox: ChecksumAddress
    channel: Channel
    first_day: date | None = None
    last_day: date | None = None
    hourly_from: date | None = None

    def is_due(self, since: date, until: date) -> bool:
        """Whether the inbox is watched on any of these days, both included."""
        return (self.first_day or until) <= until and since <= (self.last_day or since)

    def is_hourly(self, today: date) -> bool:
        """Whether a look in every hour is enough on that day."""
        return self.hourly_from is not None and self.hourly_from <= today


def parse_watch_list(data: bytes) -> list[Watched]:
    """What a list says, UTF-8 with or without a byte order mark. Raises NewsError, which names the line."""
    if len(data) > MAX_BYTES:
        raise NewsError(f"the list has more than {MAX_BYTES >> 20} MiB", "make several")
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        heads = [str(each).strip() for each in rows.fieldnames or ()]
        rows.fieldnames = heads
        if not set(_NEEDED) <= set(heads) <= set(COLUMNS) or len(set(heads)) != len(heads):
            raise NewsError(
                f"the first line of the list must name its columns: {', '.join(COLUMNS)}",
                "the last three may be left out",
            )
        watched = [_watched(row, rows.line_num) for row in rows]
    except (csv.Error, UnicodeDecodeError) as error:
        raise NewsError("the list is not CSV in UTF-8", "save it so") from error
    if not watched:
        raise NewsError("the list names no inbox", "add a line for each: inbox,tell")
    return watched


def encode_watch_list(lines: Iterable[Line]) -> str:
    """A list of these inboxes, channels and days, as parse_watch_list reads it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([inbox, tell, *(day or "" for day in days)] for inbox, tell, *days in lines)
    return out.getvalue()


def _watched(row: dict[str, str | None], line: int) -> Watched:
    if None in row:
        raise NewsError(f"line {line} of the list has more cells than columns")
    cells = {name: (value or "").strip() for name, value in row.items()}
    try:
        inbox = parse_address(cells["inbox"])
        first, last, hourly = (date.fromisoformat(day) if (day := cells.get(name)) else None for name in COLUMNS[2:])
    except KeyFormatError as error:
        raise NewsError(f"line {line} of the list: {error.message}", error.hint) from None
    except ValueError:
        raise NewsError(f"line {line} of the list has a day that is none", "write it as 2026-11-27") from None
    try:
        channel = parse_channel(cells["tell"])
    except NewsError as error:
        raise NewsError(f"line {line} of the list: {error.message}", error.hint) from None
    if first and last and last < first:
        raise NewsError(f"line {line} of the list ends before it begins")
    return Watched(inbox, channel, first, last, hourly)
