"""Anvil as the chain of the local network: what a program was told of it survives any kill."""

import contextlib
import signal

import psutil
import pytest
import requests

from radiogram.devnet.anvil import local_chain
from radiogram.errors import NodeError
from tests.ipfs.conftest import processes_of
from tests.ipfs.test_local_nodes import FIRST_ACCOUNT, JSON, QUESTION, ask


@pytest.fixture
def home(tmp_path):
    yield tmp_path / "home"
    assert not processes_of(tmp_path)


def own_processes(home) -> list[psutil.Process]:
    """The server, the guard and Anvil."""
    (server,) = [each for each in processes_of(home) if "anvil_chain.mjs" in " ".join(each.cmdline())]
    return [server, *server.children(recursive=True)]


def kill(processes: list[psutil.Process]) -> None:
    """At once: each of them may end because another one has."""
    for each in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.send_signal(signal.SIGKILL)


def send(url: str) -> str:
    """The hash of a transaction, once a block has it."""
    sent = ask(url, "eth_sendTransaction", {"from": FIRST_ACCOUNT, "to": FIRST_ACCOUNT, "value": "0x1"})
    while not ask(url, "eth_getTransactionReceipt", sent):
        pass
    return sent


@pytest.mark.fault("Anvil and its server are killed", "SIGKILL", "nothing that a program was told of is lost")
@pytest.mark.parametrize("all_at_once", [True, False], ids=["all of it", "the server alone"])
def test_what_a_program_was_told_of_survives_a_kill(home, all_at_once):
    with local_chain(home) as url:
        first = ask(url, "eth_getBlockByNumber", "0x0", False)["hash"]
        sent = [send(url) for _ in range(3)]
        running = own_processes(home)
        kill(running if all_at_once else running[:1])
        _, alive = psutil.wait_procs(running, 60)
        assert not alive  # the guard ends Anvil, if nobody else has
    with local_chain(home) as url:
        assert ask(url, "eth_blockNumber") == "0x3"
        assert all(ask(url, "eth_getTransactionReceipt", each)["status"] == "0x1" for each in sent)
        assert ask(url, "eth_getBlockByNumber", "0x0", False)["hash"] == first  # it is the same chain


def test_a_balance_that_was_set_survives_too(home):
    stranger = "0x" + "11" * 20
    with local_chain(home) as url:
        ask(url, "anvil_setBalance", stranger, "0x7")
        kill(own_processes(home))
    with local_chain(home) as url:
        assert ask(url, "eth_getBalance", stranger, "latest") == "0x7"


def test_half_a_state_that_a_kill_has_left_is_not_looked_at(home):
    with local_chain(home) as url:
        send(url)
    (home / "anvil" / "state.new").write_bytes((home / "anvil" / "state").read_bytes()[:100])
    with local_chain(home) as url:
        assert ask(url, "eth_blockNumber") == "0x1"


def test_a_damaged_state_is_told_and_left_as_it_is(home):
    with local_chain(home) as url:
        send(url)
    state = home / "anvil" / "state"
    state.write_bytes(state.read_bytes()[:100])
    with pytest.raises(NodeError, match="is not a state of Anvil"), local_chain(home):
        pass
    assert len(state.read_bytes()) == 100


@pytest.mark.parametrize(
    "headers", [JSON | {"Origin": "https://example.org"}, JSON | {"Host": "rebound.example.org"}, {}]
)
def test_it_answers_no_web_page(home, headers):
    with local_chain(home) as url:
        reply = requests.post(url, QUESTION, headers=headers, timeout=10)
        assert reply.status_code in (403, 415)
        assert FIRST_ACCOUNT not in reply.text
