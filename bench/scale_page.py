"""docs/scale.md: its tables and words, all figures from the model."""

from __future__ import annotations

import re
import sys
import textwrap
from math import ceil
from pathlib import Path

from scale_inputs import BATCH, ENVELOPE, ROOT, SOURCES, Assumed, Measured
from scale_model import (
    ACCOUNT_BYTES,
    CALLDATA_GAS,
    DAYS,
    FASTLZ_COEFFICIENT,
    INTERCEPT,
    L1_GAS_PRICES,
    LEAST_SIZE,
    PLACES,
    SLOT_BYTES,
    Place,
    breaks_at,
    fees,
    limits,
    load,
    state_of_message,
)
from scale_plots import plot_breaks, plot_fees

sys.path.insert(0, str(ROOT))
from tests.generated_blocks import table

USUAL = 1.0  # gwei on L1, of what is said in words
OF_BYTES = ("One computer that sends", "One gateway", "One home's disks", "One cluster's pins")
CALL_GAS = 50_000_000  # that nodes commonly let a call use

# Of each limit, what is done when it is used up.
THEN = {
    "One study after another, on L1": "a day's list together (`send_image --batch`), or several commands at once",
    "One batch after another, on L1": "several at once, more accounts, or an L2, whose blocks come every 2 s or faster",
    "One computer that sends": "one for each department",
    "One gateway": "more gateways: readers take any of them, and check each block",
    "One home's disks": "more homes, or fewer days",
    "One cluster's pins": "a cluster for each region",
    "One chain node, for everybody's news": "more nodes, or looking every hour (`--every 3600`)",
    "L1's gas, in batches": "an L2",
    "L1's gas, in batches, by EIP-8037": "an L2; on L1, a thin inbox",
    "L1's gas, a thin inbox, by EIP-8037": "an L2",
    "L1's new state by EIP-8037": "an L2; on L1, a thin inbox",
    "Base's gas, in batches": "a second L2: the contract has the same address there",
    "Base's gas, in batches, by EIP-8037": "a second L2, or a thin inbox there",
    "Arbitrum's gas, in batches": "a second L2",
    "L1's blobs, sent on an L2": "an L2 that keeps its data elsewhere",
}
WAYS = {
    "one at a time": ("alone", 1),
    f"in batches of {BATCH}": ("together", BATCH),
    "thin inbox": ("thin", 1),
}


def draw(folder: Path, measured: Measured, assumed: Assumed) -> list[Path]:
    """The plots, into a folder."""
    breaks, prices = folder / "breaks.svg", folder / "fees.svg"
    ends = {name: breaks_at(name, measured, assumed) for name in THEN}
    plot_breaks(breaks, ends, OF_BYTES, {place.name: place.a_day for place in PLACES})
    plot_fees(prices, fees_by_way(measured, assumed), L1_GAS_PRICES)
    return [breaks, prices]


def fees_by_way(measured: Measured, assumed: Assumed) -> dict[str, list[float]]:
    """$ a study at each gas price of L1."""
    found: dict[str, list[float]] = {}
    for chain in ("l1", "base", "arbitrum"):
        for rules in ("", ", EIP-8037"):
            for way, (column, share) in WAYS.items():
                if chain != "l1" and (column == "thin" or (rules and column == "alone")):
                    continue  # an L2 is where nobody needs them
                size = measured.together if share > 1 else measured.alone
                costs = [fees(measured.gas[column + rules], size, price, assumed, share) for price in L1_GAS_PRICES]
                name = {"l1": "L1", "base": "Base", "arbitrum": "Arbitrum"}[chain]
                by = ", by EIP-8037" if rules else ""
                found[f"{name}, {way}{by}"] = [getattr(cost, chain) for cost in costs]
    return found


# ---- tables


def render_breaks(measured: Measured, assumed: Assumed) -> str:
    rows = []
    for name in sorted(THEN, key=lambda name: breaks_at(name, measured, assumed)):
        shares = [limits(place.a_day, measured, assumed)[name] for place in PLACES]
        rows.append([name, rounded(breaks_at(name, measured, assumed)), *map(share, shares), THEN[name]])
    return table(["limit", "studies a day that use it up", *(place.name for place in PLACES), "and then"], rows)


def render_fees(measured: Measured, assumed: Assumed) -> str:
    head = ["way", *(f"L1 at {price:g} gwei" for price in L1_GAS_PRICES)]
    return table(head, [[name, *map(money, costs)] for name, costs in fees_by_way(measured, assumed).items()])


