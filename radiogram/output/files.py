"""Writes a small file that must not be there yet, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from radiogram.errors import OutputError


def refuse_existing(path: Path) -> None:
    """Raises OutputError if something is at `path`."""
    if os.path.lexists(path):
        raise OutputError(f"{path} is there already, and is not replaced", "choose another name")


def check_place(path: Path) -> None:
    """Raises OutputError unless a new file can be made at `path`, as far as can be seen beforehand.

    For whoever does first what can't be undone or done twice. The folder is not made: a stick may not be there.
    """
    refuse_existing(path)
    try:
        with suppress(FileNotFoundError):
            os.lstat(path)  # of a name that is too long
        tempfile.TemporaryFile(dir=path.parent).close()  # without a name, where the system can
    except OSError as error:
        raise _unwritable(path, error) from None


def write_new(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put `data` into a new file at `path`, on the disk when this returns. Raises OutputError.

    On Linux nothing is left if the process is killed meanwhile.
    """
    refuse_existing(path)
    try:
        try:
            _write_then_name(path, data, mode)
        except FileExistsError:
            raise
        except (AttributeError, OSError):  # another system, or a file system that has no files without a name
            _write_named(path, data, mode)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path} can't be written: {error.strerror}", "choose another name")


def _write_then_name(path: Path, data: bytes, mode: int) -> None:
    """By a file without a name, which the kernel removes with the process."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        nameless = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, mode)
        with os.fdopen(nameless, "wb") as file:
            _write(file, data)
            os.link(f"/proc/self/fd/{nameless}", path.name, dst_dir_fd=folder)
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_named(path: Path, data: bytes, mode: int) -> None:
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        try:
            _write(file, data)
        except OSError:
            path.unlink(missing_ok=True)
            raise


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())
