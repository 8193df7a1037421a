"""Measures what each act costs and writes docs/gas.md:  python -m tests.contract.gas

Every figure is `gasUsed` of a real transaction on a fresh Anvil with Osaka's rules, but for those of EIP-8037, which no
mainnet has yet: they are computed from what an act adds to the state. The contract is the released one; accounts,
envelopes and times are fixed, so that the same sources give the same figures to the last unit.
"""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from eth_account import Account
from eth_utils import keccak, to_checksum_address
from web3 import HTTPProvider, Web3
from web3.contract import Contract

from tests.contract.client import ZERO_ADDRESS
from tests.contract.signing import domain_of, sign
from tests.contract.solc import CONTRACTS, compile_file
from tests.contract.strategies import FOREVER, NO_HYBRID, point
from tests.generated_blocks import CONTRACT_PAGE, table, write_block

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "docs" / "gas.md"
RELEASED = ROOT / "radiogram" / "chain" / "ImageInbox.json"
COMMAND = "python -m tests.contract.gas"
START = 1_800_000_000
TRANSACTION_CAP = 2**24  # EIP-7825: the most gas that a transaction may ask for


def envelope(size: int, seed: bytes = b"an envelope") -> bytes:
    return b"\x02" + hashlib.shake_256(seed).digest(size - 1)


# As long as real ones: docs/format.md. Suite 2 keeps a key packet on IPFS, and so its envelope is the shorter one.
SUITES = {"suite 1": 154, "suite 2 (quantum-safe)": 114}
LARGEST = 2048
ENVELOPE, ANOTHER = envelope(154), envelope(154, b"another")
DATA_CONTRACT = 49  # bytes of a message beside its envelope: docs/contract.md

# EIP-8037 as drafted in 2026: gas for a byte of new state, and how many bytes an account and a storage slot count for.
# What is charged today for the same falls away, but for the regular part.
STATE_BYTE, NEW_ACCOUNT, NEW_SLOT = 1_530, 120, 64
CREATE_TODAY, CREATE_REGULAR = 32_000, 9_000
CODE_BYTE_TODAY, HASHED_WORD = 200, 6
SLOT_TODAY, SLOT_REGULAR = 20_000, 2_900


class Cost(NamedTuple):
    gas: int
    new_code: int = 0
    """Bytes of new data contracts."""
    new_accounts: int = 0
    new_slots: int = 0

    @property
    def repriced(self) -> int:
        """By EIP-8037."""
        code = self.new_code * (STATE_BYTE - CODE_BYTE_TODAY) + HASHED_WORD * (-(-self.new_code // 32))
        accounts = self.new_accounts * (NEW_ACCOUNT * STATE_BYTE + CREATE_REGULAR - CREATE_TODAY)
        slots = self.new_slots * (NEW_SLOT * STATE_BYTE + SLOT_REGULAR - SLOT_TODAY)
        return self.gas + code + accounts + slots


def of_a_message(gas: int, size: int = 154, new_slots: int = 0) -> Cost:
    return Cost(gas, DATA_CONTRACT + size, 1, new_slots)


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


@contextmanager
def anvil(*options: str) -> Iterator[Web3]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    node = subprocess.Popen(
        ["anvil", "--silent", "--hardfork", "osaka", "--port", str(port), "--timestamp", str(START), *options]
    )
    try:
        web3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}"))
        deadline = time.monotonic() + 30
        while not web3.is_connected():
            if time.monotonic() > deadline:
                raise TimeoutError("Anvil did not answer within 30 seconds")
            time.sleep(0.05)
        yield web3
    finally:
        node.terminate()
        node.wait()


class Meter:
    """Sends transactions at fixed times and says what they cost."""

    def __init__(self, web3: Web3) -> None:
        self.web3 = web3
        self.accounts = web3.eth.accounts
        self.now = START

    def cost(self, call: Any, caller: int = 0) -> int:
        return int(self._receipt(call, caller)["gasUsed"])

    def deploy(self, abi: Any, bytecode: str, *arguments: Any) -> tuple[Contract, int]:
        receipt = self._receipt(self.web3.eth.contract(abi=abi, bytecode=bytecode).constructor(*arguments), 0)
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=abi), int(receipt["gasUsed"])

    def _receipt(self, call: Any, caller: int) -> Any:
        self.now += 12
        self.web3.provider.make_request("evm_setNextBlockTimestamp", [self.now])  # type: ignore[arg-type]
        digest = call.transact({"from": self.accounts[caller], "gas": TRANSACTION_CAP})
        receipt = self.web3.eth.wait_for_transaction_receipt(digest, poll_latency=0.01)
        assert receipt["status"] == 1
        return receipt


