"""Puts signed acts and shares of people without Ether on the chain, at somebody's expense and within their limits.

What was paid is kept in a file, so that a restart gives nobody a new day: `relayed.jsonl` in the state folder, 0600, a
line an act, on the disk before the act is sent.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.chain.inbox import Call, Recipient
from radiogram.errors import RelayLimitError, StateFolderError
from radiogram.formats.public_key import parse_address
from radiogram.formats.signed_act import parse_signed_act
from radiogram.formats.signed_share import parse_signed_share

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from eth_typing import ChecksumAddress

    from radiogram.chain.inbox import Inbox

_DAY = 24 * 60 * 60  # seconds
_LOOKED_THROUGH = 200  # newest messages, for an envelope that came already


@dataclass(frozen=True)
class Limits:
    """What is paid for in a day (UTC)."""

    per_account: int
    """Acts of one account."""
    acts: int
    """Of all accounts."""
    wei: int
    """Fees of all of them."""


@dataclass(frozen=True)
class Relayed:
    """What became of an act."""

    act: str
    """What is so from now on."""
    changed: bool
    """Whether it was not so already."""
    transaction: str | None
    fee: int
    """Wei paid."""


class Relay:
    """One act at a time, in whatever thread."""

    def __init__(self, inbox: Inbox, payer: AccountAPI, limits: Limits, folder: Path) -> None:
        """`payer` is unlocked; `folder` is the state folder."""
        self._inbox, self._payer, self._limits = inbox, payer, limits
        self._book = _Book(folder / "relayed.jsonl")
        self._lock = threading.Lock()

    def put(self, raw: bytes) -> Relayed:
        """Puts the act of a file (docs/format.md, Signed acts) on the chain. One that would be refused costs nothing.

        Raises ActError, RelayLimitError, InboxError, InsufficientFundsError, UnconfirmedError, ChainUnreachable.
        """
        signed = parse_signed_act(raw)
        signed.check(self._inbox.chain_id, self._inbox.address, time.time())
        with self._lock:
            if in_effect := signed.act.already_in_effect(self._inbox):
                return Relayed(str(in_effect), changed=False, transaction=None, fee=0)
            return self._send(self._inbox.relay(signed), signed.act.account, str(signed.act))

    def share(self, raw: bytes) -> Relayed:
        """Sends the envelope of a signed share (docs/format.md) once. Raises as `put` does.

        Whether somebody has images to hand on the chain does not tell: they may lie in mailboxes.
        """
        share = parse_signed_share(raw)
        share.check(self._inbox.chain_id, self._inbox.address, parse_address(self._payer.address), time.time())
        done = f"{share.recipient} has images of {share.account}"
        with self._lock:
            have = self._inbox.count(share.recipient)
            if self._inbox.find(share.recipient, share.envelope, max(0, have - _LOOKED_THROUGH)) is not None:
                return Relayed(done, changed=False, transaction=None, fee=0)
            call = self._inbox.sending(Recipient(share.recipient, b"", share.key_version), share.envelope)
            return self._send(call, share.account, done)

    def _send(self, call: Call, account: ChecksumAddress, done: str) -> Relayed:
        self._check(account, 0)  # before the chain is asked anything
        fee = call.expected_fee(self._payer).wei
        self._check(account, fee)
        self._book.add(account, fee)
        receipt = call.send(self._payer)
        return Relayed(done, changed=True, transaction=receipt.tx_hash, fee=receipt.fee_wei)

    def _check(self, account: ChecksumAddress, fee: int) -> None:
        """Raises RelayLimitError."""
        limits, today = self._limits, self._book.today()
        if sum(each == account for each, _ in today) >= limits.per_account:
            raise RelayLimitError("nothing more is paid for this account today", "try again tomorrow")
        if len(today) >= limits.acts or sum(wei for _, wei in today) + fee > limits.wei:
            raise RelayLimitError("nothing more is paid for today", "try again tomorrow, or use a wallet")


class _Book:
    """Accounts of a day, and what was expected to be paid for each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._day, self._paid = _day(), [paid for day, paid in self._read() if day == _day()]

    def today(self) -> list[tuple[str, int]]:
        """Account and wei of each act."""
        if self._day != _day():
            self._day, self._paid = _day(), []
        return self._paid

    def add(self, account: str, wei: int) -> None:
        """On the disk when it is done. Raises StateFolderError."""
        line = json.dumps({"day": _day(), "account": account, "wei": str(wei)}).encode() + b"\n"
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, line)
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise StateFolderError(f"{self._path} can't be written: {error.strerror}") from None
        self.today().append((account, wei))

    def _read(self) -> Iterator[tuple[int, tuple[str, int]]]:
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            with suppress(ValueError, KeyError, TypeError):  # a power cut may leave half a line
                value = json.loads(line)
                yield int(value["day"]), (str(value["account"]), int(value["wei"]))


def _day() -> int:
    """Days since 1970."""
    return int(time.time()) // _DAY
