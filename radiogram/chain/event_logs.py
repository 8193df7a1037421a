"""Fetches events of the inbox contract from a chain's node, in ranges of blocks that the node takes.

Nodes answer such questions for 10,000 blocks at most, or for so many events, or not at all for blocks that they have
forgotten (EIP-4444): each in words of its own. So whatever is refused is asked for again in smaller parts, from the
newest block to the oldest, until not even a single block is answered for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ape.api import ProviderAPI
from ape.exceptions import ApeException, APINotImplementedError
from eth_typing import ChecksumAddress

from radiogram.chain.events import Event, Log, parse_log, quantity
from radiogram.chain.inbox import not_as_it_should, reading
from radiogram.chain.rpc import unreachable
from radiogram.errors import ChainUnreachable, InboxError, RangeRefused

USUAL_RANGE = 10_000  # blocks that many providers answer for at once
REORDERED = 100  # newest blocks whose events are asked for anew if the chain has changed: more than any did
MOST_EVENTS = 1_000_000
_CUT_AT = 100  # a list of so many events, or a multiple, may have been cut without a word
_GIVEN_UP = 3  # times in a row that a node does not answer at all
_SAID = 200  # characters of what a node says

Ask = Callable[[int, int], list[Any]]
"""The logs in blocks from one to another, both included. Raises RangeRefused; ChainUnreachable."""


@dataclass(frozen=True)
class Reading:
    """What was had of a range of blocks."""

    logs: list[Any]
    first: int
    """The oldest block that the node answered for."""
    refusal: str = ""
    """What it says of the one before; "": nothing is missing."""


@dataclass(frozen=True)
class Block:
    """One that the chain has."""

    number: int
    hash: bytes
    time: int
    """Unix time."""


def read_range(ask: Ask, first: int, last: int, told: Callable[[int], None] = lambda _: None) -> Reading:
    """All logs in blocks `first` to `last`, as far back as there is an answer; `told` of each number of blocks read.

    Raises ChainUnreachable.
    """
    logs: list[Any] = []
    high, silences = last, 0
    width = most = last - first + 1
    while high >= first:
        low = max(first, high - width + 1)
        asked = high - low + 1
        try:
            page = ask(low, high)
        except (RangeRefused, ChainUnreachable) as refusal:
            silences += isinstance(refusal, ChainUnreachable)
            if isinstance(refusal, ChainUnreachable) and (asked == 1 or silences > _GIVEN_UP):
                raise
            if asked == 1:
                return Reading(logs, high + 1, refusal.message)
            most = asked // 2
            width = min(most, USUAL_RANGE)
            continue
        silences = 0
        if asked > 1 and page and len(page) % _CUT_AT == 0:
            width = asked // 2
            continue
        logs += page
        if len(logs) > MOST_EVENTS:
            raise not_as_it_should(f"gives more than {MOST_EVENTS:,} events")
        told(asked)
        high = low - 1
        width = min(2 * asked, most)
    return Reading(logs, first)


class EventLogs:
    """Those of the contract at `inbox` that `topics` ask for, at one node. `told`: of each number of blocks read.

    Raises InboxError and its others.
    """

    def __init__(
        self,
        provider: ProviderAPI,
        inbox: ChecksumAddress,
        topics: list[list[Any]],
        is_wanted: Callable[[Event], bool],
    ) -> None:
        """Each of `topics` is a question (radiogram.chain.events); `is_wanted` tells whether an event answers one."""
        self._provider, self._inbox = provider, inbox
        self._topics, self._is_wanted = topics, is_wanted
        self.refusal = ""
        """What the node says of the blocks before `first`, if it does not answer for them."""
        self.left_out = 0
        """Objects that are no event that was asked for."""

    def newest(self) -> Block:
        """The newest block with as many after it as Ape's settings of the network ask for.

        Behind one address there may be nodes that are not in step: of that block all of them know.
        """
        found = self._block("latest")
        if found is None:
            raise not_as_it_should("has no newest block")
        confirmations = self._provider.network.required_confirmations
        return self._known(max(0, found.number - confirmations)) if confirmations else found

    def first_since(self, moment: int, newest: Block) -> int:
        """The first block of that Unix time or later; the one after the newest if there is none."""
        return _first(0, newest.number + 1, lambda number: self._known(number).time >= moment)

    def first_with_code(self, newest: Block) -> int:
        """The block in which the contract was deployed; or one before it, where the node has not kept enough to say."""
        asked = {"low": 0}

        def has_code(number: int) -> bool:
            code = self._ask("eth_getCode", [self._inbox, hex(number)])
            if not isinstance(code, str):
                raise RangeRefused("no code")
            if code in ("", "0x"):
                asked["low"] = number + 1
            return code not in ("", "0x")

        try:
            return _first(0, newest.number, has_code)
        except (RangeRefused, ChainUnreachable):
            return asked["low"]

    def read(self, first: int, last: int, told: Callable[[int], None] = lambda _: None) -> tuple[list[Log], int]:
        """The events in these blocks, each once, and the oldest block that the node answered for."""
        found: dict[tuple[bytes, int], Log] = {}
        oldest = first
        for topics in self._topics:
            asked = read_range(partial(self._page, topics), first, last, told)
            oldest, self.refusal = max(oldest, asked.first), self.refusal or asked.refusal
            for log in self._parsed(asked.logs, range(first, last + 1)):
                found[log.place.block_hash, log.place.log_index] = log
        return [log for log in found.values() if log.place.block >= oldest], oldest

    def times(self, logs: Iterable[Log], settled: int, done: Callable[[], None] = lambda: None) -> dict[bytes, int]:
        """The Unix time of each block that holds one of `logs` and is in the chain, by its hash.

        Of blocks up to `settled` the node is believed where it said the time along with the event.
        """
        times: dict[bytes, int] = {}
        for log in logs:
            place = log.place
            if place.block_hash in times:
                continue
            if place.block <= settled and place.time is not None:
                times[place.block_hash] = place.time
            elif (block := self._block(hex(place.block))) and block.hash == place.block_hash:
                times[block.hash] = block.time
            done()
        return times

    def has(self, block: Block) -> bool:
        """Whether it is in the chain still."""
        return self._block(hex(block.number)) == block

    # ---- questions

    def _page(self, topics: list[Any], low: int, high: int) -> list[Any]:
        asked = {"address": self._inbox, "fromBlock": hex(low), "toBlock": hex(high), "topics": topics}
        page = self._ask("eth_getLogs", [asked])
        if not isinstance(page, list):
            raise not_as_it_should("does not answer as it should (eth_getLogs)")
        return page

    def _parsed(self, logs: list[Any], blocks: range) -> Iterable[Log]:
        for raw in logs:
            try:
                log = parse_log(raw, self._inbox)
            except ValueError:
                log = None
            if log and log.place.block in blocks and self._is_wanted(log.event):
                yield log
            else:
                self.left_out += 1

    def _known(self, number: int) -> Block:
        if (block := self._block(hex(number))) is None:
            raise not_as_it_should(f"does not know block {number}")
        return block

    def _block(self, which: str) -> Block | None:
        try:
            said = self._ask("eth_getBlockByNumber", [which, False])
        except RangeRefused as refusal:
            raise InboxError(f"the chain's node refused: {refusal.message}", "use another node") from None
        if said is None:
            return None
        try:
            digest = bytes.fromhex(said["hash"].removeprefix("0x"))
            return Block(quantity(said["number"]), digest, quantity(said["timestamp"]))
        except (LookupError, TypeError, ValueError, AttributeError):
            raise not_as_it_should("does not answer as it should (eth_getBlockByNumber)") from None

    def _ask(self, method: str, parameters: list[Any]) -> Any:  # noqa: ANN401 - JSON
        """Raises RangeRefused, in the node's own words, for an error that it names."""
        with reading():
            try:
                return self._provider.make_request(method, parameters)
            except APINotImplementedError:
                raise InboxError(f"the chain's node does not offer {method}", "use another node") from None
            except ApeException as error:
                if unreachable(error):
                    raise
                said = "".join(sign if sign.isprintable() else " " for sign in str(error))
                raise RangeRefused(" ".join(said.split())[:_SAID] or "no reason given") from None


def _first(low: int, high: int, is_so: Callable[[int], bool]) -> int:
    """The first number from `low` on, and below `high`, of which it is so, where it stays so; otherwise `high`."""
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_so(middle) else (middle + 1, high)
    return low
