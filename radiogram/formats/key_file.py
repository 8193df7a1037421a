"""Private keys in files: 64 hex digits, or a V3 keystore (Web3 Secret Storage)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from eth_account import Account

from radiogram.errors import KeyFormatError, PassphraseError

KEY_FILE_LIMIT = 64 * 1024  # bytes; a V3 keystore has about 500


def read_private_key(path: Path, ask_passphrase: Callable[[], str]) -> bytes:
    """The 32-byte private key in a file: 64 hex digits, or a V3 keystore (Web3 Secret Storage).

    `ask_passphrase` is called for a keystore only. Raises KeyFormatError, PassphraseError.
    """
    text = read_small_text(path).strip()
    if not text.startswith("{"):
        if not re.fullmatch(r"(0[xX])?[0-9a-fA-F]{64}", text):
            raise KeyFormatError(f"{path} is not a key file: it should hold 64 hex digits, or a V3 keystore (JSON)")
        return _checked(bytes.fromhex(text[-64:]), path)
    keystore = parse_json_object(text, path)
    if keystore.get("version") != 3:
        raise KeyFormatError(f"{path} is not a V3 keystore", "export the account again from your wallet or from Ape")
    passphrase = ask_passphrase()
    try:
        return _checked(bytes(Account.decrypt(keystore, passphrase)), path)
    except (KeyError, TypeError, NotImplementedError):
        raise KeyFormatError(f"{path} is a damaged V3 keystore", "use another copy of it") from None
    except ValueError as error:
        if "MAC mismatch" in str(error):
            raise PassphraseError(
                f"the passphrase does not fit {path}", "check capital letters, and try again"
            ) from None
        raise KeyFormatError(f"{path} is a damaged V3 keystore", "use another copy of it") from None


def new_private_key() -> bytes:
    """32 fresh bytes."""
    return PrivateKey().secret


def encode_key_file(private_key: bytes, passphrase: str) -> bytes:
    """What `read_private_key` reads: a V3 keystore, or 64 hex digits where the passphrase is empty."""
    if not passphrase:
        return private_key.hex().encode() + b"\n"
    return json.dumps(Account.encrypt(private_key, passphrase)).encode() + b"\n"


def _checked(private_key: bytes, path: Path) -> bytes:
    try:
        PrivateKey(private_key)
    except ValueError:
        raise KeyFormatError(f"{path} holds no valid private key", "use another copy of it") from None
    return private_key


def read_small_text(path: Path) -> str:
    """The text of a file of at most KEY_FILE_LIMIT bytes, UTF-8. Raises KeyFormatError."""
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


def parse_json_object(text: str, path: Path) -> dict[str, Any]:
    """The JSON object in `text`, which stood at `path`. Raises KeyFormatError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise KeyFormatError(f"{path} is not a key file: its JSON is damaged") from None
    if not isinstance(value, dict):
        raise KeyFormatError(f"{path} is not a key file: it should be a JSON object")
    return value