def render_years(measured: Measured, assumed: Assumed) -> str:
    rows: dict[str, list[str]] = {}

    def add(what: str, value: str) -> None:
        rows.setdefault(what, []).append(value)

    ways = fees_by_way(measured, assumed)
    usual = L1_GAS_PRICES.index(USUAL)
    for place in PLACES:
        this = load(place.a_day, measured, assumed)
        add("studies a year", f"{place.studies:,.0f}")
        add("accounts that send", rounded(ceil(this.accounts)))
        for way in (
            f"L1, in batches of {BATCH}",
            f"L1, in batches of {BATCH}, by EIP-8037",
            f"Base, in batches of {BATCH}",
        ):
            add(f"fees a year: {way}", money(ways[way][usual] * place.studies))
        add("new state a year", amount(this.new_state))
        add("ciphertext that comes a year", amount(place.studies * assumed.study_mb * 1e6))
        add("ciphertext that is held, at all homes", amount(this.held))
        add(f"homes of {assumed.home_tb:g} TB", rounded(max(assumed.homes, ceil(this.held / assumed.home_tb / 1e12))))
        add("storage a year", money(storage(place, measured, assumed)))
        add("gateways", rounded(ceil(this.read / assumed.link_mb / 1e6)))
        add("blocks of IPFS a second that they serve", rounded(this.blocks_read, 2))
        add("calls a second to chain nodes, for everybody's news", rounded(this.calls, 2))
        add("clusters", rounded(ceil(this.pins / assumed.cluster_pins)))
    return table(["", *(place.name for place in PLACES)], [[what, *values] for what, values in rows.items()])


def storage(place: Place, measured: Measured, assumed: Assumed) -> float:
    """$ a year."""
    return load(place.a_day, measured, assumed).held / 1e12 * assumed.storage_price * 12


def render_measured(measured: Measured, assumed: Assumed) -> str:
    rows = [
        [f"gas of a message, {way.replace(', EIP-8037', ', by EIP-8037')}", f"{gas:,}", "[gas.md](gas.md)"]
        for way, gas in measured.gas.items()
    ]
    for rules, packed in measured.packed.items():
        by = ", by EIP-8037" if rules != "today" else ""
        rows.append([f"messages that `send_image --batch` puts into a transaction{by}", f"{packed:,}", "the same code"])
    rows.append(["bytes of code that a message leaves on the chain", f"{measured.code:,}", "[gas.md](gas.md)"])
    for what, size in (("a message", measured.alone), (f"a batch of {BATCH}", measured.together)):
        figures = f"{size.plain:,.0f}; {size.fastlz:,.0f}; {size.brotli:,.0f}"
        source = "made, signed and compressed by the simulation (Solady's FastLZ, Node's Brotli at level 1)"
        rows.append([f"bytes of a transaction with {what}; under FastLZ; under Brotli", figures, source])
    rows += [[what, figure, f"{source}; {option}"] for what, figure, option, source in _given(assumed, True)]
    return table(["measured", "figure", "where"], rows)


def render_assumed(assumed: Assumed) -> str:
    places = [[f"studies a day: {place.name}", rounded(place.a_day), "", place.source] for place in PLACES]
    return table(["assumed, or published by others", "figure", "option", "where from"], places + _given(assumed, False))


def _given(assumed: Assumed, is_measured: bool) -> list[list[str]]:
    """What it is, figure, option and source of each that an option can change."""
    return [
        [what, plain(getattr(assumed, name)), f"`--{name.replace('_', '-')}`", source]
        for name, (what, source) in SOURCES.items()
        if source.startswith("`make bench`") == is_measured
    ]


# ---- figures


def rounded(number: float, digits: int = 3) -> str:
    """To so many significant digits."""
    return f"{float(f'{number:.{digits}g}'):,.10g}"


def percent(part: float) -> str:
    return "under 0.1%" if part < 0.001 else f"{rounded(part * 100, 2)}%"


def share(part: float) -> str:
    """Of a limit: in bold if that is used up."""
    return f"**{percent(part)}**" if part > 1 else percent(part)


def plain(number: float) -> str:
    return f"{number:,.0f}" if number >= 1000 else f"{number:g}"


def money(dollars: float) -> str:
    if dollars < 0.1:
        return f"{rounded(dollars * 100, 2)} ¢"
    if dollars < 1e6:
        return f"${rounded(dollars, 3)}" if dollars >= 100 else f"${dollars:,.2f}"
    return f"${rounded(dollars / 1e6)} million"


