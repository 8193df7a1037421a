"""Files that hold a secret: one that others on this computer may use is refused, as ssh refuses it."""

from __future__ import annotations

import os
import platform
import stat
from pathlib import Path

from radiogram.errors import RadiogramError


def check_private(path: Path, error: type[RadiogramError]) -> None:
    """Raises `error` if the file at `path` is for others than its owner to use. What can't be looked at is let pass."""
    try:
        status = path.stat()
    except OSError:
        return
    if stat.S_ISREG(status.st_mode) and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO) and _says_something(status):
        raise error(f"others may read {path}", f"run `chmod 600 {path}`")


def _says_something(status: os.stat_result) -> bool:
    """Whether a mode was meant: not on standard input, which others opened, nor where Windows decides who may read."""
    try:
        if os.path.samestat(status, os.fstat(0)):
            return False
    except OSError:
        pass  # standard input is closed
    of_windows = os.name == "nt" or ("microsoft" in platform.release().lower() and status.st_mode & 0o777 == 0o777)
    return not of_windows
