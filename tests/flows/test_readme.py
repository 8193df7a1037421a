"""What the README claims and a machine can check."""

import re

import click
import pytest

from radiogram.chain import contract
from tests.flows.conftest import ROOT

README = (ROOT / "README.md").read_text()
SCRIPTS = {path.stem for path in (ROOT / "scripts").glob("[!_]*.py")}


def test_every_script_is_named_and_every_named_script_is_there():
    assert set(re.findall(r"ape run (\w+)", README)) | {"demo"} == SCRIPTS


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_every_option_that_the_readme_shows_for_a_script_is_one_of_its_own(devnet, script):
    shown = {
        option for line in re.findall(rf"ape run {script}\b(.*)", README) for option in re.findall(r"--[\w-]+", line)
    }
    subcommands = re.findall(rf"ape run {script} ([a-z]+)\b", README)
    said = "".join(devnet.run(script, *each, "--help").stdout for each in [(), *((each,) for each in set(subcommands))])
    assert shown <= set(re.findall(r"--[\w-]+", click.unstyle(said)))


def test_every_make_target_that_the_readme_shows_is_there():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"^    make (\w+)", README, re.M)) <= targets


def test_every_link_leads_somewhere():
    assert all((ROOT / link).exists() for link in re.findall(r"\]\(([^):]+)\)", README))


@pytest.mark.parametrize("page", ["README.md", "docs/recover.md", "docs/website.md"])
def test_every_page_that_names_the_contract_names_its_address(page):
    assert contract.address() in (ROOT / page).read_text()
