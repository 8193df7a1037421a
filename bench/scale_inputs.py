"""What the simulation of docs/scale.md starts from: figures that were measured here, and figures that are assumed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from eth_abi import encode
from eth_account import Account
from eth_utils import keccak

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from radiogram.batch.loads import loads  # noqa: E402 - after the tree is on the path
from radiogram.chain import contract  # noqa: E402
from tests.contract.meter import TRANSACTION_CAP, address, envelope  # noqa: E402

GAS_PAGE = ROOT / "docs" / "gas.md"
ENVELOPE = 114  # bytes, quantum-safe: docs/format.md
BATCH = 20  # messages, as gas.md measures a batch

# Of each figure below, what it is and where it is from. An option of the same name changes it.
SOURCES = {
    "ether_price": ("$ for an Ether", "a round figure; fees are in proportion to it"),
    "base_gas_price": ("gwei, OP stack (Base), at rest", "its least base fee since February 2026 (base/docs, #1148)"),
    "arbitrum_gas_price": ("gwei, Arbitrum One, at rest", "its least base fee (docs.arbitrum.io, Chain parameters)"),
    "base_fee_scalar": ("OP stack (Base), share of L1's gas price", "receipts on Base (paradigmxyz/reth, #10615)"),
    "blob_fee_scalar": ("OP stack (Base), share of the blob gas price", "the same"),
    "l1_gas": ("gas a second that L1 aims at", "half of 60,000,000 (EIP-7935, EIP-1559) in 12 s"),
    "base_gas": ("gas a second that Base aims at", "base/contract-deployments, #532"),
    "arbitrum_gas": ("gas a second that Arbitrum One aims at, over a day", "docs.arbitrum.io, Chain parameters"),
    "blob_bytes": ("bytes a second of blobs that L1 aims at", "14 of 131,072 bytes (BPO2) in 12 s"),
    "state_bytes": ("bytes of new state a year that EIP-8037 aims at", "EIP-8037: 100 GiB, for all that use L1"),
    "block_wait": ("s that a transaction is waited for on L1", "its block and two after it (Ape's default), 12 s each"),
    "study_mb": ("MB a study, as archives hold it", "assumed; one X-ray here is 6.2, a CT several hundred"),
    "homes": ("homes that keep each study", "assumed: the sender's and a partner's"),
    "kept_days": ("days that homes keep it", "assumed: until it is acknowledged, and to spare"),
    "reads": ("times that a study is fetched", "assumed: the patient and a doctor"),
    "busiest": ("times the mean, in the busiest hour", "assumed: ten hours a day, and a peak in them"),
    "account_studies": ("studies a day that one account sends", "assumed: one hospital, one account"),
    "send_mb": (
        "MB a second that one computer encrypts and adds",
        "`make bench` on two cores, 1 GB ([speed.md](speed.md))",
    ),
    "home_tb": ("TB that one home can hold", "assumed: a few disks"),
    "link_mb": ("MB a second that one gateway gives", "assumed: 60% of 1 Gbit/s"),
    "cluster_pins": ("pins of one cluster", "IPFS Cluster 1.0.0's notes: 50 million and 20 nodes in production"),
    "studies_each": ("studies a year of each person", "NHS England, 2013/14: 42.9 million, of 53.9 million people"),
    "look_minutes": (
        "minutes between looks for news in an inbox",
        "what `ape run notify watch` does unless told otherwise",
    ),
    "node_calls": (
        "calls a second that one chain node answers, each for 100 inboxes",
        "assumed; each takes 0.8 million gas, paid by nobody",
    ),
    "storage_price": ("$ for a TB and month, at each home", "assumed: rented object storage"),
}


@dataclass(frozen=True)
class Assumed:
    ether_price: float = 3000
    base_gas_price: float = 0.005
    arbitrum_gas_price: float = 0.02
    base_fee_scalar: float = 0.002269
    blob_fee_scalar: float = 1.055762
    l1_gas: float = 2_500_000
    base_gas: float = 30_000_000
    arbitrum_gas: float = 10_000_000
    blob_bytes: float = 14 * 131_072 / 12
    state_bytes: float = 100 * 2**30
    block_wait: float = 36
    study_mb: float = 50
    homes: float = 2
    kept_days: float = 90
    reads: float = 2
    busiest: float = 4
    account_studies: float = 1000
    send_mb: float = 216
    home_tb: float = 10
    link_mb: float = 75
    cluster_pins: float = 50_000_000
    studies_each: float = 0.8
    look_minutes: float = 1
    node_calls: float = 500
    storage_price: float = 15


assert set(SOURCES) == {field.name for field in fields(Assumed)}


@dataclass(frozen=True)
class Size:
    """Bytes of one signed transaction, or a message's share of it."""

    plain: float
    fastlz: float
    brotli: float


