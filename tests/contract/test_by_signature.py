"""What holds of the four functions …BySignature: whoever relays a signed act, it does what its signer asked for, once;
every other signature changes nothing."""

import hashlib

import pytest
from ape import networks
from eth_account import Account

from tests.contract.client import ZERO_ADDRESS, ContractClient
from tests.contract.isolation import at_second, isolated
from tests.contract.reverts import reverts
from tests.contract.samples import LATER
from tests.contract.signing import METHODS, TYPES, domain_of, short, sign
from tests.contract.strategies import FOREVER, point

ACTS = sorted(TYPES)
HYBRID = hashlib.sha256(b"a recipient").digest()


@pytest.fixture
def act(client, technologist, patient):
    """Of each act: the values of its fields after the account, the event of it, and the view that shows it."""
    client.transact(technologist, "send", patient, 0, b"sealed")
    return act_of(client, patient.address, technologist)


def act_of(client, who, sender):
    x, y = point(9)
    cursor = client.cursor(who, 0)
    return {
        "Acknowledge": (
            (0, cursor),
            ("Acknowledged", {"recipient": who, "sender": sender.address, "index": 0}),
            ("message", (who, 0, cursor)),
        ),
        "RegisterKey": (
            (1, x, y, HYBRID),
            ("KeyRegistered", {"account": who, "version": 1, "x": x, "y": y, "hybrid": HYBRID}),
            ("keyOf", (who,)),
        ),
        "RestrictInbox": (
            (True, 1),
            ("InboxRestricted", {"account": who, "restricted": True, "version": 1}),
            ("restrictionOf", (who,)),
        ),
        "ApproveSender": (
            (sender.address, FOREVER, 1),
            ("SenderApproved", {"account": who, "sender": sender.address, "until": FOREVER, "version": 1}),
            ("approvalOf", (who, sender.address)),
        ),
    }


@pytest.fixture(params=ACTS)
def name(request):
    return request.param


@pytest.fixture
def fields(act, name, patient):
    return (patient.address, *act[name][0], LATER)


@pytest.fixture
def refused(client, act, name, relayer):
    """Relays an act with this signature and asserts that it fails with `error` and changes nothing."""

    def check(fields, signature, *error):
        before = client.call_views([act[name][2]])
        assert client.transact(relayer, METHODS[name], *fields, signature).error == error
        assert client.call_views([act[name][2]]) == before

    return check


def test_a_signed_act_is_done_for_its_signer_whoever_relays_it(client, act, name, fields, domain, patient, relayer):
    done = client.transact(relayer, METHODS[name], *fields, sign(patient.private_key, domain, name, fields))
    assert done.events == [act[name][1]]


def test_a_short_signature_does_as_well(client, act, name, fields, domain, patient, relayer):
    done = client.transact(relayer, METHODS[name], *fields, short(sign(patient.private_key, domain, name, fields)))
    assert done.events == [act[name][1]]


def test_a_signed_act_does_what_the_accounts_own_transaction_does(
    chain, client, act, name, fields, domain, patient, relayer
):
    method = METHODS[name].removesuffix("BySignature")
    own = {
        "Acknowledge": fields[1:3],
        "RegisterKey": fields[2:5],
        "RestrictInbox": (True,),
        "ApproveSender": fields[1:3],
    }
    with isolated(chain):
        by_transaction = client.transact(patient, method, *own[name]).events, client.call_views([act[name][2]])
    signature = sign(patient.private_key, domain, name, fields)
    assert (
        client.transact(relayer, METHODS[name], *fields, signature).events,
        client.call_views([act[name][2]]),
    ) == by_transaction


def test_a_signed_act_relayed_again_changes_nothing(client, act, name, fields, domain, patient, relayer):
    signature = sign(patient.private_key, domain, name, fields)
    client.transact(relayer, METHODS[name], *fields, signature)
    before = client.call_views([act[name][2]])
    again = client.transact(relayer, METHODS[name], *fields, signature)
    assert (again.events, again.error) == ([], None)
    assert client.call_views([act[name][2]]) == before


def test_anothers_signature_is_refused(name, fields, domain, stranger, patient, refused):
    refused(fields, sign(stranger.private_key, domain, name, fields), "BadSignature", (patient.address,))


def test_a_signature_over_any_other_value_is_refused(name, fields, domain, stranger, patient, refused):
    other = {int: lambda value: value ^ 1, bool: lambda value: not value, bytes: lambda value: value[:-1] + b"\x55"}
    for place, value in enumerate(fields):
        changed = other.get(type(value), lambda _: stranger.address)(value)
        signed = (*fields[:place], changed, *fields[place + 1 :])
        refused(fields, sign(patient.private_key, domain, name, signed), "BadSignature", (patient.address,))


def test_a_signature_for_another_contract_is_refused(name, fields, chain, stranger, patient, refused):
    other_domain = domain_of(stranger.address, chain.chain_id)
    refused(fields, sign(patient.private_key, other_domain, name, fields), "BadSignature", (patient.address,))


