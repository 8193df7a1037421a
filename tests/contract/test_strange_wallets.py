"""What holds of accounts that are contracts, whatever their `isValidSignature` answers (ERC-1271)."""

import hashlib

import pytest

from tests.contract.samples import ENVELOPE, LATER
from tests.contract.signing import METHODS
from tests.contract.strategies import FOREVER, point

# As contracts/Wallet.sol has them.
ANSWERS = [
    "Yes", "YesAndMore", "YesButDirty", "YesButShort", "No", "Zero", "One", "Nothing", "RevertWithYes", "BurnAllGas",
    "YesAfterReentering",
]  # fmt: skip
TAKEN = {"Yes", "YesAndMore", "YesAfterReentering"}
OFFERED = 1_000_000  # gas: a wallet that burns all of it keeps the chain busy for a moment
HYBRID = hashlib.sha256(b"a recipient").digest()


@pytest.fixture
def wallet(wallet_contracts, clinic):
    return clinic.deploy(wallet_contracts["StrangeWallet"])


@pytest.fixture
def fields(client, technologist, wallet):
    """Of each act, the arguments of the function …BySignature but for the signature."""
    client.transact(technologist, "send", wallet, 0, ENVELOPE)
    return {
        "Acknowledge": (wallet.address, 0, client.cursor(wallet.address, 0), LATER),
        "RegisterKey": (wallet.address, 1, *point(9), HYBRID, LATER),
        "RestrictInbox": (wallet.address, True, 1, LATER),
        "ApproveSender": (wallet.address, technologist.address, FOREVER, 1, LATER),
    }


@pytest.fixture
def answers(wallet, clinic, inbox):
    def set_to(answer, act=b""):
        wallet.set(ANSWERS.index(answer), inbox, act, sender=clinic)

    return set_to


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("name", METHODS)
def test_an_act_is_taken_if_and_only_if_the_first_word_of_the_answer_is_yes(
    client, answers, fields, relayer, wallet, name, answer
):
    """As every caller that Solidity compiles would read it; whatever else the wallet does, it does not get its way."""
    answers(answer)
    done = client.send_data(relayer, client.encode(METHODS[name], *fields[name], b"whatever"), gas=OFFERED)
    assert done.error == (None if answer in TAKEN else ("BadSignature", (wallet.address,)))
    assert len(done.events) == (answer in TAKEN)


@pytest.mark.parametrize("signature", [b"", b"\0", bytes(64), bytes(65), bytes(66), b"\xff" * 3000], ids=len)
def test_a_wallet_is_asked_whatever_the_length_of_the_signature(client, answers, fields, relayer, signature):
    answers("Yes")
    done = client.transact(relayer, METHODS["RestrictInbox"], *fields["RestrictInbox"], signature)
    assert [name for name, _ in done.events] == ["InboxRestricted"]


def test_a_wallet_that_calls_the_inbox_while_it_is_asked_changes_nothing_by_that(
    client, answers, fields, relayer, wallet
):
    for inner in (
        ("send", wallet.address, 0, ENVELOPE),
        ("acknowledge", 0, fields["Acknowledge"][2]),
        ("restrictInbox", True),
        ("multicall", [client.encode("restrictInbox", True)]),
    ):
        answers("YesAfterReentering", client.encode(*inner))
        name = "ApproveSender" if inner[0] == "send" else "RegisterKey"
        done = client.transact(relayer, METHODS[name], *fields[name], b"")
        assert done.error is None
        assert {event for event, _ in done.events} <= {"SenderApproved", "KeyRegistered"}
        views = [("count", (wallet.address,)), ("restrictionOf", (wallet.address,))]
        assert client.call_views(views) == [(1,), (False, 0)]
        assert client.messages(wallet.address)[0].status == 0


def test_a_wallet_that_burns_all_gas_costs_its_relayer_no_more_than_was_offered(
    client, answers, fields, relayer, wallet
):
    answers("BurnAllGas")
    data = client.encode(METHODS["RestrictInbox"], *fields["RestrictInbox"], b"")
    done = client.send_data(relayer, data, gas=OFFERED)
    assert done.error == ("BadSignature", (wallet.address,))
    assert done.gas <= OFFERED


def test_of_several_acts_one_that_a_wallet_refuses_undoes_the_others(client, answers, fields, relayer, patient, wallet):
    answers("No")
    calls = [
        client.encode("send", patient, 0, ENVELOPE),
        client.encode(METHODS["RestrictInbox"], *fields["RestrictInbox"], b""),
    ]
    done = client.transact(relayer, "multicall", calls)
    assert done.error == ("BadSignature", (wallet.address,))
    assert client.call_views([("count", (patient.address,))]) == [(0,)]
