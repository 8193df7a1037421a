"""Signs a transaction, puts it on the chain, and waits for the block that holds it: recorded before it leaves.

A process may be killed at any point of that. Another run finds what was signed, and asks for the same transaction
instead of making a second one: of all that have one nonce, a chain takes one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from ape.api import AccountAPI, ProviderAPI, TransactionAPI
from ape.exceptions import AccountsError, ApeException
from eth_account import Account
from eth_typing import BlockIdentifier, ChecksumAddress
from eth_utils.address import to_checksum_address
from web3.exceptions import BlockNotFound, Web3Exception, Web3RPCError
from web3.types import RPCEndpoint

from radiogram.errors import ChainUnreachable, FinalityError, InboxError, NonceTakenError, UnconfirmedError

POLL = 0.05, 1.0  # seconds between two looks for a receipt, on a chain for development and elsewhere
FINAL_POLL = 0.05, 12.0  # the same, when nothing is waited for but that its block is final: mostly many minutes
FINAL_PATIENCE = 3600  # seconds until then: Ethereum takes a quarter of an hour, and rollups as much on top
LOOKS = 4  # that must agree that a nonce is gone: behind one address there may be nodes that are not in step
KNOWN = ("already known", "already imported", "known transaction", "already exists")
_TAKEN = ("nonce too low", "correct nonce", "nonce has already been used", "replacement transaction underpriced")
"""How nodes say that they have a transaction, and that they have another one with its nonce."""


@dataclass(frozen=True)
class SignedTransaction:
    """A transaction as it leaves."""

    nonce: int
    tx_hash: str
    """0x and 64 hex digits."""
    raw: bytes
    """As EIP-2718 has it."""
    max_fee: int
    """Wei a unit of gas, at most."""


class Record(Protocol):
    """The transactions that were signed for one purpose, oldest first: a list, or one that outlives the process."""

    def __iter__(self) -> Iterator[SignedTransaction]: ...

    def append(self, transaction: SignedTransaction, /) -> None:
        """Keep it: called before it leaves."""


def sign(
    payer: AccountAPI,
    to: ChecksumAddress,
    data: bytes,
    instead_of: SignedTransaction | None = None,
    gas: int | None = None,
) -> SignedTransaction:
    """With the nonce after those that the node knows of; or that of another one, for a higher fee, in its place.

    `gas` is what it may use, if that is not to be as Ape's settings of the network have it.
    """
    transaction = payer.provider.network.ecosystem.create_transaction(receiver=to, data=data, sender=payer.address)
    if gas is not None:
        transaction.gas_limit = gas
    transaction.nonce = instead_of.nonce if instead_of else nonce(payer.provider, payer.address, "pending")
    try:
        transaction = payer.prepare_transaction(transaction)
    except AccountsError as error:
        if "nonce" in str(error).lower():
            raise NonceTakenError(f"{payer.address} has a transaction with nonce {transaction.nonce}") from error
        raise
    if instead_of:
        _raise_fee(transaction, instead_of.max_fee * 5 // 4)  # nodes ask for a tenth more, at least
    signed = payer.sign_transaction(transaction)
    if signed is None or signed.nonce is None:
        raise InboxError(f"account {payer.alias!r} did not sign the transaction", "nothing was sent")
    raw = bytes(signed.serialize_transaction())
    return SignedTransaction(signed.nonce, "0x" + bytes(signed.txn_hash).hex(), raw, _fee(signed))


@contextmanager
def noted(transaction: SignedTransaction) -> Iterator[None]:
    """While it may leave: who interrupts the process then is told of it, by a note of the exception."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as stopped:
        stopped.add_note(f"Transaction {transaction.tx_hash} may have been sent, and may still come into a block")
        raise


def put(provider: ProviderAPI, transaction: SignedTransaction) -> None:
    """Hand it to the node. Raises NonceTakenError; UnconfirmedError where it can't be told whether the node took it."""
    try:
        provider.web3.eth.send_raw_transaction(transaction.raw)
    except Web3RPCError as error:
        said = str(error).lower()
        if any(each in said for each in KNOWN):
            return
        if any(each in said for each in _TAKEN):
            raise NonceTakenError(f"another transaction has the nonce of {transaction.tx_hash}") from error
        raise provider.get_virtual_machine_error(error) from error
    except (ChainUnreachable, OSError, ValueError, Web3Exception) as error:
        said = error.message if isinstance(error, ChainUnreachable) else "the chain's node broke off"
        raise UnconfirmedError(
            f"{said} when it was given transaction {transaction.tx_hash}",
            transaction.tx_hash,
        ) from error


