"""Measures what each act costs and writes docs/gas.md:  python -m tests.contract.gas

Every figure is `gasUsed` of a real transaction on a fresh Anvil with Osaka's rules, but for those of EIP-8037, which no
mainnet has yet: they are computed from what a message adds to the state. Accounts, envelope and times are
fixed, so that the same sources give the same figures to the last unit.
"""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_utils import keccak, to_checksum_address
from web3 import HTTPProvider, Web3
from web3.contract import Contract

from tests.contract.client import ZERO_ADDRESS
from tests.contract.signing import domain_of, sign
from tests.contract.solc import CONTRACTS, compile_file
from tests.contract.strategies import FOREVER, NO_HYBRID, point
from tests.generated_blocks import table

REPORT = Path(__file__).parents[2] / "docs" / "gas.md"
START = 1_800_000_000
TRANSACTION_CAP = 2**24  # EIP-7825: the most gas that a transaction may ask for


def envelope(size: int, seed: bytes = b"an envelope") -> bytes:
    return b"\x02" + hashlib.shake_256(seed).digest(size - 1)


# As long as real ones: of suite 1, and of suite 2, which the key packet makes shorter.
SUITES = {1: 154, 2: 114}
ENVELOPE, ANOTHER = envelope(SUITES[1]), envelope(SUITES[1], b"another")

# What the acts may cost at most.
LIMITS = {
    "send, the first to an inbox": 123_000,
    "send": 105_500,
    "sendBatch of 100, one inbox": 84_500,
    "sendBatch of 100, a hundred inboxes": 84_500,
    "registerKey, the first": 75_000,
    "registerKeyBySignature, the first": 82_000,
    "retract": 38_000,
    "acknowledge": 38_000,
    "deploy": 2_000_000,
}


@contextmanager
def anvil() -> Iterator[Web3]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    node = subprocess.Popen(
        ["anvil", "--silent", "--hardfork", "osaka", "--port", str(port), "--timestamp", str(START)]
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
        digest = call.transact({"from": self.accounts[caller], "gas": 16_000_000})
        receipt = self.web3.eth.wait_for_transaction_receipt(digest, poll_latency=0.01)
        assert receipt["status"] == 1
        return receipt


HYBRID, ANOTHER_HYBRID = (hashlib.sha256(seed).digest() for seed in (b"a recipient", b"another"))


def address(seed: str) -> str:
    return to_checksum_address(keccak(text=seed)[:20])


def measure_acts(meter: Meter, abi: Any, bytecode: str) -> dict[str, int]:
    """Gas of each act, by its name in the report; a batch's is a message's share."""
    contract, deploy = meter.deploy(abi, bytecode)
    act = contract.functions
    patient, key, other = meter.accounts[1], point(11), point(12)
    hundred = [(address(f"recipient {number}"), 0, ENVELOPE) for number in range(100)]
    costs = {"deploy": deploy}
    costs["send, the first to an inbox"] = meter.cost(act.send(patient, 0, ENVELOPE))
    costs["send"] = meter.cost(act.send(patient, 0, ANOTHER))
    costs["sendBatch of 100, a hundred new inboxes"] = meter.cost(act.sendBatch(hundred)) // 100
    costs["sendBatch of 100, a hundred inboxes"] = meter.cost(act.sendBatch(hundred)) // 100
    costs["sendBatch of 100, one inbox"] = meter.cost(act.sendBatch([hundred[0]] * 100)) // 100
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
    prototype, storage, announcer = (
        meter.deploy(made[name]["abi"], made[name]["bytecode"])[0].functions
        for name in ("Prototype", "PlainStorage", "Announcer")
    )
    eas = json.loads((CONTRACTS / "eas.json").read_text())
    registry, _ = meter.deploy(eas["SchemaRegistry"]["abi"], eas["SchemaRegistry"]["bytecode"])
    attester, _ = meter.deploy(eas["EAS"]["abi"], eas["EAS"]["bytecode"], registry.address)
    schema = "uint16 keyVersion,bytes envelope"
    meter.cost(registry.functions.register(schema, ZERO_ADDRESS, True))
    uid = Web3.solidity_keccak(["string", "address", "bool"], [schema, ZERO_ADDRESS, True])

    def attest(envelope: bytes) -> Any:
        data = meter.web3.codec.encode(["uint16", "bytes"], [0, envelope])
        return attester.functions.attest((uid, (recipient, 0, True, bytes(32), data, 0)))

    calls = {
        "Prototype": lambda envelope: prototype.sendHash(envelope.hex()),
        "Plain storage": lambda envelope: storage.send(recipient, 0, envelope),
        "ERC-5564 announce": lambda envelope: announcer.announce(1, recipient, envelope[:33], envelope[33:]),
        "EAS attestation": attest,
    }
    return {name: (meter.cost(call(ENVELOPE)), meter.cost(call(ANOTHER))) for name, call in calls.items()}


def measure(abi: Any, bytecode: str) -> tuple[dict[str, int], dict[str, tuple[int, int]]]:
    with anvil() as web3:
        meter = Meter(web3)
        return measure_acts(meter, abi, bytecode), measure_alternatives(meter)


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


def render(acts: dict[str, int], alternatives: dict[str, tuple[int, int]]) -> str:
    """The report as Markdown."""
    ours = {"ImageInbox": (acts["send, the first to an inbox"], acts["send"])}
    more = alternatives["Plain storage"][1] - acts["send"]
    return f"""# Gas

Made by `python -m tests.contract.gas`; a test compares it to the last unit. Anvil, Prague's rules, an envelope of 154
bytes as docs/format.md makes them, which is opaque here. Figures are `gasUsed` of whole transactions, the 21,000 of
each included; of a batch, a message's share.

## One message, beside other designs

{
        table(
            ["design", "first message", "later message", "gives up"],
            [
                [name, f"{first:,}", f"{later:,}", GIVEN_UP[name].format(more=more)]
                for name, (first, later) in (ours | alternatives).items()
            ],
        )
    }

The prototype's slot holds the complete hex ciphertext; it published less, the ciphertext field alone, which nobody
could open. ERC-5564's announcer is written from the standard; EAS is its published contracts, version 1.9.0, without
a resolver. Plain storage is `tests/contract/contracts/Alternatives.sol`.

## Each act

{
        table(
            ["act", "gas", "at most"],
            [[name, f"{gas:,}", f"{LIMITS[name]:,}" if name in LIMITS else ""] for name, gas in acts.items()],
        )
    }
"""


def main() -> None:
    from ape import project

    contract = project.ImageInbox.contract_type
    abi = [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in contract.abi]
    REPORT.write_text(render(*measure(abi, "0x" + bytes(contract.get_deployment_bytecode() or b"").hex())))


if __name__ == "__main__":
    main()
