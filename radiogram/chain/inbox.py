"""The inbox contract as Python: send an envelope, list messages, look keys up. Handed its contract instance by Ape."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from textwrap import shorten
from typing import Any

from ape.api import AccountAPI, ProviderAPI, ReceiptAPI
from ape.contracts import ContractInstance
from ape.exceptions import ApeException, ContractLogicError, CustomError, DecodingError
from eth_abi.abi import decode, encode
from eth_typing import BlockNumber, ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from ethpm_types.abi import MethodABI
from hexbytes import HexBytes
from web3.exceptions import ContractLogicError as Web3ContractLogicError
from web3.exceptions import Web3Exception, Web3RPCError
from web3.types import BlockIdentifier

from radiogram.chain import fees, transactions
from radiogram.chain.cursor import address_bytes, cursor_of
from radiogram.chain.fees import Fee
from radiogram.chain.rpc import unreachable
from radiogram.chain.transactions import Record, SignedTransaction
from radiogram.errors import (
    ChainUnreachable,
    InboxError,
    InsufficientFundsError,
    NoHybridRecipientError,
    NoKeyError,
    NoMessageError,
    NonceTakenError,
    NotApprovedError,
    NotSenderError,
    RadiogramError,
    UnconfirmedError,
)
from radiogram.formats.envelope import ENVELOPE_BYTES, PACKET_ENVELOPE_BYTES
from radiogram.formats.key_card import AddressCard
from radiogram.formats.keys import PublicKeys
from radiogram.formats.public_key import fingerprint
from radiogram.formats.signed_act import Act, KeyOnRecord, SignedAct

PAGE_MESSAGES = 100
LATER_PAGES = 500  # messages, once it is clear that many are wanted; not every node lets one call use so much gas
MOST_MESSAGES = 2**39 - 1  # the contract counts with 39 bits
STRIDE = 2000  # messages that one call walks past, at 2,700 gas each: within every node's limit for a call
NonceLock = Callable[[ChecksumAddress], AbstractContextManager[None]]
"""Held while an account sends a transaction."""
_SKIPPED = "Skipped"
_LOOKED_UP = ("keyOf", "count", "restrictionOf")  # of an account
_RETRACTED, _ACKNOWLEDGED = 1, 2
_NEWEST = to_checksum_address(bytes(20))
_NEWEST_BY: tuple[tuple[Any, ...], ...] = (("count",), ("page", 2**256 - 1, 1, _NEWEST))  # of a recipient
TOGETHER = 200  # questions of one call, of some 8,000 gas each: within every node's limit for one
_REORDERED = 100  # messages of one inbox that a reorganisation may take out of the chain: far more than any did
ATTEMPTS = 10  # at a nonce that other software does not take
LAST_SECOND = 253_402_300_799  # of the year 9999: no datetime is later
_REFUSALS: dict[str, tuple[type[InboxError], str, str]] = {
    "StaleKey": (
        InboxError,
        "{recipient} has changed keys, and version {current} is in force now",
        "send it again",
    ),
    "NotApproved": (
        NotApprovedError,
        "{recipient} takes messages from approved senders only, and {sender} is not one of them now",
        "ask the recipient to approve it",
    ),
    "NotSender": (
        NotSenderError,
        "only its sender can take a message back, and this one is from {sender}",
        "use that account",
    ),
    "Expired": (InboxError, "the signature has run out", "ask for a new one"),
    "BadVersion": (
        InboxError,
        "it was signed to make version {version}, and version {current} is in force",
        "ask for a new signature",
    ),
    "BadCursor": (
        InboxError,
        "message {index} of {recipient} is not the one that was meant: the chain has changed under it",
        "look at the inbox again",
    ),
    "BadSignature": (
        InboxError,
        "the signature is not that of {account} over this act, contract and chain",
        "ask for a new one",
    ),
}
"""What to make of the contract's errors, where the reader can do something about it."""


