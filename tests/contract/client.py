"""Transactions and calls to one contract without Ape's overhead; results are plain data.

Ape's own calls are for tests that are read as a specification; properties need hundreds of transactions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ape.api import ProviderAPI
from ape.contracts import ContractInstance
from eth_abi import decode
from eth_utils import keccak, to_checksum_address

GAS = 12_000_000
ZERO_ADDRESS = "0x" + "00" * 20  # as a cursor, it means to a view: search from the newest message


Event = tuple[str, dict[str, Any]]
"""Its name, and its arguments by name."""


class Outcome(NamedTuple):
    """What a transaction did; `error` as (name, values) if it failed."""

    events: list[Event]
    error: tuple[str, tuple[Any, ...]] | None = None
    gas: int = 0
    timestamp: int = 0


class Message(NamedTuple):
    """The contract's struct of that name."""

    sender: str
    sent_at: int
    key_version: int
    status: int
    cursor: str
    envelope: bytes


def plain(value: Any) -> Any:
    """`value` with bytes as `bytes`, addresses checksummed, and sequences as tuples."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, str) and len(value) == 42:
        return to_checksum_address(value)
    if isinstance(value, (list, tuple)):
        return tuple(plain(part) for part in value)
    return value


class ContractClient:
    """One contract, and the provider it is reached through."""

    def __init__(self, contract: ContractInstance, provider: ProviderAPI) -> None:
        self.contract = contract
        self.web3 = provider.web3
        self._decode_logs = provider.network.ecosystem.decode_logs
        self._events = list(contract.contract_type.events)
        self._errors = {bytes(self.selector(error.selector)): error for error in contract.contract_type.errors}

    @staticmethod
    def selector(signature: str) -> bytes:
        return keccak(text=signature)[:4]

    def encode(self, function: str, *arguments: Any) -> bytes:
        return bytes(getattr(self.contract, function).encode_input(*arguments))

    def transact(self, caller: str, function: str, *arguments: Any) -> Outcome:
        """Calls a function of the contract in a transaction of `caller`."""
        return self.send_data(caller, self.encode(function, *arguments))

    def send_data(self, caller: str, data: bytes, value: int = 0, gas: int = GAS, to: str | None = None) -> Outcome:
        """Sends these bytes to the contract, or to one that calls it, in a transaction of `caller`."""
        to = to or self.contract.address
        transaction = {"from": str(caller), "to": to, "data": "0x" + data.hex(), "value": value, "gas": gas}
        digest = self.web3.eth.send_transaction(transaction)  # type: ignore[arg-type]
        receipt = self.web3.eth.wait_for_transaction_receipt(digest, poll_latency=0.005)
        timestamp = self.web3.eth.get_block(receipt["blockNumber"])["timestamp"]
        if receipt["status"] == 0:
            error = self.error_of({**transaction, "value": hex(value), "gas": hex(gas)})
            return Outcome([], error, receipt["gasUsed"], timestamp)
        return Outcome(self._decode(receipt["logs"]), None, receipt["gasUsed"], timestamp)

    def events_since(self, block: int) -> list[Event]:
        """The contract's events in the blocks from this one on, in order."""
        return self._decode(self.web3.eth.get_logs({"address": self.contract.address, "fromBlock": block}))  # type: ignore[typeddict-item]

    def _decode(self, logs: Iterable[Any]) -> list[Event]:
        raw = [{**log, "topics": [bytes(t) for t in log["topics"]], "data": bytes(log["data"])} for log in logs]
        assert all(log["address"] == self.contract.address for log in raw)
        events = [
            (log.event_name, {name: plain(value) for name, value in log.event_arguments.items()})
            for log in self._decode_logs(raw, *self._events)
        ]
        assert len(events) == len(raw)
        return events

    def error_of(self, transaction: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
        """Name and values of the error that a transaction fails with; ("", (data,)) if it is none of the contract's."""
        reply = self.web3.provider.make_request("eth_call", [transaction, "latest"])  # type: ignore[arg-type]
        data = bytes.fromhex((reply["error"].get("data") or "0x")[2:])  # type: ignore[union-attr]
        if data[:4] not in self._errors:
            return ("", (data,))
        abi = self._errors[data[:4]]
        return abi.name, plain(decode([part.canonical_type for part in abi.inputs], data[4:]))

    def page(self, recipient: str, end: int, limit: int, cursor: str) -> tuple[list[Message], str]:
        """Messages end-1, end-2, … and the cursor of the next."""
        ((messages, following),) = self.call_views([("page", (recipient, end, limit, cursor))])
        return [Message(*message) for message in messages], following

    def messages(self, recipient: str) -> list[Message]:
        """The whole inbox, oldest first."""
        return self.page(recipient, 2**256 - 1, 2**256 - 1, ZERO_ADDRESS)[0][::-1]

    def cursor(self, recipient: str, index: int) -> str:
        """The cursor of a message, found from the newest one."""
        ((cursor,),) = self.call_views([("cursorOf", (recipient, index, 0, ZERO_ADDRESS))])
        return str(cursor)

    def call_views(self, calls: list[tuple[str, tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
        """What these views return, all from the same block, in one call."""
        data = [self.encode(function, *arguments) for function, arguments in calls]
        results = self.contract.multicall.call(data)
        decoded = []
        for (function, _), result in zip(calls, results, strict=True):
            abi = next(abi for abi in self.contract.contract_type.view_methods if abi.name == function)
            types = [part.canonical_type for part in abi.outputs]
            decoded.append(plain(decode(types, bytes(result))))
        return decoded
