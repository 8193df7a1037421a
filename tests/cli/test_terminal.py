"""What is printed can do no harm where it is shown."""

import re
import unicodedata

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.cli.session import Command
from radiogram.cli.terminal import Terminal, as_dropped, fail
from radiogram.cli.wording import printable

ESCAPES = st.sampled_from(
    ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\u202egnp.exe", "\u2066", "\r", "\x08", "\ud800", "\u2028"]
)
TEXTS = st.lists(st.one_of(st.text(), ESCAPES)).map("".join)
DIRECTION = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(TEXTS)
def test_no_control_and_no_direction_mark_is_printed(text):
    for sign in printable(text):
        assert unicodedata.category(sign) not in ("Cc", "Cs", "Zl", "Zp") or sign in "\t\n"
        assert unicodedata.bidirectional(sign) not in DIRECTION
        assert sign not in "\u061c\u200e\u200f"


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_what_people_write_is_printed_as_it_is(text):
    assert printable(text) == text


@given(TEXTS, TEXTS)
def test_two_texts_stay_two(one, other):
    assert (printable(one) == printable(other)) <= (one == other or "\\" in one + other)


def test_a_harmful_sign_is_shown_as_python_writes_it():
    assert printable("a\x1b[31m \u202egnp.exe\n") == "a\\x1b[31m \\u202egnp.exe\n"


HARMFUL, SHOWN = "IM\x1b[31m\u202e1", "IM\\x1b[31m\\u202e1"


def test_lines_notes_and_errors_are_printed_so(capsys):
    terminal = Terminal(as_json=False, yes=True)
    terminal.say(HARMFUL)
    terminal.heading(HARMFUL)
    terminal.note(HARMFUL)
    assert capsys.readouterr() == (f"{SHOWN}\n\n{SHOWN}\n", f"{SHOWN}\n")
    with pytest.raises(click.ClickException, match=re.escape(SHOWN)):
        fail(HARMFUL)


def test_the_text_of_an_error_is_printed_so(monkeypatch):
    from radiogram.errors import RadiogramError

    @click.command("x", cls=Command)
    def command(session):
        raise RadiogramError(HARMFUL)

    with pytest.raises(click.ClickException) as refusal:
        command.main([], standalone_mode=False)
    assert refusal.value.message == SHOWN


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/data/scan.dcm", "/data/scan.dcm"),
        ("'/data/my scan.dcm' ", "/data/my scan.dcm"),
        ('"/data/my scan.dcm"', "/data/my scan.dcm"),
        (r"/data/my\ scan\(1\).dcm ", "/data/my scan(1).dcm"),
        (r"'/data/it'\''s.dcm'", "/data/it's.dcm"),
        ("/data/my scan.dcm", "/data/my scan.dcm"),
        ("~/scan.dcm", "/home/grace/scan.dcm"),
        ("O'Brien", "O'Brien"),
        ("Bed 9", "Bed 9"),
        (
            "https://clinic.example/send.html#card=02ab&name=G+%26",
            "https://clinic.example/send.html#card=02ab&name=G+%26",
        ),
        ("", ""),
    ],
)
def test_a_name_is_taken_as_a_terminal_writes_a_file_that_is_dropped_on_it(typed, meant, monkeypatch):
    monkeypatch.setenv("HOME", "/home/grace")
    assert as_dropped(typed) == meant


def test_a_file_whose_own_name_has_quotes_is_taken_as_it_is(tmp_path):
    (tmp_path / "'a'").touch()
    assert as_dropped(f"{tmp_path}/'a'") == f"{tmp_path}/'a'"
