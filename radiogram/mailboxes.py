"""Messages in mailboxes, which only sender and recipient can derive: docs/format.md, Mailboxes.

A sender chooses one for a message; a reader finds those that are its own among all that the sender sent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from radiogram.chain.cursor import address_bytes
from radiogram.chain.inbox import Inbox, Message
from radiogram.chain.sender_log import Told, nothing_read, read_sender_log, sent_since
from radiogram.errors import NoMessageError, RadiogramError
from radiogram.formats import mailbox
from radiogram.formats.keys import Keys
from radiogram.formats.mailbox import DAY_SECONDS, Role
from radiogram.formats.sender_log import KeptMessage, Logged, Place, SenderLog

GROUP = 16
"""So many messages of the sender are had together: a node does not learn which of them the reader wants."""


@dataclass(frozen=True)
class Pair:
    """A sender, and keys that it may have sealed to."""

    sender: ChecksumAddress
    secret: bytes = field(repr=False)
    """What both derive: 32 bytes."""
    keys: Keys = field(repr=False)

    @classmethod
    def of(cls, sender: ChecksumAddress, mailbox_key: bytes, keys: Keys, inbox: Inbox) -> Pair:
        """`mailbox_key` is the sender's, 33 bytes. Raises KeyFormatError."""
        secret = mailbox.pair_secret(Role.RECIPIENT, keys.private_key, mailbox_key, inbox.chain_id, inbox.address)
        return cls(sender, secret, keys)


@dataclass(frozen=True)
class Mail:
    """A message that was found in a mailbox."""

    message: Message
    keys: Keys = field(repr=False)
    """Those that it is sealed to."""
    is_new: bool
    """Whether it came after those that the reader has seen."""


@dataclass(frozen=True)
class Found:
    """What there is of one sender."""

    mail: list[Mail]
    """In the order of the chain."""
    kept: SenderLog
    """For the next time: without what a reorganisation may change yet."""
    whole: SenderLog
    """With that."""
    problem: RadiogramError | None
    """Why the events could not be read on: what was kept of them is all there is."""

    @property
    def seen(self) -> SenderLog:
        """The same, once all that was found has been shown: none of it is new then."""
        newest = max((each.message.sent_at for each in self.mail), default=None)
        return replace(self.kept, seen=max(self.kept.seen, int(newest.timestamp()))) if newest else self.kept


class MailboxChooser:
    """Chooses mailboxes for the messages of one run, on several threads: no two get the same."""

    def __init__(
        self,
        private_key: bytes,
        sender: ChecksumAddress,
        inbox: Inbox,
        begun: Callable[[], Collection[ChecksumAddress]],
    ) -> None:
        """`private_key` is the sender's mailbox key, 32 bytes. `begun` tells to which inboxes this computer is about to
        send, or has sent.
        """
        self._private_key, self._sender, self._inbox, self._begun = private_key, sender, inbox, begun
        self._gate = threading.Lock()
        self._used: set[bytes] | None = None

    def choose(self, public_key: bytes) -> ChecksumAddress:
        """A mailbox for the next message of today, which is sealed to `public_key`, 33 bytes.

        Raises KeyFormatError, InboxError and its others.
        """
        inbox = self._inbox
        secret = mailbox.pair_secret(Role.SENDER, self._private_key, public_key, inbox.chain_id, inbox.address)
        day = int(time.time()) // DAY_SECONDS
        with self._gate:
            if self._used is None:
                sent = sent_since(inbox, self._sender, (day - 1) * DAY_SECONDS)
                self._used = sent | {bytes.fromhex(each[2:]) for each in self._begun()}
            chosen = mailbox.choose_mailbox(secret, day, self._used.__contains__).address
            self._used.add(chosen)
        return to_checksum_address(chosen)


def is_of_pair(private_key: bytes, public_key: bytes, message: Message, inbox: Inbox) -> bool:
    """Whether a message is in a mailbox of its sender, whose mailbox key this is, and the owner of `public_key`."""
    secret = mailbox.pair_secret(Role.SENDER, private_key, public_key, inbox.chain_id, inbox.address)
    place = address_bytes(message.recipient)
    days = mailbox.days_around(int(message.sent_at.timestamp()))
    return any(
        mailbox.address(secret, day, number) == place
        for number in range(mailbox.MAILBOXES_A_DAY)  # first, because low ones are taken first
        for day in days
    )


