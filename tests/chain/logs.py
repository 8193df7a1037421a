"""Logs as a chain's node gives them for events of the inbox contract."""

from eth_abi import encode
from eth_utils import keccak, to_checksum_address

from radiogram.chain.events import InboxRestricted, KeyRegistered, SenderApproved, Skipped
from radiogram.formats.public_key import coordinates

INBOX = to_checksum_address("0x" + "1b" * 20)
SIGNATURES = {
    "Sent": "Sent(address,address,uint256)",
    "Acknowledged": "Acknowledged(address,address,uint256)",
    "Retracted": "Retracted(address,address,uint256)",
    "Skipped": "Skipped(address,address,uint256,bytes4)",
    "KeyRegistered": "KeyRegistered(address,uint32,bytes32,bytes32,bytes32)",
    "InboxRestricted": "InboxRestricted(address,bool,uint32)",
    "SenderApproved": "SenderApproved(address,address,uint40,uint32)",
}


def log_of(event, block=1, log_index=0, time=None, **members):
    """One object of a reply to eth_getLogs."""
    topics, data = _parts(event)
    topics = [keccak(text=SIGNATURES[type(event).__name__]), *topics]
    said = {
        "address": INBOX.lower(),
        "topics": ["0x" + each.hex() for each in topics],
        "data": "0x" + data.hex(),
        "blockNumber": hex(block),
        "blockHash": "0x" + block_hash(block).hex(),
        "transactionHash": "0x" + keccak(text=f"transaction {block} {log_index}").hex(),
        "transactionIndex": "0x0",
        "logIndex": hex(log_index),
        "removed": False,
    }
    return said | ({} if time is None else {"blockTimestamp": hex(time)}) | members


def block_hash(number):
    return keccak(text=f"block {number}")


def _parts(event):
    match event:
        case KeyRegistered():
            data = b"".join([*coordinates(event.public_key), event.hybrid_digest or bytes(32)])
            return [_word(event.account), _word(event.version)], data
        case InboxRestricted():
            return [_word(event.account)], _word(int(event.restricted)) + _word(event.version)
        case SenderApproved():
            return [_word(event.account), _word(event.sender)], _word(event.until) + _word(event.version)
        case Skipped():
            return [_word(event.recipient), _word(event.sender), _word(event.item)], encode(["bytes4"], [event.reason])
    return [_word(event.recipient), _word(event.sender), _word(event.index)], b""


def _word(value):
    return value.to_bytes(32, "big") if isinstance(value, int) else bytes.fromhex(value[2:]).rjust(32, b"\0")
