"""The key that an account derives from a signature: docs/format.md, Key derived from a wallet's signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coincurve import PrivateKey
from coincurve.utils import GROUP_ORDER_INT
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_typing import ChecksumAddress

from radiogram.errors import KeyFormatError
from radiogram.formats.public_key import PRIVATE_KEY_BYTES

SIGNATURE_BYTES = 65
FIRST_DERIVED_KEY = 1
"""The number of the first key that an account derives from a signature of its own."""
KEY_WARNING = "This signature is the key to your images. Sign only in a Radiogram that you opened yourself."
_KEY_INFO = b"radiogram encryption key v1"


def key_typed_data(account: ChecksumAddress, number: int = FIRST_DERIVED_KEY) -> dict[str, Any]:
    """What `account` signs to derive its key: EIP-712 typed data, as `eth_signTypedData_v4` takes it."""
    members = {"account": "address", "number": "uint16", "warning": "string"}
    return {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}],
            "EncryptionKey": [{"name": name, "type": kind} for name, kind in members.items()],
        },
        "primaryType": "EncryptionKey",
        "domain": {"name": "Radiogram", "version": "1"},
        "message": {"account": account, "number": number, "warning": KEY_WARNING},
    }


def key_request(account: ChecksumAddress, number: int = FIRST_DERIVED_KEY) -> SignableMessage:
    """The same for eth-account and Ape."""
    return encode_typed_data(full_message=key_typed_data(account, number))


def key_from_signature(signature: bytes, account: ChecksumAddress, number: int = FIRST_DERIVED_KEY) -> bytes:
    """The private key (32 bytes) that `account` derives: docs/format.md, Key derived from a wallet's signature.

    `signature` is r ‖ s ‖ v (65 bytes; v 27, 28, 0 or 1) over `key_request`. Raises KeyFormatError for one of another
    length or account, and for a high s.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise KeyFormatError(f"no key can be made of this signature: it has {len(signature)} bytes, not 65")
    v = signature[64] + 27 * (signature[64] < 27)
    if v not in (27, 28) or int.from_bytes(signature[32:64], "big") > GROUP_ORDER_INT // 2:
        raise KeyFormatError("no key can be made of this signature: it is not in the one form that can be made again")
    if _signer(key_request(account, number), signature[:64] + bytes([v])) != account:
        raise KeyFormatError(f"no key can be made of this signature: it is not that of {account}")
    return _checked_scalar(HKDF(signature[:64], PRIVATE_KEY_BYTES, b"", SHA256, context=_KEY_INFO))


def derive_key(
    account: ChecksumAddress, sign: Callable[[SignableMessage], bytes], number: int = FIRST_DERIVED_KEY
) -> bytes:
    """The private key (32 bytes) that `account` derives from what it signs. It is asked twice: a signature that is not
    the same each time makes a key that could not be made again.

    Raises KeyFormatError.
    """
    first, again = (key_from_signature(sign(key_request(account, number)), account, number) for _ in range(2))
    if first != again:
        raise KeyFormatError(
            f"no key can be made of the signatures of {account}: they differ each time", "register a key file instead"
        )
    return first


def _signer(message: SignableMessage, signature: bytes) -> ChecksumAddress | None:
    try:
        signer: ChecksumAddress = Account.recover_message(message, signature=signature)
    except Exception:  # eth-account's own errors have no common base
        return None
    return signer


def _checked_scalar(derived: Any) -> bytes:  # noqa: ANN401 - pycryptodome's types allow for several keys
    try:
        return PrivateKey(bytes(derived)).secret
    except ValueError:  # one in 2^127
        raise KeyFormatError("no key can be made of this signature", "derive the one with the next number") from None
