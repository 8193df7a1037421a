"""Where received files go: into the output folder in one step, or nowhere; also if the process is killed meanwhile."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path

from radiogram.errors import OutputExists, OutputFolderError
from radiogram.formats.manifest import PARTIAL_PREFIX

MOVES = "moves.json"
"""In a staging folder while its files are moved into place: [[from, to], …], relative to the output folder."""


class StagedOutput:
    """A folder beside `out` that becomes part of it in one step, or leaves no trace.

    Use as a context manager: fill `folder`, then `finish(names)`. `private`: for nobody else on this computer to read
    (files 0600, new folders 0700).
    """

    def __init__(self, out: Path, overwrite: bool = False, *, private: bool = False) -> None:
        self._out = out
        self._overwrite = overwrite
        self._private = private
        self._held = ExitStack()

    def __enter__(self) -> StagedOutput:
        try:
            self._created = _make_folders(self._out, 0o700 if self._private else 0o777)
            self._partial = _locked_folder(self._out, self._held)
        except OSError as error:
            raise OutputFolderError(f"{self._out} can't be written: {error.strerror}") from None
        self.folder = self._partial / "new"
        self.folder.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._partial, ignore_errors=True)
        self._held.close()
        for folder in reversed(self._created):  # only what is still empty, so only after a failure
            try:
                folder.rmdir()
            except OSError:
                break

    def refuse_existing(self, names: list[str]) -> None:
        """Raise OutputExists if one of `names` is taken in the output folder and may not be overwritten."""
        for name in names:
            place = self._out / name
            taken = place.is_dir() or (os.path.lexists(place) and not self._overwrite)
            blocked = next((p for p in place.relative_to(self._out).parents if _is_file(self._out / p)), None)
            if taken or blocked:
                shown = self._out / (blocked or name)
                raise OutputExists(f"{shown} is there already")

    def finish(self, names: list[str], instead_of: Iterable[str] = ()) -> list[Path]:
        """Move the files into place, and what is there `instead_of` them away, all or none; where they are now."""
        away = list(instead_of)
        self.refuse_existing([name for name in names if name not in away])
        replaced = [*away, *(name for name in names if name not in away and os.path.lexists(self._out / name))]
        moves = [(self._out / name, self._partial / "replaced" / str(place)) for place, name in enumerate(replaced)]
        moves += [(self.folder / name, self._out / name) for name in names]
        journal = self._partial / MOVES
        with ExitStack() as undo:
            try:
                self._keep_private()
                journal.write_text(json.dumps([[os.path.relpath(end, self._out) for end in move] for move in moves]))
                for source, target in moves:
                    _make_folders(target.parent, 0o700 if self._private else 0o777)
                    source.replace(target)
                    undo.callback(target.replace, source)
                journal.unlink()
            except OSError as error:
                raise OutputFolderError(f"{self._out} can't be written: {error.strerror}") from None
            undo.pop_all()
        return [self._out / name for name in names]

    def _keep_private(self) -> None:
        for path in self.folder.rglob("*") if self._private else ():
            if not path.is_dir():  # folders are made anew where the files go
                path.chmod(0o600)


def remove_abandoned(out: Path) -> list[Path]:
    """Remove the staging folders below `out` whose processes were killed, and undo what they had begun to move.

    Those that are gone now. One that can't be removed stays.
    """
    return [folder for folder in sorted(out.glob(f"{PARTIAL_PREFIX}*")) if _remove_if_abandoned(folder, out)]


def abandoned(out: Path) -> list[Path]:
    """The staging folders below `out` whose processes were killed."""
    found = []
    for folder in sorted(out.glob(f"{PARTIAL_PREFIX}*")):
        with suppress(OSError), ExitStack() as held:
            if _is_abandoned(folder, held):
                found.append(folder)
    return found


def _is_abandoned(folder: Path, held: ExitStack) -> bool:
    """Whether it is one's own, and no process works in it; none can until `held` is closed."""
    return not folder.is_symlink() and folder.stat().st_uid == os.geteuid() and _lock(folder, held)


def _remove_if_abandoned(folder: Path, out: Path) -> bool:
    with suppress(OSError, ValueError), ExitStack() as held:
        if not _is_abandoned(folder, held):
            return False
        if (folder / MOVES).exists():
            for source, target in reversed(json.loads((folder / MOVES).read_bytes())):
                if os.path.lexists(out / target) and not os.path.lexists(out / source):
                    (out / target).replace(out / source)
        shutil.rmtree(folder)
        return True
    return False


def _locked_folder(out: Path, held: ExitStack) -> Path:
    """A new staging folder in `out`, locked until `held` is closed: by the kernel, should the process die."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PARTIAL_PREFIX, dir=out))
        with suppress(FileNotFoundError):  # another process may take it for abandoned before it is locked
            if _lock(folder, held) and folder.exists():
                return folder


def _lock(folder: Path, held: ExitStack) -> bool:
    """Whether nobody else holds the folder; it is held until `held` is closed."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    held.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _make_folders(folder: Path, mode: int) -> list[Path]:
    """Create `folder` and its parents; those that were not there before, outermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
    for path in missing:
        path.mkdir(mode, exist_ok=True)
    return missing


def _is_file(path: Path) -> bool:
    return os.path.lexists(path) and not path.is_dir()
