"""What every command asks of its process: streams that are open, no core dumps, an end that nothing aborts."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SILENCED = """
from radiogram.cli.network import silence_ape
silence_ape()
from ape.logging import logger
logger.error("a library")
"""
COMMAND = """
import os, sys, threading, time, click
from radiogram.cli.session import Command
@click.command(cls=Command)
def cli(session):
    {}
cli()
"""
BUSY = 'threading.Thread(target=time.sleep, args=(60,), name="read-manifest", daemon=True).start()'
DEAF = f'{BUSY}; session.terminal.say("done")'


def run(code: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", COMMAND.format(code)], capture_output=True, text=True, check=False, timeout=60, **options
    )


# ---- standard streams


@pytest.mark.parametrize(("debug", "said"), [({}, ""), ({"RADIOGRAM_DEBUG": "1"}, "a library\n")], ids=["", "debug"])
def test_what_ape_logs_is_not_on_standard_output(debug, said):
    environment = {name: value for name, value in os.environ.items() if name != "RADIOGRAM_DEBUG"} | debug
    command = [sys.executable, "-c", SILENCED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", said)


def test_ape_draws_no_bar_of_confirmations_where_there_is_no_terminal():
    code = (
        "from radiogram.cli.network import silence_ape; silence_ape(); "
        "from ape.api.transactions import ConfirmationsProgressBar\n"
        "    with ConfirmationsProgressBar(2) as bar: bar.confs = 1"
    )
    done = run(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.fault("Standard input, output or errors are closed", "`<&-`, `>&-`, `2>&-`", "the command works")
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_closed_stream_is_an_open_one_that_nobody_reads_or_fills(number):
    code = "print(session.terminal.is_interactive, sys.stdin.read()); session.terminal.note('n'); os.fstat({})"
    done = run(code.format(number), preexec_fn=lambda: os.close(number))
    assert done.returncode == 0
    assert done.stdout == ("" if number == 1 else "False \n")
    assert done.stderr == ("" if number == 2 else "n\n")


# ---- core dumps


def aborted(code: str) -> bool:
    """Whether a process that aborts leaves a core dump, where the user's limit is none."""

    def limitless() -> None:
        most = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))

    process = subprocess.Popen([sys.executable, "-c", code], preexec_fn=limitless)
    _, status = os.waitpid(process.pid, 0)
    assert os.WTERMSIG(status) == signal.SIGABRT
    return os.WCOREDUMP(status)


@pytest.mark.fault("A command aborts", "a real abort, dumps unlimited", "no core dump")
def test_a_command_that_aborts_leaves_no_core_dump(tmp_path, monkeypatch):
    """Its memory may hold keys."""
    monkeypatch.chdir(tmp_path)
    assert not aborted(COMMAND.format("os.abort()"))
    assert not list(tmp_path.iterdir())
    if not aborted("import os; os.abort()"):
        pytest.skip("this machine writes no core dumps: nothing was seen here")


# ---- the end


def test_a_command_ends_although_a_thread_of_it_is_busy():
    done = run(DEAF)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


@pytest.mark.parametrize(
    ("ending", "status", "said"),
    [
        ("raise click.ClickException('no')", 1, "Error: no\n"),
        ("session.terminal.ask('PATH', '?')", 1, "Error: PATH is missing: see --help\n"),
        ("sys.exit(143)", 143, ""),
        ("raise KeyboardInterrupt", 130, ""),
    ],
)
def test_a_command_with_a_busy_thread_ends_as_without_one(ending, status, said):
    done = run(f"{DEAF}; {ending}")
    assert (done.returncode, done.stdout, done.stderr) == (status, "done\n", said)


def test_what_could_not_be_written_at_the_end_is_no_success():
    with Path("/dev/full").open("w") as full:
        code = COMMAND.format(f"{BUSY}; print('x')")
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert done.returncode != 0


@pytest.mark.parametrize("end", ["", "; session.terminal.done = 'it'; raise OSError"], ids=["well", "by an error"])
def test_ctrl_c_after_the_last_word_prints_nothing_more(end):
    interrupted = "import ape, signal, weakref; weakref.finalize(cli, os.kill, os.getpid(), signal.SIGINT)"
    done = run(interrupted + end)
    assert (done.returncode, "Traceback" in done.stderr) == (bool(end), False)


def test_ctrl_c_before_the_end_stops_a_command():
    done = run("import ape, signal; os.kill(os.getpid(), signal.SIGINT); session.terminal.say('done')")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
