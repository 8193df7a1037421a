"""This computer: the state folder, who may read what is private, room on the disk, what was left behind."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from radiogram.cli import hints
from radiogram.cli.checkup.finding import Finding, ok, problem, repaired, some, warning
from radiogram.cli.wording import counted, size

LITTLE_ROOM, TOO_LITTLE_ROOM = 2 * 10**9, 10**8  # bytes
_PRIVATE_FOLDERS = ("", "outgoing", "outgoing/batches", "nonce-locks", "ganache", "anvil", "ipfs")
_PRIVATE_FILES = ("outgoing/*.jsonl", "outgoing/batches/*", "audit.jsonl", "ipfs/repo/config", "*/log", "*/note.json")
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def state_folder(home: Path) -> Finding:
    if not home.exists():
        return ok(f"{home} is not there yet: the first command makes it")
    if not home.is_dir():
        return problem(f"{home} is not a folder", "move it away, or set RADIOGRAM_HOME to a folder of yours")
    try:
        with tempfile.TemporaryFile(dir=home):
            return ok(str(home))
    except OSError as error:
        return problem(
            f"{home} can't be written: {error.strerror}", "make it yours, or set RADIOGRAM_HOME to a folder of yours"
        )


def permissions(home: Path, secret_files: Sequence[Path], *, repair: bool) -> Finding:
    """Of the state folder and of files that hold a secret: for their owner alone."""
    places = [home / each for each in _PRIVATE_FOLDERS]
    places += [path for pattern in _PRIVATE_FILES for path in home.glob(pattern)]
    there = [path for path in (*places, *secret_files) if path.exists()]
    foreign = [str(path) for path in there if path.stat().st_uid != os.geteuid()]
    if foreign:
        return problem(f"not yours: {some(foreign)}", "have its owner give it to you (chown)", items=foreign)
    seen = [path for path in there if path.stat().st_mode & _FOR_OTHERS]
    names = [str(path) for path in seen]
    if not seen:
        return ok(f"no other user may read what is private ({counted(len(there), 'place')})")
    if repair:
        for path in seen:
            path.chmod(0o700 if path.is_dir() else 0o600)
        return repaired(f"made private: {some(names)}", items=names)
    return problem(f"other users of this computer may use {some(names)}", f"{_repair()} makes it private", items=names)


def room(folder: Path) -> Finding:
    """On the disk that `folder` is on, or will be."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    found = f"{size(free)} free for {folder}"
    if free < TOO_LITTLE_ROOM:
        return problem(found, "make room: nothing can be sent or retrieved")
    return warning(found, "make room before large studies") if free < LITTLE_ROOM else ok(found)


def left_behind(out: Path, *, repair: bool) -> Finding:
    """Decrypted images of retrieves that were killed."""
    from radiogram.output import staging

    if repair and (gone := [str(path) for path in staging.remove_abandoned(out)]):
        return repaired(f"removed {some(gone)}, which a run that was killed had left", items=gone)
    left = [str(path) for path in staging.abandoned(out)]
    if not left:
        return ok(f"nothing was left half done in {out}")
    return warning(f"decrypted images that a killed run left: {some(left)}", f"{_repair()} removes them", items=left)


def _repair() -> str:
    return f"`{hints.command('doctor')} --repair`"
