"""What a day's list will cost, and whom the contract would refuse: asked before anything leaves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from radiogram.cli import fee
from radiogram.cli.batch.rows import Refused, Row
from radiogram.cli.session import Session

if TYPE_CHECKING:
    from ape.api import AccountAPI

    from radiogram.chain.fees import Fee
    from radiogram.chain.inbox import Inbox


class Gas:
    """What messages of one sender use."""

    def __init__(self, inbox: Inbox, sender: AccountAPI) -> None:
        self.inbox, self.sender = inbox, sender
        self._of_size: dict[int, int] = {}
        self._beside_gas: dict[int, Fee] = {}

    @cached_property
    def limit(self) -> int:
        """What a transaction may ask for."""
        from radiogram.chain.batch import most_gas

        return most_gas(self.inbox)

    def of(self, row: Row) -> int:
        """The most that a message to the row's recipient uses, were it sent alone. Raises InboxError."""
        size = _envelope_bytes(row)
        if size not in self._of_size:
            self._of_size[size] = self.inbox.expected_gas(size, self.sender)
        return self._of_size[size]

    def beside(self, row: Row) -> Fee:
        """What comes on top of that gas on a rollup, and what of it is for the L1."""
        size = _envelope_bytes(row)
        if size not in self._beside_gas:
            self._beside_gas[size] = self.inbox.expected_beside_gas(size, self.of(row))
        return self._beside_gas[size]


def would_be_taken(gas: Gas, rows: Sequence[Row]) -> tuple[list[Row], list[Refused]]:
    """Those whose messages the contract would take, as it is now, and the others."""
    from radiogram.batch.loads import loads
    from radiogram.chain.batch import Item, would_take
    from radiogram.chain.inbox import placeholder

    # Nobody has restricted a mailbox, and the keys have been looked up just now.
    asked = [row for row in rows if not row.in_mailbox and gas.inbox.restriction(row.recipient.address)[0]]
    refused = []
    for load in loads([gas.of(row) for row in asked], gas.limit):
        some = [asked[place] for place in load]
        items = [Item(row.recipient, placeholder(_envelope_bytes(row))) for row in some]
        answers = would_take(gas.inbox, items, gas.sender)
        refused += [Refused.by(row.line, why) for row, why in zip(some, answers, strict=True) if why]
    lines = {each.line for each in refused}
    return [row for row in rows if row.line not in lines], refused


def expected(session: Session, gas: Gas, rows: Sequence[Row]) -> str:
    """`for a fee of about …`; nothing if there is too little Ether, but some of it was perhaps sent before."""
    from radiogram.batch.loads import expected_gas
    from radiogram.chain.fees import Fee, gas_price, refuse_too_little
    from radiogram.chain.inbox import reading
    from radiogram.errors import InsufficientFundsError

    inbox, sender = gas.inbox, gas.sender
    with reading():
        price = gas_price(inbox.provider)
    expected = Fee(price * expected_gas([gas.of(row) for row in rows], gas.limit))
    expected = sum((gas.beside(row) for row in rows), expected)
    try:
        refuse_too_little(inbox.provider, sender, expected)
    except InsufficientFundsError:
        known = session.journal().recipients(inbox.chain, inbox.address, sender.address)
        if any(row.in_mailbox or row.recipient.address in known for row in rows):
            return ""
        raise
    return f"for a fee of about {fee.expected(inbox.provider, expected)}"


def _envelope_bytes(row: Row) -> int:
    from radiogram.formats.envelope import ENVELOPE_BYTES, PACKET_ENVELOPE_BYTES

    return PACKET_ENVELOPE_BYTES if row.recipient.hybrid_digest else ENVELOPE_BYTES
