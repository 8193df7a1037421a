"""Measures what each act costs and writes docs/gas.md:  python -m tests.contract.gas

Every figure is `gasUsed` of a real transaction on a fresh chain: Anvil's with Osaka's rules, and Hardhat's with
Amsterdam's, which no mainnet has yet and which reprice state (EIP-8037). The contract is the released one; accounts,
envelopes and times are fixed, so that the same sources give the same figures to the last unit.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from eth_account import Account
from web3 import Web3
from web3.contract import Contract

from radiogram.batch.loads import loads
from tests.contract.audited import ROOT
from tests.contract.client import ZERO_ADDRESS
from tests.contract.meter import TRANSACTION_CAP, Meter, address, envelope, released
from tests.contract.nodes import START, anvil, hardhat
from tests.contract.rules import SUITES, Runs, measure_rules, render_rules
from tests.contract.signing import domain_of, sign
from tests.contract.solc import CONTRACTS, compile_file
from tests.contract.strategies import FOREVER, NO_HYBRID, point
from tests.generated_blocks import CONTRACT_PAGE, table, write_block

REPORT = ROOT / "docs" / "gas.md"
COMMAND = "python -m tests.contract.gas"
MOST_ON_AMSTERDAM = (
    100_000_000  # gas: its rules put EIP-7825's cap on what is not for state, which Hardhat does not yet
)

LARGEST = 2048
ENVELOPE, ANOTHER = envelope(154), envelope(154, b"another")

# What the acts may cost at most.
LIMITS = {
    "send, the first to an inbox": 123_000,
    "send": 105_500,
    "sendBatch of 100, one inbox": 84_500,
    "sendBatch of 100, a hundred inboxes": 84_500,
    "registerKey, the first": 73_000,
    "registerKeyBySignature, the first": 79_500,
    "retract": 35_000,
    "acknowledge": 38_000,
    "deploy": 1_800_000,
}


HYBRID, ANOTHER_HYBRID = (hashlib.sha256(seed).digest() for seed in (b"a recipient", b"another"))


def measure_acts(meter: Meter, abi: Any, bytecode: str) -> dict[str, int]:
    """The gas of each act, by its name in the report; a batch's is a message's share."""
    contract, deploy = meter.deploy(abi, bytecode)
    act = contract.functions
    patient, key, other = meter.accounts[1], point(11), point(12)
    hundred = [(address(f"recipient {number}"), 0, ENVELOPE) for number in range(100)]
    costs = {"deploy": deploy}

    def batch(items: list[Any]) -> int:
        return meter.cost(act.sendBatch(items)) // len(items)

    costs["send, the first to an inbox"] = meter.cost(act.send(patient, 0, ENVELOPE))
    costs["send"] = meter.cost(act.send(patient, 0, ANOTHER))
    costs["sendBatch of 100, a hundred new inboxes"] = batch(hundred)
    costs["sendBatch of 100, a hundred inboxes"] = batch(hundred)
    costs["sendBatch of 100, one inbox"] = batch([hundred[0]] * 100)
    costs["registerKey, the first"] = meter.cost(act.registerKey(*key, NO_HYBRID), 2)
    costs["registerKey, a later one"] = meter.cost(act.registerKey(*other, NO_HYBRID), 2)
    costs["registerKey, the first with a hybrid digest"] = meter.cost(act.registerKey(*key, HYBRID), 4)
    costs["registerKey, a later one with a hybrid digest"] = meter.cost(act.registerKey(*other, ANOTHER_HYBRID), 4)
    costs["send to a registered key"] = meter.cost(act.send(meter.accounts[2], 1 + 1, ENVELOPE))
    cursors = [act.cursorOf(patient, index, 0, ZERO_ADDRESS).call() for index in (0, 1)]
    costs["acknowledge, the first of 128 messages"] = meter.cost(act.acknowledge(0, cursors[0]), 1)
    costs["acknowledge"] = meter.cost(act.acknowledge(1, cursors[1]), 1)
    costs["retract"] = meter.cost(act.retract(patient, 0, cursors[0]))
    costs["restrictInbox, the first time"] = meter.cost(act.restrictInbox(True), 3)
    costs["approveSender, the first time"] = meter.cost(act.approveSender(meter.accounts[0], FOREVER), 3)
    costs["send to a restricted inbox"] = meter.cost(act.send(meter.accounts[3], 0, ENVELOPE))
    costs["restrictInbox, again"] = meter.cost(act.restrictInbox(False), 3)
    costs |= measure_signed_acts(meter, contract)
    return costs


def measure_sizes(meter: Meter, contract: Contract) -> dict[str, dict[str, int]]:
    """Gas of a message by the length of its envelope: each act on it."""
    act, costs = contract.functions, {}
    sizes = {f"{name}: {size:,} bytes": size for name, size in SUITES.items()} | {f"{LARGEST:,} bytes": LARGEST}
    for number, (name, size) in enumerate(sizes.items()):
        patient = meter.accounts[5 + number]
        costs[name] = {
            "first": meter.cost(act.send(patient, 0, envelope(size))),
            "later": meter.cost(act.send(patient, 0, envelope(size, b"another"))),
            "in a batch of 20": meter.cost(act.sendBatch([(patient, 0, envelope(size))] * 20)) // 20,
        }
        cursors = [act.cursorOf(patient, index, 0, ZERO_ADDRESS).call() for index in (0, 1)]
        meter.cost(act.acknowledge(0, cursors[0]), 5 + number)
        costs[name]["acknowledge"] = meter.cost(act.acknowledge(1, cursors[1]), 5 + number)
    return costs


def measure_rotations(meter: Meter, contract: Contract) -> dict[str, int]:
    """What it costs to use up versions: a multicall of as many changes as one transaction may ask for."""
    act, keys = contract.functions, [point(21), point(22)]
    encoded = {
        "key": [contract.encode_abi("registerKey", [*key, NO_HYBRID]) for key in keys],
        "restriction": [contract.encode_abi("restrictInbox", [restricted]) for restricted in (True, False)],
    }
    meter.cost(act.registerKey(*point(23), NO_HYBRID), 9)
    costs = {}
    for name, calls in encoded.items():
        few, many = (meter.cost(act.multicall(calls * number), 9) for number in (50, 150))
        costs[name] = (many - few) // 200
    return costs


def measure_signed_acts(meter: Meter, contract: Contract) -> dict[str, int]:
    act = contract.functions
    signer = Account.from_key(b"\x11" * 32)
    domain = domain_of(contract.address, meter.web3.eth.chain_id)
    deadline = START + 10**6
    costs = {}

    def signed(name: str, *values: Any) -> tuple[Any, ...]:
        fields = (signer.address, *values, deadline)
        return (*fields, sign(signer.key, domain, name, fields))

    first = signed("RegisterKey", 1, *point(13), NO_HYBRID)
    costs["registerKeyBySignature, the first"] = meter.cost(act.registerKeyBySignature(*first))
    meter.cost(act.send(signer.address, 1, ENVELOPE))
    meter.cost(act.send(signer.address, 1, ENVELOPE))
    for index in (0, 1):
        cursor = act.cursorOf(signer.address, index, 0, ZERO_ADDRESS).call()
        acknowledged = meter.cost(act.acknowledgeBySignature(*signed("Acknowledge", index, cursor)))
        costs["acknowledgeBySignature"] = acknowledged
    restrict = signed("RestrictInbox", True, 1)
    costs["restrictInboxBySignature"] = meter.cost(act.restrictInboxBySignature(*restrict))
    approve = signed("ApproveSender", meter.accounts[0], FOREVER, 1)
    costs["approveSenderBySignature, the first time"] = meter.cost(act.approveSenderBySignature(*approve))
    return costs


def measure_alternatives(meter: Meter) -> dict[str, tuple[int, int]]:
    """Gas of the first and of a later message, by other designs, from the same sender with the same envelope."""
    recipient = address("recipient")
    made = compile_file("Alternatives.sol")
    prototype, storage, announcer, thin = (
        meter.deploy(made[name]["abi"], made[name]["bytecode"])[0].functions
        for name in ("Prototype", "PlainStorage", "Announcer", "ThinInbox")
    )
    eas = json.loads((CONTRACTS / "eas.json").read_text())
    registry, _ = meter.deploy(eas["SchemaRegistry"]["abi"], eas["SchemaRegistry"]["bytecode"])
    attester, _ = meter.deploy(eas["EAS"]["abi"], eas["EAS"]["bytecode"], registry.address)
    schema = "uint32 keyVersion,bytes envelope"
    meter.cost(registry.functions.register(schema, ZERO_ADDRESS, True))
    uid = Web3.solidity_keccak(["string", "address", "bool"], [schema, ZERO_ADDRESS, True])

    def attest(envelope: bytes) -> Any:
        data = meter.web3.codec.encode(["uint32", "bytes"], [0, envelope])
        return attester.functions.attest((uid, (recipient, 0, True, bytes(32), data, 0)))

    calls = {
        "Prototype": lambda envelope: prototype.sendHash(envelope.hex()),
        "Plain storage": lambda envelope: storage.send(recipient, 0, envelope),
        "ERC-5564 announce": lambda envelope: announcer.announce(1, recipient, envelope[:33], envelope[33:]),
        "EAS attestation": attest,
        THIN: lambda envelope: thin.send(recipient, 0, envelope),
    }
    return {name: (meter.cost(call(ENVELOPE)), meter.cost(call(ANOTHER))) for name, call in calls.items()}


class Priced(NamedTuple):
    """Gas by some rules."""

    acts: dict[str, int]
    sizes: dict[str, dict[str, int]]
    alternatives: dict[str, tuple[int, int]]


class Measured(NamedTuple):
    today: Priced
    same: dict[str, bool]
    """By rules and node: whether each act costs there what it does today."""
    amsterdam: Priced
    rotations: dict[str, int]
    runs: dict[str, Runs]


def measure_priced(meter: Meter) -> Priced:
    abi, bytecode = released()
    acts = measure_acts(meter, abi, bytecode)
    contract, _ = meter.deploy(abi, bytecode)
    return Priced(acts, measure_sizes(meter, contract), measure_alternatives(meter))


def measure() -> Measured:
    """The contract that is released, on chains of its own."""
    with anvil() as web3:
        meter = Meter(web3)
        today = measure_priced(meter)
        rotations = measure_rotations(meter, meter.deploy(*released())[0])
    same = {}
    for name, node in {
        "Prague's, by Anvil": anvil(rules="prague"),
        "Osaka's, by Hardhat's node": hardhat("osaka"),
    }.items():
        with node as web3:
            same[name] = measure_acts(Meter(web3), *released()) == today.acts
    with hardhat("amsterdam", capped=False) as web3:
        amsterdam = measure_priced(Meter(web3, MOST_ON_AMSTERDAM))
    return Measured(today, same, amsterdam, rotations, measure_rules())


THIN = "Thin inbox"
REPRICED = "by EIP-8037"
GIVEN_UP = {
    "ImageInbox": "nothing of the below",
    "Prototype": (
        "every message but the last, of everybody: one slot for all; later messages overwrite it, which is why "
        "they are cheap; no sender, no time"
    ),
    "Plain storage": "{more} gas a message; otherwise the same list",
    "ERC-5564 announce": "state: reading needs every log since the beginning from a node that still has them",
    "EAS attestation": "a list by recipient (only logs tell which attestations are whose), and most gas",
    THIN: "reading by a call: the chain keeps a digest, and the envelope must be had from IPFS or old transactions",
}
VERSIONS = 2**28 - 1


def render_sizes(measured: Measured) -> str:
    """A table, which docs/contract.md has, too."""
    rows = []
    for name, costs in measured.today.sizes.items():
        rows.append([name, *map(figure, costs.values())])
        rows.append([f"the same, {REPRICED}", *map(figure, measured.amsterdam.sizes[name].values())])
    return table(["envelope", "first message", "later message", "in a batch of 20", "acknowledge"], rows)


def render_designs(measured: Measured) -> str:
    def of(priced: Priced) -> dict[str, tuple[int, int]]:
        acts = priced.acts
        return {"ImageInbox": (acts["send, the first to an inbox"], acts["send"])} | priced.alternatives

    head = ["design", "first message", "later message", f"later, {REPRICED}", "gives up"]
    more = figure(measured.today.alternatives["Plain storage"][1] - measured.today.acts["send"])
    rows = [
        [name, *map(figure, costs), figure(of(measured.amsterdam)[name][1]), GIVEN_UP[name].format(more=more)]
        for name, costs in of(measured.today).items()
    ]
    return table(head, rows)


def render_acts(measured: Measured) -> str:
    rows = [
        [name, figure(cost), figure(LIMITS[name]) if name in LIMITS else "", figure(measured.amsterdam.acts[name])]
        for name, cost in measured.today.acts.items()
    ]
    return table(["act", "gas", "at most", REPRICED], rows)


def packed(priced: Priced) -> int:
    """How many messages of suite 2 `send_image --batch` puts into one transaction."""
    first = next(costs["first"] for name, costs in priced.sizes.items() if name.startswith("suite 2"))
    return len(loads([first] * 1000, TRANSACTION_CAP)[0])


def figure(number: int) -> str:
    return f"{number:,}"


def render(measured: Measured) -> str:
    """The report as Markdown."""
    today, repriced = measured.today.acts["send"], measured.amsterdam.acts["send"]
    thin, thin_repriced = measured.today.alternatives[THIN][1], measured.amsterdam.alternatives[THIN][1]
    others = "; ".join(f"{name}: {'yes' if same else 'NO'}" for name, same in measured.same.items())
    return f"""# Gas

