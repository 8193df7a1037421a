"""The contract, the roles, and the contracts that only tests need."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ape import networks
from ape.contracts import ContractContainer
from ethpm_types import ContractType

from tests.contract.client import ContractClient
from tests.contract.samples import ENVELOPE, ENVELOPES
from tests.contract.signing import domain_of
from tests.contract.solc import compile_file


@pytest.fixture(scope="session")
def wallet_contracts() -> dict[str, ContractContainer]:
    return {
        name: ContractContainer(
            ContractType.model_validate(
                {
                    "contractName": name,
                    "abi": contract["abi"],
                    "deploymentBytecode": {"bytecode": contract["bytecode"]},
                    "runtimeBytecode": {"bytecode": contract["runtime"]},
                }
            )
        )
        for name, contract in compile_file("Wallet.sol").items()
    }


@pytest.fixture
def technologist(accounts):
    return accounts[0]


@pytest.fixture
def patient(accounts):
    return accounts[1]


@pytest.fixture
def clinic(accounts):
    return accounts[2]


@pytest.fixture
def stranger(accounts):
    return accounts[3]


@pytest.fixture
def relayer(accounts):
    return accounts[4]


@pytest.fixture(scope="session", autouse=True)
def _other_bytecode(project):
    """Only for audits: the contract in a file, as solc describes it, in place of what Ape compiled."""
    if path := os.environ.get("CONTRACT_BYTECODE"):
        made, code = project.ImageInbox.contract_type, json.loads(Path(path).read_text())
        made.deployment_bytecode.bytecode = "0x" + code["bytecode"]["object"]
        made.runtime_bytecode.bytecode = "0x" + code["deployedBytecode"]["object"]


@pytest.fixture(scope="session", autouse=True)
def _coverage(_other_bytecode):
    """Only for coverage.py: a recorder of every call to the provider."""
    if "CONTRACT_COVERAGE" not in os.environ:
        yield
        return
    from tests.contract.coverage import Recorder

    recorder = Recorder(networks.provider.web3)
    yield
    recorder.save()


@pytest.fixture(scope="module")
def inbox(project, accounts):
    return accounts[9].deploy(project.ImageInbox)


@pytest.fixture
def client(inbox) -> ContractClient:
    return ContractClient(inbox, networks.provider)


@pytest.fixture
def domain(inbox, chain):
    """The EIP-712 domain of `inbox` on this chain."""
    return domain_of(inbox.address, chain.chain_id)


@pytest.fixture
def only_on_anvil(chain):
    """Says why a test is for Anvil alone."""

    def check(reason: str) -> None:
        if not chain.provider.web3.client_version.startswith("anvil"):
            pytest.skip(f"Anvil only: {reason}")

    return check


@pytest.fixture
def sent(inbox, client, technologist, stranger, patient):
    """`inbox`, with messages 0 and 2 of the technologist's and 1 of a stranger's for the patient."""
    for sender in (technologist, stranger, technologist):
        client.transact(sender, "send", patient, 0, ENVELOPE)
    return inbox


@pytest.fixture
def statuses(client, patient):
    return lambda: [message.status for message in client.messages(patient)]


@pytest.fixture
def cursor(client, patient):
    """The cursor of a message in the patient's inbox, or in another's."""
    return lambda index, recipient=None: client.cursor((recipient or patient).address, index)


@pytest.fixture
def full(inbox, client, technologist, patient):
    """`inbox`, with seven messages for the patient, and one for somebody else between them."""
    client.transact(technologist, "sendBatch", [(patient.address, 0, envelope) for envelope in ENVELOPES[:4]])
    client.transact(technologist, "send", technologist, 0, b"another's")
    client.transact(technologist, "sendBatch", [(patient.address, 0, envelope) for envelope in ENVELOPES[4:]])
    return inbox