def test_a_signature_for_another_chain_is_refused(name, fields, inbox, chain, patient, refused):
    other_domain = domain_of(inbox.address, chain.chain_id + 1)
    refused(fields, sign(patient.private_key, other_domain, name, fields), "BadSignature", (patient.address,))


def test_a_signature_of_another_kind_of_act_is_refused(client, name, fields, domain, patient, refused):
    other = {"Acknowledge": "RegisterKey"}.get(name, "Acknowledge")
    acknowledgement = (patient.address, 0, client.cursor(patient.address, 0), LATER)
    values = {"Acknowledge": acknowledgement, "RegisterKey": (patient.address, 1, *point(9), HYBRID, LATER)}[other]
    refused(fields, sign(patient.private_key, domain, other, values), "BadSignature", (patient.address,))


def test_what_is_no_signature_is_refused(fields, patient, refused):
    for signature in (b"", bytes(64), bytes(65), b"\xff" * 65, bytes(66), b"\1" * 200):
        refused(fields, signature, "BadSignature", (patient.address,))


def test_nobody_signs_for_the_zero_address(client, act, name, fields, domain, patient, relayer):
    """`ecrecover` answers zero for junk: that must not be taken for the zero address's signature."""
    client.transact(patient, "send", ZERO_ADDRESS, 0, b"sealed")
    fields = (ZERO_ADDRESS, *act_of(client, ZERO_ADDRESS, patient)[name][0], LATER)
    for signature in (b"", bytes(65), b"\xff" * 65, sign(patient.private_key, domain, name, fields)):
        done = client.transact(relayer, METHODS[name], *fields, signature)
        assert done.error == ("BadSignature", (ZERO_ADDRESS,))


def test_a_signature_holds_up_to_and_including_its_deadline(client, chain, act, name, fields, domain, patient, relayer):
    deadline = chain.pending_timestamp + 1000
    fields = (*fields[:-1], deadline)
    signature = sign(patient.private_key, domain, name, fields)
    done = at_second(chain, deadline, lambda: client.transact(relayer, METHODS[name], *fields, signature))
    assert done.timestamp == deadline
    assert done.events == [act[name][1]]


def test_a_signature_is_refused_a_second_later(chain, act, name, fields, domain, patient, refused):
    deadline = chain.pending_timestamp + 1000
    fields = (*fields[:-1], deadline)
    signature = sign(patient.private_key, domain, name, fields)
    chain.pending_timestamp = deadline + 1
    chain.mine()
    refused(fields, signature, "Expired", (deadline,))


@pytest.mark.parametrize("name", ["RegisterKey", "RestrictInbox", "ApproveSender"], indirect=True)
def test_a_version_that_is_not_the_next_is_refused(name, fields, domain, patient, refused):
    place = {"RegisterKey": 1, "RestrictInbox": 2, "ApproveSender": 3}[name]
    for version in (0, 2, 3):
        other = (*fields[:place], version, *fields[place + 1 :])
        refused(other, sign(patient.private_key, domain, name, other), "BadVersion", (version, 0))


@pytest.fixture
def wallet(wallet_contracts, clinic):
    return clinic.deploy(wallet_contracts["Wallet"], clinic)


def test_a_contract_wallet_signs_as_its_owner_does(client, name, domain, technologist, clinic, relayer, wallet):
    client.transact(technologist, "send", wallet, 0, b"sealed")
    values, event, _ = act_of(client, wallet.address, technologist)[name]
    fields = (wallet.address, *values, LATER)
    done = client.transact(relayer, METHODS[name], *fields, sign(clinic.private_key, domain, name, fields))
    assert done.events == [event]


def test_a_contract_wallet_that_refuses_is_not_acted_for(
    client, name, domain, technologist, clinic, stranger, relayer, wallet
):
    client.transact(technologist, "send", wallet, 0, b"sealed")
    fields = (wallet.address, *act_of(client, wallet.address, technologist)[name][0], LATER)
    by_stranger = sign(stranger.private_key, domain, name, fields)
    assert client.transact(relayer, METHODS[name], *fields, by_stranger).error == ("BadSignature", (wallet.address,))
    wallet.refuse(sender=clinic)
    by_owner = sign(clinic.private_key, domain, name, fields)
    assert client.transact(relayer, METHODS[name], *fields, by_owner).error == ("BadSignature", (wallet.address,))


def test_a_contract_without_erc_1271_signs_nothing(client, name, domain, technologist, clinic, relayer, inbox):
    client.transact(technologist, "send", inbox, 0, b"sealed")
    fields = (inbox.address, *act_of(client, inbox.address, technologist)[name][0], LATER)
    done = client.transact(relayer, METHODS[name], *fields, sign(clinic.private_key, domain, name, fields))
    assert done.error == ("BadSignature", (inbox.address,))


