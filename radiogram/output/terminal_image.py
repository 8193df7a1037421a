"""Pictures inside a terminal, where it is known to show them. The terminal is never asked: its environment says it.

Two protocols: kitty's (kitty, Ghostty) and iTerm2's (iTerm2, WezTerm, mintty). Inside tmux or screen, which would have
to pass them on, and in terminals that are not known, there is no picture.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from typing import TextIO

COLUMNS, ROWS = 80, 24  # of the terminal, that a picture takes at most
CHUNK = 4096  # base64 characters in one of kitty's sequences
CELL = 10, 20  # pixels of a character, about: pictures smaller than their room are not blown up


def show_image(png: bytes, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Write the PNG into `stream`, if that is a terminal that shows pictures; whether it was."""
    image = terminal_image(png, environ) if stream.isatty() else None
    if image:
        stream.write(image + "\n")
        stream.flush()
    return image is not None


def terminal_image(png: bytes, environ: Mapping[str, str]) -> str | None:
    """What makes a terminal with these environment variables show the PNG; None where it is not known to."""
    if environ.get("TMUX") or environ.get("STY") or environ.get("TERM", "dumb").startswith(("dumb", "screen", "tmux")):
        return None
    encoded = base64.b64encode(png).decode()
    columns, rows = _cells(png)
    program = environ.get("TERM_PROGRAM", "")
    if (
        environ.get("TERM") in ("xterm-kitty", "xterm-ghostty")
        or environ.get("KITTY_WINDOW_ID")
        or program == "ghostty"
    ):
        return _kitty(encoded, columns, rows)
    if program in ("iTerm.app", "WezTerm", "mintty") or environ.get("LC_TERMINAL") == "iTerm2":
        size = f"size={len(png)};width={columns};height={rows};preserveAspectRatio=1"
        return f"\x1b]1337;File=inline=1;{size}:{encoded}\x07"
    return None


def _kitty(encoded: str, columns: int, rows: int) -> str:
    """a=T transmit and display, f=100 a PNG, q=2 no answer, which would be taken for typing; m=1 more follows."""
    chunks = [encoded[at : at + CHUNK] for at in range(0, len(encoded), CHUNK)]
    first = f"a=T,f=100,q=2,c={columns},r={rows},"
    last = len(chunks) - 1
    return "".join(
        f"\x1b_G{first if place == 0 else ''}m={int(place < last)};{chunk}\x1b\\" for place, chunk in enumerate(chunks)
    )


def _cells(png: bytes) -> tuple[int, int]:
    """Columns and rows for the picture: as large as it is, no larger than its room, its shape kept."""
    width, height = struct.unpack_from(">II", png, 16)  # IHDR, PNG 11.2.1
    scale = min(1, COLUMNS * CELL[0] / width, ROWS * CELL[1] / height)
    return max(1, round(width * scale / CELL[0])), max(1, round(height * scale / CELL[1]))
