"""Keeps a list of an account's in the state folder: a file that only the account opens.

`FOLDER/ADDRESS.age`, 0600: an age file to a key that is derived from a signature of the account.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from eth_typing import ChecksumAddress

from radiogram.errors import CiphertextError, KeyFormatError, RegisterError, StateFolderError
from radiogram.file_lock import locked
from radiogram.formats.account_key import secret_of
from radiogram.formats.ciphertext import age_recipient, decrypt_bytes, encrypt_bytes

_PATIENCE = 30.0  # seconds for another command to write its change
Sign = Callable[[str], bytes]
T = TypeVar("T")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """What a list is of."""

    name: str
    """What it is called in errors: `register`."""
    key_text: str
    """What the account signs for the key to it."""
    info: bytes
    """Of HKDF."""
    max_bytes: int
    encode: Callable[[tuple[T, ...]], bytes]
    parse: Callable[[bytes], tuple[T, ...]]
    """Raises RegisterError."""


class SealedList(Generic[T]):
    """The list of one account."""

    def __init__(self, kind: Kind[T], folder: Path, account: ChecksumAddress) -> None:
        self._kind = kind
        self.path = folder / f"{account}.age"

    def exists(self) -> bool:
        return self.path.exists()

    def read(self, sign: Sign) -> tuple[T, ...]:
        """What is in it; nothing where there is no list. `sign` makes an EIP-191 signature of the account, 65 bytes.

        Raises RegisterError.
        """
        return self._read(self._secret(sign)) if self.exists() else ()

    @contextmanager
    def changed(self, sign: Sign) -> Iterator[list[T]]:
        """The same, to be changed in place: on the disk when the block ends well. Raises RegisterError,
        StateFolderError.
        """
        secret = self._secret(sign)
        if not self.exists() and self._secret(sign) != secret:
            raise RegisterError(
                "this account signs the same text differently each time", f"keep the {self._kind.name} of another"
            )
        with locked(self.path.parent / "lock", _PATIENCE):
            held = list(self._read(secret)) if self.exists() else []
            yield held
            self._replace(encrypt_bytes(self._kind.encode(tuple(held)), age_recipient(secret)))

    def _read(self, secret: bytes) -> tuple[T, ...]:
        try:
            data = self.path.read_bytes() if self.path.stat().st_size <= 2 * self._kind.max_bytes else b""
        except OSError as error:
            raise RegisterError(f"{self.path} can't be read: {error.strerror}") from None
        try:
            return self._kind.parse(decrypt_bytes(data, secret))
        except CiphertextError:
            raise RegisterError(f"{self.path} is damaged, or another account's", "use another copy of it") from None

    def _replace(self, data: bytes) -> None:
        """All of it, or the old one stays."""
        new = self.path.with_suffix(".new")  # whoever writes it has the lock
        try:
            with open(new, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise StateFolderError(f"{self.path} can't be written: {error.strerror}") from None

    def _secret(self, sign: Sign) -> bytes:
        try:
            return secret_of(sign(self._kind.key_text), self._kind.info)
        except KeyFormatError as error:
            raise RegisterError(
                f"{error.message}, so that no {self._kind.name} can be kept for it", "use another one"
            ) from None
