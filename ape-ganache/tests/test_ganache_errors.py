"""What a failing contract looks like from Ape."""

import ape
import pytest
from ape.exceptions import ContractLogicError, OutOfGasError, TransactionError

# The assertions on `error.value` are not for show: `ape.reverts` passes for any failure that Ape could not
# read as a custom error.


def test_a_custom_error_of_a_call_has_its_values(probe, stranger):
    with ape.reverts(probe.TooLarge, value=101, by=stranger.address) as error:
        probe.check(101, sender=stranger)
    assert isinstance(error.value, probe.TooLarge)
    assert error.value.inputs == {"value": 101, "by": stranger.address}


def test_a_custom_error_of_a_transaction_has_its_values(probe, stranger):
    with ape.reverts(probe.TooLarge, value=101, by=stranger.address) as error:
        probe.store(101, sender=stranger)
    assert isinstance(error.value, probe.TooLarge)
    assert error.value.inputs == {"value": 101, "by": stranger.address}


def test_a_custom_error_of_an_estimate_has_its_values(probe, stranger):
    with ape.reverts(probe.TooLarge, value=101, by=stranger.address) as error:
        probe.store.estimate_gas_cost(101, sender=stranger)
    assert isinstance(error.value, probe.TooLarge)


def test_a_custom_error_of_a_transaction_that_estimates_its_gas_has_its_values(probe, stranger):
    with ape.reverts(probe.TooLarge, value=101, by=stranger.address) as error:
        probe.store(101, sender=stranger, gas="auto")
    assert isinstance(error.value, probe.TooLarge)


def test_a_custom_error_of_an_impersonated_sender_has_its_values(probe, accounts):
    nobody = accounts["0x" + "12" * 20]
    nobody.balance = "1 ETH"
    with ape.reverts(probe.TooLarge, value=101, by=nobody.address) as error:
        probe.store(101, sender=nobody)
    assert isinstance(error.value, probe.TooLarge)


def test_a_custom_error_without_values_is_recognised(probe, owner):
    with ape.reverts(probe.Forbidden) as error:
        probe.store(13, sender=owner)
    assert isinstance(error.value, probe.Forbidden)


def test_a_value_other_than_the_expected_one_fails_the_assertion(probe, owner):
    with pytest.raises(AssertionError, match="Expected input 'value' to be '99' but was '101'"):  # noqa: SIM117
        with ape.reverts(probe.TooLarge, value=99):
            probe.store(101, sender=owner)


def test_a_custom_error_other_than_the_expected_one_fails_the_assertion(probe, owner):
    with pytest.raises(AssertionError, match="Expected error 'Forbidden' but was 'TooLarge'"):  # noqa: SIM117
        with ape.reverts(probe.Forbidden):
            probe.store(101, sender=owner)


@pytest.mark.parametrize("method", ["check", "store"])
def test_the_reason_of_a_require_is_the_message(probe, owner, method):
    with ape.reverts("fourteen"):
        getattr(probe, method)(14, sender=owner)


def test_a_panic_is_shown_with_its_code(probe, owner):
    with pytest.raises(ContractLogicError, match=r"^0x4e487b710{63}1$"):
        probe.store(15, sender=owner)


def test_a_revert_without_a_word_is_a_failed_transaction(probe, owner):
    with pytest.raises(ContractLogicError) as error:
        probe.store(16, sender=owner)
    assert error.value.message == TransactionError.DEFAULT_MESSAGE


def test_a_transaction_that_runs_out_of_gas_says_so(probe, owner):
    with pytest.raises(OutOfGasError):
        probe.store(7, sender=owner, gas=21_500)


def test_a_revert_is_no_exception_where_it_was_asked_not_to_be(probe, owner):
    receipt = probe.store(101, sender=owner, raise_on_revert=False)
    assert receipt.failed
    assert isinstance(receipt.error, probe.TooLarge)


def test_a_reverted_transaction_changes_nothing(probe, owner):
    with ape.reverts(probe.TooLarge):
        probe.store(101, sender=owner)
    assert probe.value() == 0
