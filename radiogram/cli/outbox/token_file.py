"""The file with the token that lets systems store by DICOMweb."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from radiogram.cli.terminal import Terminal
from radiogram.errors import OutboxError

LEAST = 32  # characters: 128 bits in hex
_PREFIX = "bearer:"  # as in the file that RADIOGRAM_DICOMWEB_AUTH_FILE names: it may be this one
_MOST = 4096


def token_in(path: Path, terminal: Terminal) -> str:
    """The token in the file at `path`, which is made, with a new one, if there is none.

    Raises OutboxError if others may read it, or it holds none.
    """
    from radiogram.cli.private_file import check_private

    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise OutboxError(f"{path} can't be written: {error.strerror}", "name another file") from None
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{_PREFIX}{secrets.token_hex(LEAST)}\n")
        terminal.note(f"Made {path}, with a new token: whoever has it can send to your outbox")
    check_private(path, OutboxError)
    try:
        with path.open(encoding="ascii") as file:
            token = file.read(_MOST).strip().removeprefix(_PREFIX).strip()
    except (OSError, UnicodeDecodeError) as error:  # the latter's text quotes what it complains of
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise OutboxError(f"{path} can't be read: {why}") from None
    if not re.fullmatch(rf"[A-Za-z0-9._~+/=-]{{{LEAST},{_MOST - 1}}}", token):
        what = f"{path} holds no token: one line of at least {LEAST} letters, digits or -._~+/="
        raise OutboxError(what, "name a file that is not there: it is made")
    return token
