"""What is told of a transaction that was sent comes of its receipt and our contract's ABI."""

import os

import pytest
from ape import accounts
from ape.managers._contractscache import ContractCache
from eth_account.messages import encode_defunct
from eth_utils.address import to_checksum_address

from radiogram.chain.inbox import Recipient
from radiogram.cli.accounts import Accounts
from tests.chain.conftest import connected
from tests.contract.samples import ENVELOPE


@pytest.fixture
def network(chain, tmp_path):
    with connected(chain, tmp_path) as connection:
        yield connection


def test_no_explorer_is_asked_what_else_is_in_the_receipt(network, monkeypatch):
    """As Ape's plugin for Etherscan does when it looks for a contract that is not known here."""

    def ask(*_, **__):
        raise AssertionError("asked of whoever runs an explorer")

    inbox = network.inbox()
    for name in ("get", "get_multiple"):
        monkeypatch.setattr(ContractCache, name, ask)
    recipient = Recipient(to_checksum_address(os.urandom(20)), b"", 0)
    index, receipt = inbox.send(recipient, ENVELOPE, accounts.test_accounts[0])
    assert (index, receipt.event["recipient"]) == (0, recipient.address)


def test_an_account_that_makes_no_signature_leaves_what_it_sends_unsigned(network):
    class Safe:
        """As a contract's account is in Ape (ape-safe)."""

        alias = "clinic"

        def sign_message(self, message):
            raise NotImplementedError("Safe accounts do not support message signing!")

    assert Accounts(None, network).signer(Safe())("a manifest") == b""
    signed = Accounts(None, network).signer(accounts.test_accounts[0])("a manifest")
    assert signed == accounts.test_accounts[0].sign_message(encode_defunct(text="a manifest")).encode_rsv()
