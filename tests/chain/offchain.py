"""A contract that answers whatever it is asked by naming another server that knows more (EIP-3668, OffchainLookup)."""

import socket

import pytest
from eth_abi import encode
from eth_utils import keccak

HOST = "who-asks.example"
_KINDS = ["address", "string[]", "bytes", "bytes4", "bytes"]


def refusal(address: str) -> bytes:
    """What the contract at `address` reverts with."""
    selector = keccak(text="OffchainLookup(address,string[],bytes,bytes4,bytes)")[:4]
    urls = [f"https://{HOST}/{{sender}}/{{data}}"]
    return selector + encode(_KINDS, [address, urls, b"?", bytes(4), b""])


def reverting(data: bytes) -> str:
    """Code of a contract that reverts with `data`, 0x and hex digits: CODECOPY of what follows it, and REVERT."""
    size = len(data).to_bytes(2)
    return "0x" + (b"\x61%b\x60\x0e\x5f\x39\x61%b\x5f\xfd" % (size, size)).ljust(14, b"\0").hex() + data.hex()


@pytest.fixture
def looked_up(monkeypatch):
    """The names of other computers that were looked up: none is found."""
    names, real = [], socket.getaddrinfo

    def look_up(host, *arguments, **options):
        if host in ("127.0.0.1", "localhost"):
            return real(host, *arguments, **options)
        names.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names
