"""The node that is asked is the one that was named, whatever else the environment has."""

import pytest

from radiogram.cli.network import CHAINS
from tests.chain.conftest import connected, connected_to


@pytest.fixture
def another(node, monkeypatch):
    """What web3 would connect to before all else."""
    monkeypatch.setenv("WEB3_PROVIDER_URI", node.server.url)
    return node


@pytest.mark.parametrize("choice", CHAINS)
def test_the_local_network_is_the_chain_that_was_started(choice, chain, another, tmp_path):
    with connected(chain, tmp_path, choice=choice) as network:
        assert network.inbox().address
    assert not another.asked


def test_a_url_is_asked_and_no_other_node(chain, another, tmp_path):
    with connected_to(chain, tmp_path) as network:
        assert network.inbox().address
    assert not another.asked
