"""Writes a small file that must not be there yet, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from radiogram.errors import OutputError


def refuse_existing(path: Path) -> None:
    """Raises OutputError if something is at `path`."""
    if os.path.lexists(path):
        raise OutputError(f"{path} is there already, and is not replaced", "choose another name")


def write_new(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put `data` into a new file at `path`, on the disk when this returns. Raises OutputError."""
    refuse_existing(path)
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                path.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror}", "choose another name") from None