@dataclass(frozen=True)
class Message:
    """One entry of an inbox, as the chain holds it."""

    recipient: ChecksumAddress
    index: int
    sender: ChecksumAddress
    sent_at: datetime
    """Time of the block that holds it, UTC, to the second."""
    key_version: int
    """Which of the recipient's keys it was sealed to; 0 is the account's own."""
    retracted: bool
    acknowledged: bool
    cursor: ChecksumAddress
    """Where the contract keeps it; commits to all but the status, and names the message to the contract."""
    envelope: bytes

    @property
    def status(self) -> str:
        """`retracted` by its sender, `acknowledged` by its recipient, or just `sent`."""
        if self.retracted:
            return "retracted"
        return "acknowledged" if self.acknowledged else "sent"


@dataclass(frozen=True)
class Newest:
    """What an inbox comes to: enough to see that it has changed."""

    recipient: ChecksumAddress
    count: int
    cursor: str
    """Of its newest message; empty if there is none."""


@dataclass(frozen=True)
class Recipient:
    """Whom an envelope is for."""

    address: ChecksumAddress
    public_key: bytes
    """33 bytes; what the envelope is sealed to."""
    key_version: int
    hybrid_digest: bytes | None = None
    """Of the hybrid key, 32 bytes. With one, a message is of suite 2 or is not sent; without, not quantum-safe."""
    hybrid_recipient: str | None = None
    """`age1pq1…`, where it is known: what the key packet is sealed to."""

    @property
    def words(self) -> tuple[str, ...]:
        """The six words that two people compare."""
        return fingerprint(self.public_key, self.hybrid_digest)


@dataclass(frozen=True)
class Receipt:
    """What the chain says of one transaction to the contract."""

    event: Mapping[str, Any] | None
    """The values of the event that it asked for; None if it changed nothing."""
    tx_hash: str
    gas_used: int
    fee_wei: int
    events: tuple[Mapping[str, Any], ...] = ()
    """All of the kind that it asked for, in their order."""
    skipped: tuple[int, ...] = ()
    """Numbers of the items of a batch that were not delivered."""

    def share(self, place: int) -> Receipt:
        """The part of one of its `events` in what it cost: all parts together are the whole."""
        gas, fee = (_part(each, len(self.events), place) for each in (self.gas_used, self.fee_wei))
        return Receipt(self.events[place], self.tx_hash, gas, fee)

    def share_of(self, recipient: ChecksumAddress, index: int) -> Receipt | None:
        """The part of the message with this index; None if it put none there."""
        for place, event in enumerate(self.events):
            if (to_checksum_address(event["recipient"]), int(event["index"])) == (recipient, index):
                return self.share(place)
        return None


