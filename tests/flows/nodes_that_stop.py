"""Chain and IPFS node are stopped or killed at each step of a send: for `make faults`, as each waits for a deadline."""

import json
import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.flows.ape_run import Command
from tests.flows.conftest import Scripts, start_devnet

ONE_MESSAGE = "one line; run again, it leaves one message, which opens"
IMAGE_BYTES = 40_000_000  # long enough to be caught while it is uploaded


class Devnet:
    """Nodes of its own, and a send that is watched."""

    def __init__(self, home, patient, folder):
        self.scripts, self.patient, self.folder = Scripts(home), patient, folder
        self.image = folder / "image.bin"
        self.image.write_bytes(os.urandom(IMAGE_BYTES))
        self.arguments = ("send_image", self.image, "--to", patient.public_key)

    def start(self):
        self.process, _ = start_devnet(self.scripts)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.process.stdout.close()

    def node(self, name):
        return psutil.Process(json.loads((self.scripts.home / name / "note.json").read_text())["pid"])

    def steps(self):
        files = (self.scripts.home / "outgoing").glob("*.jsonl")
        return [json.loads(line)["step"] for file in files for line in file.read_text().splitlines() if line]

    def send_until(self, step, happens):
        """Exit status and lines of errors of a send during which something happens once that step is in the journal."""
        stderr, stdout = self.folder / "stderr", self.folder / "stdout"
        with stderr.open("w") as errors, stdout.open("w") as output, Path(os.devnull).open() as nothing:
            command = Command(self.arguments, self.scripts.environment, stdin=nothing, stdout=output, stderr=errors)
            while step not in self.steps():
                assert command.poll() is None
                time.sleep(0.001)
            happens()
            status = command.wait(240)
        lines = stderr.read_text().splitlines()
        assert not [line for line in lines if "Traceback" in line]
        assert len(lines) <= 3, lines
        return status, lines

    def arrives_once(self):
        sent = self.scripts.json(*self.arguments)
        assert sent["index"] == 0
        assert self.scripts.json("inbox")["count"] == 1
        self.scripts.json("retrieve_image", "0", "--out", self.folder / "out")
        assert (self.folder / "out" / self.image.name).read_bytes() == self.image.read_bytes()


@pytest.fixture
def nodes(patient, tmp_path):
    devnet = Devnet(tmp_path / "home", patient, tmp_path)
    devnet.start()
    devnet.scripts.json("deploy")
    yield devnet
    devnet.stop()


STEPS = ["Begun", "Sealed", "SignedTransaction"]


@pytest.mark.fault("The chain stops answering at a step of the send", "SIGSTOP of Ganache", ONE_MESSAGE)
@pytest.mark.parametrize("step", STEPS)
def test_a_chain_that_stops_at_a_step(nodes, step):
    chain = nodes.node("ganache")
    status, _ = nodes.send_until(step, chain.suspend)
    chain.resume()
    assert status == 1 or "Arrived" in nodes.steps()
    nodes.arrives_once()


@pytest.mark.fault("The chain is killed at a step of the send", "SIGKILL of Ganache", ONE_MESSAGE)
@pytest.mark.parametrize("step", STEPS)
def test_a_chain_that_is_killed_at_a_step(nodes, step):
    status, _ = nodes.send_until(step, nodes.node("ganache").kill)
    assert status == 1 or "Arrived" in nodes.steps()
    nodes.stop()
    nodes.start()
    nodes.arrives_once()


@pytest.mark.fault("The IPFS node stops answering while it is given the study", "SIGSTOP of Kubo", ONE_MESSAGE)
def test_an_ipfs_node_that_stops_while_it_is_given_the_study(nodes):
    node = nodes.node("ipfs")
    status, lines = nodes.send_until("Begun", node.suspend)
    node.resume()
    assert (status, len(lines)) == (1, 1)
    assert nodes.steps()[-1] == "Dropped"
    nodes.arrives_once()


@pytest.mark.fault("The IPFS node is killed while it is given the study", "SIGKILL of Kubo", ONE_MESSAGE)
def test_an_ipfs_node_that_is_killed_while_it_is_given_the_study(nodes):
    status, lines = nodes.send_until("Begun", nodes.node("ipfs").kill)
    assert (status, len(lines)) == (1, 1)
    nodes.stop()
    nodes.start()
    nodes.arrives_once()
