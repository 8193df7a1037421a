"""Which node a provider ends up with, and what becomes of it."""

import shutil
import socket

import psutil
import pytest
from ape.exceptions import ConfigError
from ape_ganache import process
from ape_ganache.errors import GanacheError, PortTakenError
from ape_ganache.process import find_executable
from ape_ganache.program import wait_until
from yarl import URL


@pytest.fixture
def taken_port():
    """A port on which a program listens that speaks no HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def anvil_port(free_port):
    if (anvil := shutil.which("anvil")) is None:
        pytest.skip("needs Anvil, as a node that is not Ganache")
    port = free_port()
    with process.start([anvil, "--port", str(port)], detached=False, timeout=60) as guard:
        yield port
        guard.terminate()


def test_a_node_listens_on_loopback_alone(provider, node_of):
    assert URL(provider.uri).host == "127.0.0.1"
    listening = [each for each in node_of(provider).net_connections() if each.status == psutil.CONN_LISTEN]
    assert [(each.laddr.ip, each.laddr.port) for each in listening] == [("127.0.0.1", URL(provider.uri).port)]


def test_providers_of_the_same_settings_share_a_node(provider, start):
    assert start().uri == provider.uri


def test_providers_of_different_settings_have_nodes_of_their_own(provider, start):
    assert start(number_of_accounts=3).uri != provider.uri


def test_a_disconnect_ends_the_node_that_was_started(start, node_of):
    provider = start(number_of_accounts=3)
    node = node_of(provider)
    provider.disconnect()
    assert not node.is_running()
    assert not provider.is_connected


def test_asking_whether_a_provider_is_connected_starts_nothing(networks):
    provider = networks.ethereum.local.get_provider("ganache", provider_settings={"number_of_accounts": 3})
    assert not provider.is_connected
    assert provider.process is None


def test_a_node_that_runs_at_the_configured_url_is_joined(provider, start):
    joined = start(host=provider.uri)
    assert joined.process is None
    assert joined.get_block("latest").hash == provider.get_block("latest").hash


def test_a_node_that_runs_on_the_configured_port_is_joined(provider, start):
    assert start(port=URL(provider.uri).port).process is None


def test_a_node_that_was_joined_survives_the_disconnect(provider, start):
    start(host=provider.uri).disconnect()
    assert provider.get_block("latest").number >= 0


def test_a_node_is_started_on_the_configured_port_where_none_runs(start, free_port):
    port = free_port()
    assert start(port=port).uri == f"http://127.0.0.1:{port}"


def test_a_node_is_started_at_the_configured_loopback_url_where_none_runs(start, free_port):
    port = free_port()
    assert start(host=f"http://localhost:{port}").process is not None


def test_a_node_is_never_started_at_the_url_of_another_machine(start):
    with pytest.raises(GanacheError, match=r"No node answers at http://node\.invalid:8545"):
        start(host="http://node.invalid:8545")


def test_a_port_that_another_program_has_is_refused(start, taken_port):
    with pytest.raises(PortTakenError, match=f":{taken_port} is taken by another program"):
        start(port=taken_port, request_timeout=1)


def test_a_node_that_is_not_ganache_is_refused(start, anvil_port):
    with pytest.raises(PortTakenError, match="which is not Ganache"):
        start(port=anvil_port)


def test_a_node_that_may_not_be_started_is_an_error(networks):
    provider = networks.ethereum.local.get_provider("ganache", provider_settings={"number_of_accounts": 3})
    provider.allow_start = False
    with pytest.raises(GanacheError, match="none may be started"):
        provider.connect()


def test_a_node_that_does_not_start_in_time_is_given_up_and_ended(start):
    before = psutil.Process().children()
    with pytest.raises(GanacheError, match="did not start within"):
        start(number_of_accounts=3, start_timeout=0.01)
    assert psutil.Process().children() == before


def test_the_node_follows_its_settings(start, accounts):
    provider = start(chain_id=4321, number_of_accounts=3, balance="1.5 ETH", block_gas_limit=20_000_000)
    assert provider.chain_id == 4321
    assert [provider.get_balance(account.address) for account in accounts[:4]] == [15 * 10**17] * 3 + [0]
    assert provider.max_gas == 20_000_000


def test_the_node_takes_accounts_from_other_words(start, accounts):
    words = "candy maple cake sugar pudding cream honey rich smooth crumble sweet treat"
    assert accounts[0].address.lower() not in start(mnemonic=words).make_request("eth_accounts")


def test_blocks_are_mined_by_the_clock_where_a_block_time_is_set(start):
    provider = start(block_time=1)
    assert wait_until(lambda: provider.get_block("latest").number >= 1, 30)


def test_settings_that_are_updated_reach_a_new_node(start):
    provider = start(number_of_accounts=3)
    provider.update_settings({"chain_id": 99})
    assert provider.chain_id == 99


def test_a_database_keeps_the_chain_through_a_restart(start, tmp_path):
    provider = start(database=tmp_path / "chain")
    provider.mine(4)
    tip = provider.get_block("latest").hash
    provider.disconnect()
    assert start(database=tmp_path / "chain").get_block(4).hash == tip


def test_without_a_database_the_chain_ends_with_the_node(start):
    provider = start(number_of_accounts=3)
    provider.mine(4)
    provider.disconnect()
    assert start(number_of_accounts=3).get_block("latest").number == 0


def test_a_database_that_another_node_has_open_is_refused(start, tmp_path):
    start(database=tmp_path / "chain")
    with pytest.raises(GanacheError, match="Another Ganache has the database folder open"):
        start(database=tmp_path / "chain", chain_id=2)


def test_the_executable_may_be_named_in_the_environment(monkeypatch, tmp_path):
    executable = find_executable(None, tmp_path)
    monkeypatch.setenv("GANACHE_BIN", executable)
    monkeypatch.setenv("PATH", "")
    assert find_executable(None, tmp_path) == executable


def test_an_executable_that_is_not_there_is_refused_by_name(start):
    with pytest.raises(GanacheError, match="`ganache: executable` is '/no/such/ganache'"):
        start(executable="/no/such/ganache")


def test_an_executable_in_the_projects_node_modules_is_found(monkeypatch, tmp_path):
    _without_ganache(monkeypatch)
    executable = tmp_path / "node_modules" / ".bin" / "ganache"
    executable.parent.mkdir(parents=True)
    executable.write_text("#!/bin/sh\n")
    executable.chmod(0o700)
    assert find_executable(None, tmp_path) == str(executable)


def test_a_machine_without_ganache_is_told_how_to_install_it(monkeypatch, tmp_path):
    _without_ganache(monkeypatch)
    with pytest.raises(GanacheError, match="npm install ganache"):
        find_executable(None, tmp_path)


def test_an_executable_in_the_folder_one_stands_in_is_not_run(monkeypatch, tmp_path):
    _without_ganache(monkeypatch)
    (tmp_path / "ganache").write_text("#!/bin/sh\n")
    (tmp_path / "ganache").chmod(0o700)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GanacheError, match="npm install ganache"):
        find_executable(None, tmp_path / "project")


def test_a_machine_without_node_js_is_told_to_install_it(start, monkeypatch, tmp_path):
    executable = find_executable(None, tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GanacheError, match=r"Install Node\.js"):
        start(executable=executable, number_of_accounts=3)


def test_a_complaint_of_ganache_becomes_the_error(start):
    with pytest.raises(GanacheError, match="Ganache did not start: Unknown argument: nonsense"):
        start(extra_args=["--nonsense=1"])


def test_a_complaint_of_ganache_is_passed_on_without_private_keys(start, accounts):
    with pytest.raises(GanacheError, match=r"Ganache did not start: Unknown .*: …$"):
        start(extra_args=["--wallet.lock", accounts[0].private_key])


def test_a_hardfork_that_ganache_does_not_know_is_refused(start):
    with pytest.raises(ConfigError, match="`ganache: hardfork`: Input should be 'constantinople'"):
        start(hardfork="cancun")


def test_a_setting_that_does_not_exist_is_refused(start):
    with pytest.raises(ConfigError, match="`ganache: prot`"):
        start(prot=8545)


@pytest.mark.parametrize("option", ["--server.host=0.0.0.0", "--host", "-h", "--detach"])
def test_an_option_that_would_open_the_node_to_others_is_refused(start, option):
    with pytest.raises(ConfigError, match=r"listens on 127\.0\.0\.1"):
        start(extra_args=[option])


def _without_ganache(monkeypatch):
    monkeypatch.delenv("GANACHE_BIN", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.executable", "/no/such/python")
