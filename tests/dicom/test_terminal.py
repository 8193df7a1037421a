"""Pictures in a terminal: only where it is known to show them, and then the very picture."""

import base64
import io
import re

import pytest
from PIL import Image

from radiogram.output.terminal_image import show_image, terminal_image

KITTY = {"TERM": "xterm-kitty"}
ITERM = {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}


def picture(width: int = 640, height: int = 480) -> bytes:
    sink = io.BytesIO()
    Image.effect_noise((width, height), 60).save(sink, "PNG")
    return sink.getvalue()


def parts(sequence: str) -> tuple[list[str], bytes]:
    """The control data of each of kitty's sequences, and what they carry together."""
    found = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sequence)
    assert "".join(f"\x1b_G{control};{data}\x1b\\" for control, data in found) == sequence
    return [control for control, _ in found], base64.b64decode("".join(data for _, data in found))


@pytest.mark.parametrize(
    "environ",
    [
        KITTY,
        {"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"},
        {"TERM": "xterm-ghostty"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"},
    ],
)
def test_kitty_is_given_the_picture_in_pieces_that_it_puts_together(environ):
    png = picture()

    controls, carried = parts(terminal_image(png, environ))

    assert carried == png
    assert controls[0] == "a=T,f=100,q=2,c=64,r=24,m=1"
    assert set(controls[1:-1]) == {"m=1"}
    assert [control[-3:] for control in controls] == ["m=1"] * (len(controls) - 1) + ["m=0"]


def test_no_piece_is_longer_than_kitty_takes():
    pieces = re.findall(r";([^\x1b]*)\x1b", terminal_image(picture(), KITTY))

    assert len(pieces) > 10
    assert max(map(len, pieces)) == 4096


@pytest.mark.parametrize(
    "environ",
    [
        ITERM,
        {"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"},
        {"TERM": "xterm", "TERM_PROGRAM": "mintty"},
        {"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2", "SSH_TTY": "/dev/pts/1"},
    ],
)
def test_iterm2_and_its_like_are_given_the_picture_at_once(environ):
    png = picture()

    found = re.fullmatch(r"\x1b\]1337;File=([^:]*):([^\x07]*)\x07", terminal_image(png, environ))

    assert f"inline=1;size={len(png)};" in found[1]
    assert base64.b64decode(found[2]) == png


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"TERM": "dumb"},
        {"TERM": "xterm-256color"},
        {"TERM": "linux"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"},
        ITERM | {"TMUX": "/tmp/tmux-0/default,1,0"},  # noqa: S108
        KITTY | {"STY": "1.pts"},
        {"TERM": "screen-256color", "LC_TERMINAL": "iTerm2"},
        {"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"},
        {"TERM": "dumb", "KITTY_WINDOW_ID": "1"},
    ],
)
def test_other_terminals_are_given_nothing(environ):
    assert terminal_image(picture(8, 8), environ) is None


@pytest.mark.parametrize("environ", [{"TERM_PROGRAM": "iTerm.app"}, {"KITTY_WINDOW_ID": "1"}])
def test_what_does_not_say_which_terminal_it_is_is_given_nothing(environ):
    assert terminal_image(picture(8, 8), environ) is None


@pytest.mark.parametrize(
    ("size", "cells"),
    [((100, 100), (10, 5)), ((1688, 400), (80, 9)), ((1024, 1024), (48, 24)), ((200, 4000), (2, 24)), ((1, 1), (1, 1))],
)
def test_a_picture_keeps_its_shape_within_80_columns_and_24_rows(size, cells):
    columns, rows = cells

    assert f",c={columns},r={rows}," in terminal_image(picture(*size), KITTY)
    assert f";width={columns};height={rows};" in terminal_image(picture(*size), ITERM)


class Screen(io.StringIO):
    """A stream that is a terminal, or is none."""

    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self.isatty = lambda: is_terminal


def test_a_picture_is_written_to_a_terminal_and_followed_by_a_new_line():
    screen, png = Screen(is_terminal=True), picture(8, 8)

    assert show_image(png, screen, KITTY)
    assert screen.getvalue() == terminal_image(png, KITTY) + "\n"


@pytest.mark.parametrize(("is_terminal", "environ"), [(False, KITTY), (True, {"TERM": "xterm"})])
def test_nothing_is_written_to_a_file_or_an_unknown_terminal(is_terminal, environ):
    screen = Screen(is_terminal)

    assert not show_image(picture(8, 8), screen, environ)
    assert screen.getvalue() == ""
