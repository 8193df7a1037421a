"""The code that the contract has on a chain can be told without asking one."""

from ape import networks

from radiogram.chain import contract, deployment
from radiogram.chain.deployed_code import deployed_code

WORD = 32
PUSH0, PUSH32 = 0x5F, 0x7F


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


def test_it_asks_for_nothing_that_rollups_answer_otherwise():
    """As Arbitrum's `block.number`, which is about L1's, or what depends on who makes a block."""
    names = {0x40: "BLOCKHASH", 0x41: "COINBASE", 0x43: "NUMBER", 0x44: "PREVRANDAO", 0x45: "GASLIMIT", 0x48: "BASEFEE"}
    found, place, code = set(), 0, deployed_code(1)
    while place < len(code):
        opcode = code[place]
        found.add(opcode)
        place += 1 + (opcode - PUSH0 if PUSH0 < opcode <= PUSH32 else 0)
    assert 0x42 in found  # TIMESTAMP, the sender's and recipient's time
    assert not [names[each] for each in found & names.keys()]
