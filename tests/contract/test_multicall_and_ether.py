"""Several calls are one act, all or none; and no path takes Ether."""

import pytest

from tests.contract.checks import isolated, reverts
from tests.contract.desk import NOWHERE
from tests.contract.strategies import FOREVER, point

ENVELOPE = b"sealed"


def test_a_multicall_makes_every_call_as_its_caller(inbox, desk, technologist, patient):
    calls = [desk.encode("registerKey", *point(1)), desk.encode("send", patient, 1, ENVELOPE)]
    tx = inbox.multicall(calls, sender=patient)
    x, y = point(1)
    assert tx.events == [
        inbox.KeyRegistered(account=patient, version=1, x=x, y=y),
        inbox.Sent(recipient=patient, sender=patient, index=0),
    ]


def test_a_multicall_returns_what_each_call_returned(inbox, desk, technologist, patient):
    calls = [desk.encode("send", patient, 0, ENVELOPE), desk.encode("count", patient), desk.encode("acknowledge", 0)]
    results = inbox.multicall.call(calls, sender=patient)
    assert [bytes(result) for result in results] == [bytes(32), (1).to_bytes(32, "big"), b""]


def test_a_multicall_of_nothing_does_nothing(inbox, patient):
    assert inbox.multicall([], sender=patient).events == []


def test_a_multicall_fails_whole_with_the_error_of_the_call_that_failed(inbox, desk, technologist, patient):
    calls = [desk.encode("send", patient, 0, ENVELOPE), desk.encode("send", patient, 3, ENVELOPE)]
    with reverts(inbox.StaleKey, recipient=patient.address, current=0):
        inbox.multicall(calls, sender=technologist)
    assert inbox.count(patient) == 0


def test_a_multicall_may_hold_a_multicall(inbox, desk, technologist, patient):
    inner = desk.encode("multicall", [desk.encode("send", patient, 0, ENVELOPE)])
    inbox.multicall([inner, inner], sender=technologist)
    assert inbox.count(patient) == 2


def test_a_multicall_of_an_unknown_function_fails(desk, technologist):
    assert desk.act(technologist, "multicall", [b"\xde\xad\xbe\xef"]).error == ("", (b"",))


def calls(patient, technologist):
    """One call of every function that would succeed without Ether."""
    x, y = point(1)
    return {
        "send": (patient, 0, ENVELOPE),
        "sendBatch": ([(patient.address, 0, ENVELOPE)],),
        "retract": (technologist, 0, NOWHERE),
        "acknowledge": (0,),
        "acknowledgeBySignature": (technologist, 1, 0, b""),
        "registerKey": (x, y),
        "registerKeyBySignature": (technologist, 0, *point(2), 0, b""),
        "restrictInbox": (True,),
        "restrictInboxBySignature": (technologist, False, 0, 0, b""),
        "approveSender": (patient, FOREVER),
        "approveSenderBySignature": (technologist, patient, 0, 0, 0, b""),
        "multicall": ([],),
    }


def test_no_function_takes_ether(inbox, chain, desk, technologist, patient):
    desk.act(technologist, "registerKey", *point(2))
    desk.act(technologist, "sendBatch", [(technologist.address, 1, ENVELOPE)] * 2)
    desk.act(technologist, "acknowledge", 1)
    functions = calls(patient, technologist)
    assert set(functions) == {abi.name for abi in inbox.contract_type.mutable_methods}
    for name, arguments in functions.items():
        data = desk.encode(name, *arguments)
        with isolated(chain):
            assert desk.transact(technologist, data).error is None, name
        with isolated(chain):
            assert desk.transact(technologist, data, value=1).error == ("", (b"",)), name
    assert inbox.balance == 0


def test_no_view_takes_ether(inbox, desk, technologist, patient):
    for abi in inbox.contract_type.view_methods:
        zeros = {"address": NOWHERE, "uint256": 0}
        data = desk.encode(abi.name, *[zeros[str(part.type)] for part in abi.inputs])
        assert desk.transact(technologist, data, value=1).error == ("", (b"",)), abi.name


@pytest.mark.parametrize("data", [b"", b"\0", b"\xde\xad\xbe\xef", bytes(100)])
@pytest.mark.parametrize("value", [0, 1])
def test_a_plain_transfer_or_an_unknown_call_is_refused(inbox, desk, technologist, data, value):
    assert desk.transact(technologist, data, value=value).error == ("", (b"",))
    assert inbox.balance == 0


def test_a_deployment_with_ether_is_refused(project, desk, technologist):
    code = bytes(project.ImageInbox.contract_type.get_deployment_bytecode())
    for value, status in ((1, 0), (0, 1)):
        digest = desk.web3.eth.send_transaction(
            {"from": technologist.address, "data": "0x" + code.hex(), "value": value, "gas": 5_000_000}
        )
        assert desk.web3.eth.wait_for_transaction_receipt(digest)["status"] == status


def test_nothing_is_payable(inbox):
    abi = inbox.contract_type.abi
    assert all(getattr(entry, "stateMutability", "") != "payable" for entry in abi)
    assert not any(entry.type in ("receive", "fallback") for entry in abi)


def test_nobody_has_a_function_of_their_own(inbox):
    """Everything that changes state is in this list; none of it is an owner's."""
    assert {abi.name for abi in inbox.contract_type.mutable_methods} == set(calls(inbox, inbox))
