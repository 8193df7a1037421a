"""Whose messages are opened without being asked for: docs/contract.md, Known senders."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from radiogram.cli.clinics.entries import checked_name
from radiogram.cli.network import RECIPIENT_INDEX, SENDER_INDEX
from radiogram.cli.session import Session

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox, Message
    from radiogram.formats.clinics import Clinic

STRANGER = "not opened: its sender is not known here"


class SenderNames:
    """By what names the user knows accounts."""

    def __init__(self, session: Session, clinics: Sequence[Clinic]) -> None:
        self._labels = {each.card.address: each for each in clinics}
        checked = {str(each.card.address): checked_name(each) for each in clinics}
        self.shown: dict[str, str] = session.accounts.aliases() | checked
        """For people: that of a clinic that was checked says so."""

    @property
    def checked(self) -> Collection[str]:
        """The accounts of checked clinics."""
        return self._labels.keys()

    def fields(self, sender: ChecksumAddress) -> dict[str, Any]:
        """For --json."""
        clinic = self._labels.get(sender)
        name = clinic.card.label if clinic else self.shown.get(sender)
        return {"sender_name": name, "sender_checked": clinic is not None}


class KnownSenders:
    """The senders that the owner of one inbox knows. The contract is asked once for each of the others."""

    def __init__(
        self, session: Session, inbox: Inbox, recipient: ChecksumAddress, clinics: Sequence[Clinic] = ()
    ) -> None:
        self._inbox, self._recipient = inbox, recipient
        self._is_known = dict.fromkeys(_roles(session), True)
        self._is_known |= {_address(named): True for named in session.accounts.aliases()}
        self._is_known |= {recipient: True} | {clinic.card.address: True for clinic in clinics}

    def is_of_stranger(self, message: Message) -> bool:
        sender = message.sender
        if sender not in self._is_known:
            until, _ = self._inbox.approval(self._recipient, sender)
            self._is_known[sender] = until >= time.time()
        return not self._is_known[sender]


def _roles(session: Session) -> list[ChecksumAddress]:
    """On a network for development, the accounts that commands take by themselves; elsewhere nobody."""
    from ape import accounts

    if not session.network.is_local:
        return []
    return [_address(str(accounts.test_accounts[index].address)) for index in (SENDER_INDEX, RECIPIENT_INDEX)]


def _address(text: str) -> ChecksumAddress:
    from radiogram.formats.public_key import parse_address

    return parse_address(text)
