"""Keeps an account's register of recipients: a file in the state folder that only the account opens.

`contacts/ADDRESS.age`, 0600: the register as an age file to a key that is derived from a signature of the account.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyrage
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_typing import ChecksumAddress
from pyrage import x25519

from radiogram.errors import RegisterError, StateFolderError
from radiogram.file_lock import lock
from radiogram.formats.ciphertext import age_identity
from radiogram.formats.register import MAX_BYTES, Contact, encode_register, parse_register

KEY_TEXT = "Radiogram: open my register of recipients.\nSign this only in a Radiogram that you opened yourself."
_INFO = b"radiogram register v1"
_PATIENCE = 30.0  # seconds for another command to write its change
_RS_BYTES = 64  # of a signature, without v

Sign = Callable[[str], bytes]


class RegisterFile:
    """The register of one account."""

    def __init__(self, folder: Path, account: ChecksumAddress) -> None:
        self.path = folder / f"{account}.age"

    def exists(self) -> bool:
        return self.path.exists()

    def read(self, sign: Sign) -> tuple[Contact, ...]:
        """The contacts; none where there is no register. `sign` makes an EIP-191 signature of the account, 65 bytes.

        Raises RegisterError.
        """
        return self._read(_identity(sign)) if self.exists() else ()

    @contextmanager
    def changed(self, sign: Sign) -> Iterator[list[Contact]]:
        """The contacts, to be changed in place: on the disk when the block ends well. Raises RegisterError,
        StateFolderError.
        """
        identity = _identity(sign)
        if not self.exists() and str(_identity(sign)) != str(identity):
            raise RegisterError(
                "this account signs the same text differently each time", "keep the register of another"
            )
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            held = os.open(self.path.parent / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StateFolderError(f"{self.path.parent} can't be written: {error.strerror}") from None
        try:
            lock(held, self.path.parent / "lock", _PATIENCE)
            contacts = list(self._read(identity)) if self.exists() else []
            yield contacts
            self._replace(pyrage.encrypt(encode_register(tuple(contacts)), [identity.to_public()]))
        finally:
            os.close(held)

    def _read(self, identity: x25519.Identity) -> tuple[Contact, ...]:
        try:
            data = self.path.read_bytes() if self.path.stat().st_size <= 2 * MAX_BYTES else b""
        except OSError as error:
            raise RegisterError(f"{self.path} can't be read: {error.strerror}") from None
        try:
            return parse_register(pyrage.decrypt(data, [identity]))
        except pyrage.DecryptError:
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


def _identity(sign: Sign) -> x25519.Identity:
    signature = sign(KEY_TEXT)
    if len(signature) < _RS_BYTES:
        raise RegisterError("this account can't sign a text, so that no register can be kept for it", "use another one")
    return x25519.Identity.from_str(age_identity(HKDF(SHA256(), 32, None, _INFO).derive(signature[:_RS_BYTES])))
