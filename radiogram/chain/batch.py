"""Many messages in one transaction: sendBatch, which skips what `send` would refuse, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ape.api import AccountAPI

from radiogram.chain.inbox import ATTEMPTS, Inbox, Receipt, Recipient, nonce_taken_always, not_as_it_should, reading
from radiogram.chain.transactions import Record
from radiogram.errors import ChainUnreachable, InboxError, InsufficientFundsError, NonceTakenError

MOST_GAS = 2**24  # of a transaction (EIP-7825); where more is allowed, it would save 150 gas a message
Outcome = tuple[int, Receipt | None] | InboxError
"""Of a message: its index, and its part of the receipt; or why the contract has not taken it."""


@dataclass(frozen=True)
class Item:
    """A message of a batch."""

    recipient: Recipient
    envelope: bytes
    since: int = 0
    """How many messages the inbox had before anything was signed for it."""


def most_gas(inbox: Inbox) -> int:
    """What a transaction may ask for on this chain. Raises ChainUnreachable."""
    with reading():
        return min(MOST_GAS, int(inbox.provider.web3.eth.get_block("latest")["gasLimit"]))


def would_take(inbox: Inbox, items: Sequence[Item], sender: AccountAPI) -> list[InboxError | None]:
    """For each, why the contract would refuse it, were it sent now. Raises ChainUnreachable and its others."""
    taken = int(inbox.batch([(each.recipient, each.envelope) for each in items], 0).answer(sender))
    return [None] * len(items) if taken == len(items) else [_refusal(inbox, each, sender) for each in items]


def send_batch(inbox: Inbox, items: Sequence[Item], sender: AccountAPI, record: Record, gas: int) -> list[Outcome]:
    """Put each envelope into its recipient's inbox once, and wait until the chain holds them.

    None of `items` may have been signed for before. `record` is given each transaction before it leaves; `gas` is what
    one may use. No receipt: a transaction that is not in `record` did it. Raises InboxError and its others;
    UnconfirmedError if they may still come.
    """
    found: dict[int, Outcome] = {}
    for _ in range(ATTEMPTS):
        left = [place for place in range(len(items)) if place not in found]
        if not left:
            return [found[place] for place in range(len(items))]
        with suppress(NonceTakenError):
            call = inbox.batch([(items[place].recipient, items[place].envelope) for place in left], gas)
            found |= _outcomes(inbox, call.send_new(sender, record), {place: items[place] for place in left}, sender)
            continue
        for place in left:
            each = items[place]
            if (index := inbox.find(each.recipient.address, each.envelope, each.since)) is not None:
                found[place] = index, None
    raise nonce_taken_always(sender)


def _outcomes(inbox: Inbox, receipt: Receipt, sent: dict[int, Item], sender: AccountAPI) -> dict[int, Outcome]:
    """Of each that one transaction was to bring."""
    taken = [place for number, place in enumerate(sent) if number not in receipt.skipped]
    if len(taken) != len(receipt.events):
        raise not_as_it_should(f"tells of other messages of transaction {receipt.tx_hash} than were sent")
    found: dict[int, Outcome] = {
        place: (int(receipt.events[number]["index"]), receipt.share(number)) for number, place in enumerate(taken)
    }
    for place, item in sent.items():
        if place not in found:
            found[place] = _why_skipped(inbox, item, sender)
    return found


def _why_skipped(inbox: Inbox, item: Item, sender: AccountAPI) -> InboxError:
    with suppress(InboxError):  # what was delivered beside it is not lost, should the node not answer now
        if refusal := _refusal(inbox, item, sender):
            return refusal
    return InboxError(f"the contract did not take it for {item.recipient.address}", "send it again")


def _refusal(inbox: Inbox, item: Item, sender: AccountAPI) -> InboxError | None:
    """Why the contract would refuse it now."""
    try:
        inbox.sending(item.recipient, item.envelope).answer(sender)
    except (ChainUnreachable, InsufficientFundsError):
        raise
    except InboxError as error:
        return error
    return None
