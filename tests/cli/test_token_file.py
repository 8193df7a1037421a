"""The token's file: made for its owner alone, and refused where it is for others, or holds none."""

import re
import stat

import pytest

from radiogram.cli.outbox.token_file import token_in
from radiogram.cli.terminal import Terminal
from radiogram.errors import OutboxError


@pytest.fixture
def terminal():
    return Terminal(as_json=False, yes=False)


def test_one_that_is_not_there_is_made_and_holds_the_same_token_ever_after(tmp_path, terminal, capsys):
    path = tmp_path / "token"
    token = token_in(path, terminal)
    assert re.fullmatch(r"[0-9a-f]{64}", token)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token_in(path, terminal) == token
    assert token_in(tmp_path / "other", terminal) != token
    said = "".join(capsys.readouterr())
    assert token not in said
    assert str(path) in said


@pytest.mark.parametrize("text", ["{token}", "{token}\n", "bearer:{token}\n", "  {token}  \n"])
def test_one_of_ones_own_may_hold_the_token_alone_or_as_the_exporter_has_it(tmp_path, terminal, text):
    token = "Aa0-._~+/=" * 4
    path = tmp_path / "token"
    path.write_text(text.format(token=token))
    path.chmod(0o600)
    assert token_in(path, terminal) == token


@pytest.mark.parametrize("text", ["", "short", "x" * 31, "x" * 5000, "two lines of\n" + "x" * 40, "ä" * 40, "x y" * 20])
def test_one_that_holds_no_token_is_refused_and_not_quoted(tmp_path, terminal, text):
    path = tmp_path / "token"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(OutboxError) as refusal:
        token_in(path, terminal)
    assert str(path) in refusal.value.message
    assert "xxx" not in str(refusal.value)


def test_one_that_others_may_read_is_refused(tmp_path, terminal):
    path = tmp_path / "token"
    path.write_text("x" * 40)
    path.chmod(0o640)
    with pytest.raises(OutboxError, match="others may read"):
        token_in(path, terminal)


def test_a_folder_that_is_not_there_is_named(tmp_path, terminal):
    with pytest.raises(OutboxError, match="can't be written"):
        token_in(tmp_path / "none" / "token", terminal)
