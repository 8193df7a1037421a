"""Sending and retrieving within one process, on a real chain and a real IPFS node."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from ape import accounts
from eth_account.messages import encode_defunct

from radiogram.chain.inbox import Inbox
from radiogram.devnet.ganache import local_chain
from radiogram.devnet.kubo import local_ipfs
from radiogram.formats.keys import Keys
from radiogram.formats.source_files import Study, read_study
from radiogram.ipfs.client import Ipfs
from radiogram.outgoing.journal import Journal
from tests.chain.conftest import connected
from tests.ipfs.conftest import closed_url, hostile  # noqa: F401 - fixtures


class Person:
    """Somebody with keys, to whom nothing was ever sent."""

    def __init__(self, hybrid: bool) -> None:
        self.keys = Keys(os.urandom(32), os.urandom(32) if hybrid else None)
        self.public = self.keys.public()
        self.address = self.public.address


@pytest.fixture(scope="session")
def transfer_chain(tmp_path_factory) -> str:
    with local_chain(tmp_path_factory.mktemp("transfer")) as url:
        yield url


@pytest.fixture(scope="session")
def transfer_node(tmp_path_factory):
    with local_ipfs(tmp_path_factory.mktemp("transfer")) as running:
        yield running


@pytest.fixture
def ask(transfer_chain):
    """Asks the chain's node."""

    def ask(method: str, *parameters: object) -> object:
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        return requests.post(transfer_chain, json=question, timeout=30).json()["result"]

    return ask


@pytest.fixture
def inbox(transfer_chain, tmp_path_factory) -> Inbox:
    with connected(transfer_chain, tmp_path_factory.mktemp("home")) as network:
        yield network.inbox()


@pytest.fixture
def ipfs(transfer_node) -> Ipfs:
    return Ipfs(transfer_node.api, transfer_node.gateway)


@pytest.fixture
def technologist():
    return accounts.test_accounts[0]


@pytest.fixture
def sign(technologist):
    return lambda text: technologist.sign_message(encode_defunct(text=text)).encode_rsv()


@pytest.fixture
def patient() -> Person:
    """One whose keys are of a seed."""
    return Person(hybrid=True)


@pytest.fixture
def plain_patient() -> Person:
    """One with a public key alone."""
    return Person(hybrid=False)


@pytest.fixture
def journal(tmp_path) -> Journal:
    return Journal(tmp_path / "outgoing")


def write_study(folder: Path) -> Study:
    """Two files, whose bytes are others each time."""
    folder.mkdir()
    (folder / "a.dcm").write_bytes(os.urandom(128) + b"DICM" + os.urandom(300_000))
    (folder / "report.pdf").write_bytes(os.urandom(1000))
    return read_study([folder])


@pytest.fixture
def study(tmp_path) -> Study:
    return write_study(tmp_path / "study")


@pytest.fixture
def send(inbox, ipfs, technologist, sign):
    """`transfer.send` by the technologist, with what a test leaves out."""
    from radiogram import transfer

    def send(study: Study, person: Person, **others) -> transfer.Sent:
        recipient = others.pop("recipient", None) or inbox.recipient(person.address, person.public)
        usual = {"sender": technologist, "sign": sign, "inbox": inbox, "ipfs": ipfs}
        return transfer.send(study, recipient, **(usual | others))

    return send


@pytest.fixture
def digest_alone(inbox, patient):
    """The patient, of whose hybrid key only the digest is known, as from a key code."""
    return replace(inbox.recipient(patient.address, patient.public), hybrid_recipient=None)