HYBRID, ANOTHER_HYBRID = (hashlib.sha256(seed).digest() for seed in (b"a recipient", b"another"))


def address(seed: str) -> str:
    return to_checksum_address(keccak(text=seed)[:20])


def measure_acts(meter: Meter, abi: Any, bytecode: str) -> dict[str, Cost]:
    """The cost of each act, by its name in the report; a batch's is a message's share."""
    contract, deploy = meter.deploy(abi, bytecode)
    act = contract.functions
    patient, key, other = meter.accounts[1], point(11), point(12)
    hundred = [(address(f"recipient {number}"), 0, ENVELOPE) for number in range(100)]
    code = (len(bytecode) - 2) // 2
    costs = {"deploy": Cost(deploy, code, 1)}

    def batch(items: list[Any], new_slots: int = 0) -> Cost:
        return of_a_message(meter.cost(act.sendBatch(items)) // len(items), new_slots=new_slots)

    costs["send, the first to an inbox"] = of_a_message(meter.cost(act.send(patient, 0, ENVELOPE)), new_slots=1)
    costs["send"] = of_a_message(meter.cost(act.send(patient, 0, ANOTHER)))
    costs["sendBatch of 100, a hundred new inboxes"] = batch(hundred, new_slots=1)
    costs["sendBatch of 100, a hundred inboxes"] = batch(hundred)
    costs["sendBatch of 100, one inbox"] = batch([hundred[0]] * 100)
    costs["registerKey, the first"] = Cost(meter.cost(act.registerKey(*key, NO_HYBRID), 2), new_slots=2)
    costs["registerKey, a later one"] = Cost(meter.cost(act.registerKey(*other, NO_HYBRID), 2))
    with_hybrid = meter.cost(act.registerKey(*key, HYBRID), 4)
    costs["registerKey, the first with a hybrid digest"] = Cost(with_hybrid, new_slots=3)
    later = meter.cost(act.registerKey(*other, ANOTHER_HYBRID), 4)
    costs["registerKey, a later one with a hybrid digest"] = Cost(later)
    costs["send to a registered key"] = of_a_message(meter.cost(act.send(meter.accounts[2], 1 + 1, ENVELOPE)))
    cursors = [act.cursorOf(patient, index, 0, ZERO_ADDRESS).call() for index in (0, 1)]
    first = meter.cost(act.acknowledge(0, cursors[0]), 1)
    costs["acknowledge, the first of 128 messages"] = Cost(first, new_slots=1)
    costs["acknowledge"] = Cost(meter.cost(act.acknowledge(1, cursors[1]), 1))
    costs["retract"] = Cost(meter.cost(act.retract(patient, 0, cursors[0])))
    costs["restrictInbox, the first time"] = Cost(meter.cost(act.restrictInbox(True), 3), new_slots=1)
    approval = meter.cost(act.approveSender(meter.accounts[0], FOREVER), 3)
    costs["approveSender, the first time"] = Cost(approval, new_slots=1)
    costs["send to a restricted inbox"] = of_a_message(meter.cost(act.send(meter.accounts[3], 0, ENVELOPE)))
    costs["restrictInbox, again"] = Cost(meter.cost(act.restrictInbox(False), 3))
    costs |= measure_signed_acts(meter, contract)
    return costs


def measure_sizes(meter: Meter, contract: Contract) -> dict[str, dict[str, Cost]]:
    """A message by the length of its envelope: each act on it."""
    act, costs = contract.functions, {}
    sizes = {f"{name}: {size:,} bytes": size for name, size in SUITES.items()} | {f"{LARGEST:,} bytes": LARGEST}
    for number, (name, size) in enumerate(sizes.items()):
        patient = meter.accounts[5 + number]
        first = meter.cost(act.send(patient, 0, envelope(size)))
        later = meter.cost(act.send(patient, 0, envelope(size, b"another")))
        batch = meter.cost(act.sendBatch([(patient, 0, envelope(size))] * 20)) // 20
        cursors = [act.cursorOf(patient, index, 0, ZERO_ADDRESS).call() for index in (0, 1)]
        meter.cost(act.acknowledge(0, cursors[0]), 5 + number)
        costs[name] = {
            "first": of_a_message(first, size, 1),
            "later": of_a_message(later, size),
            "in a batch of 20": of_a_message(batch, size),
            "acknowledge": Cost(meter.cost(act.acknowledge(1, cursors[1]), 5 + number)),
        }
    return costs


def measure_largest_batches(meter: Meter, contract: Contract) -> dict[str, int]:
    """How many messages go into one transaction, by EIP-7825's cap on the gas that it may ask for."""

    def fits(size: int, recipients: Callable[[int], str]) -> int:
        low, high = 1, 400
        while high - low > 1:
            middle = (low + high) // 2
            items = [(recipients(number), 0, envelope(size)) for number in range(middle)]
            call = contract.functions.sendBatch(items)
            try:
                delivered = call.call({"from": meter.accounts[0], "gas": TRANSACTION_CAP})
            except Exception:  # out of gas, however the node says so
                delivered = 0
            low, high = (middle, high) if delivered == middle else (low, middle)
        return low

    hundred = address("recipient 0")
    return {
        f"{name}, {size} bytes: {to}": fits(size, recipients)
        for name, size in SUITES.items()
        for to, recipients in {
            "to one inbox that has messages": lambda _: hundred,
            "to inboxes that have none": lambda number: address(f"nobody {number}"),
        }.items()
    }


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


def measure_signed_acts(meter: Meter, contract: Contract) -> dict[str, Cost]:
    act = contract.functions
    signer = Account.from_key(b"\x11" * 32)
    domain = domain_of(contract.address, meter.web3.eth.chain_id)
    deadline = START + 10**6
    costs = {}

    def signed(name: str, *values: Any) -> tuple[Any, ...]:
        fields = (signer.address, *values, deadline)
        return (*fields, sign(signer.key, domain, name, fields))

    first = signed("RegisterKey", 1, *point(13), NO_HYBRID)
    costs["registerKeyBySignature, the first"] = Cost(meter.cost(act.registerKeyBySignature(*first)), new_slots=2)
    meter.cost(act.send(signer.address, 1, ENVELOPE))
    meter.cost(act.send(signer.address, 1, ENVELOPE))
    acknowledged = 0
    for index in (0, 1):
        cursor = act.cursorOf(signer.address, index, 0, ZERO_ADDRESS).call()
        acknowledged = meter.cost(act.acknowledgeBySignature(*signed("Acknowledge", index, cursor)))
    costs["acknowledgeBySignature"] = Cost(acknowledged)
    restrict = signed("RestrictInbox", True, 1)
    costs["restrictInboxBySignature"] = Cost(meter.cost(act.restrictInboxBySignature(*restrict)))
    approve = signed("ApproveSender", meter.accounts[0], FOREVER, 1)
    approved = meter.cost(act.approveSenderBySignature(*approve))
    costs["approveSenderBySignature, the first time"] = Cost(approved, new_slots=1)
    return costs


def measure_alternatives(meter: Meter) -> dict[str, tuple[int, int]]:
    """Gas of the first and of a later message, by other designs, from the same sender with the same envelope."""
    recipient = address("recipient")
    made = compile_file("Alternatives.sol")
    prototype, storage, announcer = (
        meter.deploy(made[name]["abi"], made[name]["bytecode"])[0].functions
        for name in ("Prototype", "PlainStorage", "Announcer")
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
    }
    return {name: (meter.cost(call(ENVELOPE)), meter.cost(call(ANOTHER))) for name, call in calls.items()}


class Measured(NamedTuple):
    acts: dict[str, Cost]
    sizes: dict[str, dict[str, Cost]]
    batches: dict[str, int]
    rotations: dict[str, int]
    alternatives: dict[str, tuple[int, int]]


def measure() -> Measured:
    """The contract that is released, on a chain of its own."""
    made = json.loads(RELEASED.read_text())
    abi, bytecode = made["abi"], made["deploymentBytecode"]["bytecode"]
    with anvil() as web3:
        meter = Meter(web3)
        acts = measure_acts(meter, abi, bytecode)
        contract, _ = meter.deploy(abi, bytecode)
        meter.cost(contract.functions.send(address("recipient 0"), 0, ENVELOPE))
        return Measured(
            acts,
            measure_sizes(meter, contract),
            measure_largest_batches(meter, contract),
            measure_rotations(meter, contract),
            measure_alternatives(meter),
        )


GIVEN_UP = {
    "ImageInbox": "nothing of the below",
    "Prototype": (
        "every message but the last, of everybody: one slot for all; later messages overwrite it, which is why "
        "they are cheap; no sender, no time"
    ),
    "Plain storage": "{more:,} gas a message; otherwise the same list",
    "ERC-5564 announce": "state: reading needs every log since the beginning from a node that still has them",
    "EAS attestation": "a list by recipient (only logs tell which attestations are whose), and most gas",
}
VERSIONS = 2**28 - 1


def render_sizes(measured: Measured) -> str:
    """A table, which docs/contract.md has, too."""
    head = ["envelope", "first message", "later message", "in a batch of 20", "acknowledge", "later, by EIP-8037"]
    rows = [
        [
            name,
            *(f"{cost[act].gas:,}" for act in ("first", "later", "in a batch of 20", "acknowledge")),
            f"{cost['later'].repriced:,}",
        ]
        for name, cost in measured.sizes.items()
    ]
    return table(head, rows)


def render(measured: Measured) -> str:
    """The report as Markdown."""
    acts = measured.acts
    ours = {"ImageInbox": (acts["send, the first to an inbox"].gas, acts["send"].gas)}
    more = measured.alternatives["Plain storage"][1] - acts["send"].gas
    message = acts["send"]
    thin = 21_000 + 5_000 + 2_900 + NEW_SLOT * STATE_BYTE
    return f"""# Gas

Made by `python -m tests.contract.gas`; a test compares it to the last unit. Anvil, Osaka's rules, an envelope of 154
bytes as docs/format.md makes them in suite 1, which is opaque here. Figures are `gasUsed` of whole transactions, the
21,000 of each included; of a batch, a message's share.

The last column of each table is computed, not measured: what the act would cost by EIP-8037 (see
[below](#if-state-is-repriced)).

## One message, by its suite

{render_sizes(measured)}

## One message, beside other designs

{
        table(
            ["design", "first message", "later message", "gives up"],
            [
                [name, f"{first:,}", f"{later:,}", GIVEN_UP[name].format(more=more)]
                for name, (first, later) in (ours | measured.alternatives).items()
            ],
        )
    }

The prototype's slot holds the complete hex ciphertext; it published less, the ciphertext field alone, which nobody
could open. ERC-5564's announcer is written from the standard; EAS is its published contracts, version 1.9.0, without
a resolver. Plain storage is `tests/contract/contracts/Alternatives.sol`.

## Each act

{
        table(
            ["act", "gas", "at most", "by EIP-8037"],
            [
                [name, f"{cost.gas:,}", f"{LIMITS[name]:,}" if name in LIMITS else "", f"{cost.repriced:,}"]
                for name, cost in acts.items()
            ],
        )
    }

## The largest batch

A transaction may ask for {
        TRANSACTION_CAP:,} gas at most (EIP-7825, in Osaka). So many messages go into one `sendBatch`:

{table(["envelopes", "messages"], [[name, f"{number:,}"] for name, number in measured.batches.items()])}

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

EIP-8037, a draft that no mainnet has, would charge {STATE_BYTE:,} gas for each byte of new state, with {
        NEW_ACCOUNT
    } bytes for an account
and {NEW_SLOT} for a storage slot, in place of today's {CREATE_TODAY:,}, {CODE_BYTE_TODAY} a byte of code, and {
        SLOT_TODAY:,}. A later message would cost
{message.repriced:,} instead of {message.gas:,}: {
        message.repriced / message.gas:.1f} times as much. Plain storage would cost more still.

What the project would do then, in this order:

1. Send on an L2, as it already can: the contract has the same address there, and an L2 sets its own prices.
2. On L1, a *thin inbox*, another contract beside this one: one storage slot a message, with the digest of what is now
   its data contract, while the envelope goes along in calldata and lies on IPFS. A message would cost about {
        round(thin, -3):,}.
   It gives up that one call of any node reads an inbox, which is why it is not done today.

Messages that are there already stay as they are, and reading them costs nothing, by either price.
"""


def main() -> None:
    measured = measure()
    REPORT.write_text(render(measured))
    write_block(CONTRACT_PAGE, COMMAND, render_sizes(measured))


if __name__ == "__main__":
    main()
