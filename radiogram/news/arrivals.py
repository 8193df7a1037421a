"""What has come into an inbox since it was last looked at, however the chain was reorganised meanwhile.

A message that a reorganisation takes out and another block takes in again is the same one: it is known by its sender
and envelope, not by its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from eth_utils.crypto import keccak

from radiogram.chain.cursor import address_bytes
from radiogram.chain.inbox import Inbox, Message, Newest

DEPTH = 100
"""Messages of one inbox that a reorganisation may take out of the chain: far more than any did."""
_KNOWN_MOST = 4 * DEPTH


@dataclass(frozen=True)
class Seen:
    """An inbox as it was when it was last looked at."""

    count: int = 0
    cursor: str = ""
    """Of the newest message; empty if there was none."""
    known: tuple[str, ...] = ()
    """Of the last messages that were seen, oldest first: 32 hex digits each."""

    def is_same(self, newest: Newest) -> bool:
        """Whether nothing has happened."""
        return (self.count, self.cursor) == (newest.count, newest.cursor)


def first_look(inbox: Inbox, newest: Newest) -> Seen:
    """An inbox as it is, of which nothing counts as news. Raises InboxError and its others."""
    return look(inbox, newest, Seen(newest.count))[1]


def look(inbox: Inbox, newest: Newest, seen: Seen) -> tuple[bool, Seen]:
    """Whether something has come that was not seen, and is not taken back; and what has been seen then.

    Raises InboxError and its others.
    """
    if seen.is_same(newest) or newest.count <= seen.count - DEPTH:  # a node with an old state will catch up
        return False, seen
    messages = list(_since(inbox.messages(newest.recipient), seen.count - DEPTH))[::-1]
    known = dict.fromkeys(seen.known)
    fresh = [each for each in messages if _digest(each) not in known]
    known |= dict.fromkeys(_digest(each) for each in fresh)
    count, cursor = (messages[-1].index + 1, str(messages[-1].cursor)) if messages else (0, "")
    is_news = any(not each.retracted for each in fresh)
    return is_news, Seen(count, cursor, tuple(known)[-_KNOWN_MOST:])


def _since(messages: Iterator[Message], index: int) -> Iterator[Message]:
    return takewhile(lambda each: each.index >= index, messages)


def _digest(message: Message) -> str:
    return keccak(address_bytes(message.sender) + message.envelope)[:16].hex()
