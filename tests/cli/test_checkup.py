"""The checks of doctor, where a whole devnet is not needed to see what they do."""

import signal
import time

import click
import pytest
from ape import networks

from radiogram.cli.checkup import chain, disk, finding, programs
from radiogram.cli.checkup.finding import ok
from radiogram.errors import IpfsUnreachable

HOUR = 3600


# ---- how a check is run


def test_a_check_that_hangs_is_a_problem_when_its_time_is_up():
    def hang():
        try:
            time.sleep(60)
        except Exception:  # as libraries do
            time.sleep(60)

    begun = time.monotonic()
    found = finding.run("chain", hang, 0.2)
    assert time.monotonic() - begun < 10
    assert (found.name, found.state, found.is_late) == ("chain", "problem", True)
    assert found.found == "no answer within 0.2 s"


def test_a_check_that_ends_is_not_disturbed_later():
    before = signal.getsignal(signal.SIGALRM)
    assert finding.run("chain", lambda: ok("fine"), 5).found == "fine"
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is before


@pytest.mark.parametrize(
    ("error", "found", "to_do"),
    [
        (IpfsUnreachable("http://x can't be reached", "is the node running?"), "http://x can't be reached", "is the"),
        (click.ClickException("no connection: x: set Y"), "no connection: x", "set Y"),
        (ZeroDivisionError("a patient's name"), "ZeroDivisionError", "RADIOGRAM_DEBUG=1"),
    ],
)
def test_whatever_a_check_raises_is_a_problem_in_one_line(error, found, to_do):
    def check():
        raise error

    made = finding.run("x", check, 5)
    assert made.state == "problem"
    assert made.found.startswith(found)
    assert to_do in made.to_do
    assert "patient" not in made.found + made.to_do


# ---- the clock


def newest_block():
    return networks.provider.web3.eth.get_block("latest")["timestamp"]


@pytest.mark.parametrize(
    ("late", "state"), [(0, "ok"), (10 * 60, "ok"), (HOUR, "problem"), (-30, "ok"), (-HOUR, "problem")]
)
def test_a_public_chain_keeps_up_with_the_clock(late, state):
    found = chain.clock(networks.provider, is_local=False, now=lambda: newest_block() + late)
    assert found.state == state


def test_a_chain_for_development_may_rest():
    assert chain.clock(networks.provider, is_local=True, now=lambda: newest_block() + 100 * HOUR).state == "ok"


def test_the_time_between_is_told_in_words():
    found = chain.clock(networks.provider, is_local=False, now=lambda: newest_block() - 49 * HOUR)
    assert found.found == "the newest block is 2 days ahead of this computer's clock"


# ---- this computer


def test_room_is_that_of_the_disk_a_folder_will_be_on(tmp_path):
    assert disk.room(tmp_path / "not" / "there").found.endswith(f"free for {tmp_path / 'not' / 'there'}")


def test_a_link_to_a_folder_is_looked_through(tmp_path):
    (tmp_path / "real").mkdir(mode=0o755)
    (tmp_path / "home").symlink_to(tmp_path / "real")
    assert disk.permissions(tmp_path / "home", [], repair=False).state == "problem"
    assert disk.permissions(tmp_path / "home", [], repair=True).repaired
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o700


def test_a_program_of_another_kind_is_a_line(tmp_path, monkeypatch):
    program = tmp_path / "node"
    program.write_text("#!/bin/sh\necho v18.0.1\n")
    program.chmod(0o755)
    monkeypatch.setenv("NODE_BIN", str(program))
    found = programs.node()
    assert (found.state, found.found) == ("problem", f"{program} is not Node 20.19 or later ('v18.0.1')")
