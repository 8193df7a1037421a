"""A real Ganache for each test that asks for one, and Ape in processes of its own."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from ape.contracts import ContractContainer, ContractInstance
from ape_ganache.program import is_free
from ape_ganache.provider import GanacheProvider
from ethpm_types import ContractType
from web3._utils.http_session_manager import HTTPSessionManager

Start = Callable[..., GanacheProvider]
RunApe = Callable[..., "subprocess.CompletedProcess[str]"]

# Ganache ends a connection that rests for 5 seconds, perhaps as the next question comes: each has one of its own here.
HTTPSessionManager.get_response_from_post_request = staticmethod(requests.post)

# Below those that a system gives to whoever asks for any, which are often taken between a look and a program's start.
_PORTS = range(11_000, 32_768)
_choose = random.SystemRandom()
_given: set[int] = set()


@pytest.fixture(scope="session", autouse=True)
def provider(networks) -> Iterator[GanacheProvider]:
    """The node that `chain` and `accounts` speak to, whatever the project's default network is."""
    with networks.parse_network_choice("ethereum:local:ganache") as connected:
        yield connected


@pytest.fixture
def free_port() -> Callable[[], int]:
    """free_port(): one of 127.0.0.1 that nobody has, and that was not given before."""

    def find() -> int:
        while (port := _choose.choice(_PORTS)) in _given or not is_free(port):
            pass
        _given.add(port)
        return port

    return find


@pytest.fixture
def start(networks) -> Iterator[Start]:
    """Connects a provider with settings of its own; the test's nodes end with the test."""
    providers: list[GanacheProvider] = []

    def connect(network: str = "local", **settings: Any) -> GanacheProvider:
        ethereum = networks.ethereum.get_network(network)
        providers.append(ethereum.get_provider("ganache", provider_settings=settings))
        providers[-1].connect()
        return providers[-1]

    yield connect
    for each in reversed(providers):
        each.disconnect()


@pytest.fixture(scope="session")
def probe_type() -> ContractContainer:
    built = json.loads((Path(__file__).parent / "data" / "Probe.json").read_text())
    code = {"bytecode": built["bytecode"]}
    return ContractContainer(ContractType(contractName="Probe", abi=built["abi"], deploymentBytecode=code))


@pytest.fixture
def owner(accounts):
    return accounts[0]


@pytest.fixture
def stranger(accounts):
    return accounts[1]


@pytest.fixture
def probe(probe_type, owner) -> ContractInstance:
    return owner.deploy(probe_type)


@pytest.fixture
def ape_project(tmp_path) -> Path:
    """A project folder of its own, with Ganache as its network and nothing in it."""
    config = {"ethereum": {"local": {"default_provider": "ganache"}}}
    (tmp_path / "ape-config.yaml").write_text(json.dumps(config))
    return tmp_path


@pytest.fixture
def popen_ape(ape_project) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts `ape …` in the project, with a data folder of its own."""
    running: list[subprocess.Popen[str]] = []

    def popen(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
        ape = str(Path(sys.executable).parent / "ape")
        running.append(
            subprocess.Popen(
                [ape, *arguments],
                cwd=ape_project,
                env={**os.environ, "APE_DATA_FOLDER": str(ape_project / "data"), **environment},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return running[-1]

    yield popen
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def run_ape(popen_ape) -> RunApe:
    """Runs `ape …` to its end."""

    def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        process = popen_ape(*arguments, **environment)
        output, _ = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    return run


@pytest.fixture
def node_of() -> Callable[[GanacheProvider], psutil.Process]:
    """The Ganache process of a provider: the only child of the guard."""

    def node(provider: GanacheProvider) -> psutil.Process:
        assert provider.process is not None
        (child,) = psutil.Process(provider.process.pid).children()
        return child

    return node