class Inbox:
    """The ImageInbox contract at one address of one chain."""

    def __init__(
        self, contract: ContractInstance, nonce_lock: NonceLock = lambda _: nullcontext(), *, until_final: bool = False
    ) -> None:
        """`until_final`: what is sent is waited for until its block is final."""
        self._contract = contract
        self._nonce_lock = nonce_lock
        self._until_final = until_final
        self.address: ChecksumAddress = to_checksum_address(contract.address)
        self.chain_id: int = contract.provider.chain_id
        self._block: int | None = None  # the one whose state is read; None: the newest
        self._known: dict[tuple[str, ChecksumAddress], Any] = {}  # answers that were looked up
        self._functions: dict[str, MethodABI] = {}  # of the contract, by their names
        self._gate = threading.RLock()  # Ape's managers are not made for several threads

    def at_block(self, number: int) -> Inbox:
        """The same as it was after that block: for reading alone, of a block that the node still has the state of."""
        earlier = copy(self)
        earlier._block = number
        return earlier

    def looked_up(self, accounts: Iterable[ChecksumAddress]) -> Inbox:
        """The same, which asks no more for keys and restrictions of `accounts`, nor how many messages they `had`: all
        that is asked now, in few questions. Raises ChainUnreachable.
        """
        wanted = [(method, account) for account in dict.fromkeys(accounts) for method in _LOOKED_UP]
        known = copy(self)
        known._known = dict(self._known)
        with reading():
            known._known |= zip(wanted, self._views(wanted), strict=True)
        return known

    @property
    def provider(self) -> ProviderAPI:
        """Ape's connection to the chain."""
        return self._contract.provider

    @cached_property
    def chain(self) -> bytes:
        """The hash of the chain's first block, 32 bytes: chains for development begin anew with the same chain id."""
        with reading():
            return bytes(self._contract.provider.web3.eth.get_block(0)["hash"])

    def newest_block_time(self) -> int:
        """Unix time, seconds: what came up to then, the node knows. Raises ChainUnreachable."""
        with reading(), self._gate:
            return min(int(self.provider.web3.eth.get_block("latest")["timestamp"]), LAST_SECOND)

    def count(self, recipient: ChecksumAddress) -> int:
        """How many messages `recipient` was ever sent."""
        with reading():
            count = int(self._view("count", recipient))
        if count > MOST_MESSAGES:
            raise not_as_it_should(f"says that {recipient} has {count} messages, more than an inbox can have")
        return count

    def newest_of(self, recipients: Sequence[ChecksumAddress]) -> list[Newest]:
        """Of many inboxes, asked for together, as they all were after one block."""
        asked = [(method, each, *rest) for each in recipients for method, *rest in _NEWEST_BY]
        with reading():
            answers, found = self._views(asked), []
            for recipient, count, (page, _) in zip(recipients, answers[::2], answers[1::2], strict=True):
                if not bool(count) == bool(page) == (len(page) == 1):
                    raise not_as_it_should(f"gives {len(page)} messages as the newest of {count}")
                cursor = _message(recipient, int(count) - 1, page[0]).cursor if page else ""
                found.append(Newest(recipient, int(count), cursor))
        return found

    def had(self, recipient: ChecksumAddress) -> int:
        """How many messages `recipient` has had at least: as it was looked up, or else now."""
        known = self._known.get(("count", recipient))
        return self.count(recipient) if known is None else int(known)

    def messages(self, recipient: ChecksumAddress) -> Iterator[Message]:
        """All messages of `recipient`, newest first, a page at a time."""
        end, cursor = self.count(recipient), _NEWEST
        most, later = PAGE_MESSAGES, LATER_PAGES
        while end:
            try:
                page, following = self._page(recipient, end, most, cursor)
            except InboxError:
                if most == PAGE_MESSAGES:
                    raise
                most = later = PAGE_MESSAGES
                continue
            yield from page
            end, cursor, most = end - len(page), following, later

    def message(self, recipient: ChecksumAddress, index: int) -> Message:
        """Raises NoMessageError."""
        cursor = self._cursor(recipient, index)
        [found], _ = self._page(recipient, index + 1, 1, cursor)
        return found

    def newest(self, recipient: ChecksumAddress) -> Message:
        """The newest message that its sender has not taken back. Raises NoMessageError."""
        return next(self.standing(recipient))

    def standing(self, recipient: ChecksumAddress) -> Iterator[Message]:
        """The messages that their senders have not taken back, newest first. Raises NoMessageError if there is none."""
        is_empty = True
        for message in self.messages(recipient):
            if not message.retracted:
                is_empty = False
                yield message
        if is_empty:
            raise NoMessageError(f"the inbox of {recipient} is empty", "ask the sender to send the images")

    def recipient(self, address: ChecksumAddress, said: PublicKeys | AddressCard | None = None) -> Recipient:
        """Whom to seal to: the keys that `address` registered, or else its own, if they are `said`.

        Raises NoKeyError; NoHybridRecipientError where a hybrid key was promised that is not on record.
        """
        registered = self.key(address)
        if registered.version:
            return _registered_recipient(address, registered, said)
        if isinstance(said, AddressCard):
            raise NoKeyError(
                f"{address} has registered no key on this network, though its card says that it has",
                "send on the network that the patient registered it on, or ask for the public key",
            )
        if said is None:
            raise NoKeyError(
                f"{address} has no key on record, and its address alone can't be sealed to",
                "ask the patient for the public key, or to register one",
            )
        if said.address != address:
            raise NoKeyError(f"that public key belongs to {said.address}, not to {address}", "ask again")
        return Recipient(address, said.public_key, 0, said.hybrid_digest, said.hybrid_recipient)

    def expected_fee(self, recipient: Recipient, sender: AccountAPI) -> Fee:
        """What a `send` will cost at the present gas price.

        Raises InsufficientFundsError if `sender` has less, and InboxError if the contract would refuse.
        """
        size = PACKET_ENVELOPE_BYTES if recipient.hybrid_digest else ENVELOPE_BYTES
        return self.sending(recipient, placeholder(size)).expected_fee(sender)

    def send(
        self, recipient: Recipient, envelope: bytes, sender: AccountAPI, record: Record | None = None, since: int = 0
    ) -> tuple[int, Receipt | None]:
        """Put `envelope` into the recipient's inbox once, and wait until the chain holds it; the message's index.

        `record` has the transactions that were signed for it before, if any, and is given each new one; `since` is how
        many messages the inbox had before the first of them. No receipt: a transaction that is not in `record` did it.
        Raises InboxError and its others; UnconfirmedError if it may still come.
        """
        call, record = self.sending(recipient, envelope), [] if record is None else record
        is_new = not list(record)
        for _ in range(ATTEMPTS):
            receipt = None
            with suppress(NonceTakenError):
                receipt = (call.send_new if is_new else call.send_again)(sender, record)
                if receipt.event is None and not receipt.skipped:
                    raise InboxError(f"transaction {receipt.tx_hash} put no message into the inbox", "look at it")
                if is_new and receipt.event:
                    return int(receipt.event["index"]), receipt
            # What an earlier run has signed may have been a batch, with other messages than this, or without it.
            if (index := self.find(recipient.address, envelope, since)) is not None:
                return index, receipt and receipt.share_of(recipient.address, index)
            is_new = True
        raise nonce_taken_always(sender)

    def batch(self, items: Sequence[tuple[Recipient, bytes]], gas: int) -> Call:
        """What puts envelopes into the inboxes of their recipients: each but those that `send` would refuse."""
        arguments = [(to.address, to.key_version, envelope) for to, envelope in items]
        return replace(self._call("sendBatch", (arguments,), "Sent"), gas=gas)

    def expected_gas(self, size: int, sender: AccountAPI) -> int:
        """What a `send` of an envelope of so many bytes to an inbox that has no message uses: the most that it can."""
        nobody = Recipient(to_checksum_address(secrets.token_bytes(20)), b"", 0)
        return self.sending(nobody, placeholder(size)).expected_gas(sender)

    def expected_beside_gas(self, size: int, gas: int) -> Fee:
        """What such a `send`, which uses so much gas, costs beside that gas, and what of it is for the L1."""
        call = self.sending(Recipient(to_checksum_address(secrets.token_bytes(20)), b"", 0), placeholder(size))
        return call.expected_beside_gas(gas)

    def find(self, recipient: ChecksumAddress, envelope: bytes, since: int) -> int | None:
        """The index of the message with `envelope`, sought among those after the first `since`; None: it is not there.

        Some more are looked at, because a chain that was reorganised may have put it earlier.
        """
        for message in self.messages(recipient):
            if message.envelope == envelope:
                return message.index
            if message.index < since - _REORDERED:
                break
        return None

    def key(self, account: ChecksumAddress) -> KeyOnRecord:
        """The key that `account` registered last."""
        with reading():
            version, key, hybrid = self._known.get(("keyOf", account)) or self._view("keyOf", account)
        return KeyOnRecord(int(version), bytes(key), bytes(hybrid) if any(bytes(hybrid)) else None)

    def restriction(self, account: ChecksumAddress) -> tuple[bool, int]:
        """Whether `account` takes messages from approved senders only, and how often that has changed."""
        with reading():
            restricted, version = self._known.get(("restrictionOf", account)) or self._view("restrictionOf", account)
        return bool(restricted), int(version)

    def approval(self, account: ChecksumAddress, sender: ChecksumAddress) -> tuple[int, int]:
        """The last second (Unix time; 0: none) at which `account` takes messages of `sender`, and how often that has
        changed."""
        with reading():
            until, version = self._view("approvalOf", account, sender)
        return int(until), int(version)

    def is_acknowledged(self, recipient: ChecksumAddress, index: int, cursor: ChecksumAddress) -> bool:
        """Whether `recipient` has acknowledged message `index`, and it is the one with that cursor.

        Raises NoMessageError.
        """
        message = self.message(recipient, index)
        return message.acknowledged and message.cursor == cursor

    def act(self, act: Act) -> Call:
        """What does `act`, sent by the account itself."""
        return self._call(act.METHOD, act.arguments(), act.EVENT)

    def relay(self, signed: SignedAct) -> Call:
        """What does a signed act, sent by anyone."""
        arguments = (*signed.act.message(signed.deadline).values(), signed.signature)
        return self._call(signed.act.SIGNED_METHOD, arguments, signed.act.EVENT)

    def retraction(self, message: Message) -> Call:
        """What takes `message` back, sent by its sender."""
        return self._call("retract", (message.recipient, message.index, message.cursor), "Retracted")

    def _page(
        self, recipient: ChecksumAddress, end: int, limit: int, cursor: ChecksumAddress
    ) -> tuple[list[Message], ChecksumAddress]:
        """Messages below index `end`, newest first, as many as asked for; and the cursor for the next page.

        Each is the one that its cursor names, and that of the message after it. What the newest is, and the status of
        each, the node is believed.
        """
        with reading():
            raw, following = self._view("page", recipient, end, limit, cursor)
            page = [_message(recipient, end - 1 - place, each) for place, each in enumerate(raw)]
            if len(page) != min(end, limit):
                raise not_as_it_should(f"gives {len(page)} messages where there are {min(end, limit)}")
            links = [*(message.cursor for message in page), to_checksum_address(following)]
            if cursor not in (_NEWEST, links[0]):
                raise not_as_it_should(f"gives another message {end - 1} than was asked for")
            for message, each, previous in zip(page, raw, links[1:], strict=True):
                if address_bytes(message.cursor) != self._cursor_of(message, each, previous):
                    raise not_as_it_should(f"gives a message {message.index} that the contract does not have")
        return page, links[-1]

    def _cursor_of(self, message: Message, raw: Any, previous: ChecksumAddress) -> bytes:  # noqa: ANN401
        _, sent_at, *_ = raw  # the message's own is cut to what a datetime can say
        fields = message.key_version, int(sent_at), message.sender, message.envelope
        return cursor_of(self.address, message.recipient, message.index, fields, previous)

    def _cursor(self, recipient: ChecksumAddress, index: int) -> ChecksumAddress:
        """The cursor of message `index`: walked to from the newest, so many messages a call. Raises NoMessageError."""
        count = self.count(recipient)
        if not 0 <= index < count:
            have = f"its indices are 0 to {count - 1}" if count else "it is empty"
            raise NoMessageError(f"{recipient} has no message {index}: {have}")
        start, cursor = count - 1, _NEWEST
        while start > index:
            target = max(index, start - STRIDE)
            with reading():
                cursor = to_checksum_address(self._view("cursorOf", recipient, target, start, cursor))
            start = target
        return cursor

    def _view(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - as the ABI has it
        """What a function of the contract says; several values as a tuple, a struct as a tuple.

        Ape asks a node three questions for one, and is asked only where the answer is none: it says why.
        """
        data = self._asking(method, arguments)
        answer = b""
        with self._gate:
            with suppress(Web3ContractLogicError, Web3RPCError):
                answer = bytes(self.provider.web3.eth.call({"to": self.address, "data": HexBytes(data)}, self._at()))
            if not answer:
                # Not as an attribute: to find one, Ape makes a class of every error of the contract, for half a second.
                return self._contract.call_view_method(method, *arguments, block_id=self._block)
        return self._answered(method, answer)

    def _views(self, asked: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The same of several, each a name and its arguments: many in one call, by the contract's `multicall`."""
        answers: list[Any] = []
        for start in range(0, len(asked), TOGETHER):
            some = asked[start : start + TOGETHER]
            data = [self._asking(method, arguments) for method, *arguments in some]
            call = keccak(text="multicall(bytes[])")[:4] + encode(["bytes[]"], [data])
            with self._gate:
                answer = bytes(self.provider.web3.eth.call({"to": self.address, "data": HexBytes(call)}, self._at()))
            (given,) = decode(["bytes[]"], answer)
            answers += [self._answered(method, each) for (method, *_), each in zip(some, given, strict=True)]
        return answers

    def _function(self, method: str) -> MethodABI:
        if method not in self._functions:  # Ape looks through all of them for one
            self._functions[method] = self._contract.contract_type.view_methods[method]
        return self._functions[method]

    def _asking(self, method: str, arguments: Iterable[object]) -> bytes:
        abi = self._function(method)
        return keccak(text=abi.selector)[:4] + encode([each.canonical_type for each in abi.inputs], tuple(arguments))

    def _answered(self, method: str, answer: bytes) -> Any:  # noqa: ANN401 - as the ABI has it
        values = decode([each.canonical_type for each in self._function(method).outputs], answer)
        return values if len(values) > 1 else values[0]

    def _at(self) -> BlockIdentifier:
        return "latest" if self._block is None else BlockNumber(self._block)

    def sending(self, recipient: Recipient, envelope: bytes) -> Call:
        """What puts an envelope into the recipient's inbox, sent by its sender."""
        return self._call("send", (recipient.address, recipient.key_version, envelope), "Sent")

    def _call(self, method: str, arguments: Iterable[Any], event: str) -> Call:
        return Call(
            self._contract, method, tuple(arguments), event, self._nonce_lock, self._gate, until_final=self._until_final
        )


@dataclass(frozen=True)
class Call:
    """A transaction to the contract that is not sent yet."""

    contract: ContractInstance
    method: str
    arguments: tuple[Any, ...]
    event: str
    """What the contract emits if it changes anything."""
    nonce_lock: NonceLock
    gate: AbstractContextManager[Any]
    """Held while Ape is asked."""
    gas: int | None = None
    """What it may use, where that is known without trying it."""
    until_final: bool = False

    def answer(self, payer: AccountAPI) -> Any:  # noqa: ANN401 - as the ABI has it
        """What it would return, were it sent now: says why, if it would be refused. Raises InboxError."""
        with translated(), self.gate:
            return self.contract.call_view_method(self.method, *self.arguments, sender=payer)

    def expected_fee(self, payer: AccountAPI) -> Fee:
        """What it will cost at the present gas price. It is tried without being sent.

        Raises InsufficientFundsError if `payer` has less, and InboxError if the contract would refuse.
        """
        gas = self.expected_gas(payer)
        provider = self.contract.provider
        with translated():
            fee = fees.expected(provider, to_checksum_address(self.contract.address), self._data(), gas)
        fees.refuse_too_little(provider, payer, fee)
        return fee

    def expected_beside_gas(self, gas: int) -> Fee:
        """What it costs beside `gas`, and what of that gas is for the L1."""
        with translated():
            address = to_checksum_address(self.contract.address)
            return fees.expected_beside_gas(self.contract.provider, address, self._data(), gas)

    def expected_gas(self, payer: AccountAPI) -> int:
        """What it will use. It is tried without being sent. Raises InboxError if the contract would refuse."""
        self.answer(payer)
        with translated():
            transaction = {"from": payer.address, "to": self.contract.address, "data": self._data()}
            return int(self.contract.provider.web3.eth.estimate_gas(transaction))

    def send(self, payer: AccountAPI) -> Receipt:
        """Send it, and wait until the chain holds it.

        Raises InboxError and its others; UnconfirmedError if it may still come.
        """
        for _ in range(ATTEMPTS):
            with suppress(NonceTakenError):
                return self.send_new(payer, [])
        raise nonce_taken_always(payer)

    def send_new(self, payer: AccountAPI, record: Record) -> Receipt:
        """The same with one nonce, and the transaction added to `record` before. Raises NonceTakenError, too."""
        with translated():
            signed = self._sign_and_put(payer, record)
            receipt, fee = self._wait(payer, [signed])
        if receipt.failed:
            raise InboxError(f"the contract refused transaction {signed.tx_hash}", "try again")
        return self._told(receipt, fee)

    def send_again(self, payer: AccountAPI, record: Record) -> Receipt:
        """Wait for what `record` ends with, handed to the chain once more: it is what an earlier run has sent, or not.

        Raises as send_new does; NonceTakenError also if the contract refused it.
        """
        signed = list(record)
        with translated():
            if transactions.is_underpriced(self.contract.provider, signed[-1]):
                with suppress(NonceTakenError):
                    signed.append(self._sign_and_put(payer, record, instead_of=signed[-1]))
            else:
                transactions.put_again(self.contract.provider, signed[-1])
            receipt, fee = self._wait(payer, signed)
        if receipt.failed:
            raise NonceTakenError(f"the contract refused transaction {signed[-1].tx_hash}")
        return self._told(receipt, fee)

    def _sign_and_put(
        self, payer: AccountAPI, record: Record, instead_of: SignedTransaction | None = None
    ) -> SignedTransaction:
        with self.nonce_lock(payer.address):
            with self.gate:
                if self.gas is None:
                    self.answer(payer)
                address, data = to_checksum_address(self.contract.address), self._data()
                signed = transactions.sign(payer, address, data, instead_of, self.gas)
            record.append(signed)
            with transactions.noted(signed):
                transactions.put(self.contract.provider, signed)
        return signed

    def _wait(self, payer: AccountAPI, signed: Sequence[SignedTransaction]) -> tuple[ReceiptAPI, int]:
        """The receipt, and what was paid in all."""
        provider = self.contract.provider
        with transactions.noted(signed[-1]):
            tx_hash = transactions.wait(provider, signed, until_final=self.until_final)
        try:
            receipt = provider.get_receipt(tx_hash)
            return receipt, int(receipt.total_fees_paid) + fees.paid_on_top(provider, tx_hash)
        except (ChainUnreachable, ApeException, OSError, ValueError, Web3Exception) as error:
            raise UnconfirmedError(
                f"transaction {tx_hash} is in a block, and the chain's node tells no more of it", tx_hash
            ) from error

    def _told(self, receipt: ReceiptAPI, fee: int) -> Receipt:
        # By the contract's own ABI: of whatever else is in the receipt, Ape's plugins ask explorers in the network.
        told = receipt.decode_logs(list(self.contract.contract_type.events))
        logs = [(log.event_name, log.event_arguments) for log in told if log.contract_address == self.contract.address]
        events = tuple(values for name, values in logs if name == self.event)
        skipped = tuple(int(values["item"]) for name, values in logs if name == _SKIPPED)
        return Receipt(next(iter(events), None), receipt.txn_hash, int(receipt.gas_used), fee, events, skipped)

    def _data(self) -> bytes:
        ecosystem = self.contract.provider.network.ecosystem
        abi = next(abi for abi in self.contract.contract_type.mutable_methods if abi.name == self.method)
        return bytes(ecosystem.get_method_selector(abi)) + bytes(ecosystem.encode_calldata(abi, *self.arguments))


def placeholder(size: int) -> bytes:
    """As dear as an envelope of that size: calldata has few zeros."""
    return b"\x02" + bytes(range(1, size))


def _part(whole: int, parts: int, place: int) -> int:
    """The part at `place` of a number that is divided into parts that differ by one at most."""
    each, rest = divmod(whole, parts)
    return each + (place < rest)


def nonce_taken_always(payer: AccountAPI) -> InboxError:
    return InboxError(f"other software keeps sending from {payer.address}", "stop it, and try again")


def _registered_recipient(
    address: ChecksumAddress, registered: KeyOnRecord, said: PublicKeys | AddressCard | None
) -> Recipient:
    """What is on record counts. Of what was said, the hybrid recipient does, if it is the one on record."""
    digest = registered.hybrid_digest
    if digest is None and said and said.hybrid_digest:
        raise NoHybridRecipientError(
            f"the card promises a quantum-safe key, and the one that {address} has registered is not",
            "ask the patient which is right: nothing was sent",
        )
    known = said.hybrid_recipient if said and said.hybrid_digest == digest else None
    return Recipient(address, registered.public_key, registered.version, digest, known)


def _message(recipient: ChecksumAddress, index: int, fields: Iterable[Any]) -> Message:
    sender, sent_at, key_version, status, cursor, envelope = fields
    return Message(
        recipient=recipient,
        index=index,
        sender=_checksum_address(sender),
        sent_at=datetime.fromtimestamp(min(int(sent_at), LAST_SECOND), UTC),
        key_version=int(key_version),
        retracted=bool(int(status) & _RETRACTED),
        acknowledged=bool(int(status) & _ACKNOWLEDGED),
        cursor=to_checksum_address(cursor),
        envelope=bytes(envelope),
    )


@lru_cache(1024)
def _checksum_address(address: str) -> ChecksumAddress:
    """Of a sender: most messages of an inbox are from few."""
    return to_checksum_address(address)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what Ape raises into one line of ours."""
    try:
        yield
    except CustomError as error:
        if known := _REFUSALS.get(error.name):
            kind, message, hint = known
            raise kind(message.format_map(error.inputs), hint) from error
        values = ", ".join(f"{name} {value}" for name, value in error.inputs.items())
        raise InboxError(f"the contract refused: {error.name}{f' ({values})' if values else ''}") from error
    except ContractLogicError as error:
        raise InboxError(f"the contract refused: {error.revert_message or 'no reason given'}") from error
    except DecodingError as error:
        raise not_as_it_should("does not answer as the contract does") from error
    except ApeException as error:
        if ours := unreachable(error):
            raise ours from error
        if fees.is_too_little(error):
            raise InsufficientFundsError("the account has too little Ether for the fee", "add some to it") from error
        raise InboxError(f"the chain did not take it: {' '.join(str(error).split())}") from error
    except Web3RPCError as error:
        said = str((error.rpc_response or {}).get("error", {}).get("message", "no reason given"))
        raise InboxError(f"the chain's node refused: {shorten(said, 200, placeholder=' …')}") from error
    except (OSError, ValueError, Web3Exception) as error:
        # The text is not shown: it may hold the node's address, and with it a provider's key.
        raise not_as_it_should(f"does not answer as it should ({type(error).__name__})") from error


@contextmanager
def reading() -> Iterator[None]:
    """As `translated`, for what changes nothing; the libraries' errors over an answer that is none have no common
    base.
    """
    try:
        with translated():
            yield
    except RadiogramError:
        raise
    except Exception as error:
        raise not_as_it_should(f"does not answer as it should ({type(error).__name__})") from error


def not_as_it_should(what: str) -> ChainUnreachable:
    return ChainUnreachable(f"the chain's node {what}", "use another node")
