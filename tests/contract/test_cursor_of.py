"""cursorOf: the data contract that holds a message."""

from eth_utils import keccak, to_checksum_address

from tests.contract.samples import ENVELOPE


def test_a_data_contract_holds_the_documented_bytes(inbox, chain, technologist, stranger, patient):
    inbox.send(patient, 0, b"first", sender=stranger)
    tx = inbox.send(patient, 0, ENVELOPE, sender=technologist)
    first, second = (inbox.cursorOf(patient, index) for index in (0, 1))
    expected = tx.timestamp.to_bytes(5, "big") + bytes(2)
    expected += bytes.fromhex(technologist.address[2:]) + bytes.fromhex(first[2:]) + ENVELOPE
    assert bytes(chain.provider.get_code(second)) == expected
    assert bytes(chain.provider.get_code(first))[27:47] == bytes(20)


def test_the_first_message_has_a_data_contract_at_the_documented_address(inbox, chain, technologist, patient):
    inbox.send(patient, 0, ENVELOPE, sender=technologist)
    code = bytes(chain.provider.get_code(inbox.cursorOf(patient, 0)))
    init = b"\x61" + len(code).to_bytes(2, "big") + bytes.fromhex("80600a3d393df3") + code
    salt = bytes.fromhex(patient.address[2:]) + bytes(12)
    digest = keccak(b"\xff" + bytes.fromhex(inbox.address[2:]) + salt + keccak(init))
    assert inbox.cursorOf(patient, 0) == to_checksum_address(digest[12:])


def test_a_data_contract_does_nothing_when_called(inbox, chain, technologist, stranger, patient):
    inbox.send(patient, 0, b"\xff" * 154, sender=technologist)
    cursor = inbox.cursorOf(patient, 0)
    before = chain.provider.get_code(cursor)
    tx = stranger.transfer(cursor, 0, data="0x01020304")
    assert (tx.status, tx.gas_used - 21_064 < 100, len(tx.logs)) == (1, True, 0)
    assert chain.provider.get_code(cursor) == before
