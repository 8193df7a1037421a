"""docs/scale.md and its plots are what the simulation gives, and the simulation keeps to published formulas."""

import subprocess
import sys
from dataclasses import replace

import pytest

from tests.contract.audited import ROOT

SIMULATION = ROOT / "bench" / "scale.py"


@pytest.fixture(scope="module")
def model():
    sys.path.insert(0, str(SIMULATION.parent))
    import scale_inputs
    import scale_model

    yield scale_inputs, scale_model
    sys.path.remove(str(SIMULATION.parent))


def run(*options):
    return subprocess.run([sys.executable, SIMULATION, *options], capture_output=True, text=True, check=False)


def test_the_page_and_its_plots_are_what_the_simulation_writes():
    checked = run("--check")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_other_figures_give_another_page_and_leave_the_one_of_the_docs():
    assert "the disks of 10 days" in run("--kept-days", "10").stdout
    refused = run("--kept-days", "10", "--write")
    assert refused.returncode == 2
    assert "leave out --write" in refused.stderr


def test_the_l1_part_on_the_op_stack_is_what_its_oracle_answers(model):
    """Base, GasPriceOracle.getL1Fee of a transaction below the least size, with the prices of that block."""
    inputs, formulas = model
    gwei = formulas.op_stack_l1_fee(10, 0.119811125, 0.004949171, inputs.Assumed())
    assert int(gwei * 1e9) == 957_476_975


def test_a_limit_is_used_up_where_the_report_says_so(model):
    inputs, formulas = model
    measured, assumed = inputs.read(), inputs.Assumed()
    for name in formulas.limits(1, measured, assumed):
        a_day = formulas.breaks_at(name, measured, assumed)
        assert formulas.limits(a_day, measured, assumed)[name] == pytest.approx(1)


def test_larger_studies_fill_disks_and_gateways_but_no_chain(model):
    inputs, formulas = model
    measured, assumed = inputs.read(), inputs.Assumed()
    before = formulas.limits(1000, measured, assumed)
    after = formulas.limits(1000, measured, replace(assumed, study_mb=2 * assumed.study_mb))
    grown = {name for name in before if after[name] == pytest.approx(2 * before[name])}
    assert grown == {"One computer that sends", "One gateway", "One home's disks"}
    assert all(after[name] == before[name] for name in before.keys() - grown)