def find_mail(
    inbox: Inbox, sender: ChecksumAddress, pairs: Iterable[Pair], kept: SenderLog | None, told: Told = lambda _: None
) -> Found:
    """The messages of `sender` in mailboxes of `pairs`, as far as events tell. Raises InboxError and its others."""
    problem = None
    try:
        whole, settled = read_sender_log(inbox, sender, kept, told)
    except RadiogramError as error:
        problem = error
        whole = settled = kept or nothing_read(inbox, sender)
    return _found(inbox, pairs, whole, settled, problem)


def days_since(moment: int) -> range:
    """Of the mailboxes in which a message may lie that came into a block at that Unix time, or since."""
    return range(mailbox.days_around(moment)[0], mailbox.days_around(int(time.time()))[-1] + 1)


def search_state(inbox: Inbox, pairs: Iterable[Pair], days: range, before: Found, told: Told = lambda _: None) -> Found:
    """What was found before, with what is in mailboxes of these days by the contract's state, which no node forgets.

    Days are counted from 1970-01-01 UTC.
    The node is asked for mailbox by mailbox, and so learns which are the reader's. Raises InboxError and its others.
    """
    pairs, whole, found = list(pairs), before.whole, []
    for done, day in enumerate(days, 1):
        for pair in pairs:
            for each in mailbox.used_mailboxes(
                pair.secret, day, lambda address: inbox.count(to_checksum_address(address))
            ):
                messages = inbox.messages(to_checksum_address(each.address))
                found += [message for message in messages if message.sender == whole.sender]
        told(done / len(days))
    retracted = frozenset(_place(each) for each in found if each.retracted)
    whole, kept = (each.with_found(tuple(map(_to_keep, found)), retracted) for each in (whole, before.kept))
    return _found(inbox, pairs, whole, kept, before.problem)


def _found(
    inbox: Inbox, pairs: Iterable[Pair], whole: SenderLog, settled: SenderLog, problem: RadiogramError | None
) -> Found:
    """Of the events that were read, and those of them that are settled."""
    sender = whole.sender
    events = [(each.place.recipient, each.time) for each in whole.sent]
    keys_of = {pair.secret: pair.keys for pair in pairs if pair.sender == sender}
    at = {place: found for place, found in enumerate(mailbox.match(events, keys_of)) if found}
    had = {each.place: each for each in whole.messages}
    _fetch(inbox, sender, whole.sent, at, had)
    mail = [
        Mail(_message(had[logged.place], whole), keys_of[found.secret], logged.time > whole.seen)
        for number, found in at.items()
        if (logged := whole.sent[number]).place in had
    ]
    last = {logged.place for logged in settled.sent}
    messages = tuple(had[whole.sent[number].place] for number in at if whole.sent[number].place in had.keys() & last)
    return Found(mail, replace(settled, messages=messages), whole, problem)


def _fetch(
    inbox: Inbox,
    sender: ChecksumAddress,
    sent: tuple[Logged, ...],
    wanted: Collection[int],
    had: dict[Place, KeptMessage],
) -> None:
    """Into `had`, those of `sent` at the `wanted` numbers: with all others of their groups, which are forgotten."""
    groups = {number // GROUP for number in wanted if sent[number].place not in had}
    for group in sorted(groups):
        numbers = range(group * GROUP, min((group + 1) * GROUP, len(sent)))
        for number in numbers:
            place = sent[number].place
            try:
                message = inbox.message(to_checksum_address(place.recipient), place.index)
            except NoMessageError:  # taken out of the chain meanwhile
                continue
            if number in wanted and message.sender == sender:
                had[place] = _to_keep(message)


def _place(message: Message) -> Place:
    return Place(address_bytes(message.recipient), message.index)


def _to_keep(message: Message) -> KeptMessage:
    return KeptMessage(
        _place(message), int(message.sent_at.timestamp()), message.key_version, message.cursor, message.envelope
    )


def _message(kept: KeptMessage, log: SenderLog) -> Message:
    return Message(
        recipient=to_checksum_address(kept.place.recipient),
        index=kept.place.index,
        sender=log.sender,
        sent_at=datetime.fromtimestamp(kept.sent_at, UTC),
        key_version=kept.key_version,
        retracted=kept.place in log.retracted,
        acknowledged=False,
        cursor=kept.cursor,
        envelope=kept.envelope,
    )
