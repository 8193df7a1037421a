"""What an inbox full of junk does to the message that matters:  python -m tests.junk [NUMBER] [--write]

So many messages before a good one and as many after it, on an Anvil that stops every call at the 50,000,000 gas that
nodes commonly allow. The good message is listed, opened, acknowledged, handed on to a doctor and taken back, through
the package as the commands use it. `--write` puts into docs/audit.md how long each took.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
from web3 import Web3

from tests.contract.audited import anvil as anvil_version
from tests.contract.audited import statement
from tests.contract.meter import RELEASED, TRANSACTION_CAP
from tests.contract.nodes import anvil
from tests.generated_blocks import AUDIT_PAGE, table, write_block

COMMAND = "python -m tests.junk --write"
NUMBER = 20_000
CALL_GAS = 50_000_000
BATCH = 200
ENVELOPE = b"\2junk"


class Times(dict[str, float]):
    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self[step] = time.monotonic() - start


def measure(number: int) -> Times:
    """Seconds of each step; fails if the good message is not found, or is another one."""
    from ape import networks

    with (
        anvil("--gas-limit", str(CALL_GAS)) as web3,
        networks.ethereum.local.use_provider("foundry", provider_settings={"host": web3.provider.endpoint_uri}),  # type: ignore[attr-defined]
    ):
        return _measure(web3, number)


def _measure(web3: Web3, number: int) -> Times:
    import ape

    from radiogram import transfer
    from radiogram.chain import contract, deployment
    from radiogram.chain.inbox import Inbox
    from radiogram.formats import envelope
    from radiogram.formats.key_reference import Context, KeyReference
    from radiogram.formats.keys import Keys
    from radiogram.formats.signed_act import Acknowledge

    technologist, patient, doctor, junk = (ape.accounts.test_accounts[index] for index in range(4))
    deployment.deploy(ape.networks.provider, contract.initcode(), technologist)
    inbox, times = Inbox(contract.at(contract.address())), Times()
    act = web3.eth.contract(address=inbox.address, abi=json.loads(RELEASED.read_text())["abi"]).functions
    keys, doctors = (Keys(bytes.fromhex(each.private_key.removeprefix("0x"))) for each in (patient, doctor))

    def fill() -> None:
        for start in range(0, number, BATCH):
            items = [(patient.address, 0, ENVELOPE)] * min(BATCH, number - start)
            digest = act.sendBatch(items).transact({"from": junk.address, "gas": TRANSACTION_CAP})
            assert web3.eth.wait_for_transaction_receipt(digest, poll_latency=0.01)["status"] == 1

    contents = KeyReference(bytes(range(32)), 1234, b"\x01\x55\x12\x20" + bytes(32))
    context = Context(inbox.chain_id, inbox.address, technologist.address, patient.address)
    sealed = envelope.seal(contents, keys.public().public_key, context)
    fill()
    sent, _ = inbox.send(inbox.recipient(patient.address, keys.public()), sealed, technologist)
    fill()
    assert (sent, inbox.count(patient.address)) == (number, 2 * number + 1)

    with times.of("the first page of the list"):
        newest = next(iter(inbox.messages(patient.address)))
    assert newest.index == 2 * number
    with times.of(f"the whole list, {2 * number + 1:,} messages"):
        listed = [message for message in inbox.messages(patient.address) if message.sender == technologist.address]
    assert [message.index for message in listed] == [number]
    with times.of("the good message by its number"):
        message = inbox.message(patient.address, number)
    assert message == listed[0]
    with times.of("opening it"):
        assert transfer.open_envelope(message, keys, inbox).opened(None).reference == contents
    with times.of("acknowledging it"):
        inbox.act(Acknowledge(patient.address, number, message.cursor)).send(patient)
    with times.of("handing it on"):
        recipient = inbox.recipient(doctor.address, doctors.public())
        shared = transfer.share(contents, recipient, sender=patient, inbox=inbox)
    assert inbox.message(doctor.address, shared.index).sender == patient.address
    with times.of("taking it back"):
        inbox.retraction(inbox.message(patient.address, number)).send(technologist)
    with times.of("the oldest message by its number"):
        assert inbox.message(patient.address, 0).sender == junk.address
    marked = inbox.message(patient.address, number)
    assert (marked.acknowledged, marked.retracted) == (True, True)
    return times


def render(number: int, times: Times) -> str:
    rows = [[step, f"{seconds:,.2f}"] for step, seconds in times.items()]
    head = (
        f"{number:,} messages of somebody else before the good one, and as many after it; "
        f"a call may use {CALL_GAS:,} gas.\nTimes are of the machine that measured."
    )
    return f"{statement(anvil_version())}\n\n{head}\n\n{table(['step', 'seconds'], rows)}"


def main(arguments: list[str]) -> int:
    number = int(next((each for each in arguments if each.isdigit()), NUMBER))
    if "--write" in arguments and number != NUMBER:
        raise SystemExit(f"--write is for {NUMBER:,} messages")
    report = render(number, measure(number))
    click.echo(report)
    if "--write" in arguments:
        write_block(AUDIT_PAGE, COMMAND, report)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
