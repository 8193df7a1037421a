"""Ape and Ganache as processes: what is printed, what is left behind, what runs side by side."""

import json
import os
import signal
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from ape_ganache.process import is_listening
from yarl import URL

PROBE = Path(__file__).parent / "data" / "Probe.json"


@pytest.fixture
def hold(ape_project):
    """The name of a script that connects, says so, and stays."""
    _write(
        ape_project / "scripts" / "hold.py",
        """
        import time

        import click
        from ape.cli import ConnectedProviderCommand

        @click.command(cls=ConnectedProviderCommand)
        @click.option("--seconds", default=60)
        def cli(provider, seconds):
            print("CONNECTED", provider.process and provider.process.pid, provider.uri, flush=True)
            time.sleep(seconds)
        """,
    )
    return "hold"


@pytest.fixture
def held(popen_ape, hold):
    """An Ape that has a node, and the guard and the node."""
    ape = popen_ape("run", hold)
    guard = psutil.Process(int(_words_after("CONNECTED", ape.stdout)[0]))
    (node,) = guard.children()
    yield ape, guard, node
    for process in (guard, node):
        with suppress(psutil.NoSuchProcess):
            process.kill()


@pytest.fixture
def chain_tests(ape_project):
    _write(
        ape_project / "tests" / "test_chain.py",
        """
        def test_the_chain_is_fresh_and_works(chain, accounts):
            print("NODE", chain.provider.uri)
            assert chain.blocks.height == 0
            accounts[0].transfer(accounts[1], 1)
            chain.mine(20)
            assert chain.blocks.height == 21
        """,
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda each: each.name)
def test_an_ape_that_is_ended_leaves_no_node(held, number):
    ape, guard, node = held
    os.kill(ape.pid, number)
    ape.wait()
    assert _all_end([guard, node])


@pytest.mark.skipif(not psutil.LINUX, reason="elsewhere the kernel has no parent-death signal")
def test_a_guard_that_is_killed_leaves_no_node(held):
    _, guard, node = held
    guard.kill()
    assert _all_end([node])


def test_an_ape_that_ends_by_itself_has_stopped_its_node(run_ape, hold):
    output = run_ape("run", hold, "--seconds", "0").stdout
    assert not _answers(_words_after("CONNECTED", output.splitlines())[1])


def test_a_joined_node_survives_the_ape_that_joined_it(run_ape, hold, provider):
    done = run_ape("run", hold, "--seconds", "0", APE_GANACHE_HOST=provider.uri)
    assert _words_after("CONNECTED", done.stdout.splitlines()) == ["None", provider.uri]
    assert provider.get_block("latest").number >= 0


def test_no_private_key_reaches_the_terminal_or_a_file(run_ape, hold, ape_project, accounts):
    output = run_ape("run", hold, "--seconds", "0", "-v", "DEBUG").stdout
    files = [path.read_text(errors="replace") for path in ape_project.rglob("*") if path.is_file()]
    assert "CONNECTED" in output
    for text in [output, *files]:
        assert not any(account.private_key.removeprefix("0x") in text.lower() for account in accounts)
        assert accounts.mnemonic not in text
        assert "Private Keys" not in text


def test_two_test_runs_at_the_same_time_do_not_collide(popen_ape, chain_tests):
    runs = [popen_ape("test", "-s") for _ in range(2)]
    outputs = [run.communicate(timeout=300)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    first, second = (_words_after("NODE", output.splitlines()) for output in outputs)
    assert first != second


def test_a_test_run_keeps_off_the_configured_port_and_database(run_ape, ape_project, chain_tests, free_port):
    port = free_port()
    _configure(ape_project, port=port, database="chain")
    done = run_ape("test", "-s")
    assert done.returncode == 0, done.stdout
    assert URL(_words_after("NODE", done.stdout.splitlines())[0]).port != port
    assert not (ape_project / "chain").exists()


def test_a_script_uses_the_configured_port_and_database(run_ape, ape_project, hold, free_port):
    port = free_port()
    _configure(ape_project, port=port, database="chain")
    output = run_ape("run", hold, "--seconds", "0").stdout
    assert _words_after("CONNECTED", output.splitlines())[1] == f"http://127.0.0.1:{port}"
    assert any((ape_project / "chain").iterdir())


def test_a_test_run_with_a_gas_report_can_make_calls(run_ape, ape_project):
    _write(
        ape_project / "tests" / "test_gas.py",
        f"""
        import json

        from ape.contracts import ContractContainer
        from ethpm_types import ContractType

        def test_calls(accounts):
            built = json.load(open({str(PROBE)!r}))
            code = {{"bytecode": built["bytecode"]}}
            probe_type = ContractType(contractName="Probe", abi=built["abi"], deploymentBytecode=code)
            probe = accounts[0].deploy(ContractContainer(probe_type))
            probe.store(7, sender=accounts[0])
            assert probe.value() == 7
        """,
    )
    done = run_ape("test", "--gas")
    assert done.returncode == 0, done.stdout


def test_a_start_that_fails_is_one_line_and_a_failure(run_ape, hold):
    done = run_ape("run", hold, GANACHE_BIN="/no/such/ganache")
    (line,) = done.stdout.splitlines()
    assert line.startswith("ERROR:")
    assert "GANACHE_BIN is '/no/such/ganache'" in line
    assert done.returncode == 1


def test_a_start_that_fails_is_one_line_of_a_test_run(run_ape, chain_tests):
    done = run_ape("test", GANACHE_BIN="/no/such/ganache")
    last_line = done.stdout.strip().splitlines()[-1]
    assert last_line == "ERROR: GANACHE_BIN is '/no/such/ganache', which is not an executable file."
    assert "INTERNALERROR" not in done.stdout
    assert done.returncode == pytest.ExitCode.USAGE_ERROR


def test_networks_run_keeps_a_node_until_it_is_interrupted(popen_ape):
    ape = popen_ape("networks", "run", "--network", "ethereum:local:ganache")
    url = _words_after("Ganache runs at", ape.stdout)[0].rstrip(".")
    assert _answers(url)
    ape.send_signal(signal.SIGINT)
    ape.wait()
    assert not _answers(url)


def test_networks_run_in_the_background_leaves_a_node_that_networks_kill_ends(run_ape, ape_project):
    run_ape("networks", "run", "--network", "ethereum:local:ganache", "--background")
    nodes = json.loads((ape_project / "data" / "processes" / "nodes.json").read_text())["nodes"]
    ((pid, node),) = nodes.items()
    assert _answers(node["http_uri"])
    run_ape("networks", "kill", pid)
    with suppress(psutil.NoSuchProcess):
        assert _all_end([psutil.Process(int(pid))])
    assert not _answers(node["http_uri"])


def _write(path, text):
    path.parent.mkdir(parents=True)
    path.write_text(textwrap.dedent(text))


def _configure(project, **ganache):
    path = project / "ape-config.yaml"
    path.write_text(json.dumps({**json.loads(path.read_text()), "ganache": ganache}))


def _words_after(start, lines):
    """The words that follow `start` in the first line that has it."""
    for line in lines:
        if start in line:
            return line.split(start)[1].split()
    raise AssertionError(f"no line has {start!r}")


def _answers(url):
    return is_listening(URL(url).host, URL(url).port)


def _all_end(processes, seconds=15):
    """Whether all end in time. A psutil.Process knows when it was started: a pid used again is not it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if all(map(_has_ended, processes)):
            return True
        time.sleep(0.05)
    return False


def _has_ended(process):
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
