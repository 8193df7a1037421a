"""What the acts cost is written down, to the last unit, and stays below the limits."""

import pytest

from tests.contract.gas import LIMITS, REPORT, measure, render


@pytest.fixture(scope="module")
def measured(project):
    contract = project.ImageInbox.contract_type
    abi = [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in contract.abi]
    return measure(abi, "0x" + bytes(contract.get_deployment_bytecode()).hex())


def test_the_gas_report_is_what_the_contract_costs(measured):
    assert REPORT.read_text() == render(*measured), "make it anew with: python -m tests.contract.gas"


@pytest.mark.parametrize("act", LIMITS)
def test_no_act_costs_more_than_its_limit(measured, act):
    assert measured[0][act] <= LIMITS[act]
