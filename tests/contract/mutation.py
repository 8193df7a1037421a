"""Compiles the contract with a change in it and runs its tests on that, in forks of one process, some seconds a mutant.

A run that was interrupted goes on where it stopped: results are kept in .build/audit, each for exactly these contracts
and tests. The contract as it is comes first, and must pass. The gas report is left out: it would notice any change.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from tests.contract.audited import ROOT, anvil
from tests.contract.project_copy import arguments, working_copy
from tests.contract.slither import standard_input

RESULTS = ROOT / ".build" / "audit" / "mutants.json"
COMPILER = Path(__file__).with_name("compile-many.mjs")
INBOX, SLOT = "contracts/ImageInbox.sol", "contracts/InboxSlot.sol"
AT_ONCE = 40  # compiled in one process, whose memory grows with each
NOT_RUN = {
    "pyproject.toml",
    "mutation.py",
    "mutants.py",
    "generated_mutants.py",
    "slither.py",
    "slither-requirements.txt",
    "mutator-requirements.txt",
    "coverage.py",
    "deep.py",
    "gas.py",
    "test_gas.py",
}
Code = dict[str, Any]
"""What solc gives for a contract: `bytecode` and `deployedBytecode`."""


class Mutant(NamedTuple):
    path: str
    text: str
    """The whole file, with the change."""
    first: str
    """The file of tests that should notice it, without .py: it runs first."""


class Result(NamedTuple):
    killed: bool
    noticed_by: str
    """The first test that failed."""


class Tests:
    """A process that runs the contract's tests in a copy of the project, on whatever bytecode it is given."""

    def __init__(self, copy: Path) -> None:
        self.copy = copy
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.forked_tests"],
            cwd=copy, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, code: Code, first: str) -> Result:
        contract, output = self.copy / "contract.json", self.copy / "output.txt"
        contract.write_text(json.dumps(code))
        environment = {"CONTRACT_BYTECODE": str(contract), "HYPOTHESIS_PROFILE": "quick"}
        job = {"arguments": arguments(self.copy, "-x", first=first), "environment": environment, "output": str(output)}
        for _ in range(3):  # a busy machine may be too slow for Anvil to start
            assert self.process.stdin
            assert self.process.stdout
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
            status = int(self.process.stdout.readline())
            lines = output.read_text().splitlines()
            if failed := [line for line in lines if line.startswith(("FAILED", "ERROR tests"))]:
                return Result(True, failed[0].split("::")[-1].split(" - ")[0])
            if status == 0:
                return Result(False, "no test")
        raise SystemExit(f"the tests did not run:\n{output.read_text()[-3000:]}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def compile_all(changes: list[tuple[str, str]]) -> list[Code | str]:
    """Of each change, a file and its whole text: the code, or the compiler's first error."""
    found: list[Code | str] = []
    for start in range(0, len(changes), AT_ONCE):
        inputs = json.dumps([_standard_input(*change) for change in changes[start : start + AT_ONCE]])
        done = subprocess.run(["node", COMPILER], input=inputs, capture_output=True, text=True, check=True)
        for output in json.loads(done.stdout):
            errors = [error for error in output.get("errors", []) if error["severity"] == "error"]
            found.append(errors[0]["formattedMessage"] if errors else output["contracts"][INBOX]["ImageInbox"]["evm"])
    return found


def _standard_input(path: str, text: str) -> dict[str, Any]:
    given = standard_input()
    given["sources"][path]["content"] = text
    given["settings"] = {
        "evmVersion": "shanghai",
        "optimizer": {"enabled": True, "runs": 300},
        "metadata": {"bytecodeHash": "none", "appendCBOR": False},
        "outputSelection": {INBOX: {"ImageInbox": ["evm.bytecode.object", "evm.deployedBytecode.object"]}},
    }
    return given


def results(mutants: Mapping[str, Mutant]) -> Iterator[tuple[str, Result]]:
    """Of each mutant, by its name; what is known already is not run again. All must compile."""
    unchanged = Mutant(INBOX, (ROOT / INBOX).read_text(), "")
    with working_copy() as copy:
        base, kept = _fingerprint(copy), _kept()
        keys = {name: _key(base, mutant) for name, mutant in [("", unchanged), *mutants.items()]}
        missing = [name for name in keys if keys[name] not in kept]
        codes = compile_all([(mutants.get(name) or unchanged)[:2] for name in missing])
        compiled = dict(zip(missing, codes, strict=True))
        tests = Tests(copy)
        try:
            for name, key in keys.items():
                if key not in kept:
                    if isinstance(code := compiled[name], str):
                        raise SystemExit(f"mutant {name!r} does not compile: {code}")
                    kept[key] = tests.run(code, mutants[name].first if name else "")
                    RESULTS.parent.mkdir(parents=True, exist_ok=True)
                    RESULTS.write_text(json.dumps(_kept() | {key: kept[key]}, indent=1))
                result = Result(*kept[key])
                if name:
                    yield name, result
                elif result.killed:
                    raise SystemExit(f"the tests fail without any mutant: {result.noticed_by}")
                else:
                    click.echo("the contract as it is passes")
        finally:
            tests.stop()


def _kept() -> dict[str, Any]:
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def _fingerprint(copy: Path) -> bytes:
    """SHA-256 of everything that a run depends on."""
    digest = hashlib.sha256(anvil().encode())
    for path in sorted(copy.rglob("*")):
        if path.is_file() and "node_modules" not in path.parts and path.name not in NOT_RUN:
            text = path.read_bytes()
            digest.update(f"{path.relative_to(copy)}\0{len(text)}\0".encode() + text)
    return digest.digest()


def _key(base: bytes, mutant: Mutant) -> str:
    return hashlib.sha256(base + json.dumps(mutant[:2]).encode()).hexdigest()
