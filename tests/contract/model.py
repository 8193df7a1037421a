"""What the contract should do, in the plainest terms: lists and dictionaries."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.contract.client import Event, Message
from tests.contract.strategies import compressed

Address = str


class RefusedError(Exception):
    """The act fails with this error of the contract and these values."""

    def __init__(self, name: str, *values: Any) -> None:
        super().__init__(name, values)
        self.error = (name, values)


class Model:
    """Each method is an act; it returns its events, or raises RefusedError and changes nothing."""

    def __init__(self) -> None:
        self.inboxes: dict[Address, list[Message]] = defaultdict(list)
        self.keys: dict[Address, list[tuple[bytes, bytes]]] = defaultdict(list)  # version 1 first
        self.restrictions: dict[Address, list[bool]] = defaultdict(list)  # version 1 first
        self.approvals: dict[tuple[Address, Address], list[int]] = defaultdict(list)  # version 1 first

    def send(self, now: int, sender: Address, recipient: Address, version: int, envelope: bytes) -> list[Event]:
        if not 1 <= len(envelope) <= 1024:
            raise RefusedError("BadEnvelope", len(envelope))
        if version != len(self.keys[recipient]):
            raise RefusedError("StaleKey", recipient, len(self.keys[recipient]))
        until = self.approved_until(recipient, sender)
        if self.is_restricted(recipient) and now > until:
            raise RefusedError("NotApproved", recipient, sender, until)
        self.inboxes[recipient].append(Message(sender, now, version, 0, envelope))
        return [("Sent", {"recipient": recipient, "sender": sender, "index": len(self.inboxes[recipient]) - 1})]

    def retract(self, caller: Address, recipient: Address, index: int) -> list[Event]:
        if index >= len(self.inboxes[recipient]):
            raise RefusedError("NoMessage", recipient, index)
        if caller != self.inboxes[recipient][index].sender:
            raise RefusedError("NotSender", self.inboxes[recipient][index].sender)
        if not self.mark(recipient, index, 1):
            return []
        return [("Retracted", {"recipient": recipient, "sender": caller, "index": index})]

    def acknowledge(self, recipient: Address, index: int) -> list[Event]:
        if index >= len(self.inboxes[recipient]):
            raise RefusedError("NoMessage", recipient, index)
        return [("Acknowledged", {"recipient": recipient, "index": index})] if self.mark(recipient, index, 2) else []

    def register_key(self, account: Address, key: tuple[bytes, bytes]) -> list[Event]:
        if self.keys[account][-1:] == [key]:
            return []
        self.keys[account].append(key)
        x, y = key
        return [("KeyRegistered", {"account": account, "version": len(self.keys[account]), "x": x, "y": y})]

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

    def key_of(self, account: Address) -> tuple[int, bytes]:
        versions = self.keys[account]
        return len(versions), compressed(*versions[-1]) if versions else b""
