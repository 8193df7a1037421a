"""A forked command does as one that is started from nothing does."""

import pexpect
import pytest

from tests.flows.conftest import ROOT, ColdScripts


@pytest.mark.parametrize(
    "arguments",
    [
        ("inbox", "--json"),
        ("inbox", "--of", "nobody"),
        ("inbox", "--no-such-option"),
        ("no_such_script",),
    ],
)
def test_it_prints_and_ends_the_same(devnet, arguments):
    forked, started = (scripts.run(*arguments) for scripts in (devnet, ColdScripts(devnet.home)))
    assert (forked.returncode, forked.stdout, forked.stderr) == (started.returncode, started.stdout, started.stderr)


def test_ctrl_c_on_its_terminal_ends_it_the_same(devnet):
    started = pexpect.spawn("ape", ["run", "send_image"], cwd=str(ROOT), env=devnet.environment, encoding="utf-8")
    for terminal in (started, devnet.terminal("send_image")):
        terminal.expect_exact("Image or study folder: ")
        terminal.send("\x03")
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert (terminal.before.split(), terminal.exitstatus) == (["^C"], 130)
