"""Arrival receipts as vectors: docs/format.md, Receipts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.address import to_checksum_address

from radiogram.formats.public_key import address_of, public_key_of
from radiogram.formats.receipt import arrival, signing_text, to_bytes


def receipts(private_key: bytes, inbox: str) -> dict[str, object]:
    """Of one recipient."""
    account = address_of(public_key_of(private_key))
    contract = to_checksum_address(inbox)

    def signed(receipt: Mapping[str, Any]) -> str:
        text = encode_defunct(text=signing_text(receipt))
        return to_bytes(receipt, bytes(Account.sign_message(text, private_key).signature)).decode()

    def case(recipient: str, index: int, made_at: str) -> dict[str, object]:
        place = to_checksum_address(recipient), index, to_checksum_address("0x" + "c5" * 20)
        receipt = arrival(1337, contract, account, place, made_at)
        key, text = "0x" + private_key.hex(), signing_text(receipt)
        return {"private_key": key, "text": text, "file": signed(receipt), "account": account}

    write = [
        case(account, 0, "2026-11-27T07:00:00+00:00"),
        case("0x" + "3f" * 20, 2**39 - 2, "2036-01-01T00:00:00+00:00"),
    ]
    good = json.loads(str(write[0]["file"]))

    unsigned = {name: value for name, value in good.items() if name != "signature"}

    def changed(**members: object) -> str:
        return json.dumps(good | members)

    def wrong(**members: object) -> str:
        return signed(unsigned | members)

    def without(name: str) -> str:
        return signed({each: value for each, value in unsigned.items() if each != name})

    refused = [
        ("nothing", ""),
        ("no JSON object", "[]"),
        ("JSON cut short", json.dumps(good)[:-1]),
        ("a member twice", json.dumps(good).replace('"version"', '"version": 1, "version"', 1)),
        ("another format", changed(format="radiogram-signed-act")),
        ("version 2", wrong(version=2)),
        ("a version that is no integer", wrong(version=True)),
        ("a member too many", wrong(label="Grace")),
        *((f"without {name}", without(name)) for name in unsigned if name != "format"),
        ("without format", json.dumps({name: value for name, value in good.items() if name != "format"})),
        ("without signature", json.dumps(unsigned)),
        ("an index that is no integer", wrong(index="0")),
        ("a negative index", wrong(index=-1)),
        ("an index above 2^53 - 1", wrong(index=2**53)),
        ("a chain that is no integer", wrong(chain_id="1337")),
        ("a cursor with a wrong sign", wrong(cursor=good["cursor"][:-1])),
        ("an account that is no text", wrong(account=7)),
        ("a time that is no text", wrong(made_at=1)),
        ("an empty time", wrong(made_at="")),
        ("a time of 41 signs", wrong(made_at="2" * 41)),
        ("a negative chain", wrong(chain_id=-1)),
        ("a time with other signs", wrong(made_at="2026-11-27 \u001b[31m")),
        ("another index than was signed", changed(index=1)),
        ("another chain than was signed", changed(chain_id=1)),
        ("not signed", changed(signature=None)),
        ("a signature in capitals", changed(signature=good["signature"].upper().replace("0X", "0x"))),
        ("a signature of 64 bytes", changed(signature=good["signature"][:-2])),
        ("a signature whose last byte is 0", changed(signature=good["signature"][:-2] + "00")),
    ]
    return {"write": write, "refuse": [{"why": why, "file": file} for why, file in refused]}