@dataclass(frozen=True)
class Measured:
    """Gas of a message in docs/gas.md, by how it is sent, and bytes of what goes to an L2."""

    gas: dict[str, int]
    """alone, in a mailbox, together, thin: today and by EIP-8037."""
    packed: dict[str, int]
    """Messages that `send_image --batch` puts into one transaction: today, by EIP-8037."""
    code: int
    """Bytes of a message's data contract."""
    alone: Size
    together: Size
    """Of a whole batch of BATCH."""


def read() -> Measured:
    """From docs/gas.md, and from transactions that are made and compressed here."""
    rows = [line.strip("| ").split(" | ") for line in GAS_PAGE.read_text().splitlines() if line.startswith("| ")]

    def row(start: str, after: int = 0) -> list[str]:
        place = next(number for number, cells in enumerate(rows) if cells[0].startswith(start))
        return rows[place + after]

    def figures(cells: list[str]) -> list[int]:
        return [int(cell.replace(",", "")) for cell in cells[1:] if re.fullmatch(r"[\d,]+", cell)]

    today, repriced = (figures(row("suite 2 (quantum-safe): 114", after)) for after in (0, 1))
    thin = figures(row("Thin inbox"))
    ways = ("in a mailbox", "alone", "together")  # which are the columns: first, later, in a batch
    gas = dict(zip(ways, today, strict=False)) | {"thin": thin[1]}
    gas |= {f"{way}, EIP-8037": cost for way, cost in zip(ways, repriced, strict=False)} | {"thin, EIP-8037": thin[2]}
    packed = {
        "today": _packed(gas["in a mailbox"]),
        "EIP-8037": _packed(gas["in a mailbox, EIP-8037"]),
    }
    code = figures(row("code of a message of suite 2"))[0]
    return Measured(gas, packed, code, *_sizes())


def _packed(gas: int) -> int:
    """Each counts as the first in its inbox, and as if it went alone."""
    return len(loads([gas] * 1000, TRANSACTION_CAP)[0])


def _sizes() -> tuple[Size, Size]:
    """Of a `send`, and of a `sendBatch` of BATCH."""
    items = [(address(f"recipient {number}"), 1, envelope(ENVELOPE, bytes([number]))) for number in range(BATCH)]
    calls = [
        _call("send(address,uint32,bytes)", ["address", "uint32", "bytes"], list(items[0])),
        _call("sendBatch((address,uint32,bytes)[])", ["(address,uint32,bytes)[]"], [items]),
    ]
    done = subprocess.run(
        ["node", ROOT / "bench" / "transaction_sizes.mjs"],
        input=json.dumps([_signed(data) for data in calls]),
        capture_output=True,
        text=True,
        check=True,
    )
    alone, together = (Size(**each) for each in json.loads(done.stdout))
    return alone, together


def _call(signature: str, types: list[str], values: list[Any]) -> bytes:
    return bytes(keccak(text=signature)[:4]) + encode(types, values)


def _signed(data: bytes) -> str:
    """A transaction as it is on Base, from a key that everybody knows; its bytes are the same in every run."""
    fee = {"maxFeePerGas": 10**7, "maxPriorityFeePerGas": 10**6, "gas": 2_000_000}
    transaction = {"chainId": 8453, "nonce": 1000, "to": contract.address(), "value": 0, "data": data, **fee}
    return str(Account.from_key(b"\x11" * 32).sign_transaction(transaction).raw_transaction.to_0x_hex())
