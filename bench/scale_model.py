"""Fees, state, bytes and load of so many studies a day, by published formulas. Pure: numbers in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

from scale_inputs import BATCH, Assumed, Measured, Size

DAYS, SECONDS_A_DAY, SECONDS_A_YEAR = 365, 86_400, 365 * 86_400
GWEI = 10**9  # a unit of gas at so many gwei costs so many billionths of an Ether
SLOT_BYTES, ACCOUNT_BYTES = 64, 120  # of state, as EIP-8037 counts them
TOGETHER = 100  # inboxes of one question: docs/notify.md
LEAF_BYTES = 2**20  # of ciphertext: docs/format.md
BLOB_PRICE = 1 / 16  # of L1's gas price: the reserve of EIP-7918
CALLDATA_GAS = 16  # a byte
L1_GAS_PRICES = (0.1, 1.0, 10.0, 50.0)  # gwei
# OP stack since Fjord: what a transaction adds to a batch of them, in millionths of a byte, by its size under FastLZ.
INTERCEPT, FASTLZ_COEFFICIENT, LEAST_SIZE = -42_585_600, 836_500, 100_000_000


def op_stack_l1_fee(fastlz: float, gas_price: float, blob_price: float, assumed: Assumed) -> float:
    """In gwei, by prices in gwei (specs.optimism.io, Fjord, L1-Cost fees)."""
    size = max(LEAST_SIZE, INTERCEPT + FASTLZ_COEFFICIENT * fastlz) / 10**6
    return size * (assumed.base_fee_scalar * gas_price * CALLDATA_GAS + assumed.blob_fee_scalar * blob_price)


def arbitrum_l1_fee(brotli: float, blob_price: float) -> float:
    """In gwei. Arbitrum charges for each byte under Brotli, at a price that follows what its poster pays: here a blob's
    byte (docs.arbitrum.io, Gas and fees).
    """
    return brotli * blob_price


@dataclass(frozen=True)
class Fees:
    """$ a study."""

    l1: float
    base: float
    arbitrum: float


def fees(gas: float, size: Size, l1_gas_price: float, assumed: Assumed, share: int = 1) -> Fees:
    """Of a message that uses `gas`, its transaction's size shared by `share` messages; L1 at a price in gwei."""
    blob_price = l1_gas_price * BLOB_PRICE
    on_base = gas * assumed.base_gas_price + op_stack_l1_fee(size.fastlz, l1_gas_price, blob_price, assumed) / share
    on_arbitrum = gas * assumed.arbitrum_gas_price + arbitrum_l1_fee(size.brotli, blob_price) / share
    return Fees(*(gwei / GWEI * assumed.ether_price for gwei in (gas * l1_gas_price, on_base, on_arbitrum)))


@dataclass(frozen=True)
class Place:
    name: str
    studies: float
    """A year."""
    source: str

    @property
    def a_day(self) -> float:
        return self.studies / DAYS


PLACES = (
    Place("clinic", 50 * DAYS, "assumed: 50 a day"),
    Place("hospital", 1000 * DAYS, "assumed: 1,000 a day"),
    Place("city", 4_000_000, "five million people, each with 0.8 a year, as in England (below)"),
    Place("country", 100_000_000, "assumed: 100 million a year"),
)


def state_of_message(measured: Measured, in_mailbox: bool = False) -> int:
    """Bytes of state that a message adds, as EIP-8037 counts them."""
    return measured.code + ACCOUNT_BYTES + (SLOT_BYTES if in_mailbox else 0)


@dataclass(frozen=True)
class Load:
    """What a place asks of everything."""

    gas: dict[str, float]
    """A second in the busiest hour, by the way of sending."""
    new_state: float
    """Bytes a year."""
    blob_bytes: float
    """A second on L1 in the busiest hour, if it is sent on an L2."""
    held: float
    """Bytes at all homes together."""
    pins: float
    """Pins that are kept, a study and its key packet, at one home."""
    sent: float
    """Bytes a second in the busiest hour."""
    read: float
    """Bytes a second in the busiest hour."""
    blocks_read: float
    """Blocks of IPFS a second in the busiest hour."""
    accounts: float
    calls: float
    """A second to chain nodes, if somebody watches the inboxes of everybody who is examined."""


def load(a_day: float, measured: Measured, assumed: Assumed) -> Load:
    mean = a_day / SECONDS_A_DAY
    peak = mean * assumed.busiest
    study, kept = assumed.study_mb * 1e6, a_day * assumed.kept_days
    return Load(
        gas={way: gas * peak for way, gas in measured.gas.items()},
        new_state=a_day * DAYS * state_of_message(measured),
        blob_bytes=peak * measured.together.brotli / BATCH,
        held=kept * study * assumed.homes,
        pins=2 * kept,
        sent=peak * study,
        read=peak * assumed.reads * study,
        blocks_read=peak * assumed.reads * study / LEAF_BYTES,
        accounts=max(1.0, a_day / assumed.account_studies),
        calls=a_day * DAYS / assumed.studies_each / TOGETHER / (assumed.look_minutes * 60),
    )


def limits(a_day: float, measured: Measured, assumed: Assumed) -> dict[str, float]:
    """What share of each limit so many studies a day use up; above 1 it breaks. The names are the report's."""
    this = load(a_day, measured, assumed)
    one_by_one = SECONDS_A_DAY / assumed.busiest / assumed.block_wait  # transactions, each waited for
    return {
        "One study after another, on L1": a_day / one_by_one,
        "One batch after another, on L1": a_day / one_by_one / measured.packed["today"],
        "One computer that sends": this.sent / (assumed.send_mb * 1e6),
        "One gateway": this.read / (assumed.link_mb * 1e6),
        "One home's disks": this.held / assumed.homes / (assumed.home_tb * 1e12),
        "One cluster's pins": this.pins / assumed.cluster_pins,
        "One chain node, for everybody's news": this.calls / assumed.node_calls,
        "L1's gas, in batches": this.gas["together"] / assumed.l1_gas,
        "L1's gas, in batches, by EIP-8037": this.gas["together, EIP-8037"] / assumed.l1_gas,
        "L1's gas, a thin inbox, by EIP-8037": this.gas["thin, EIP-8037"] / assumed.l1_gas,
        "L1's new state by EIP-8037": this.new_state / assumed.state_bytes,
        "Base's gas, in batches": this.gas["together"] / assumed.base_gas,
        "Base's gas, in batches, by EIP-8037": this.gas["together, EIP-8037"] / assumed.base_gas,
        "Arbitrum's gas, in batches": this.gas["together"] / assumed.arbitrum_gas,
        "L1's blobs, sent on an L2": this.blob_bytes / assumed.blob_bytes,
    }


def breaks_at(name: str, measured: Measured, assumed: Assumed) -> float:
    """Studies a day that use up this limit: each share is in proportion to them."""
    return 1 / limits(1.0, measured, assumed)[name]
