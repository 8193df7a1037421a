"""How many messages go into one transaction, by what each uses at most. Pure."""

from __future__ import annotations

from collections.abc import Sequence

BASE_GAS = 21_000  # of each transaction, and so in what one message alone uses
MOST_TOGETHER = 200  # messages: what is held open until they are sent


def fits(count: int, gas: int, more: int, limit: int) -> bool:
    """Whether one more message goes with `count` that use `gas` together, where a transaction may use `limit`."""
    return count == 0 or (count < MOST_TOGETHER and gas + more <= limit)


def loads(each: Sequence[int], limit: int) -> list[range]:
    """The places of the messages of each transaction, in their order; `each` is what a message alone would use."""
    made: list[range] = []
    first, gas = 0, 0
    for place, more in enumerate(each):
        if not fits(place - first, gas, more, limit):
            made.append(range(first, place))
            first, gas = place, 0
        gas += more
    return [*made, range(first, len(each))] if each else made


def expected_gas(each: Sequence[int], limit: int) -> int:
    """What all of them use: BASE_GAS is there for each transaction, not for each message."""
    return sum(each) - BASE_GAS * (len(each) - len(loads(each, limit)))
