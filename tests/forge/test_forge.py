"""Forge tries slot arithmetic and the proof of cursors on random words, addresses and bytes: *.t.sol in this folder.

How many of each is a matter of HYPOTHESIS_PROFILE, as everywhere.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RUNS = {"quick": 500, "ci": 5_000, "deep": 100_000}[os.environ.get("HYPOTHESIS_PROFILE", "quick")]
TESTS = sorted(
    f"{path.stem.removesuffix('.t')}.{line.split('(')[0].split()[1]}"
    for path in HERE.glob("*.t.sol")
    for line in path.read_text().splitlines()
    if line.strip().startswith("function testFuzz_")
)
CONFIG = f"""\
[profile.default]
src = "contracts"
test = "tests/forge"
libs = []
solc = "{ROOT}/tools/solc-launcher.mjs"
offline = true
evm_version = "shanghai"
optimizer = true
optimizer_runs = 300
remappings = ["solady/=solady/"]
[fuzz]
runs = {RUNS}
seed = "0x0"
max_test_rejects = 1000000
"""


@pytest.fixture(scope="module")
def outcomes(need, tmp_path_factory):
    """Of each test by name: "Success", or what Forge said."""
    forge = need("forge", source="make setup-dev, on Linux for x86-64")
    project = tmp_path_factory.mktemp("forge")
    for part in ("contracts", "interfaces", "tests/forge"):
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns(".cache", "__pycache__"))
    shutil.copytree(ROOT / "node_modules" / "solady" / "src", project / "solady" / "src")
    (project / "foundry.toml").write_text(CONFIG)
    done = subprocess.run([forge, "test", "--json"], cwd=project, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    return {
        f"{contract.split(':')[1].removesuffix('Test')}.{name.split('(')[0]}": (result["status"], result["kind"])
        for contract, suite in json.loads(done.stdout).items()
        for name, result in suite["test_results"].items()
    }


@pytest.mark.parametrize("test", TESTS)
def test_forge_finds_no_counterexample(outcomes, test):
    status, kind = outcomes[test]
    assert status == "Success"
    assert kind["Fuzz"]["runs"] == RUNS


def test_forge_runs_every_test_of_this_folder(outcomes):
    assert sorted(outcomes) == TESTS
