"""Unix times in seconds, as people write and read them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from radiogram.errors import ActError

FOREVER = 2**40 - 1
"""The last second that an approval can name, in the year 36812."""


def parse_until(text: str) -> int:
    """The last second, in Unix time, of `forever`, of an ISO 8601 date (in UTC) or of a time (UTC, unless it says).

    Raises ActError.
    """
    text = text.strip()
    if text == "forever":
        return FOREVER
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            moment = datetime.combine(date.fromisoformat(text), time(23, 59, 59))
        else:
            moment = datetime.fromisoformat(text)
    except ValueError:
        raise ActError(f"{text!r} is not a date", "it should look like 2030-12-31, or be forever") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def iso(second: int) -> str:
    """A Unix time as ISO 8601 in UTC; `forever` after the year 9999."""
    try:
        return datetime.fromtimestamp(second, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return "forever"


def when(second: int) -> str:
    """The same for a person."""
    text = iso(second)
    return text if text == "forever" else f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"
