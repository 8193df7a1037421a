"""Reads what people hand over as keys: public keys, key cards, private key files. Makes new ones."""

from __future__ import annotations

import binascii
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coincurve import PrivateKey, PublicKey
from coincurve.utils import GROUP_ORDER_INT
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from eth_account import Account
from eth_account.hdaccount.mnemonic import Mnemonic
from eth_account.messages import SignableMessage, encode_typed_data
from eth_typing import ChecksumAddress
from eth_utils.address import is_address, is_checksum_address, is_checksum_formatted_address, to_checksum_address
from eth_utils.crypto import keccak

from radiogram.errors import KeyFormatError, PassphraseError

PRIVATE_KEY_BYTES = 32
PUBLIC_KEY_BYTES = 33
KEY_FILE_LIMIT = 64 * 1024  # bytes; a V3 keystore has about 500
SIGNATURE_BYTES = 65
FINGERPRINT_WORDS = 6
FIRST_DERIVED_KEY = 1
"""The number of the first key that an account derives from a signature of its own."""
KEY_WARNING = "This signature is the key to your images. Sign only in a Radiogram that you opened yourself."
_KEY_INFO = b"radiogram encryption key v1"


def parse_public_key(text: str) -> bytes:
    """The 33 compressed bytes (SEC 1, 2.3.3) of a secp256k1 public key in hex.

    Takes 33 compressed, 65 uncompressed or 64 bare bytes (x, y), with or without 0x.
    Raises KeyFormatError for anything else, hybrid encodings (06, 07) and points off the curve included.
    """
    shown = _shorten(text)
    try:
        raw = binascii.unhexlify(text.strip().removeprefix("0x").removeprefix("0X"))
    except ValueError:
        raise KeyFormatError(f"{shown} is not a public key: it should be 66, 128 or 130 hex digits") from None
    if len(raw) == PRIVATE_KEY_BYTES:
        raise KeyFormatError(
            "that has the length of a private key: never hand it over, ask for the public key (66 or 128 hex digits)"
        )
    if len(raw) == 64:
        raw = b"\x04" + raw
    if (len(raw), raw[:1]) not in {(33, b"\x02"), (33, b"\x03"), (65, b"\x04")}:
        raise KeyFormatError(
            f"{shown} is not a public key: it should be 33 bytes from 02 or 03, 65 from 04, or 64 (it has {len(raw)})"
        )
    try:
        return compress(raw)
    except ValueError:
        raise KeyFormatError(f"{shown} is not on the curve secp256k1: copy the public key again") from None


def compress(public_key: bytes) -> bytes:
    """The 33 compressed bytes of a public key of 33 or 65. Raises ValueError off the curve."""
    return PublicKey(public_key).format(compressed=True)


def coordinates(public_key: bytes) -> tuple[bytes, bytes]:
    """x and y, 32 bytes each, big endian, of a public key of 33 or 65 bytes. Raises ValueError off the curve."""
    raw = PublicKey(public_key).format(compressed=False)
    return raw[1:33], raw[33:]


def public_key_of(private_key: bytes) -> bytes:
    """The 33 compressed bytes that belong to a 32-byte private key."""
    return PrivateKey(private_key).public_key.format(compressed=True)


def address_of(public_key: bytes) -> ChecksumAddress:
    """The account of a public key: the last 20 bytes of keccak256(x ‖ y), in EIP-55 spelling."""
    return to_checksum_address(keccak(PublicKey(public_key).format(compressed=False)[1:])[12:])


def fingerprint(public_key: bytes) -> tuple[str, ...]:
    """Six words that two people read to each other to compare a public key of 33 bytes: docs/format.md, Fingerprint."""
    digits = int.from_bytes(hashlib.sha256(public_key).digest(), "big") >> 256 - 11 * FINGERPRINT_WORDS
    words = Mnemonic().wordlist
    return tuple(words[digits >> 11 * place & 0x7FF] for place in reversed(range(FINGERPRINT_WORDS)))


