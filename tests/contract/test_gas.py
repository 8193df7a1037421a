"""What the acts cost is written down, to the last unit, and stays below the limits."""

import pytest

from tests.contract.gas import COMMAND, LIMITS, REPORT, measure, render, render_sizes
from tests.contract.meter import TRANSACTION_CAP
from tests.contract.nodes import HARDHAT_NODE
from tests.contract.rules import NODES
from tests.generated_blocks import CONTRACT_PAGE, read_block


@pytest.fixture(scope="module")
def measured(need):
    need("node", source="Hardhat: make setup-dev, on Linux on x86-64", path=str(HARDHAT_NODE))
    return measure()


def test_the_gas_report_is_what_the_contract_costs(measured):
    assert REPORT.read_text() == render(measured), f"make it anew with: {COMMAND}"
    assert read_block(CONTRACT_PAGE, COMMAND) == render_sizes(measured), f"make it anew with: {COMMAND}"


@pytest.mark.parametrize("act", LIMITS)
def test_no_act_costs_more_than_its_limit(measured, act):
    assert measured.today.acts[act] <= LIMITS[act]


def test_a_quantum_safe_message_costs_no_more_than_another(measured):
    suite_1, suite_2, _ = measured.today.sizes.values()
    assert all(suite_2[act] < suite_1[act] for act in suite_1)


def test_a_day_of_studies_fits_one_transaction(measured):
    """By EIP-7825's cap."""
    assert min(measured.runs["Osaka (Anvil)"].batches.values()) >= 150


@pytest.mark.parametrize("rules", NODES)
def test_the_contract_is_deployed_and_read_by_the_rules_of(measured, rules):
    runs = measured.runs[rules]
    assert runs.deploy < TRANSACTION_CAP
    assert runs.page == measured.runs["Osaka (Anvil)"].page


def test_prague_and_another_node_price_every_act_alike(measured):
    assert all(measured.same.values())


def test_where_state_is_repriced_only_what_adds_to_it_is_dearer(measured):
    """The floor of what a transaction's data costs (EIP-7976) is all that another act may meet."""
    dearer = {act for act, gas in measured.amsterdam.acts.items() if gas > measured.today.acts[act]}
    assert {"send", "deploy", "registerKey, the first"} <= dearer
    assert not dearer & {"acknowledge", "retract", "registerKey, a later one", "restrictInbox, again"}


def test_a_message_is_repriced_as_the_report_says(measured):
    """1,530 a byte of state, with 120 for an account and 64 for a slot; and 6 a word of code, which is hashed."""
    code = measured.runs["Amsterdam (Hardhat)"].code["suite 1"]
    today, amsterdam = measured.today.acts, measured.amsterdam.acts
    falls_away = 32_000 - 9_000 + 200 * code
    assert amsterdam["send"] - today["send"] == 1_530 * (code + 120) + 6 * -(-code // 32) - falls_away
    assert amsterdam["send, the first to an inbox"] - amsterdam["send"] == 1_530 * 64
