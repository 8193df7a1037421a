"""By Amsterdam's rules, which reprice state (EIP-8037): the same code sends, lists and retrieves."""

from contextlib import ExitStack
from functools import partial

import pytest
from web3 import HTTPProvider

from radiogram import transfer
from radiogram.batch.loads import loads
from radiogram.chain import batch, rpc
from radiogram.cli.network import Network
from radiogram.cli.terminal import Terminal
from radiogram.formats.envelope import PACKET_ENVELOPE_BYTES
from tests.contract.nodes import HARDHAT_NODE, hardhat
from tests.contract.rules import put_contract, put_factory
from tests.transfer.conftest import Person

MESSAGES = 40  # more than one transaction holds by these rules
TODAY = 113_911  # gas of the first message to an inbox: docs/gas.md


@pytest.fixture(scope="module")
def amsterdam(need):
    """A chain with the contract."""
    need("node", source="Hardhat: make setup-dev, on Linux on x86-64", path=str(HARDHAT_NODE))
    with hardhat("amsterdam") as web3:
        put_factory(web3)
        put_contract(web3)
        yield web3.provider.endpoint_uri


@pytest.fixture
def inbox(amsterdam, tmp_path, monkeypatch):
    """In place of the one on Ganache: as commands see it with `--network URL`."""
    monkeypatch.setenv("RADIOGRAM_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(HTTPProvider, "_make_request", HTTPProvider._make_request)  # put back at the end
    monkeypatch.setattr(rpc, "bound_requests", partial(rpc.bound_requests, 20.0))
    with ExitStack() as stack:
        yield Network(amsterdam, Terminal(as_json=True, yes=True), stack).inbox()


def test_a_study_is_sent_listed_and_retrieved(send, study, patient, inbox, ipfs, tmp_path):
    sent = send(study, patient)
    (message,) = inbox.messages(patient.address)
    assert (message.sender, message.status) == (sent.sender, "sent")
    opened = transfer.open_message(message, patient.keys, inbox, ipfs)
    received = transfer.retrieve(opened.reference, tmp_path / "out", ipfs=ipfs)
    assert [place.read_bytes() for place, _ in received.files] == [each.path.read_bytes() for each in study.sources]
    assert sent.receipt.gas_used > 4 * TODAY  # by these rules it was


def test_a_days_list_goes_by_transactions_that_may_ask_for_their_gas(inbox, technologist):
    """As `send_image --batch` packs and sends them; more gas than EIP-7825 allows would be refused by the node."""
    people = [Person(hybrid=True) for _ in range(MESSAGES)]
    items = [batch.Item(inbox.recipient(each.address, each.public), b"\x02" * PACKET_ENVELOPE_BYTES) for each in people]
    each = inbox.expected_gas(PACKET_ENVELOPE_BYTES, technologist)
    packed = loads([each] * MESSAGES, batch.most_gas(inbox))
    assert len(packed) == 2
    for load in packed:
        batch.send_batch(inbox, [items[place] for place in load], technologist, [], each * len(load))
    assert [inbox.count(person.address) for person in people] == [1] * MESSAGES
