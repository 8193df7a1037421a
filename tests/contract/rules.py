"""The contract under the rules of several hard forks: does it run there, and how much fits.

Prague and Osaka by Anvil, Osaka and Amsterdam (experimental there) by Hardhat's node.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from eth_abi import encode
from eth_utils import keccak
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import Web3Exception

from radiogram.chain import deployment
from tests.contract.client import ZERO_ADDRESS
from tests.contract.meter import TRANSACTION_CAP, Meter, address, envelope, released
from tests.contract.nodes import anvil, hardhat
from tests.generated_blocks import table

# As long as real ones: docs/format.md. Suite 2 keeps a key packet on IPFS, and so its envelope is the shorter one.
SUITES = {"suite 1": 154, "suite 2 (quantum-safe)": 114}
PAGE = 100
# What the factory's keyless deployment leaves: what follows its constructor.
FACTORY_CODE = deployment._FACTORY_TRANSACTION.partition(b"\xf3\x50\xfe")[2][:69]
ITEMS = "(address,uint32,bytes)[]"
SEND_BATCH = keccak(text=f"sendBatch({ITEMS})")[:4]
NODES = {
    "Prague (Anvil)": lambda: anvil(rules="prague"),
    "Osaka (Anvil)": lambda: anvil(rules="osaka"),
    "Osaka (Hardhat)": lambda: hardhat("osaka"),
    "Amsterdam (Hardhat)": lambda: hardhat("amsterdam"),
}


class Runs(NamedTuple):
    """By what is done: gas, messages or bytes; None if it failed."""

    factory: int | None
    deploy: int
    batches: dict[str, int]
    page: int
    code: dict[str, int]


def measure_rules() -> dict[str, Runs]:
    """By rules and node."""
    measured = {}
    for name, node in NODES.items():
        with node() as web3:
            measured[name] = _measure(Meter(web3))
    return measured


def _measure(meter: Meter) -> Runs:
    factory = put_factory(meter.web3)
    contract, deployed = put_contract(meter.web3)
    act, patient, web3 = contract.functions, meter.accounts[1], meter.web3
    codes = {}
    for name, size in SUITES.items():
        meter.cost(act.send(patient, 0, envelope(size)))
        newest = act.cursorOf(patient, act.count(patient).call() - 1, 0, ZERO_ADDRESS).call()
        codes[name] = len(web3.eth.get_code(newest))
    for _ in range(PAGE // 20):
        meter.cost(act.sendBatch([(meter.accounts[2], 0, envelope(154))] * 20))
    return Runs(
        factory,
        deployed,
        largest_batches(meter, contract),
        least_gas(lambda gas: act.page(meter.accounts[2], PAGE, PAGE, ZERO_ADDRESS).call({"gas": gas})),
        codes,
    )


def put_factory(web3: Web3) -> int | None:
    """Gas of the factory's keyless deployment, which asks for 100,000; None if that is too little.

    The factory is there then in any case: on the chains that people use it is.
    """
    prefix = "anvil" if web3.client_version.startswith("anvil") else "hardhat"

    def set_up(method: str, *values: str) -> None:
        assert "error" not in web3.provider.make_request(f"{prefix}_{method}", values)  # type: ignore[arg-type]

    code = web3.eth.get_code(deployment.FACTORY).to_0x_hex()
    if code != "0x":  # Anvil has it from the beginning
        set_up("setCode", deployment.FACTORY, "0x")
        set_up("setNonce", deployment.FACTORY, "0x0")
        set_up("setNonce", deployment._FACTORY_SIGNER, "0x0")
    set_up("setBalance", deployment._FACTORY_SIGNER, hex(10**16))
    try:
        receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(deployment._FACTORY_TRANSACTION))
        gas = int(receipt["gasUsed"]) if receipt["status"] else None
    except Web3Exception:
        gas = None
    if gas is None:
        set_up("setCode", deployment.FACTORY, "0x" + FACTORY_CODE.hex())
    return gas


def put_contract(web3: Web3) -> tuple[Contract, int]:
    """The contract at its address, through the factory, and the gas of that."""
    abi, code = released()
    initcode = bytes.fromhex(code[2:])
    data = deployment.SALT + initcode
    transaction = {"from": web3.eth.accounts[0], "to": deployment.FACTORY, "data": data, "gas": TRANSACTION_CAP}
    receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(transaction))  # type: ignore[arg-type]
    assert receipt["status"] == 1
    return web3.eth.contract(address=deployment.deterministic_address(initcode), abi=abi), int(receipt["gasUsed"])


def largest_batches(meter: Meter, contract: Contract) -> dict[str, int]:
    """How many messages go into one transaction, by what it may ask for."""
    there = address("recipient 0")
    meter.cost(contract.functions.send(there, 0, envelope(154)))

    def fits(size: int, recipients: Callable[[int], str]) -> int:
        def takes(number: int) -> bool:
            items = [(recipients(each), 0, envelope(size)) for each in range(number)]
            data = SEND_BATCH + encode([ITEMS], [items])
            asked = {"from": meter.accounts[0], "to": contract.address, "data": data, "gas": TRANSACTION_CAP}
            return _succeeds(lambda: int.from_bytes(meter.web3.eth.call(asked)) == number)

        return _last(takes, 1, 256)

    return {
        f"{name}, {size} bytes: {to}": fits(size, recipients)
        for name, size in SUITES.items()
        for to, recipients in {
            "to one inbox that has messages": lambda _: there,
            "to inboxes that have none": lambda number: address(f"nobody {number}"),
        }.items()
    }


def least_gas(call: Callable[[int], Any]) -> int:
    """With which a call succeeds."""
    return 1 + _last(lambda gas: not _succeeds(lambda: call(gas) is not None), 21_000, TRANSACTION_CAP)


def _last(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The greatest number below `high` of which it holds, where it does for all up to that one, `low` among them."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _succeeds(call: Callable[[], bool]) -> bool:
    try:
        return call()
    except Exception:  # out of gas, however the node says so
        return False


def render_rules(measured: dict[str, Runs]) -> str:
    """A table, a column for each node."""
    one = next(iter(measured.values()))
    rows = {
        "the factory's keyless deployment, which asks for 100,000: gas": lambda runs: runs.factory,
        "deploy through the factory: gas": lambda runs: runs.deploy,
        **{
            f"messages in the largest batch, {name}": lambda runs, name=name: runs.batches[name] for name in one.batches
        },
        f"reading a page of {PAGE} messages of suite 1, which is free: gas": lambda runs: runs.page,
        **{f"code of a message of {name}: bytes": lambda runs, name=name: runs.code[name] for name in one.code},
    }
    cells = [
        [what, *("fails" if (value := of(runs)) is None else f"{value:,}" for runs in measured.values())]
        for what, of in rows.items()
    ]
    return table(["", *measured], cells)
