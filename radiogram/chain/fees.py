"""What a transaction costs, and on a rollup its place on the L1 and its operator besides: the chain is asked.

Rollups are known by what lies at addresses that their rules set: an OP stack (OP Mainnet, Base) by its GasPriceOracle
(specs.optimism.io, Predeploys), whose fees come on top of the gas; Arbitrum by ArbSys (docs.arbitrum.io, Precompiles),
where the gas that a node estimates has the L1 part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import rlp
from ape.api import AccountAPI, ProviderAPI
from ape.exceptions import ApeException
from eth_abi.abi import decode, encode
from eth_typing import BlockIdentifier, ChecksumAddress
from eth_utils.address import to_checksum_address
from eth_utils.conversions import to_int
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from web3.exceptions import ContractLogicError, Web3RPCError

from radiogram.chain.transactions import receipt_of
from radiogram.errors import InsufficientFundsError

WEI_PER_ETHER = 10**18
GAS_PRICE_ORACLE = to_checksum_address("0x420000000000000000000000000000000000000F")
ARB_SYS = to_checksum_address("0x0000000000000000000000000000000000000064")
NODE_INTERFACE = to_checksum_address("0x00000000000000000000000000000000000000C8")
_ARBITRUM_CODE = bytes([0xFE])
"""What Arbitrum has for code where its precompiles are."""
_TOO_LITTLE = ("insufficient funds", "exceeds account balance")
_USUAL_NONCE = 1000  # an account's nonce of two bytes: what it is makes no difference that would show


@dataclass(frozen=True)
class Fee:
    """Wei that are to be paid."""

    wei: int
    l1_wei: int = 0
    """The part that pays for its place on the L1."""
    operator_wei: int = 0
    """The part that whoever runs an OP stack asks for besides, since Isthmus."""

    def __add__(self, other: Fee) -> Fee:
        return Fee(self.wei + other.wei, self.l1_wei + other.l1_wei, self.operator_wei + other.operator_wei)


def gas_price(provider: ProviderAPI) -> int:
    """The present one, in wei."""
    try:
        return int(provider.base_fee) + int(provider.priority_fee)
    except (ApeException, NotImplementedError):
        return int(provider.gas_price)


def most_gas_price(provider: ProviderAPI) -> int:
    """The most that Ape offers for a unit of gas, in wei: an account must have as much, though less is paid."""
    try:
        return int(provider.base_fee * provider.network.base_fee_multiplier) + int(provider.priority_fee)
    except (ApeException, NotImplementedError):
        return int(provider.gas_price)


def expected(provider: ProviderAPI, to: ChecksumAddress, data: bytes, gas: int) -> Fee:
    """Of a transaction that uses so much gas, at the present prices."""
    price = gas_price(provider)
    return Fee(gas * price) + _beside_gas(provider, to, data, gas, price)


def expected_beside_gas(provider: ProviderAPI, to: ChecksumAddress, data: bytes, gas: int) -> Fee:
    """What comes on top of its gas, and what of that gas is for the L1: `expected` less `Fee(gas × price)`."""
    return _beside_gas(provider, to, data, gas, gas_price(provider))


def paid_on_top(provider: ProviderAPI, tx_hash: str) -> int:
    """Wei that a transaction has cost beside its gas, as an OP stack has it.

    Its receipt has the fee for the L1 (`l1Fee`), and of the operator's what it is computed of, by rules that have
    changed: the oracle is asked, as it was then, or as it is where the node has forgotten that.
    """
    receipt = receipt_of(provider, tx_hash)
    l1 = _number(receipt.get("l1Fee"))
    if not any(_number(receipt.get(name)) for name in ("operatorFeeScalar", "operatorFeeConstant")):
        return l1
    gas = _number(receipt["gasUsed"])
    return l1 + (_operator_fee(provider, gas, _number(receipt["blockNumber"])) or _operator_fee(provider, gas))


def coin(provider: ProviderAPI) -> str:
    """What fees are paid in, as ETH or POL."""
    return str(provider.network.ecosystem.fee_token_symbol)


def ether(wei: int, coin: str = "ETH") -> str:
    """An amount in Ether, exact, without trailing zeros; or in another coin, all of which have 18 decimals."""
    whole, rest = divmod(wei, WEI_PER_ETHER)
    return f"{whole}.{rest:018d}".rstrip("0").rstrip(".") + f" {coin}"


def refuse_too_little(provider: ProviderAPI, payer: AccountAPI, fee: Fee) -> None:
    """Raises InsufficientFundsError if `payer` has less than the fee."""
    balance, unit = int(payer.balance), coin(provider)
    if balance < fee.wei:
        name = "Ether" if unit == "ETH" else unit
        raise InsufficientFundsError(
            f"{payer.address} has {ether(balance, unit)}, and the fee is about {ether(fee.wei, unit)}",
            f"add {name} to it",
        )


def is_too_little(error: Exception) -> bool:
    """Whether Ape or a node says so that the account can't pay for its transaction."""
    said = str(error).lower()
    return any(each in said for each in _TOO_LITTLE)


def _beside_gas(provider: ProviderAPI, to: ChecksumAddress, data: bytes, gas: int, price: int) -> Fee:
    if provider.web3.eth.get_code(GAS_PRICE_ORACLE):
        unsigned = _unsigned(int(provider.chain_id), to, data, gas, price)
        (fee,) = _ask(provider, GAS_PRICE_ORACLE, "getL1Fee(bytes)", (unsigned,), ["uint256"]) or (0,)
        operator = _operator_fee(provider, gas)
        return Fee(fee + operator, fee, operator)
    if bytes(provider.web3.eth.get_code(ARB_SYS)) == _ARBITRUM_CODE:
        asked = "gasEstimateL1Component(address,bool,bytes)"
        answer = _ask(provider, NODE_INTERFACE, asked, (to, False, data), ["uint64", "uint256", "uint256"])
        return Fee(0, answer[0] * price if answer else 0)
    return Fee(0)


def _operator_fee(provider: ProviderAPI, gas: int, block: BlockIdentifier = "latest") -> int:
    """Wei that so much gas costs beside its price, as of a block; 0 before Isthmus."""
    answer = _ask(provider, GAS_PRICE_ORACLE, "getOperatorFee(uint256)", (gas,), ["uint256"], block)
    return answer[0] if answer else 0


def _number(said: object) -> int:
    """Of a receipt, as the node wrote it."""
    return to_int(hexstr=said) if isinstance(said, str) else int(said or 0)  # type: ignore[call-overload]


def _ask(
    provider: ProviderAPI,
    contract: ChecksumAddress,
    signature: str,
    arguments: Sequence[object],
    outputs: list[str],
    block: BlockIdentifier = "latest",
) -> tuple[int, ...]:
    """Nothing where the contract does not know the question, so that it is not the one that it seemed to be."""
    types = signature.partition("(")[2].removesuffix(")").split(",")
    call = HexBytes(keccak(text=signature)[:4] + encode(types, arguments))
    try:
        answer = bytes(provider.web3.eth.call({"to": contract, "data": call}, block))
    except (ContractLogicError, Web3RPCError):
        return ()
    return tuple(map(int, decode(outputs, answer))) if len(answer) == 32 * len(outputs) else ()


def _unsigned(chain_id: int, to: ChecksumAddress, data: bytes, gas: int, price: int) -> bytes:
    """A transaction before it is signed (EIP-1559): the oracle adds what a signature takes."""
    fields = [chain_id, _USUAL_NONCE, price, 2 * price, gas, bytes.fromhex(to[2:]), 0, data, []]
    return b"\x02" + bytes(rlp.encode(fields))
