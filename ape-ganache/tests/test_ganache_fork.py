"""Forks of another network; a Ganache with mainnet's chain id stands in for a node of mainnet."""

import json

import pytest
from ape.exceptions import ConfigError, ProviderError

HOLDER = "0x7800000000000000000000000000000000000078"


@pytest.fixture
def mainnet(start):
    provider = start(chain_id=1)
    provider.set_balance(HOLDER, 11)
    provider.set_balance(HOLDER, 22)
    provider.mine(8)
    return provider


@pytest.fixture
def fork(start, mainnet):
    def connect(**settings):
        upstream = {"upstream_provider": mainnet.uri, **settings}
        return start("mainnet-fork", fork={"ethereum": {"mainnet": upstream}})

    return connect


def test_a_fork_has_the_state_of_the_network(fork):
    assert fork().get_balance(HOLDER) == 22


def test_a_fork_at_a_block_has_the_state_of_that_block(fork):
    assert fork(block_number=1).get_balance(HOLDER) == 11


def test_a_fork_has_the_chain_id_of_the_network(fork):
    assert fork().chain_id == 1


def test_a_fork_funds_the_test_accounts(fork, accounts):
    assert fork().get_balance(accounts[0].address) >= 10**22


def test_a_change_in_a_fork_does_not_reach_the_network(fork, mainnet):
    copy, height = fork(), mainnet.get_block("latest").number
    copy.set_balance(HOLDER, 33)
    assert copy.get_balance(HOLDER) == 33
    assert mainnet.get_balance(HOLDER) == 22
    assert mainnet.get_block("latest").number == height


def test_a_fork_does_not_join_the_configured_node_of_the_local_network(mainnet, provider, run_ape, ape_project):
    (ape_project / "scripts").mkdir()
    (ape_project / "scripts" / "where.py").write_text(
        "import click\n"
        "from ape.cli import ConnectedProviderCommand\n"
        "@click.command(cls=ConnectedProviderCommand)\n"
        "def cli(provider):\n"
        f"    print('FORK', provider.uri, provider.get_balance('{HOLDER}'))\n"
    )
    fork = {"ethereum": {"mainnet": {"upstream_provider": mainnet.uri}}}
    done = run_ape(
        *("run", "where", "--network", "ethereum:mainnet-fork:ganache"),
        APE_GANACHE_HOST=provider.uri,
        APE_GANACHE_FORK=json.dumps(fork),
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FORK")]
    assert provider.uri not in line
    assert line.endswith(" 22")


def test_a_fork_of_a_node_that_does_not_answer_is_refused(fork, mainnet):
    mainnet.disconnect()
    with pytest.raises((ProviderError, ConfigError), match="Ganache did not start"):
        fork(upstream_provider="http://127.0.0.1:9")
