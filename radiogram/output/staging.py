"""Where received files go: into the output folder in one step, or nowhere."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from radiogram.errors import OutputExists, OutputFolderError
from radiogram.formats.manifest import PARTIAL_PREFIX


class StagedOutput:
    """A folder beside `out` that becomes part of it in one step, or leaves no trace.

    Use as a context manager: fill `folder`, then `finish(names)`.
    """

    def __init__(self, out: Path, overwrite: bool = False) -> None:
        self._out = out
        self._overwrite = overwrite

    def __enter__(self) -> StagedOutput:
        try:
            self._created = _make_folders(self._out)
            self._partial = tempfile.TemporaryDirectory(prefix=PARTIAL_PREFIX, dir=self._out)
        except OSError as error:
            raise OutputFolderError(f"{self._out} can't be written: {error.strerror}") from None
        self.folder = Path(self._partial.name) / "new"
        self.folder.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        self._partial.cleanup()
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

    def finish(self, names: list[str]) -> list[Path]:
        """Move the files into place, all or none; where they are now."""
        self.refuse_existing(names)
        places = [self._out / name for name in names]
        replaced = Path(self._partial.name) / "replaced"
        with ExitStack() as undo:
            try:
                replaced.mkdir()
                for number, (name, place) in enumerate(zip(names, places, strict=True)):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    if os.path.lexists(place):
                        _move(place, replaced / str(number), undo)
                    _move(self.folder / name, place, undo)
            except OSError as error:
                raise OutputFolderError(f"{self._out} can't be written: {error.strerror}") from None
            undo.pop_all()
        return places


def _move(source: Path, target: Path, undo: ExitStack) -> None:
    source.replace(target)
    undo.callback(target.replace, source)


def _make_folders(folder: Path) -> list[Path]:
    """Create `folder` and its parents; those that were not there before, outermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _is_file(path: Path) -> bool:
    return os.path.lexists(path) and not path.is_dir()
