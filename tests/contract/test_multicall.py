"""multicall: several calls are one act, all or none."""

from tests.contract.reverts import reverts
from tests.contract.strategies import NO_HYBRID, point

ENVELOPE = b"sealed"


def test_a_multicall_makes_every_call_as_its_caller(inbox, client, technologist, patient):
    calls = [client.encode("registerKey", *point(1), NO_HYBRID), client.encode("send", patient, 1, ENVELOPE)]
    tx = inbox.multicall(calls, sender=patient)
    x, y = point(1)
    assert tx.events == [
        inbox.KeyRegistered(account=patient, version=1, x=x, y=y, hybrid=NO_HYBRID),
        inbox.Sent(recipient=patient, sender=patient, index=0),
    ]


def test_a_multicall_returns_what_each_call_returned(inbox, client, technologist, patient):
    calls = [
        client.encode("send", patient, 0, ENVELOPE),
        client.encode("count", patient),
        client.encode("restrictInbox", True),
    ]
    results = inbox.multicall.call(calls, sender=patient)
    assert [bytes(result) for result in results] == [bytes(32), (1).to_bytes(32, "big"), b""]


def test_a_multicall_of_nothing_does_nothing(inbox, patient):
    assert inbox.multicall([], sender=patient).events == []


def test_a_multicall_fails_whole_with_the_error_of_the_call_that_failed(inbox, client, technologist, patient):
    calls = [client.encode("send", patient, 0, ENVELOPE), client.encode("send", patient, 3, ENVELOPE)]
    with reverts(inbox.StaleKey, recipient=patient.address, current=0):
        inbox.multicall(calls, sender=technologist)
    assert inbox.count(patient) == 0


def test_a_multicall_may_hold_a_multicall(inbox, client, technologist, patient):
    inner = client.encode("multicall", [client.encode("send", patient, 0, ENVELOPE)])
    inbox.multicall([inner, inner], sender=technologist)
    assert inbox.count(patient) == 2


def test_a_multicall_of_an_unknown_function_fails(client, technologist):
    assert client.transact(technologist, "multicall", [b"\xde\xad\xbe\xef"]).error == ("", (b"",))
