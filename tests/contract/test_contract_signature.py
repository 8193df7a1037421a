"""Whether an account that is a contract takes a signature for its own, as the package asks it (ERC-1271)."""

import ape
import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_defunct

from radiogram.chain.contract_signature import is_taken
from tests.contract.test_strange_wallets import ANSWERS, TAKEN

TEXT = encode_defunct(text="Radiogram: I sent these images.")
DIGEST = bytes(_hash_eip191_message(TEXT))


@pytest.fixture
def signature(clinic) -> bytes:
    return bytes(Account.sign_message(TEXT, clinic.private_key).signature)


@pytest.fixture
def wallet(wallet_contracts, clinic):
    return clinic.deploy(wallet_contracts["Wallet"], clinic)


def taken(address, *question) -> bool:
    return is_taken(ape.networks.provider, str(address), *question)


def test_a_wallet_takes_what_its_owner_has_signed_and_nothing_else(wallet, signature):
    assert taken(wallet.address, DIGEST, signature)
    assert not taken(wallet.address, bytes(32), signature)
    assert not taken(wallet.address, DIGEST, signature[::-1])


@pytest.mark.parametrize("size", [0, 1, 64])
def test_a_signature_at_which_the_wallet_fails_is_not_taken(wallet, signature, size):
    assert not taken(wallet.address, DIGEST, signature[:size])


def test_what_held_in_a_block_holds_as_of_that_block(wallet, signature, clinic):
    before = ape.networks.provider.get_block("latest").number
    wallet.refuse(sender=clinic)
    assert taken(wallet.address, DIGEST, signature, before)
    assert not taken(wallet.address, DIGEST, signature)
    assert not taken(wallet.address, DIGEST, signature, before + 1)


def test_an_account_without_code_takes_nothing(stranger, signature):
    assert not taken(stranger.address, DIGEST, signature)


@pytest.mark.parametrize("answer", [each for each in ANSWERS if each != "YesAfterReentering"])
def test_a_wallet_is_believed_as_the_contract_believes_it(wallet_contracts, clinic, signature, answer):
    strange = clinic.deploy(wallet_contracts["StrangeWallet"])
    strange.set(ANSWERS.index(answer), strange.address, b"", sender=clinic)
    assert taken(strange.address, DIGEST, signature) == (answer in TAKEN)
