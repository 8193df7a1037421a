"""Where the inbox contract is, and putting it there: the same address on every chain.

CREATE2 (EIP-1014) through the common deterministic-deployment factory, salt 0: the address depends on the contract's
bytes alone, so there is nothing to configure and nobody to trust.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

import rlp
from ape.api import AccountAPI, ProviderAPI, ReceiptAPI
from ape.exceptions import ApeException
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3.exceptions import Web3Exception, Web3RPCError
from web3.types import TxParams

from radiogram.chain import fees, transactions
from radiogram.chain.fees import Fee
from radiogram.chain.rpc import unreachable
from radiogram.errors import ChainUnreachable, FactoryError, FinalityError, InboxError, InsufficientFundsError

FACTORY = to_checksum_address("0x4e59b44847b379578588920cA78FbF26c0B4956C")
SALT = bytes(32)
_FACTORY_SIGNER = to_checksum_address("0x3fAB184622Dc19b6109349B94811493BF2a45362")
_FACTORY_GAS, _FACTORY_PRICE = 100_000, 100 * 10**9
"""Gas, and wei a unit of it, that its transaction was signed for."""
_MARGIN = 11, 10
"""What gas must be paid for at most, to what it is expected to be: through the factory it is some 2% more than without,
and prices rise meanwhile."""
GWEI = 10**9
# The factory's own deployment, signed once with a key that nobody has (Nick's method), valid on every chain.
_FACTORY_TRANSACTION = bytes.fromhex(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba022222222"
    "22222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222"
)
_FACTORY_INITCODE = bytes(rlp.decode(_FACTORY_TRANSACTION)[5])
_UNPROTECTED = ("replay-protected", "eip-155", "eip155", "chain id", "chainid", "legacy pre-eip")
"""How nodes say that they take no transaction without a chain id."""
_OPERATORS = "only who runs the network can put it there"


def deterministic_address(initcode: bytes) -> ChecksumAddress:
    """Last 20 bytes of keccak256(0xff ‖ factory ‖ salt ‖ keccak256(initcode)) (EIP-1014)."""
    return to_checksum_address(keccak(b"\xff" + bytes.fromhex(FACTORY[2:]) + SALT + keccak(initcode))[12:])


def is_deployed(provider: ProviderAPI, address: ChecksumAddress) -> bool:
    """True if there is code at `address`."""
    return len(bytes(provider.get_code(address))) > 0


@dataclass(frozen=True)
class Deployed:
    """What it took to put the contract there."""

    tx_hash: str
    gas_used: int
    fee_wei: int
    """All that was paid: for the factory too, if it was missing, and on a rollup for the L1."""


def expected_fee(provider: ProviderAPI, initcode: bytes, account: AccountAPI) -> Fee:
    """What `deploy` will cost, at the present gas price.

    Raises InsufficientFundsError if `account` has less than must be there for it; FactoryError where the factory is
    missing and can't be put there; InboxError where the node refuses.
    """
    with _deploying():
        funds = 0
        if is_deployed(provider, FACTORY):
            gas = _gas(account, to=FACTORY, data=HexBytes(SALT + initcode))
        else:
            check_factory_transaction(provider)
            funds = _missing_funds(provider)
            gas = _gas(account, data=HexBytes(initcode)) + (_gas(account, to=_FACTORY_SIGNER) if funds else 0)
        besides = fees.expected_beside_gas(provider, FACTORY, SALT + initcode, gas) + Fee(funds)
        most = _limit(provider, gas) * _MARGIN[0] // _MARGIN[1] * fees.most_gas_price(provider)
        fees.refuse_too_little(provider, account, Fee(most) + besides)
        return Fee(gas * fees.gas_price(provider)) + besides


def deploy(provider: ProviderAPI, initcode: bytes, account: AccountAPI) -> Deployed | None:
    """Put the contract at its address, paid by `account`, and the factory at its own if it is missing.

    None if it is there already. Raises InboxError; InsufficientFundsError and FactoryError before anything is paid.
    """
    address = deterministic_address(initcode)
    if is_deployed(provider, address):
        return None
    expected_fee(provider, initcode, account)  # which refuses
    with _deploying():
        paid, tip = 0, {}
        if not is_deployed(provider, FACTORY):
            # Asked for now: nodes advise what the last blocks have paid, and the factory's transaction pays very much.
            tip = {"max_priority_fee": int(provider.priority_fee)} if _has_tips(provider) else {}
            paid = _deploy_factory(provider, account)
        gas = _limit(provider, _gas(account, to=FACTORY, data=HexBytes(SALT + initcode)))
        receipt = account.transfer(FACTORY, 0, data=SALT + initcode, gas=gas, **tip)
        paid += _paid(provider, receipt)
    if not is_deployed(provider, address):
        raise InboxError(f"the factory {FACTORY} put nothing at {address}", "is it another contract on this chain?")
    return Deployed(receipt.txn_hash, int(receipt.gas_used), paid)


def wait_until_final(provider: ProviderAPI, address: ChecksumAddress) -> None:
    """Wait until no reorganisation can undo the contract that is at `address`. Raises FinalityError."""
    with suppress(Web3RPCError):  # from a node that has not kept that state: the block of now is waited for instead
        if provider.web3.eth.get_code(address, "finalized"):
            return
    block, began = int(provider.web3.eth.block_number), time.monotonic()
    while not _is_final(provider, block):
        if time.monotonic() > began + transactions.FINAL_PATIENCE:
            so_far = f"its block is not final after {transactions.FINAL_PATIENCE} s"
            raise FinalityError(f"the contract at {address} is there, and {so_far}", "run it again")
        time.sleep(transactions.FINAL_POLL[not provider.network.is_dev])
    if not is_deployed(provider, address):
        raise FinalityError(f"there is no contract at {address}: a reorganisation has taken it out", "deploy it again")


def check_factory_transaction(provider: ProviderAPI) -> None:
    """Whether the transaction that puts the factory at its address can succeed now: it was signed once, and nothing of
    it can be changed. Raises FactoryError.
    """
    eth = provider.web3.eth
    if eth.get_transaction_count(_FACTORY_SIGNER):
        raise _no_factory("its transaction was tried here and failed, and can't be tried again", _OPERATORS)
    price = int(eth.get_block("latest").get("baseFeePerGas", 0))
    if price > _FACTORY_PRICE:
        raise _no_factory(
            f"its transaction was signed for {_FACTORY_PRICE / GWEI:g} gwei a unit of gas, and blocks ask for "
            f"{price / GWEI:.4g}",
            "deploy when the price has fallen",
        )
    gas = int(eth.estimate_gas({"from": _FACTORY_SIGNER, "data": HexBytes(_FACTORY_INITCODE)}))
    if gas > _FACTORY_GAS:
        raise _no_factory(f"its transaction has {_FACTORY_GAS:,} gas, and takes {gas:,} on this chain", _OPERATORS)
    # Without a chain id, which not every node takes: one that does finds that its account has no Ether.
    if _missing_funds(provider):
        with suppress(Web3RPCError):
            _put_factory(provider)


def _is_final(provider: ProviderAPI, block: int) -> bool:
    """False also where the node does not answer now."""
    try:
        return transactions.final_height(provider) >= block
    except (ChainUnreachable, FinalityError, OSError, ValueError, Web3Exception):
        return False


def _deploy_factory(provider: ProviderAPI, account: AccountAPI) -> int:
    """Wei that it took."""
    check_factory_transaction(provider)
    paid = 0
    if funds := _missing_funds(provider):
        gas = _limit(provider, _gas(account, to=_FACTORY_SIGNER))
        paid = funds + _paid(provider, account.transfer(_FACTORY_SIGNER, funds, gas=gas))
    provider.get_receipt(_put_factory(provider), required_confirmations=0)
    if not is_deployed(provider, FACTORY):
        raise _no_factory("its transaction failed", _OPERATORS)
    return paid


def _put_factory(provider: ProviderAPI) -> str:
    """Hand its transaction to the node. Raises FactoryError where it takes none without a chain id (EIP-155)."""
    try:
        provider.web3.eth.send_raw_transaction(HexBytes(_FACTORY_TRANSACTION))
    except Web3RPCError as error:
        said = str(error).lower()
        if any(each in said for each in _UNPROTECTED):
            raise _no_factory(
                "this node takes no transaction without a chain id, as its own is",
                "use a node that does (geth: --rpc.allow-unprotected-txs)",
            ) from error
        if not any(each in said for each in transactions.KNOWN):
            raise
    return "0x" + keccak(_FACTORY_TRANSACTION).hex()


def _gas(account: AccountAPI, **fields: Any) -> int:  # noqa: ANN401 - as web3 has them
    """What a transaction of the account takes now."""
    transaction = TxParams({"from": to_checksum_address(account.address), **fields})  # type: ignore[typeddict-item]
    return int(account.provider.web3.eth.estimate_gas(transaction))


def _limit(provider: ProviderAPI, gas: int) -> int:
    """What a transaction may use that takes so much: as Ape's settings of the network have it, and never a block's all,
    as Ape has it on chains for development, for which an account would have to have much Ether.
    """
    return int(gas * provider.network.auto_gas_multiplier)


def _has_tips(provider: ProviderAPI) -> bool:
    """Whether its transactions have a priority fee (EIP-1559)."""
    return "baseFeePerGas" in provider.web3.eth.get_block("latest")


def _missing_funds(provider: ProviderAPI) -> int:
    """Wei that the account of the factory's transaction lacks to pay for it."""
    return max(0, _FACTORY_PRICE * _FACTORY_GAS - int(provider.get_balance(_FACTORY_SIGNER)))


def _no_factory(why: str, way_out: str) -> FactoryError:
    return FactoryError(f"there is no deployment factory at {FACTORY} on this chain: {why}", way_out)


def _paid(provider: ProviderAPI, receipt: ReceiptAPI) -> int:
    return int(receipt.total_fees_paid) + fees.paid_on_top(provider, receipt.txn_hash)


@contextmanager
def _deploying() -> Iterator[None]:
    try:
        yield
    except (ApeException, Web3RPCError) as error:
        if ours := unreachable(error):
            raise ours from error
        if fees.is_too_little(error):
            raise InsufficientFundsError("the account has too little Ether for the fee", "add some to it") from error
        raise InboxError(f"the contract could not be deployed: {_told(error)}") from error


def _told(error: Exception) -> str:
    answer = getattr(error, "rpc_response", None) or {}
    return shorten(str(answer.get("error", {}).get("message") or error), 200, placeholder=" …")
