"""The register in a file to a passphrase: to keep, and for another computer or the website."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.accounts import new_passphrase, passphrase_of
from radiogram.cli.session import Session

if TYPE_CHECKING:
    from radiogram.formats.register import Contact


def exported(session: Session, contacts: tuple[Contact, ...], file: Path) -> None:
    """Into a new file, for its owner alone. Raises OutputError."""
    from radiogram.formats.key_file import encrypt_to_passphrase
    from radiogram.formats.register import encode_register
    from radiogram.output import files

    files.check_place(file)
    passphrase = new_passphrase(file, session.terminal)
    files.write_new(file, encrypt_to_passphrase(encode_register(contacts), passphrase), mode=0o600)


def imported(file: Path) -> tuple[Contact, ...]:
    """Raises RegisterError, PassphraseError."""
    from radiogram.errors import KeyFormatError, PassphraseError, RegisterError
    from radiogram.formats.key_file import decrypt_with_passphrase
    from radiogram.formats.register import MAX_BYTES, parse_register

    try:
        text = file.read_text() if file.stat().st_size <= 2 * MAX_BYTES else ""
        return parse_register(decrypt_with_passphrase(text, file, lambda: passphrase_of(file)).encode())
    except PassphraseError:
        raise
    except (OSError, UnicodeDecodeError, KeyFormatError) as error:
        raise RegisterError(f"{file} is not a copy of a register, or damaged", "use another copy") from error
