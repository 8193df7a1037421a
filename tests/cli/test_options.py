"""What options and arguments take and refuse, whatever the command."""

import pytest
from click.testing import CliRunner

from radiogram.cli.commands.deidentify_image import cli as deidentify_image
from radiogram.cli.commands.export_image import cli as export_image
from radiogram.cli.commands.retrieve_image import cli as retrieve_image
from radiogram.cli.commands.send_image import cli as send_image


@pytest.mark.parametrize(
    ("command", "arguments", "option"),
    [
        (send_image, ["", "--to", "02"], "PATH"),
        (send_image, ["image.dcm", "", "--to", "02"], "PATH"),
        (deidentify_image, [""], "PATH"),
        (deidentify_image, ["image.dcm", "--out", ""], "--out"),
        (retrieve_image, ["--out", ""], "--out"),
        (retrieve_image, ["--key-file", ""], "--key-file"),
        (export_image, ["0", "--out="], "--out"),
    ],
)
def test_an_empty_path_is_refused_and_not_the_current_folder(command, arguments, option):
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code != 0
    assert f"'{option}" in done.output
    assert "it is empty: name a file or a folder" in done.output
