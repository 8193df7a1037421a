"""Every package that this tree imports is named in pyproject.toml: what comes through another may go with it."""

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.flows.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNS = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["local"]
DEVELOPS = RUNS + PROJECT["optional-dependencies"]["dev"]
OURS = {path.stem for path in [*ROOT.iterdir(), *(ROOT / "bench").iterdir()]}


def imported(path: Path) -> set[str]:
    """The first names of what a module imports of other packages, wherever in it; not what is for the type checker."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module or "")
    return {name.partition(".")[0] for name in found} - sys.stdlib_module_names - OURS - {"_typeshed"}


@pytest.mark.parametrize(
    ("folders", "named"),
    [(("radiogram", "scripts"), RUNS), (("bench", "tests", "tools"), DEVELOPS)],
    ids=["runs", "develops"],
)
def test_what_is_imported_is_asked_for_by_name(folders, named):
    asked = {canonicalize_name(Requirement(each).name) for each in named}
    packages = packages_distributions()
    lacking = {}
    for path in (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))):
        for name in imported(path) & packages.keys():  # other tools, each with an environment of its own, are not there
            if not asked & {canonicalize_name(each) for each in packages[name]}:
                lacking[name] = str(path.relative_to(ROOT))
    assert not lacking