Made by `python -m tests.contract.gas`; a test compares it to the last unit. Anvil, Osaka's rules, an envelope of 154
bytes as docs/format.md makes them in suite 1, which is opaque here. Figures are `gasUsed` of whole transactions, the
21,000 of each included; of a batch, a message's share.

What stands under "by EIP-8037" is measured too, on Hardhat's node with Amsterdam's rules, as far as it has them. No
mainnet has them yet (see [below](#if-state-is-repriced)).

## One message, by its suite

{render_sizes(measured)}

## One message, beside other designs

{render_designs(measured)}

The prototype's slot holds the complete hex ciphertext; it published less, the ciphertext field alone, which nobody
could open. ERC-5564's announcer is written from the standard; EAS is its published contracts, version 1.9.0, without
a resolver. Plain storage and the thin inbox are `tests/contract/contracts/Alternatives.sol`.

## Each act

{render_acts(measured)}

Does each act cost the same by other rules, to the last unit? {others}.

## Under which rules it runs

The contract at its own address, put there through the factory, messages sent, one by one and together, and read back:

{render_rules(measured.runs)}

- A transaction may ask for {
        TRANSACTION_CAP:,} gas at most (EIP-7825, since Osaka). `send_image --batch` asks the chain what
  a message takes, and counts each as the first in its inbox: {
        packed(measured.today)
    } of suite 2 go into one transaction today, and {packed(measured.amsterdam)} with
  Amsterdam's rules. EIP-8037 puts that limit on what is not for new state, so that more would fit; Hardhat's node does
  not yet, and nor do we.
- With Amsterdam's rules the factory's keyless deployment fails, since it was signed for 100,000 gas. Chains that have
  the factory keep it; on a new one its operators must put it there.
- Reading costs the same gas by all rules, and is free.

## What it costs to use up the versions

Of keys and of restrictions there are {VERSIONS:,}, and after the last one the setting stays for ever. Whoever has a
stolen key for a while could use them up, in `multicall`s of as many changes as a transaction may ask for. (16 bits of
them took 36 transactions.)

{
        table(
            [
                "setting",
                "gas a change",
                "gas in all",
                "transactions",
                "Ether at 1 gwei",
                "Ether at 0.001 gwei (an L2)",
            ],
            [
                [
                    name,
                    f"{gas:,}",
                    f"{gas * VERSIONS:,}",
                    f"{-(-gas * VERSIONS // TRANSACTION_CAP):,}",
                    f"{gas * VERSIONS / 1e9:,.0f}",
                    f"{gas * VERSIONS / 1e12:,.2f}",
                ]
                for name, gas in measured.rotations.items()
            ],
        )
    }

Each of these transactions fills all that one may ask for. An L2 with 30,000,000 gas a second would need {
        measured.rotations["key"] * VERSIONS / 30e6 / 3600:.0f} hours of all its
blocks for the keys; its fee rises meanwhile, as it does with every full block. The owner, who still has the account's
key, sees the events, and can tell senders another address.

## If state is repriced

EIP-8037 charges 1,530 gas for each byte of new state, with 120 bytes for an account and 64 for a storage slot, in place
of today's 32,000, 200 a byte of code, and 20,000. By Amsterdam's rules a later message costs {repriced:,} instead of
{today:,}: {repriced / today:.1f} times as much. Plain storage costs more still. By these
rules a transaction pays at least 21,000 and 64 for each byte of its data (EIP-7976). That is more than it pays today
where it does little else: in an announcement and in `restrictInboxBySignature`. Hardhat's node calls these rules
experimental; what they will be at last may differ.

What the project would do then, in this order:

1. Send on an L2, as it already can: the contract has the same address there, and an L2 sets its own prices.
2. On L1, a *thin inbox*, another contract beside this one: one storage slot a message, with the digest of what is now
   its data contract, while the envelope goes along in calldata and lies on IPFS. A message costs {thin_repriced:,} ({
        thin:,}
   today). It gives up that one call of any node reads an inbox, which is why it is not done today.

Messages that are there already stay as they are, and reading them costs nothing, by either price.
[scale.md](scale.md) says what that is in money, for a clinic, a city and a country.
"""


def main() -> None:
    measured = measure()
    REPORT.write_text(render(measured))
    write_block(CONTRACT_PAGE, COMMAND, render_sizes(measured))


if __name__ == "__main__":
    main()
