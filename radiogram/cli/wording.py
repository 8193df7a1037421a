"""Numbers and addresses as people are shown them."""

from __future__ import annotations


def size(count: int) -> str:
    """A number of bytes."""
    if count < 1000:
        return f"{count} bytes"
    for unit in ("kB", "MB", "GB"):
        count_in_unit = count / {"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
        if count_in_unit < 1000 or unit == "GB":
            break
    return f"{count_in_unit:.1f} {unit}"


def counted(count: int, what: str) -> str:
    """`1 file`, `5,000 files`."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def short(address: str) -> str:
    """First and last 4 characters of an address."""
    return f"{address[:6]}…{address[-4:]}"
