"""What the contract should do, in the plainest terms: lists and dictionaries."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.contract.client import ZERO_ADDRESS, Event, Message
from tests.contract.cursors import address_of, code_of
from tests.contract.strategies import NO_HYBRID, compressed

Address = str
Key = tuple[bytes, bytes, bytes]
"""x, y and the hybrid digest."""


class RefusedError(Exception):
    """The act fails with this error of the contract and these values."""

    def __init__(self, name: str, *values: Any) -> None:
        super().__init__(name, values)
        self.error = (name, values)


class Model:
    """Each method is an act; it returns its events, or raises RefusedError and changes nothing."""

    def __init__(self, contract: Address) -> None:
        self.contract = contract
        self.inboxes: dict[Address, list[Message]] = defaultdict(list)
        self.keys: dict[Address, list[Key]] = defaultdict(list)  # version 1 first
        self.restrictions: dict[Address, list[bool]] = defaultdict(list)  # version 1 first
        self.approvals: dict[tuple[Address, Address], list[int]] = defaultdict(list)  # version 1 first

    def send(self, now: int, sender: Address, recipient: Address, version: int, envelope: bytes) -> list[Event]:
        if not 1 <= len(envelope) <= 2048:
            raise RefusedError("BadEnvelope", len(envelope))
        if version != len(self.keys[recipient]):
            raise RefusedError("StaleKey", recipient, len(self.keys[recipient]))
        until = self.approved_until(recipient, sender)
        if self.is_restricted(recipient) and now > until:
            raise RefusedError("NotApproved", recipient, sender, until)
        inbox = self.inboxes[recipient]
        code = code_of(version, now, sender, inbox[-1].cursor if inbox else ZERO_ADDRESS, envelope)
        cursor = address_of(self.contract, recipient, len(inbox), code)
        inbox.append(Message(sender, now, version, 0, cursor, envelope))
        return [("Sent", {"recipient": recipient, "sender": sender, "index": len(inbox) - 1})]

    def retract(self, caller: Address, recipient: Address, index: int, cursor: Address) -> list[Event]:
        self.prove(recipient, index, cursor)
        if caller != self.inboxes[recipient][index].sender:
            raise RefusedError("NotSender", self.inboxes[recipient][index].sender)
        if not self.mark(recipient, index, 1):
            return []
        return [("Retracted", {"recipient": recipient, "sender": caller, "index": index})]

    def acknowledge(self, recipient: Address, index: int, cursor: Address) -> list[Event]:
        sender = self.prove(recipient, index, cursor).sender
        if not self.mark(recipient, index, 2):
            return []
        return [("Acknowledged", {"recipient": recipient, "sender": sender, "index": index})]

    def prove(self, recipient: Address, index: int, cursor: Address) -> Message:
        """The message, if that is its cursor."""
        inbox = self.inboxes[recipient]
        if index >= len(inbox) or inbox[index].cursor != cursor:
            raise RefusedError("BadCursor", recipient, index, cursor)
        return inbox[index]

    def cursor_of(self, recipient: Address, index: int, start: int, cursor: Address) -> Address:
        inbox = self.inboxes[recipient]
        if cursor != ZERO_ADDRESS:
            self.prove(recipient, start, cursor)
            if index > start:
                raise RefusedError("BadCursor", recipient, index, cursor)
        elif index >= len(inbox):
            raise RefusedError("NoMessage", recipient, index)
        return inbox[index].cursor

    def register_key(self, account: Address, key: Key) -> list[Event]:
        if self.keys[account][-1:] == [key]:
            return []
        self.keys[account].append(key)
        x, y, hybrid = key
        version = len(self.keys[account])
        return [("KeyRegistered", {"account": account, "version": version, "x": x, "y": y, "hybrid": hybrid})]

    def restrict(self, account: Address, restricted: bool) -> list[Event]:
        if self.is_restricted(account) == restricted:
            return []
        self.restrictions[account].append(restricted)
        version = len(self.restrictions[account])
        return [("InboxRestricted", {"account": account, "restricted": restricted, "version": version})]

    def approve(self, account: Address, sender: Address, until: int) -> list[Event]:
        if self.approved_until(account, sender) == until:
            return []
        versions = self.approvals[account, sender]
        versions.append(until)
        return [("SenderApproved", {"account": account, "sender": sender, "until": until, "version": len(versions)})]

    def mark(self, recipient: Address, index: int, bit: int) -> bool:
        message = self.inboxes[recipient][index]
        self.inboxes[recipient][index] = message._replace(status=message.status | bit)
        return not message.status & bit

    def restriction_of(self, account: Address) -> tuple[bool, int]:
        return self.is_restricted(account), len(self.restrictions[account])

    def approval_of(self, account: Address, sender: Address) -> tuple[int, int]:
        return self.approved_until(account, sender), len(self.approvals[account, sender])

    def is_restricted(self, account: Address) -> bool:
        return self.restrictions[account][-1:] == [True]

    def approved_until(self, account: Address, sender: Address) -> int:
        return (self.approvals[account, sender] or [0])[-1]

    def key_of(self, account: Address) -> tuple[int, bytes, bytes]:
        if not self.keys[account]:
            return 0, b"", NO_HYBRID
        x, y, hybrid = self.keys[account][-1]
        return len(self.keys[account]), compressed(x, y), hybrid
