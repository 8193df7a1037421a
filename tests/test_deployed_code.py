"""The code that the contract has on a chain can be told without asking one."""

from ape import networks

from radiogram.chain import contract, deployment
from radiogram.chain.deployed_code import deployed_code

WORD = 32


def test_it_is_what_a_chain_has_to_the_byte(accounts):
    provider = networks.provider
    deployment.deploy(provider, contract.initcode(), accounts[0])
    assert bytes(provider.get_code(contract.address())) == deployed_code(provider.chain_id)


def test_chains_differ_by_two_words_alone():
    one, other = deployed_code(1), deployed_code(2**63 - 1)
    assert len(one) == len(other)
    differing = [place for place, pair in enumerate(zip(one, other, strict=True)) if len(set(pair)) == 2]
    assert len(differing) <= 2 * WORD
    assert one.count(bytes.fromhex(contract.address()[2:])) == 1
