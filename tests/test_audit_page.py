"""docs/audit.md holds what `make audit` wrote for the tree as it is, as far as can be told without running it."""

import re

import pytest

from tests import advisories, junk, large
from tests.contract import audited, coverage, deep, generated_mutants, mutants, slither
from tests.generated_blocks import AUDIT_PAGE, CONTRACT_PAGE, read_block
from tests.mutants import __main__ as python_mutants

OF_THE_CONTRACT = [slither, coverage, deep, mutants, generated_mutants, junk]


def rows(block: str) -> list[list[str]]:
    """Of its only table, without the head."""
    lines = [line for line in block.splitlines() if line.startswith("| ")]
    return [line.strip("| ").split(" | ") for line in lines[2:]]


@pytest.mark.parametrize("tool", [*OF_THE_CONTRACT, large, advisories, python_mutants], ids=lambda tool: tool.__name__)
def test_every_tool_has_written_a_result(tool):
    assert rows(read_block(AUDIT_PAGE, tool.COMMAND)), f"run: {tool.COMMAND}"


@pytest.mark.parametrize("tool", OF_THE_CONTRACT, ids=lambda tool: tool.__name__)
def test_results_are_of_the_contract_as_it_is(tool):
    assert read_block(AUDIT_PAGE, tool.COMMAND).startswith(audited.statement()[:-1]), f"run: {tool.COMMAND}"


def test_all_mutants_of_the_list_and_no_others_were_killed():
    block = read_block(AUDIT_PAGE, mutants.COMMAND)
    assert [name for name, _ in rows(block)] == list(mutants.MUTANTS)
    assert f"{len(mutants.MUTANTS)} of {len(mutants.MUTANTS)} mutants killed" in block
    assert "SURVIVED" not in block


def test_each_mutant_of_the_tool_that_was_run_was_killed_or_is_argued():
    head = read_block(AUDIT_PAGE, generated_mutants.COMMAND).split("\n\n")[1]
    killed, run, argued, made = (int(number) for number in re.findall(r"\d+", head.replace("contract.md", "")))
    arguments = read_block(CONTRACT_PAGE, generated_mutants.COMMAND)
    assert killed + argued == run <= made
    assert len(re.findall(r"^- `", arguments, re.M)) == argued
    assert "NOT ARGUED" not in arguments


def test_the_tool_that_makes_mutants_is_of_the_locked_version():
    assert generated_mutants.MUTATOR.version() in read_block(AUDIT_PAGE, generated_mutants.COMMAND)


def test_mutants_of_the_python_are_of_its_files_as_they_are():
    block = read_block(AUDIT_PAGE, python_mutants.COMMAND)
    assert block.startswith(python_mutants.statement()), f"run: {python_mutants.COMMAND}"
    of = {row[0].strip("`"): row[1] for row in rows(block)}
    changed = [path for path in python_mutants.sources() if of.get(path) != python_mutants.digest_of(path)]
    assert not changed, f"run: {python_mutants.COMMAND} {' '.join(changed)}"


def test_each_mutant_of_the_python_was_killed_or_is_argued():
    figures = [[int(cell) for cell in row[2:]] for row in rows(read_block(AUDIT_PAGE, python_mutants.COMMAND))]
    arguments = read_block(python_mutants.SURVIVORS_PAGE, python_mutants.COMMAND)
    assert len(re.findall(r"^- ", arguments, re.M)) == sum(made - killed for made, killed, *_ in figures)
    assert "NOT ARGUED" not in arguments


def test_junk_was_measured_in_full():
    assert f"{junk.NUMBER:,} messages of somebody else" in read_block(AUDIT_PAGE, junk.COMMAND)


def test_every_finding_of_slither_has_the_explanation_of_the_list():
    for check, function, why in rows(read_block(AUDIT_PAGE, slither.COMMAND)):
        assert slither.explanation(check, function.strip("`").replace("all sources", "")) == why


def test_slither_is_of_the_locked_version():
    assert slither.version() in read_block(AUDIT_PAGE, slither.COMMAND)


def test_every_advisory_has_the_explanation_of_the_list():
    for program, module, _, why in rows(read_block(AUDIT_PAGE, advisories.COMMAND)):
        assert why == advisories.EXPLAINED[program, module.split(" ")[0]]


def test_every_line_of_the_contract_was_run():
    block = read_block(AUDIT_PAGE, coverage.COMMAND)
    run, lines, branches_run, branches, others, guards = re.findall(r"\d+", block.split("\n\n")[1])
    assert run == lines
    assert int(branches) - int(branches_run) == int(others) == int(guards) == len(rows(block))
    assert {panic for _, _, panic in rows(block)} <= set(coverage.PANICS.values())


def test_large_studies_kept_their_limits():
    for _, browser, server, blocked in rows(read_block(AUDIT_PAGE, large.COMMAND)):
        assert int(browser) <= 150
        assert int(server) <= 150
        assert int(blocked) <= 200