def parse_address(text: str) -> ChecksumAddress:
    """An address in EIP-55 spelling. Raises KeyFormatError, for a wrong checksum too."""
    text = text.strip()
    if not is_address(text):
        raise KeyFormatError(f"{_shorten(text)} is not an address: it starts with 0x and has 42 signs")
    if is_checksum_formatted_address(text) and not is_checksum_address(text):
        raise KeyFormatError(f"{text} has a wrong sign (its EIP-55 checksum does not fit): copy the address again")
    return to_checksum_address(text)


def read_key_card(path: Path) -> bytes:
    """The public key (33 bytes) on a key card: docs/format.md, Key card. Raises KeyFormatError."""
    text = _read_small(path)
    if not text.lstrip().startswith("{"):
        return parse_public_key(text)
    card = _parse_json(text, path)
    public_key = card.get("public_key")
    if not isinstance(public_key, str):
        raise KeyFormatError(f"{path} is not a key card: it has no public_key")
    key = parse_public_key(public_key)
    address = card.get("address")
    if address is not None and (not isinstance(address, str) or parse_address(address) != address_of(key)):
        raise KeyFormatError(f"{path} is damaged: its address does not belong to its public key; ask for it again")
    return key


def read_private_key(path: Path, ask_passphrase: Callable[[], str]) -> bytes:
    """The 32-byte private key in a file: 64 hex digits, or a V3 keystore (Web3 Secret Storage).

    `ask_passphrase` is called for a keystore only. Raises KeyFormatError, PassphraseError.
    """
    text = _read_small(path).strip()
    if not text.startswith("{"):
        if not re.fullmatch(r"(0[xX])?[0-9a-fA-F]{64}", text):
            raise KeyFormatError(f"{path} is not a key file: it should hold 64 hex digits, or a V3 keystore (JSON)")
        return _checked(bytes.fromhex(text[-64:]), path)
    keystore = _parse_json(text, path)
    if keystore.get("version") != 3:
        raise KeyFormatError(f"{path} is not a V3 keystore: export the account again from your wallet or from Ape")
    passphrase = ask_passphrase()
    try:
        return _checked(bytes(Account.decrypt(keystore, passphrase)), path)
    except (KeyError, TypeError, NotImplementedError):
        raise KeyFormatError(f"{path} is a damaged V3 keystore: use another copy of it") from None
    except ValueError as error:
        if "MAC mismatch" in str(error):
            raise PassphraseError(f"the passphrase does not fit {path}: check capital letters, and try again") from None
        raise KeyFormatError(f"{path} is a damaged V3 keystore: use another copy of it") from None


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
            f"no key can be made of the signatures of {account}: they differ each time; register a key file instead"
        )
    return first


def new_private_key() -> bytes:
    """32 fresh bytes."""
    return PrivateKey().secret


def key_file(private_key: bytes, passphrase: str) -> bytes:
    """What `read_private_key` reads: a V3 keystore, or 64 hex digits where the passphrase is empty."""
    if not passphrase:
        return private_key.hex().encode() + b"\n"
    return json.dumps(Account.encrypt(private_key, passphrase)).encode() + b"\n"


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
        raise KeyFormatError("no key can be made of this signature: derive the one with the next number") from None


def _checked(private_key: bytes, path: Path) -> bytes:
    try:
        PrivateKey(private_key)
    except ValueError:
        raise KeyFormatError(f"{path} holds no valid private key: use another copy of it") from None
    return private_key


def _read_small(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(KEY_FILE_LIMIT + 1)
    except OSError as error:
        raise KeyFormatError(f"{path} can't be read: {error.strerror}") from None
    if len(raw) > KEY_FILE_LIMIT:
        raise KeyFormatError(f"{path} is too large for a key file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise KeyFormatError(f"{path} is not a key file: it is not text") from None


def _parse_json(text: str, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise KeyFormatError(f"{path} is not a key file: its JSON is damaged") from None
    if not isinstance(value, dict):
        raise KeyFormatError(f"{path} is not a key file: it should be a JSON object")
    return value


def _shorten(text: str) -> str:
    """What may be shown of a mistyped key: never enough to be a private key."""
    text = text.strip()
    return repr(text) if len(text) <= 24 else repr(f"{text[:8]}…{text[-4:]}")