def amount(number: float) -> str:
    """Of bytes."""
    for unit, size in (("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if number >= size:
            return f"{rounded(number / size)} {unit}"
    return f"{rounded(number / 1e6)} MB"


def whole_list() -> tuple[str, str]:
    """Messages, and seconds that listing them took: docs/audit.md."""
    found = re.search(r"the whole list, ([\d,]+) messages \| ([\d.]+)", (ROOT / "docs" / "audit.md").read_text())
    assert found
    return found[1], found[2]


def page_gas() -> float:
    """A message's share of reading a page of 100."""
    found = re.search(r"reading a page of 100 [^|]*\| ([\d,]+)", (ROOT / "docs" / "gas.md").read_text())
    assert found
    return int(found[1].replace(",", "")) / 100


# ---- the page


def wrapped(text: str) -> str:
    """Paragraphs and lists with lines of at most 120 characters; tables, headings and pictures as they are."""
    blocks = []
    for block in text.split("\n\n"):
        if not block.lstrip().startswith(("|", "#", "![")):
            items = re.split(r"\n(?=- |\d+\. )", block.strip())
            block = "\n".join(_filled(" ".join(item.split())) for item in items)
        blocks.append(block.strip("\n"))
    return "\n\n".join(blocks) + "\n"


def _filled(item: str) -> str:
    marker = re.match(r"- |\d+\. |", item)
    indent = " " * len(marker[0]) if marker else ""
    whole = re.sub("`[^`]*`", lambda code: code[0].replace(" ", "\0"), item)  # what is code stays in a line
    filled = textwrap.fill(whole, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return filled.replace("\0", " ")


def render(measured: Measured, assumed: Assumed) -> str:
    """The report as Markdown."""
    ways, usual = fees_by_way(measured, assumed), L1_GAS_PRICES.index(USUAL)
    fee = {way: costs[usual] for way, costs in ways.items()}
    one, batch, base = fee["L1, one at a time"], fee[f"L1, in batches of {BATCH}"], fee[f"Base, in batches of {BATCH}"]
    batch_repriced, base_repriced = (fee[f"{chain}, in batches of {BATCH}, by EIP-8037"] for chain in ("L1", "Base"))
    on_base = ways[f"Base, in batches of {BATCH}"]
    _, hospital, city, country = PLACES
    shares = {name: percent(part) for name, part in limits(country.a_day, measured, assumed).items()}
    ends = {name: rounded(breaks_at(name, measured, assumed)) for name in THEN}
    of_hospital, of_city, of_country = (load(place.a_day, measured, assumed) for place in (hospital, city, country))
    kept = storage(country, measured, assumed) / country.studies
    repriced, in_turn = "L1's gas, in batches, by EIP-8037", "One study after another, on L1"
    listed, seconds = whole_list()
    state = state_of_message(measured)
    gas = measured.gas
    return wrapped(f"""
# Scale

What sending costs, and what it loads, for a clinic of 50 studies a day, a hospital of 1,000, a city of five million
people, and a country of 100 million studies a year; what breaks first, and what is done then. `python bench/scale.py
--write` writes this page and its plots from the tables [at the end](#what-goes-in), which say what was measured and
what is assumed; with other figures (`--study-mb 200`) it prints the page for them. A study is one message,
quantum-safe, with an envelope of {ENVELOPE} bytes.

In short, with L1's gas at {USUAL:g} gwei and Ether at ${assumed.ether_price:,.0f}:

- **A clinic or a hospital** works as it is. A study costs {money(one)} on Ethereum itself (L1), {money(batch)} in a
day's list, and {money(base)} on an L2 (Base). What a hospital runs into first is time: on L1, who sends one
study after the other gets through {ends[in_turn]} a day.
- **A city** wants an L2 for its price: {money(city.studies * batch)} a year on L1 are {money(city.studies * base)} on
Base. Of its ciphertext {amount(of_city.held)} are held at a time, which is
{ceil(of_city.held / assumed.home_tb / 1e12)} homes.
- **A country** does not fit on L1 if state is repriced (EIP-8037): it would need {shares[repriced]} of the gas that
all of L1 aims at, in the busiest hour. Of Base it needs {shares["Base's gas, in batches"]}, for
{money(country.studies * base)} a year.

The bytes go to the homes: {assumed.study_mb * assumed.homes:,.0f} MB a study, and {state} bytes to the chain. In
money it is the other way round on L1: {money(batch)} for the message, {money(kept)} for the disks of
{assumed.kept_days:g} days. On Base the message is the smaller part.

## What breaks first

![What breaks first, by studies a day](scale/breaks.svg)

A share above 100%, in bold, means that one of it is too few. Nobody is refused a chain's gas, but it is shared: a
chain that is asked for more than it aims at makes each block up to an eighth dearer than the one before, until enough
of its users leave. A tenth of a chain is much for one user. Shares are of the busiest hour, but for disks, pins and
state.

{render_breaks(measured, assumed)}

## The fee of a study

![The fee of a study, by the way of sending](scale/fees.svg)

{render_fees(measured, assumed)}

- A *thin inbox* keeps a digest on the chain, and the envelope elsewhere. It is not built: on an L2 nobody needs it.
- A mailbox of its own for each message, which hides whose patient somebody is, costs
{gas["in a mailbox"] - gas["alone"]:,} gas more ({percent(gas["in a mailbox"] / gas["alone"] - 1)}), and
{gas["in a mailbox, EIP-8037"] - gas["alone, EIP-8037"]:,} by EIP-8037.
- On L2s L1's price hardly shows: from {L1_GAS_PRICES[0]:g} to {L1_GAS_PRICES[-1]:g} gwei a study on Base goes from
{money(on_base[0])} to {money(on_base[-1])}. What an L2 charges for its own gas counts for more. The figures have its
least price; at ten times that they are nearly ten times as much.
- If an L2 takes over EIP-8037, a study on Base costs {money(base_repriced)} instead of {money(base)}; on L1 it is
{money(batch_repriced)} instead of {money(batch)}.
- Registering a key, acknowledging and taking back are transactions of their own, each at a third to all of a
message's gas ([gas.md](gas.md#each-act)). They are not counted here.

## A year

With L1's gas at {USUAL:g} gwei.

{render_years(measured, assumed)}

State is what every node of a chain keeps for ever: {state} bytes a message as EIP-8037 counts them, which are
{measured.code} of code and {ACCOUNT_BYTES} for an account; {SLOT_BYTES} more in a mailbox. A country's year is
{shares["L1's new state by EIP-8037"]} of what EIP-8037 means to let all of L1 grow in a year.

## What then

1. **One envelope a study** is what `send_image` does, and enough up to {ends[in_turn]} studies a day, one after
the other, on L1.
2. **Daily batches** (`send_image --batch`) cost {money(batch)} instead of {money(one)}, and put
{measured.packed["today"]} messages into a transaction ({measured.packed["EIP-8037"]} by EIP-8037, as Hardhat's node
has it). One batch after the other, these are {ends["One batch after another, on L1"]} studies a day.
3. **An L2** comes next, for its price before its room: it is {rounded(batch / base, 2)} times cheaper. The contract
has the same address there, and nothing else changes.
4. **Regional clusters** hold the bytes. A hospital's own share is {amount(of_hospital.held / assumed.homes)} at each
of its {assumed.homes:g} homes, so that each hospital keeps its own and a partner's. A country is
{rounded(ceil(of_country.held / assumed.home_tb / 1e12))} homes of {assumed.home_tb:g} TB and
{ceil(of_country.read / assumed.link_mb / 1e6)} gateways, in clusters by region. One cluster for all would be at
{shares["One cluster's pins"]} of the largest that we know of, and who runs it would see every CID.
5. **A thin inbox** is for L1 alone, if state is repriced and somebody must stay there: a country then needs
{shares["L1's gas, a thin inbox, by EIP-8037"]} of L1's gas instead of {shares[repriced]}. A patient could no longer
read an inbox by one call of any node.

## Messages in one inbox

A patient has tens, and a doctor who gets 50 a day has {50 * DAYS:,} after a year. An inbox of {listed} messages was
listed whole in {seconds} s, and its first page in under a second ([audit.md](audit.md#junk)). Reading takes
{page_gas():,.0f} gas a message, which nobody pays; a node that lets a call use {CALL_GAS:,} gives
{rounded(CALL_GAS / page_gas(), 2)} messages at a time. Lists ask for pages, from a cursor on, so that a message costs
the same however many came after it.

## What goes in

{render_measured(measured, assumed)}

{render_assumed(assumed)}

Formulas: on the OP stack, a transaction pays for L1 its estimated size times ({CALLDATA_GAS} ×
{assumed.base_fee_scalar:g} × L1's gas price + {assumed.blob_fee_scalar:g} × the blob gas price); the estimate is
{FASTLZ_COEFFICIENT / 1e6:.4f} × its size under FastLZ − {-INTERCEPT / 1e6:.2f} bytes, and {LEAST_SIZE // 10**6} at
least (Fjord). On Arbitrum it pays for its size under Brotli at what a byte costs the poster, taken here as a byte of
a blob. Blob gas is taken at a sixteenth of L1's gas price, below which EIP-7918 does not let it fall.

Not in it: what others do on the same chain, prices that rise by one's own use, tips, the work of scanners and
archives, and people. The gas of EIP-8037 is an experimental node's ([gas.md](gas.md#if-state-is-repriced)).
""")
