"""Of every function: none takes Ether, and none is for an owner."""

import pytest

from tests.contract.client import ZERO_ADDRESS
from tests.contract.isolation import isolated
from tests.contract.strategies import FOREVER, NO_HYBRID, point

ENVELOPE = b"sealed"


def calls(patient, technologist, cursors):
    """One call of every function that would succeed without Ether."""
    x, y = point(1)
    return {
        "send": (patient, 0, ENVELOPE),
        "sendBatch": ([(patient.address, 0, ENVELOPE)],),
        "retract": (technologist, 0, cursors[0]),
        "acknowledge": (0, cursors[0]),
        "acknowledgeBySignature": (technologist, 1, cursors[1], 0, b""),
        "registerKey": (x, y, NO_HYBRID),
        "registerKeyBySignature": (technologist, 0, *point(2), NO_HYBRID, 0, b""),
        "restrictInbox": (True,),
        "restrictInboxBySignature": (technologist, False, 0, 0, b""),
        "approveSender": (patient, FOREVER),
        "approveSenderBySignature": (technologist, patient, 0, 0, 0, b""),
        "multicall": ([],),
    }


def test_no_function_takes_ether(inbox, chain, client, technologist, patient):
    client.transact(technologist, "registerKey", *point(2), NO_HYBRID)
    client.transact(technologist, "sendBatch", [(technologist.address, 1, ENVELOPE)] * 2)
    cursors = [client.cursor(technologist.address, index) for index in (0, 1)]
    client.transact(technologist, "acknowledge", 1, cursors[1])
    functions = calls(patient, technologist, cursors)
    assert set(functions) == {abi.name for abi in inbox.contract_type.mutable_methods}
    for name, arguments in functions.items():
        data = client.encode(name, *arguments)
        with isolated(chain):
            assert client.send_data(technologist, data).error is None, name
        with isolated(chain):
            assert client.send_data(technologist, data, value=1).error == ("", (b"",)), name
    assert inbox.balance == 0


def test_no_view_takes_ether(inbox, client, technologist, patient):
    for abi in inbox.contract_type.view_methods:
        zeros = {"address": ZERO_ADDRESS, "uint256": 0}
        data = client.encode(abi.name, *[zeros[str(part.type)] for part in abi.inputs])
        assert client.send_data(technologist, data, value=1).error == ("", (b"",)), abi.name


@pytest.mark.parametrize("data", [b"", b"\0", b"\xde\xad\xbe\xef", bytes(100)])
@pytest.mark.parametrize("value", [0, 1])
def test_a_plain_transfer_or_an_unknown_call_is_refused(inbox, client, technologist, data, value):
    assert client.send_data(technologist, data, value=value).error == ("", (b"",))
    assert inbox.balance == 0


def test_a_deployment_with_ether_is_refused(project, client, technologist):
    code = bytes(project.ImageInbox.contract_type.get_deployment_bytecode())
    for value, status in ((1, 0), (0, 1)):
        digest = client.web3.eth.send_transaction(
            {"from": technologist.address, "data": "0x" + code.hex(), "value": value, "gas": 5_000_000}
        )
        assert client.web3.eth.wait_for_transaction_receipt(digest)["status"] == status


def test_nothing_is_payable(inbox):
    abi = inbox.contract_type.abi
    assert all(getattr(entry, "stateMutability", "") != "payable" for entry in abi)
    assert not any(entry.type in ("receive", "fallback") for entry in abi)


def test_nobody_has_a_function_of_their_own(inbox):
    """Everything that changes state is in this list; none of it is an owner's."""
    assert {abi.name for abi in inbox.contract_type.mutable_methods} == set(calls(inbox, inbox, [ZERO_ADDRESS] * 2))
