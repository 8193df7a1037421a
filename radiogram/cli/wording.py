"""Texts, numbers and addresses as people are shown them."""

from __future__ import annotations

import re

# C0 but tab and line feed, C1, and the marks that turn the direction of writing: with them a text can rewrite what
# stands on a terminal, or show another name than the file has. And half characters, which no terminal takes.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with what can do harm in a terminal escaped, as Python writes it: two names stay two."""
    return _HARMFUL.sub(lambda found: ascii(found[0])[1:-1], text)


def size(count: int) -> str:
    """A number of bytes."""
    if count < 1000:
        return f"{count} bytes"
    for unit in ("kB", "MB", "GB"):
        count_in_unit = count / {"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
        if count_in_unit < 1000 or unit == "GB":
            break
    return f"{count_in_unit:.1f} {unit}"


def counted(count: int, what: str, many: str = "") -> str:
    """`1 file`, `5,000 files`; `many` where that is not `what` and an s."""
    return f"{count:,} {what if count == 1 else many or f'{what}s'}"


def short(address: str) -> str:
    """First and last 4 characters of an address."""
    return f"{address[:6]}…{address[-4:]}"
