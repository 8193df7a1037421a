"""count: how many messages an inbox has."""

from tests.contract.client import ZERO_ADDRESS
from tests.contract.reverts import reverts


def test_a_new_inbox_is_empty(inbox, client, patient):
    assert inbox.count(patient) == 0
    assert client.page(patient, 10, 10, ZERO_ADDRESS) == ([], ZERO_ADDRESS)
    with reverts(inbox.NoMessage, recipient=patient.address, index=0):
        inbox.message(patient, 0, ZERO_ADDRESS)


def test_an_inbox_reads_the_same_without_a_caller_or_gas_price(full, client, patient):
    """`eth_call` with nothing but the address and the data, as any node answers it."""
    data = "0x" + client.encode("count", patient).hex()
    reply = client.web3.provider.make_request("eth_call", [{"to": full.address, "data": data}, "latest"])
    assert int(reply["result"], 16) == 7
