"""Shows a person the pictures that may have text in them, and asks, before copies are made of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from radiogram.cli.wording import counted

if TYPE_CHECKING:
    from radiogram.cli.terminal import Terminal

QUESTION = "Have you looked at each, and does none show a name, a number or a date of the patient?"
STOPPED = "stopped: no copy was made"


def looked_at(terminal: Terminal, files: list[Path], force_pixels: bool) -> bool:
    """Whether pictures in doubt go along: `force_pixels` says so, or who is at the terminal, having seen them all.

    Where there is nobody to ask, or one of them can't be shown, the answer is `force_pixels`. Until the answer, the
    sheets lie in a folder for this user alone (mode 0700).
    """
    from radiogram.cli.part import temporary_folder
    from radiogram.deidentify.study import in_doubt
    from radiogram.dicom.contact_sheet import large_sheets
    from radiogram.errors import PreviewError
    from radiogram.output.terminal_image import show_image

    doubtful = [] if force_pixels or not terminal.can_ask else in_doubt(files)
    if not doubtful:
        return force_pixels
    with temporary_folder() as folder:
        terminal.say(f"{counted(len(doubtful), 'image')} of a kind that often shows the patient's name:")
        try:
            for number, (png, shown) in enumerate(large_sheets(doubtful), 1):
                place = folder / f"sheet-{number:03}.png"
                place.write_bytes(png)
                place.chmod(0o600)
                terminal.say(f"{place}  ({shown})")
                show_image(png, sys.stdout, os.environ)
        except PreviewError as error:
            terminal.note(f"one of them can't be shown: {error.reason}")
            return False
        terminal.confirm(QUESTION, STOPPED)
    return True
