"""A copy of what the contract's tests need, to be changed and run apart from the working tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.contract.audited import ROOT, SEED

PARTS = ["ape-config.yaml", "pyproject.toml", "package.json", "contracts", "interfaces"]
PARTS += ["tools/abi.py", "tests/__init__.py", "tests/conftest.py", "tests/generated_blocks.py", "tests/contract"]

# The faster of the two ways to compile.
VIA_IR = ("via_ir: true", "via_ir: false")


@contextmanager
def working_copy() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in PARTS:
            source, target = ROOT / part, copy / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns(".cache", "__pycache__"))
            else:
                shutil.copy(source, target)
        (copy / "node_modules").symlink_to(ROOT / "node_modules")
        config = (copy / "ape-config.yaml").read_text()
        assert VIA_IR[0] in config
        (copy / "ape-config.yaml").write_text(config.replace(*VIA_IR))
        yield copy


def arguments(copy: Path, *options: str, first: str = "") -> list[str]:
    """For pytest: the contract's tests but for the gas report, on Anvil, the longest last, one file perhaps first."""
    files = sorted(path.relative_to(copy) for path in (copy / "tests/contract").glob("test_*.py"))
    files = [file for file in files if file.stem != "test_gas"]
    files.sort(key=lambda file: (file.stem != first, file.stem == "test_state_machine"))
    fixed = ["-q", "--tb=no", "-p", "no:cacheprovider", f"--hypothesis-seed={SEED}"]
    return [*map(str, files), *fixed, "--network", "ethereum:local:foundry", *options]


def run_tests(copy: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ape", "test", *arguments(copy)],
        cwd=copy, capture_output=True, text=True, env={**os.environ, **environment}, check=False,
    )  # fmt: skip