def test_a_contract_wallet_sends_receives_and_acknowledges(inbox, client, clinic, wallet):
    wallet.call(inbox, client.encode("send", wallet, 0, b"sealed"), sender=clinic)
    cursor = client.cursor(wallet.address, 0)
    wallet.call(inbox, client.encode("acknowledge", 0, cursor), sender=clinic)
    message = inbox.message(wallet, 0, cursor)
    assert (message.sender, message.status) == (wallet.address, 2)


@pytest.fixture
def delegated(only_on_anvil, chain, wallet_contracts, clinic, relayer):
    """An account with a key whose code, by EIP-7702, accepts no signature by ERC-1271."""
    only_on_anvil("Ganache ends at Shanghai, and EIP-7702 came with Prague")
    web3, account = chain.provider.web3, Account.create()
    target = clinic.deploy(wallet_contracts["Refuser"])
    authorization = account.sign_authorization(
        {"chainId": chain.chain_id, "address": target.address, "nonce": web3.eth.get_transaction_count(account.address)}
    )
    transaction = {
        "type": 4, "chainId": chain.chain_id, "nonce": web3.eth.get_transaction_count(relayer.address), "value": 0,
        "to": relayer.address, "data": b"", "gas": 200_000, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 0,
        "authorizationList": [authorization],
    }  # fmt: skip
    signed = Account.sign_transaction(transaction, relayer.private_key)
    receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(signed.raw_transaction))
    assert receipt["status"] == 1
    assert bytes(web3.eth.get_code(account.address)) == bytes.fromhex("ef0100" + target.address[2:])
    return account


def test_an_account_with_delegated_code_still_signs_with_its_key(
    client, name, domain, technologist, relayer, delegated
):
    client.transact(technologist, "send", delegated.address, 0, b"sealed")
    values, event, _ = act_of(client, delegated.address, technologist)[name]
    fields = (delegated.address, *values, LATER)
    done = client.transact(relayer, METHODS[name], *fields, sign(delegated.key, domain, name, fields))
    assert done.events == [event]


def test_an_account_with_delegated_code_refuses_anothers_signature(
    client, name, domain, technologist, stranger, relayer, delegated
):
    client.transact(technologist, "send", delegated.address, 0, b"sealed")
    fields = (delegated.address, *act_of(client, delegated.address, technologist)[name][0], LATER)
    done = client.transact(relayer, METHODS[name], *fields, sign(stranger.private_key, domain, name, fields))
    assert done.error == ("BadSignature", (delegated.address,))


def test_after_a_fork_signatures_count_for_the_new_chain_only(
    only_on_anvil, client, chain, name, fields, domain, patient
):
    only_on_anvil("Ganache cannot change its chain's id")

    def answer(signature):
        call = {"to": client.contract.address, "data": "0x" + client.encode(METHODS[name], *fields, signature).hex()}
        return client.web3.provider.make_request("eth_call", [call, "latest"])

    other_domain = {**domain, "chainId": domain["chainId"] + 1}
    before, after = (sign(patient.private_key, each, name, fields) for each in (domain, other_domain))
    assert "result" in answer(before)
    assert "error" in answer(after)
    client.web3.provider.make_request("anvil_setChainId", [other_domain["chainId"]])
    try:
        assert "error" in answer(before)
        assert "result" in answer(after)
    finally:
        client.web3.provider.make_request("anvil_setChainId", [domain["chainId"]])


def test_two_deployments_do_not_take_each_others_signatures(project, name, domain, technologist, patient, relayer):
    other = ContractClient(relayer.deploy(project.ImageInbox), networks.provider)
    other.transact(technologist, "send", patient, 0, b"sealed")
    fields = (patient.address, *act_of(other, patient.address, technologist)[name][0], LATER)
    done = other.transact(relayer, METHODS[name], *fields, sign(patient.private_key, domain, name, fields))
    assert done.error == ("BadSignature", (patient.address,))


def test_one_patient_without_ether_is_served_by_a_relayer_in_one_transaction(
    inbox, client, domain, technologist, relayer
):
    patient = Account.create()
    client.transact(technologist, "send", patient.address, 0, b"sealed")
    calls = []
    for name, (values, _, _) in act_of(client, patient.address, technologist).items():
        fields = (patient.address, *values, LATER)
        calls.append(client.encode(METHODS[name], *fields, sign(patient.key, domain, name, fields)))
    tx = inbox.multicall(calls, sender=relayer)
    assert [event.event_name for event in tx.events] == [
        "Acknowledged", "KeyRegistered", "InboxRestricted", "SenderApproved",
    ]  # fmt: skip
    with reverts(inbox.NotApproved, recipient=patient.address, sender=relayer.address, until=0):
        inbox.send(patient.address, 1, b"sealed", sender=relayer)
    inbox.send(patient.address, 1, b"sealed", sender=technologist)
