"""What a test can do to the chain."""

import time

import ape
import pytest
from ape.exceptions import ProviderError, UnknownSnapshotError
from eth_utils.conversions import to_hex

YEAR = 365 * 24 * 3600
SLACK = 30  # seconds that a busy machine may take for a step, as the node's clock runs on


def test_the_accounts_of_ape_are_the_funded_accounts_of_the_node(provider, accounts):
    of_the_node = provider.make_request("eth_accounts")
    assert [account.address.lower() for account in accounts] == of_the_node
    assert all(account.balance == ape.config.test.balance for account in accounts[2:])


def test_a_transaction_changes_state_and_emits_its_event(probe, owner):
    receipt = probe.store(7, sender=owner)
    assert receipt.events == [probe.Stored(by=owner.address, value=7)]
    assert probe.value() == 7


def test_restoring_a_snapshot_undoes_what_came_after_it(chain, probe, owner):
    snapshot = chain.snapshot()
    height = chain.blocks.height
    probe.store(7, sender=owner)
    chain.restore(snapshot)
    assert (probe.value(), chain.blocks.height) == (0, height)


def test_restoring_the_older_of_two_snapshots_undoes_both(chain, probe, owner):
    older = chain.snapshot()
    probe.store(7, sender=owner)
    chain.snapshot()
    probe.store(8, sender=owner)
    chain.restore(older)
    assert probe.value() == 0


def test_restoring_a_snapshot_that_the_node_does_not_have_is_refused(provider):
    with pytest.raises(UnknownSnapshotError):
        provider.restore("0xffff")


def test_mining_adds_as_many_blocks_as_asked_for(chain):
    height = chain.blocks.height
    chain.mine(5)
    assert chain.blocks.height == height + 5


def test_the_pending_timestamp_set_is_the_time_of_the_next_block(chain, probe):
    later = chain.pending_timestamp + YEAR
    chain.pending_timestamp = later
    chain.mine()
    assert later <= chain.blocks.head.timestamp < later + SLACK


def test_mining_with_a_timestamp_sets_the_time_of_the_block(chain):
    later = chain.pending_timestamp + YEAR
    chain.mine(timestamp=later)
    assert later <= chain.blocks.head.timestamp < later + SLACK


def test_mining_with_a_time_difference_moves_the_clock_by_it(chain):
    before = chain.pending_timestamp
    chain.mine(deltatime=YEAR)
    assert before + YEAR <= chain.blocks.head.timestamp < before + YEAR + SLACK


def test_a_contract_sees_the_time_that_was_travelled_to(chain, probe):
    chain.mine(deltatime=YEAR)
    assert probe.time() == pytest.approx(chain.blocks.head.timestamp, abs=SLACK)


def test_restoring_a_snapshot_brings_back_the_time(chain):
    snapshot = chain.snapshot()
    chain.mine(deltatime=YEAR)
    chain.restore(snapshot)
    assert chain.pending_timestamp == pytest.approx(time.time(), abs=SLACK)


def test_a_balance_can_be_set(owner):
    owner.balance = "3 ETH"
    assert owner.balance == 3 * 10**18


def test_an_account_without_a_key_can_be_impersonated(accounts, probe):
    nobody = accounts["0x" + "12" * 20]
    nobody.balance = "1 ETH"
    receipt = probe.store(7, sender=nobody)
    assert receipt.sender == nobody.address
    assert receipt.events == [probe.Stored(by=nobody.address, value=7)]


def test_a_contract_can_be_impersonated(accounts, probe):
    probe.balance = "1 ETH"
    probe.store(7, sender=accounts[probe.address])
    assert probe.value() == 7


def test_an_account_no_longer_impersonated_cannot_send(provider, accounts):
    nobody = accounts["0x" + "34" * 20]
    nobody.balance = "1 ETH"
    accounts.stop_impersonating(nobody.address)
    with pytest.raises(ProviderError):
        provider.make_request("eth_sendTransaction", [{"from": nobody.address, "to": nobody.address}])


@pytest.fixture
def without_auto_mine(provider):
    provider.auto_mine = False
    yield provider
    provider.auto_mine = True


def test_the_node_mines_by_itself_unless_told_otherwise(provider):
    assert provider.auto_mine is True


def test_without_auto_mine_a_transaction_waits_for_a_block(without_auto_mine, chain, probe, owner):
    assert without_auto_mine.auto_mine is False
    probe.store(7, sender=owner)
    assert probe.value() == 0
    chain.mine()
    assert probe.value() == 7


def test_auto_mine_turned_on_again_mines_what_waits(without_auto_mine, probe, owner):
    probe.store(7, sender=owner)
    without_auto_mine.auto_mine = True
    assert probe.value() == 7


def test_the_code_of_an_account_can_be_set(provider, probe):
    address = "0x5600000000000000000000000000000000000056"
    code = provider.get_code(probe.address)
    assert provider.set_code(address, code)
    assert ape.Contract(address, contract_type=probe.contract_type).value() == 0


def test_a_transaction_can_be_traced(probe, owner):
    assert "Probe.store(newValue=7)" in str(probe.store(7, sender=owner).trace)


def test_a_call_that_was_to_be_traced_still_has_its_result(probe, owner):
    probe.store(7, sender=owner)
    assert probe.value(show_trace=True) == 7


def test_a_storage_slot_can_be_set(provider, probe):
    provider.set_storage(probe.address, 0, to_hex(77))
    assert probe.value() == 77
