"""Key files that others on this computer may use are refused; what has no mode to speak of is not."""

import os
import platform
import subprocess
import sys
import threading

import pytest

from radiogram.cli.accounts import keys_in_file
from radiogram.errors import KeyFormatError
from radiogram.formats.key_card import encode_card
from radiogram.formats.keys import Keys

KEY = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
READ = "import pathlib, sys; from radiogram.cli.accounts import keys_in_file as k; k(pathlib.Path(sys.argv[1]))"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "key.hex"
    path.write_text(KEY)
    return path


@pytest.mark.fault("Others may read or change the key file", "chmod", "refused; chmod 600 is named")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604, 0o601, 0o777])
def test_a_key_file_that_others_may_use_is_refused_and_chmod_is_the_way_out(file, mode):
    file.chmod(mode)
    with pytest.raises(KeyFormatError) as raised:
        keys_in_file(file)
    assert str(raised.value) == f"others may read {file}: run `chmod 600 {file}`"


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_file_of_ones_own_is_read(file, mode):
    file.chmod(mode)
    assert keys_in_file(file).private_key.hex() == KEY


def test_a_card_is_told_to_be_one_though_others_may_read_it(file):
    file.write_bytes(encode_card(Keys(bytes.fromhex(KEY)).public()))
    file.chmod(0o644)
    with pytest.raises(KeyFormatError, match="is a key card, which is for senders"):
        keys_in_file(file)


def test_a_link_has_the_mode_of_what_it_leads_to(file, tmp_path):
    file.chmod(0o644)
    (tmp_path / "link").symlink_to(file)
    with pytest.raises(KeyFormatError, match="chmod 600"):
        keys_in_file(tmp_path / "link")


def test_a_pipe_has_no_mode_that_matters(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o644)
    threading.Thread(target=lambda: pipe.write_text(KEY), daemon=True).start()
    assert keys_in_file(pipe).private_key.hex() == KEY


@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0"])
def test_a_file_on_standard_input_is_read_whatever_its_mode(file, name):
    file.chmod(0o644)
    with file.open() as stdin:
        subprocess.run([sys.executable, "-c", READ, name], stdin=stdin, check=True)


def test_without_standard_input_a_key_file_is_judged_all_the_same(file):
    for mode, status in ((0o600, 0), (0o644, 1)):
        file.chmod(mode)
        done = subprocess.run(
            ["sh", "-c", 'exec "$0" -c "$1" "$2" <&- 2>/dev/null', sys.executable, READ, file], check=False
        )
        assert done.returncode == status


def test_where_windows_decides_who_may_read_a_mode_of_777_says_nothing(file, monkeypatch):
    monkeypatch.setattr(platform, "release", lambda: "5.15.167.4-microsoft-standard-WSL2")
    file.chmod(0o777)
    assert keys_in_file(file).private_key.hex() == KEY
    file.chmod(0o644)
    with pytest.raises(KeyFormatError, match="chmod 600"):
        keys_in_file(file)


def test_a_key_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(KeyFormatError, match="can't be read"):
        keys_in_file(tmp_path / "nothing")
