"""The locks pin what pyproject.toml asks for, and nothing that they should not."""

import re
import tomllib
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.flows.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = [
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-networks.txt",
    "tools/installer.txt",
    "tools/sbom.txt",
]


def pins(lock: str) -> dict[str, set[str]]:
    """Versions by package: several where they differ by Python or platform."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text(), re.M):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def asked(*texts: str) -> list[Requirement]:
    """What is asked for, less our own packages, which set-up takes from this tree."""
    return [each for each in map(Requirement, texts) if each.name not in ("ape-ganache", "radiogram")]


RUNTIME = asked(*PROJECT["project"]["dependencies"])
EXTRAS = PROJECT["project"]["optional-dependencies"]
DEVELOPING = asked(*PROJECT["project"]["dependencies"], *EXTRAS["dev"])
NETWORKS = asked(
    *PROJECT["project"]["dependencies"], *chain(*(extra for name, extra in EXTRAS.items() if name != "dev"))
)
INSTALLER, SBOM = (asked(*PROJECT["dependency-groups"][name]) for name in ("installer", "sbom"))


WANTED = dict(zip(LOCKS, [RUNTIME, DEVELOPING, NETWORKS, INSTALLER, SBOM], strict=True))


@pytest.mark.parametrize(("lock", "wanted"), WANTED.items(), ids=LOCKS)
def test_a_lock_pins_every_dependency_to_a_version_that_is_asked_for(lock, wanted):
    pinned = pins(lock)
    for requirement in wanted:
        versions = pinned[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(Version(each), prereleases=True) for each in versions), requirement


def test_what_develops_has_the_same_versions_as_what_runs():
    runtime, everything = pins("requirements.txt"), pins("requirements-dev.txt")
    assert runtime.items() <= everything.items()


def test_what_runs_brings_no_browser_compiler_linter_or_prover():
    runtime = pins("requirements.txt")
    assert not runtime.keys() & {"playwright", "mypy", "ruff", "hypothesis", "ape-solidity", "ape-foundry", "uv"}


def test_every_extra_is_locked_and_those_for_networks_are_ape_s_plugins():
    """A plugin that has another name than its extra would not be found by who reads the page."""
    pinned = pins("requirements-networks.txt")
    plugins = {name for name in EXTRAS if name not in ("local", "dev", "networks")}
    assert {f"ape-{name}" for name in plugins} == {name for name in pinned if name.startswith("ape-")}
    (networks,) = map(Requirement, EXTRAS["networks"])
    assert networks.extras <= plugins


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_no_lock_names_a_registry(lock):
    text = (ROOT / lock).read_text()
    for pin in re.split(r"\n(?=[\w])", text):
        assert "--hash=sha256:" in pin, pin
    assert not re.search(r"https?:|index-url|find-links", text)


def test_our_port_of_ape_ganache_has_a_version_that_no_registry_takes():
    """A local version (PEP 440): the old package of that name can't stand in for it."""
    (wanted,) = PROJECT["project"]["optional-dependencies"]["local"]
    port = tomllib.loads((ROOT / "ape-ganache" / "pyproject.toml").read_text())["project"]
    assert wanted == f"{port['name']}=={port['version']}"
    assert Version(port["version"]).local
