"""Keys in files: the 24 words of a seed, plain or to a passphrase; and two older kinds: docs/format.md, Key file."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unicodedata import normalize

from coincurve import PrivateKey
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from eth_account import Account
from eth_account.hdaccount.mnemonic import Mnemonic

from radiogram.errors import KeyFormatError, PassphraseError
from radiogram.formats.age_file import (
    ARMOUR_BEGIN,
    decode_armour,
    encode_age_file,
    encode_armour,
    parse_age_file,
)
from radiogram.formats.age_header import AgeFileError, decode_base64, encode_base64
from radiogram.formats.keys import Keys
from radiogram.formats.seed import keys_of_words
from radiogram.nested_json import parse_json

KEY_FILE_LIMIT = 64 * 1024  # bytes; a V3 keystore has about 500
WORK_FACTOR = 18
"""Always: 256 MiB, which phones and the page's library take. Others choose it by the machine's speed."""
WORK_FACTOR_LIMIT = 20  # 1 GiB
# What a V3 keystore may take of this computer, as in the page.
KEYSTORE_MEMORY = 1 << 29  # bytes, for scrypt; usual are 32 or 256 MiB
KEYSTORE_LANES = 64  # of scrypt; usual are 1 or 8
KEYSTORE_ROUNDS = 10_000_000  # of PBKDF2; usual are 262,144 or 1,000,000
_AGE_ARMOUR = "-----BEGIN AGE"
_SEED_LIST = frozenset(Mnemonic().wordlist)
_TELLING_WORDS = 12  # of its list make a text a seed's; a fingerprint has 6
_SALT_BYTES = 16
_SCRYPT_LABEL = b"age-encryption.org/v1/scrypt"
_NO_NONCE = bytes(12)  # each wrapping key is used once


def read_keys(path: Path, ask_passphrase: Callable[[], str]) -> Keys:
    """The keys in a file. Only the words of a seed, plain or to a passphrase, make a hybrid key; 64 hex digits and V3
    keystores (Web3 Secret Storage) hold a private key alone.

    `ask_passphrase` is called where there is one. Raises KeyFormatError, PassphraseError, SeedWordsError.
    """
    text = read_small_text(path).strip()
    if text.startswith(ARMOUR_BEGIN):
        return keys_of_words(decrypt_with_passphrase(text, path, ask_passphrase))
    if text.startswith("{"):
        refuse_card(text, path)
        return Keys(_private_key(_in_keystore(text, path, ask_passphrase), path))
    if re.fullmatch(r"(0[xX])?[0-9a-fA-F]{64}", text):
        return Keys(_private_key(bytes.fromhex(text[-64:]), path))
    if re.fullmatch(r"[a-zA-Z]+(\s+[a-zA-Z]+)+", text):
        return keys_of_words(text)
    raise KeyFormatError(
        f"{path} is not a key file: it should hold 24 words, an age file, 64 hex digits, or a V3 keystore (JSON)"
    )


def is_secret(text: str) -> bool:
    """Whether it is what a key file holds, or much of it: the words of a seed, though with slips or numbers, an age
    file, or a V3 keystore. What may be a private key in hex is not looked at: `parse_public_key` refuses that.
    """
    text = text.strip()
    if text.startswith("{"):
        return "crypto" in _lowered(_json_or_none(text))
    words = re.findall("[a-z]+", text.lower())
    return text.startswith(_AGE_ARMOUR) or len(words) >= _TELLING_WORDS <= sum(map(_SEED_LIST.__contains__, words))


def refuse_card(text: str, path: Path) -> None:
    """Raises KeyFormatError if `text`, which stood at `path`, is a key card: of two files the one for others."""
    members = _json_or_none(text.strip()) or {}
    if members.keys() & {"public_key", "hybrid_recipient"} and "crypto" not in _lowered(members):
        raise KeyFormatError(f"{path} is a key card, which is for senders", "name the key file that was made with it")


def _json_or_none(text: str) -> dict[str, Any] | None:
    try:
        value = parse_json(text.encode())
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def encode_key_file(words: str, passphrase: str, work_factor: int = WORK_FACTOR) -> bytes:
    """What `read_keys` reads: the words of a seed, as an armoured age file unless the passphrase is empty."""
    plaintext = words.encode() + b"\n"
    return encrypt_to_passphrase(plaintext, passphrase, work_factor) if passphrase else plaintext


def encrypt_to_passphrase(plaintext: bytes, passphrase: str, work_factor: int = WORK_FACTOR) -> bytes:
    """As an armoured age file, which stock `age -d` opens."""
    salt = secrets.token_bytes(_SALT_BYTES)

    def wrap(file_key: bytes) -> tuple[list[str], bytes]:
        key = _scrypt(passphrase, salt, work_factor)
        body = ChaCha20Poly1305(key).encrypt(_NO_NONCE, file_key, None)
        return [encode_base64(salt), str(work_factor)], body

    return encode_armour(encode_age_file("scrypt", wrap, plaintext)).encode()


def decrypt_with_passphrase(text: str, path: Path, ask_passphrase: Callable[[], str]) -> str:
    """The plaintext of an armoured age file to a passphrase. Raises KeyFormatError, PassphraseError."""
    damaged = KeyFormatError(f"{path} is a damaged age file, or one without a passphrase", "use another copy of it")
    try:
        file = parse_age_file(decode_armour(text))
        stanza = file.stanza
        if stanza.kind != "scrypt" or len(stanza.arguments) != 2:
            raise damaged
        salt, work_factor = decode_base64(stanza.arguments[0]), stanza.arguments[1]
        if len(salt) != _SALT_BYTES or not re.fullmatch(r"[1-9][0-9]*", work_factor):
            raise damaged
        if len(work_factor) > 2 or int(work_factor) > WORK_FACTOR_LIMIT:
            raise KeyFormatError(
                f"{path} asks for too much memory: its work factor is above {WORK_FACTOR_LIMIT}",
                "encrypt it again with `age -p -a`",
            )
        key = _scrypt(ask_passphrase(), salt, int(work_factor))
        try:
            file_key = ChaCha20Poly1305(key).decrypt(_NO_NONCE, stanza.body, None)
        except InvalidTag:
            raise _wrong_passphrase(path) from None
        return file.decrypt(file_key).decode()
    except (AgeFileError, UnicodeDecodeError):
        raise damaged from None


def _scrypt(passphrase: str, salt: bytes, work_factor: int) -> bytes:
    return Scrypt(_SCRYPT_LABEL + salt, 32, 2**work_factor, 8, 1).derive(normalize("NFC", passphrase).encode())


def _in_keystore(text: str, path: Path, ask_passphrase: Callable[[], str]) -> bytes:
    keystore = parse_json_object(text, path)
    if keystore.get("version") != 3:
        raise KeyFormatError(f"{path} is not a V3 keystore", "export the account again from your wallet or from Ape")
    if not _is_affordable(keystore):
        raise KeyFormatError(f"{path} is a damaged V3 keystore, or takes too much to open", "use another copy of it")
    passphrase = ask_passphrase()
    try:
        return bytes(Account.decrypt(keystore, passphrase))
    except Exception as error:  # of several libraries, which look at its members as they come to them
        if isinstance(error, ValueError) and "MAC mismatch" in str(error):
            raise _wrong_passphrase(path) from None
        raise KeyFormatError(f"{path} is a damaged V3 keystore", "use another copy of it") from None


def _is_affordable(keystore: dict[str, Any]) -> bool:
    """Whether deriving its key takes no more memory and time than a keystore may; False where it does not say."""
    crypto = _lowered(_lowered(keystore).get("crypto"))
    said = _lowered(crypto.get("kdfparams"))

    def within(most: int, *names: str) -> bool:
        numbers = [said.get(name) for name in names]
        return all(type(each) is int and each > 0 for each in numbers) and math.prod(numbers) <= most  # type: ignore[arg-type]

    if crypto.get("kdf") == "pbkdf2":
        return within(KEYSTORE_ROUNDS, "c")
    return crypto.get("kdf") == "scrypt" and within(KEYSTORE_MEMORY // 128, "n", "r") and within(KEYSTORE_LANES, "p")


def _lowered(value: object) -> dict[str, object]:
    """Some wallets write members with capitals."""
    return {name.lower(): member for name, member in value.items()} if isinstance(value, dict) else {}


def _wrong_passphrase(path: Path) -> PassphraseError:
    return PassphraseError(f"the passphrase does not fit {path}", "check capital letters, and try again")


def _private_key(private_key: bytes, path: Path) -> bytes:
    try:
        PrivateKey(private_key)
    except ValueError:
        raise KeyFormatError(f"{path} holds no valid private key", "use another copy of it") from None
    return private_key


def is_file(path: Path) -> bool:
    """Whether a file is there. A text that is too long for a name names none."""
    try:
        return path.is_file()
    except OSError:
        return False


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
        value = parse_json(text.encode())
    except ValueError:
        raise KeyFormatError(f"{path} is not a key file: its JSON is damaged") from None
    if not isinstance(value, dict):
        raise KeyFormatError(f"{path} is not a key file: it should be a JSON object")
    return value
