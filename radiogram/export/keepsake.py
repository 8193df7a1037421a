"""A study as one HTML file that shows it in any browser, without a network: docs/export.md, Keepsake.

The page is built with the website; the files are put into it as blocks of base64, which nothing runs.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import BinaryIO

from radiogram.errors import OutputExists, OutputFolderError
from radiogram.output.staging import StagedOutput

PAGE = "keepsake.txt"
"""Beside the website's pages, which read it too: a text to its visitors."""
_PLACE = b"<!--files-->"
_BLOCK_BYTES = 3 << 18  # a multiple of 3: base64 of the parts is that of the whole


class Keepsake:
    """A keepsake in the making. As a context manager: put the files below `received`, then `finish`.

    Raises OutputFolderError.
    """

    def __init__(self, out: Path, page: Path, overwrite: bool = False) -> None:
        """`page`: the built page, without files."""
        self._out = Path(os.path.abspath(out))
        self._shown = out
        self._page = page
        self._overwrite = overwrite
        self._staged = StagedOutput(self._out.parent, overwrite)

    def __enter__(self) -> Keepsake:
        if self._out.is_dir() or (os.path.lexists(self._out) and not self._overwrite):
            raise OutputExists(f"{self._shown} is there already")
        self._staged.__enter__()
        self.received = self._staged.folder / "received"
        return self

    def __exit__(self, *exc: object) -> None:
        self._staged.__exit__(*exc)

    def finish(self, files: Sequence[tuple[str, str, Path]], progress: Callable[[int], None] = lambda _: None) -> None:
        """Write the page with `files` (name in the study, media type, path); `progress` is told of their bytes."""
        before, _, after = self._page.read_bytes().partition(_PLACE)
        try:
            with (self._staged.folder / self._out.name).open("xb") as page:
                page.write(before)
                for name, media_type, path in files:
                    _write_block(page, name, media_type, path, progress)
                page.write(after)
                page.flush()
                os.fsync(page.fileno())
            self._staged.finish([self._out.name])
        except OSError as error:
            raise OutputFolderError(f"{self._shown} can't be written: {error.strerror}") from None


def _write_block(page: BinaryIO, name: str, media_type: str, path: Path, progress: Callable[[int], None]) -> None:
    """A block of data, which is no script to a browser (HTML 4.12.1): its type is none of JavaScript's."""
    said = f'data-name="{escape(name)}" data-media-type="{escape(media_type)}"'
    page.write(f'<script class="file" type="application/octet-stream" {said}>'.encode())
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            page.write(base64.b64encode(block))
            progress(len(block))
    page.write(b"</script>\n")
