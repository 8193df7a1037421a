"""What the acts cost is written down, to the last unit, and stays below the limits."""

import pytest

from tests.contract.gas import COMMAND, LIMITS, REPORT, measure, render, render_sizes
from tests.generated_blocks import CONTRACT_PAGE, read_block


@pytest.fixture(scope="module")
def measured():
    return measure()


def test_the_gas_report_is_what_the_contract_costs(measured):
    assert REPORT.read_text() == render(measured), f"make it anew with: {COMMAND}"
    assert read_block(CONTRACT_PAGE, COMMAND) == render_sizes(measured), f"make it anew with: {COMMAND}"


@pytest.mark.parametrize("act", LIMITS)
def test_no_act_costs_more_than_its_limit(measured, act):
    assert measured.acts[act].gas <= LIMITS[act]


def test_a_quantum_safe_message_costs_no_more_than_another(measured):
    suite_1, suite_2, _ = measured.sizes.values()
    assert all(suite_2[act].gas < suite_1[act].gas for act in suite_1)


def test_a_day_of_studies_fits_one_transaction(measured):
    """By EIP-7825's cap."""
    assert min(measured.batches.values()) >= 150
