"""Sends that are interrupted, and run again: one message that opens, whatever happened meanwhile."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import requests
from ape_ganache.program import wait_until

from tests.chain.anvil import anvil
from tests.chain.conftest import before
from tests.flows.ape_run import Command
from tests.flows.conftest import ROOT

ONE_MESSAGE = "run again, it leaves one message, which opens"


class Chain:
    """An Anvil of its own, told how to treat transactions."""

    def __init__(self, devnet, patient, running):
        self.devnet, self.patient, self.url = devnet, patient, running.url
        self.ask, self.process = running.ask, running.process
        self.network = ("--network", running.network)

    def command(self, image, *more):
        return ("send_image", image, "--to", self.patient.public_key, *self.network, *more)

    def messages(self):
        return self.devnet.json("inbox", *self.network, "--account", "1")["messages"]

    def waiting(self):
        """The transactions that no block holds yet."""
        found = self.ask("txpool_content")
        return [each for pool in ("pending", "queued") for by in found[pool].values() for each in by.values()]

    def start_until_waiting(self, image, count=1, **environment):
        """A send whose transaction is with the node, and in no block."""
        running = self.devnet.start(*self.command(image), **environment)
        deadline = time.monotonic() + 60
        while len(self.waiting()) < count:
            assert time.monotonic() < deadline
            assert running.poll() is None
            time.sleep(0.05)
        return running

    def kill_while_waiting(self, image):
        running = self.start_until_waiting(image)
        running.send_signal(signal.SIGKILL)
        running.wait(30)

    def has_one_message_of(self, image, sent, tmp_path):
        assert [each["index"] for each in self.messages()] == [sent["index"]] == [0]
        out = tmp_path / "out"
        self.devnet.json("retrieve_image", "0", *self.network, "--account", "1", "--out", out)
        assert (out / image.name).read_bytes() == image.read_bytes()


@pytest.fixture(scope="session")
def code(devnet):
    """The inbox contract, as it is deployed on a chain of this number."""
    question = {"jsonrpc": "2.0", "id": 1, "method": "eth_getCode", "params": [devnet.node["inbox"], "latest"]}
    return requests.post(devnet.node["chain"], json=question, timeout=30).json()["result"]


@pytest.fixture
def chain(devnet, patient, code):
    """Mines at once, until it is told otherwise."""
    with anvil("--hardfork", "shanghai") as running:
        running.ask("anvil_setCode", devnet.node["inbox"], code)
        yield Chain(devnet, patient, running)


# ---- the process


@pytest.mark.fault("The sender is killed after its transaction was mined", "SIGKILL, then a block", ONE_MESSAGE)
def test_a_send_killed_after_its_transaction_was_mined_is_not_sent_again(chain, xray, tmp_path):
    chain.ask("evm_setAutomine", False)
    chain.kill_while_waiting(xray)
    chain.ask("anvil_mine")
    chain.ask("evm_setAutomine", True)
    done = chain.devnet.run(*chain.command(xray))
    assert done.returncode == 0, done.stderr
    assert "An earlier run was interrupted: this one has finished it, and nothing was sent twice" in done.stdout
    chain.has_one_message_of(xray, {"index": 0}, tmp_path)


@pytest.mark.fault(
    "The sender is killed while its transaction waits for a block",
    "SIGKILL; Anvil without automatic blocks",
    ONE_MESSAGE,
)
def test_a_send_killed_while_its_transaction_waits_is_waited_for(chain, xray, tmp_path):
    chain.ask("evm_setAutomine", False)
    chain.kill_while_waiting(xray)
    (before,) = chain.waiting()
    chain.ask("evm_setAutomine", True)
    sent = chain.devnet.json(*chain.command(xray))
    assert (sent["tx_hash"], sent["was_begun"], sent["was_sent"]) == (before["hash"], True, False)
    chain.has_one_message_of(xray, sent, tmp_path)


@pytest.mark.fault(
    "Ctrl-C after the transaction has left", "INT of a terminal", "it names the transaction, and says that it may come"
)
def test_a_send_interrupted_while_its_transaction_waits_says_so(chain, xray):
    chain.ask("evm_setAutomine", False)
    running = chain.devnet.terminal(*chain.command(xray, "--yes"))
    running.expect_exact("Encrypting")
    while not chain.waiting():
        time.sleep(0.05)
    running.send("\x03")
    running.expect(
        r"Transaction (0x[0-9a-f]{64}) may have been sent, and may still come into a block\s+Run the same command again"
    )
    assert [running.match[1]] == [each["hash"] for each in chain.waiting()]
    running.close()
    assert running.exitstatus not in (0, None)


@pytest.mark.fault(
    "No block takes the transaction in time",
    "Anvil without automatic blocks",
    "one line with the transaction; run again, it waits on",
)
def test_a_transaction_that_no_block_takes_in_time_is_named(chain, xray):
    chain.ask("evm_setAutomine", False)
    line = chain.devnet.refusal(*chain.command(xray))
    (waiting,) = chain.waiting()
    assert line == (
        f"Error: transaction {waiting['hash']} was sent, and the chain has not confirmed it in 20 s: "
        "run the same command again, which waits for it and sends nothing twice"
    )


@pytest.mark.fault(
    "The same send twice at once", "two processes", "one sends, the other waits and says that it was sent"
)
def test_the_same_command_twice_at_once_sends_one_message(chain, xray, tmp_path):
    both = [chain.devnet.start(*chain.command(xray, "--json")) for _ in range(2)]
    sent = [json.loads(each.stdout.read()) for each in both]
    assert [each.wait(30) for each in both] == [0, 0]
    assert sorted(each["was_sent"] for each in sent) == [False, True]
    chain.has_one_message_of(xray, sent[0], tmp_path)


# ---- what was sent before


def test_what_was_sent_is_not_sent_again_unless_that_is_asked_for(chain, xray):
    first, second = (chain.devnet.json(*chain.command(xray)) for _ in range(2))
    assert second == first | {"was_sent": True}
    third = chain.devnet.json(*chain.command(xray, "--again"))
    assert (third["index"], third["was_sent"]) == (1, False)
    assert len(chain.messages()) == 2


def test_what_its_sender_took_back_is_sent_anew(chain, xray):
    chain.devnet.json(*chain.command(xray))
    chain.devnet.json("retract", "0", "--of", chain.patient.address, *chain.network)
    assert chain.devnet.json(*chain.command(xray))["index"] == 1


def test_another_label_makes_another_message(chain, xray):
    chain.devnet.json(*chain.command(xray))
    assert chain.devnet.json(*chain.command(xray, "--label", "North clinic"))["index"] == 1


@pytest.mark.fault("The same send again when no Ether is left", "anvil_setBalance", "it says that it was sent")
def test_what_was_sent_is_told_though_no_ether_is_left(chain, xray, technologist):
    first = chain.devnet.json(*chain.command(xray))
    chain.ask("anvil_setBalance", technologist.address, "0x1")
    assert chain.devnet.json(*chain.command(xray)) == first | {"was_sent": True}


@pytest.mark.fault(
    "Standard output is full after the send", "/dev/full", "status 1, and the line says that it was sent"
)
def test_an_output_that_can_t_be_written_does_not_deny_what_was_sent(chain, xray):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            ["ape", "run", *map(str, chain.command(xray))],
            cwd=ROOT,
            env=chain.devnet.environment,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    (transaction,) = chain.ask("eth_getBlockByNumber", "latest", False)["transactions"]
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "Error: standard output can't be written: No space left on device; "
        f"but message 0 is in the inbox of {chain.patient.address}, by transaction {transaction}"
    )


# ---- the transaction and the chain


@pytest.mark.fault("The node drops the transaction", "anvil_dropTransaction", ONE_MESSAGE)
def test_a_transaction_that_was_dropped_is_sent_again_with_the_same_envelope(chain, xray, tmp_path):
    chain.ask("evm_setAutomine", False)
    chain.kill_while_waiting(xray)
    (before,) = chain.waiting()
    chain.ask("anvil_dropTransaction", before["hash"])
    chain.ask("evm_setAutomine", True)
    sent = chain.devnet.json(*chain.command(xray))
    assert sent["tx_hash"] == before["hash"]
    chain.has_one_message_of(xray, sent, tmp_path)


@pytest.mark.fault("Other software takes the nonce of the transaction", "another transaction with it", ONE_MESSAGE)
def test_a_transaction_whose_nonce_went_to_other_software_is_made_anew_with_the_same_envelope(
    chain, xray, tmp_path, technologist
):
    chain.ask("evm_setAutomine", False)
    chain.kill_while_waiting(xray)
    (before,) = chain.waiting()
    chain.ask("anvil_dropTransaction", before["hash"])
    chain.ask("evm_setAutomine", True)
    chain.ask(
        "eth_sendTransaction", {"from": technologist.address, "to": technologist.address, "nonce": before["nonce"]}
    )
    sent = chain.devnet.json(*chain.command(xray))
    after = chain.ask("eth_getTransactionByHash", sent["tx_hash"])
    assert (after["input"], int(after["nonce"], 16)) == (before["input"], int(before["nonce"], 16) + 1)
    chain.has_one_message_of(xray, sent, tmp_path)


@pytest.mark.fault(
    "Blocks become three times as dear as the transaction may pay", "anvil_setNextBlockBaseFeePerGas", ONE_MESSAGE
)
def test_a_transaction_that_pays_too_little_by_now_is_replaced_by_a_dearer_one(chain, xray, tmp_path):
    chain.ask("evm_setAutomine", False)
    chain.kill_while_waiting(xray)
    (before,) = chain.waiting()
    chain.ask("anvil_setNextBlockBaseFeePerGas", hex(int(before["maxFeePerGas"], 16) * 3))
    chain.ask("anvil_mine")
    chain.ask("evm_setAutomine", True)
    sent = chain.devnet.json(*chain.command(xray))
    assert sent["tx_hash"] != before["hash"]
    assert chain.ask("eth_getTransactionByHash", sent["tx_hash"])["nonce"] == before["nonce"]
    assert not chain.waiting()
    chain.has_one_message_of(xray, sent, tmp_path)


@pytest.mark.fault("A reorganisation takes the message out of the chain", "evm_revert", ONE_MESSAGE)
def test_a_message_that_was_reorganised_away_is_sent_again_with_the_same_envelope(chain, xray, tmp_path):
    snapshot = chain.ask("evm_snapshot")
    first = chain.devnet.json(*chain.command(xray))
    assert chain.ask("evm_revert", snapshot)
    assert chain.messages() == []
    sent = chain.devnet.json(*chain.command(xray))
    assert sent == first | {"gas_used": sent["gas_used"], "fee_wei": sent["fee_wei"]}
    chain.has_one_message_of(xray, sent, tmp_path)


@pytest.mark.fault(
    "Other software sends from the account at once", "a transaction that waits", "the send takes the next nonce"
)
def test_other_software_that_sends_from_the_account_at_once_delays_the_send_and_no_more(
    chain, xray, tmp_path, technologist
):
    """Its transactions wait, and are not counted by a node that tells of mined ones alone."""
    chain.ask("evm_setAutomine", False)
    chain.ask("eth_sendTransaction", {"from": technologist.address, "to": technologist.address})
    running = chain.start_until_waiting(xray, count=2)
    chain.ask("anvil_mine", 2)  # on a chain for development, one transaction may fill a block
    assert running.wait(30) == 0
    chain.has_one_message_of(xray, {"index": 0}, tmp_path)


@pytest.mark.fault("The chain ends while the transaction waits", "SIGKILL of Anvil", "one line with the transaction")
def test_a_chain_that_ends_while_the_transaction_waits_does_not_deny_it(chain, xray, impatient):
    chain.ask("evm_setAutomine", False)
    stderr = xray.parent.parent / "stderr"
    with (
        before(chain.url) as node,
        stderr.open("w") as errors,
        Path(os.devnull).open() as nothing,
        (stderr.parent / "stdout").open("w") as output,
    ):
        chain.network = ("--network", f"ethereum:local:{node.server.url}")
        environment = chain.devnet.environment | impatient
        running = Command(chain.command(xray), environment, stdin=nothing, stdout=output, stderr=errors)
        assert wait_until(lambda: node.count("eth_getTransactionReceipt"), 60)  # it knows that it is sent
        (waiting,) = chain.waiting()
        chain.process.kill()
        assert running.wait(60) == 1
    assert stderr.read_text().splitlines()[-1] == (
        f"Error: transaction {waiting['hash']} was sent, and the chain has not confirmed it in 2 s "
        "(its node does not answer): run the same command again, which waits for it and sends nothing twice"
    )
