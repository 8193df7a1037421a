"""The four acts that an account may sign, as EIP-712 typed data."""

from __future__ import annotations

from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data

TYPES = {
    "Acknowledge": "address recipient,uint256 index,address cursor,uint256 deadline",
    "RegisterKey": "address account,uint32 version,bytes32 x,bytes32 y,bytes32 hybrid,uint256 deadline",
    "RestrictInbox": "address account,bool restricted,uint32 version,uint256 deadline",
    "ApproveSender": "address account,address sender,uint40 until,uint32 version,uint256 deadline",
}
METHODS = {name: f"{name[0].lower()}{name[1:]}BySignature" for name in TYPES}


def domain_of(inbox: str, chain_id: int) -> dict[str, Any]:
    return {"name": "ImageInbox", "version": "1", "chainId": chain_id, "verifyingContract": str(inbox)}


def sign(private_key: str | bytes, domain: dict[str, Any], act: str, values: tuple[Any, ...]) -> bytes:
    """r ‖ s ‖ v, 65 bytes, over the struct `act` with these field values."""
    fields = [field.split(" ") for field in TYPES[act].split(",")]
    message = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            act: [{"type": type_, "name": name} for type_, name in fields],
        },
        "primaryType": act,
        "domain": domain,
        "message": {name: value for (_, name), value in zip(fields, values, strict=True)},
    }
    return bytes(Account.sign_message(encode_typed_data(full_message=message), private_key).signature)


def short(signature: bytes) -> bytes:
    """The 64-byte form of ERC-2098: r, then s with the parity of v in its top bit."""
    r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
    return r + (s | (v - 27) << 255).to_bytes(32, "big")
