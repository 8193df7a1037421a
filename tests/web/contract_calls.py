"""Reads the inbox contract and transacts with it, without any of the project's code."""

from eth_abi import encode
from eth_account import Account
from eth_utils import keccak


def asked(chain, contract: str, function: str, types: list[str], values: list[object]) -> bytes:
    """What a view of the contract returns."""
    data = "0x" + (keccak(text=function)[:4] + encode(types, values)).hex()
    return bytes.fromhex(chain.ask("eth_call", {"to": contract, "data": data}, "latest")[2:])


def transact(
    chain,
    person,
    contract: str,
    function: str,
    types: list[str],
    values: list[object],
    tip: int = 10**9,
    gas: int = 500_000,
):
    """A transaction of this person's, whose price is far above that of wallets where `tip` says so; its hash."""
    data = "0x" + (keccak(text=function)[:4] + encode(types, values)).hex()
    transaction = {
        "chainId": int(chain.ask("eth_chainId"), 16),
        "nonce": int(chain.ask("eth_getTransactionCount", person.address, "pending"), 16),
        "to": contract,
        "data": data,
        "value": 0,
        "gas": gas,
        "maxPriorityFeePerGas": tip,
        "maxFeePerGas": 200 * 10**9 + tip,
    }
    raw = Account.sign_transaction(transaction, person.private_key).raw_transaction.hex().removeprefix("0x")
    return chain.ask("eth_sendRawTransaction", "0x" + raw)
