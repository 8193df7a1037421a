"""Sends that are killed, or whose system calls fail, at any step: the same command, run again, leaves one message."""

import re
import signal

import pytest

from tests.faults import points
from tests.flows.strace import killed_at, traced

STEPS = 4  # of the journal: begun, sealed, signed, arrived
ONE_MESSAGE = "run again, it leaves one message, which opens"


class Send:
    """A command, and the inbox that it sends to, which is empty."""

    def __init__(self, scripts, image, patient, out):
        self.scripts, self.image, self.out, self.patient = scripts, image, out, patient
        self.arguments = ("send_image", image, "--to", patient.public_key)

    def count(self):
        return self.scripts.count(self.patient.address)

    def has_arrived_once(self):
        """After it was run again."""
        assert self.scripts.json(*self.arguments)["index"] == 0
        assert self.count() == 1
        self.scripts.json("retrieve_image", "0", "--out", self.out)
        assert (self.out / self.image.name).read_bytes() == self.image.read_bytes()
        assert self.scripts.json("outgoing")["outgoing"] == []

    def failing(self, call, error, count):
        """Exit status and lines of errors of a run in which one system call fails."""
        stderr = self.out.parent / "stderr"
        options = ("-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={count}")
        with (
            stderr.open("w") as errors,
            traced(self.arguments, self.scripts.environment, *options, stderr=errors) as command,
        ):
            status = command.wait(120)
        lines = stderr.read_text().splitlines()
        assert not [line for line in lines if "Traceback" in line]
        assert len(lines) <= 3, lines
        return status, lines


@pytest.fixture
def send(need, apart, xray, patient, tmp_path):
    need("strace")
    return Send(apart, xray, patient, tmp_path / "out")


@pytest.fixture(scope="session")
def packets(need, on_an_empty_chain, patient, tmp_path_factory):
    """How often a send writes to a socket."""
    need("strace")
    folder = tmp_path_factory.mktemp("packets")
    image, trace = folder / "image", folder / "trace"
    image.write_bytes(b"image")
    arguments = ("send_image", image, "--to", patient.public_key)
    with (
        on_an_empty_chain(folder) as scripts,
        traced(arguments, scripts.environment, "-e", "trace=sendto", "-o", str(trace)) as command,
    ):
        assert command.wait(120) == 0
    return len(re.findall(r"sendto\(", trace.read_text()))


@pytest.mark.fault("The sender is killed at a step of its journal", "strace: SIGKILL at each fsync", ONE_MESSAGE)
@pytest.mark.parametrize("step", range(STEPS))
def test_a_send_killed_at_a_step_of_its_journal_arrives_once(send, step):
    assert killed_at(send.arguments, send.scripts.environment, "fsync", step + 1) == -signal.SIGKILL
    send.has_arrived_once()


SOCKET_KILLS = 44


@pytest.mark.fault("The sender is killed as it talks to chain and IPFS", "strace: SIGKILL at a sendto", ONE_MESSAGE)
@pytest.mark.parametrize("point", points(SOCKET_KILLS, 2))
def test_a_send_killed_at_a_request_arrives_once(send, packets, point):
    count = 1 + point * (packets - 1) // (SOCKET_KILLS - 1)
    assert killed_at(send.arguments, send.scripts.environment, "sendto", count) == -signal.SIGKILL
    send.has_arrived_once()


@pytest.mark.fault("The disk is full at a step of the journal", "strace: ENOSPC at each fsync", ONE_MESSAGE)
@pytest.mark.parametrize("step", range(STEPS))
def test_a_full_disk_at_a_step_of_the_journal_stops_the_send_before_that_step(send, step):
    status, lines = send.failing("fsync", "ENOSPC", step + 1)
    if step == STEPS - 1:
        assert status == 0  # it has arrived, which the chain knows
    else:
        assert status == 1
        assert lines[-1].endswith("can't be written: No space left on device; set RADIOGRAM_HOME to a folder of yours")
        assert send.count() == 0
    send.has_arrived_once()


BROKEN_REQUESTS = 22


@pytest.mark.fault("A connection of the sender breaks", "strace: ECONNRESET at a sendto", ONE_MESSAGE)
@pytest.mark.parametrize("point", points(BROKEN_REQUESTS, 2))
def test_a_send_whose_connection_breaks_arrives_once(send, packets, point):
    status, _ = send.failing("sendto", "ECONNRESET", 1 + point * (packets - 1) // (BROKEN_REQUESTS - 1))
    assert status in (0, 1)
    send.has_arrived_once()