def put_again(provider: ProviderAPI, transaction: SignedTransaction) -> None:
    """Hand over what was handed over before, perhaps: what the node thinks of it, the wait will show."""
    with suppress(NonceTakenError, UnconfirmedError, ApeException):
        put(provider, transaction)


def is_underpriced(provider: ProviderAPI, transaction: SignedTransaction) -> bool:
    """Whether blocks have become dearer than it may pay, so that it stays outside."""
    try:
        return transaction.max_fee < int(provider.base_fee)
    except (ApeException, NotImplementedError):  # no EIP-1559
        return transaction.max_fee < int(provider.gas_price)


def wait(
    provider: ProviderAPI,
    transactions: Sequence[SignedTransaction],
    *,
    until_final: bool = False,
) -> str:
    """Wait until a block holds one of `transactions`, followed by as many as Ape's settings of the network ask for; or
    until that block is final, too.

    Its hash. Raises NonceTakenError when the nonce of the last one has gone to a transaction that is none of them;
    UnconfirmedError after the network's `transaction_acceptance_timeout`, or FINAL_PATIENCE.
    """
    patience, last = provider.network.transaction_acceptance_timeout, transactions[-1]
    # Not the account that it was asked of: of a contract account (a Safe), one of its owners signs.
    signer = to_checksum_address(Account.recover_transaction(last.raw))
    began, trouble, gone = time.monotonic(), "", 0
    while True:
        is_confirmed = False
        try:
            taken = nonce(provider, signer, "latest") > last.nonce  # before the receipts: it may come meanwhile
            block, tx_hash = max((_block(provider, each.tx_hash), each.tx_hash) for each in transactions)
            is_confirmed = block >= 0 and _height(provider) - block >= provider.network.required_confirmations
            if is_confirmed and (not until_final or block <= final_height(provider)):
                return tx_hash
            gone = gone + 1 if block < 0 and taken else 0
            if gone >= LOOKS:
                raise NonceTakenError(f"another transaction has the nonce of {last.tx_hash}")
            trouble = ""
        except (ChainUnreachable, FinalityError, OSError, ValueError, Web3Exception):
            trouble = " (its node does not answer)"
        if time.monotonic() > began + (FINAL_PATIENCE if is_confirmed else patience):
            so_far = f"its block is not final after {FINAL_PATIENCE} s"
            if not is_confirmed:
                so_far = f"the chain has not confirmed it in {patience} s"
            raise UnconfirmedError(f"transaction {last.tx_hash} was sent, and {so_far}{trouble}", last.tx_hash)
        time.sleep((FINAL_POLL if is_confirmed else POLL)[not provider.network.is_dev])


def final_height(provider: ProviderAPI) -> int:
    """The newest block that the network calls final: no reorganisation takes it out. Raises FinalityError."""
    try:
        return int(provider.web3.eth.get_block("finalized")["number"])
    except (BlockNotFound, Web3RPCError) as error:
        raise FinalityError("the chain's node does not say which blocks are final", "use another node") from error


def nonce(provider: ProviderAPI, account: ChecksumAddress, block: BlockIdentifier) -> int:
    """How many transactions of `account` there are: in blocks, or with those that the node has for the next ones."""
    return int(provider.web3.eth.get_transaction_count(account, block))


def receipt_of(provider: ProviderAPI, tx_hash: str) -> Mapping[str, Any]:
    """What the node says of a transaction that is in a block, as it says it: numbers are hex. Empty of one that is not.

    web3 would take each of its events apart: some milliseconds for each message of a batch. Raises Web3Exception and
    what the connection raises.
    """
    said = provider.web3.manager.request_blocking(RPCEndpoint("eth_getTransactionReceipt"), [tx_hash])
    return said if isinstance(said, Mapping) else {}


def _block(provider: ProviderAPI, tx_hash: str) -> int:
    """Number of the block that holds it; -1: none."""
    block = receipt_of(provider, tx_hash).get("blockNumber")
    return int(block, 16) if block else -1  # some have none yet


def _height(provider: ProviderAPI) -> int:
    return int(provider.web3.eth.block_number)


def _fee(transaction: TransactionAPI) -> int:
    static = getattr(transaction, "gas_price", None)
    return int(transaction.max_fee or 0) if static is None else int(static)


def _raise_fee(transaction: TransactionAPI, least: int) -> None:
    more = max(0, least - _fee(transaction))
    if getattr(transaction, "gas_price", None) is not None:
        transaction.gas_price += more
    else:
        transaction.max_fee = int(transaction.max_fee or 0) + more
        transaction.max_priority_fee = int(transaction.max_priority_fee or 0) + more
