"""Compiles the contract with a change in it and runs its tests on that, in forks of one process, some seconds a mutant.

A run that was interrupted goes on where it stopped: results are kept in .build/audit, each for exactly this contract
and what its tests share. A mutant stays killed until the file of the test that noticed it changes; one that survived is
tried again when any file has. The contract as it is comes first, and must pass. The gas report is left out: it would
notice any change.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
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
    "abi.py",
    "project_copy.py",
    "tool_environment.py",
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
    file: str
    """Where that test is; "" for none."""


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
                file, _, test = failed[0].split(" ", 1)[1].split(" - ")[0].partition("::")
                return Result(True, test, Path(file).name)
            if status == 0:
                return Result(False, "no test", "")
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
        kept = _Kept(copy)
        missing = [name for name, mutant in [("", unchanged), *mutants.items()] if kept.get(mutant) is None]
        codes = compile_all([(mutants.get(name) or unchanged)[:2] for name in missing])
        compiled = dict(zip(missing, codes, strict=True))
        tests = Tests(copy)
        try:
            for name, mutant in [("", unchanged), *mutants.items()]:
                if (result := kept.get(mutant)) is None:
                    if isinstance(code := compiled[name], str):
                        raise SystemExit(f"mutant {name!r} does not compile: {code}")
                    result = tests.run(code, mutant.first)
                    kept.add(mutant, result)
                if name:
                    yield name, result
                elif result.killed:
                    raise SystemExit(f"the tests fail without any mutant: {result.noticed_by}")
                else:
                    click.echo("the contract as it is passes")
        finally:
            tests.stop()


def known_results(mutants: Mapping[str, Mutant]) -> Iterator[tuple[str, Result]]:
    """What earlier runs have found of these mutants, by their names; none is run."""
    with working_copy() as copy:
        kept = _Kept(copy)
        for name, mutant in mutants.items():
            if result := kept.get(mutant):
                yield name, result


class _Kept:
    """Results of earlier runs, as far as they are of these contracts and tests."""

    def __init__(self, copy: Path) -> None:
        files = [path for path in sorted(copy.rglob("*")) if path.is_file() and _is_run(path)]
        tests = {path.name: path for path in files if path.name.startswith("test_")}
        self._shared = _digest(path for path in files if path.name not in tests)
        self._tests = {name: _digest([path]) for name, path in tests.items()} | {"": _digest(tests.values())}

    def get(self, mutant: Mutant) -> Result | None:
        found = self._read().get(self._key(mutant))
        if found is None:
            return None
        *result, of = found
        return Result(*result) if self._tests.get(result[2]) == of else None

    def add(self, mutant: Mutant, result: Result) -> None:
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        entry = {self._key(mutant): [*result, self._tests[result.file]]}
        RESULTS.write_text(json.dumps(self._read() | entry, indent=1))

    @staticmethod
    def _read() -> dict[str, Any]:
        return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}

    def _key(self, mutant: Mutant) -> str:
        return hashlib.sha256(json.dumps([self._shared, *mutant[:2]]).encode()).hexdigest()


def _is_run(path: Path) -> bool:
    return "node_modules" not in path.parts and path.name not in NOT_RUN


def _digest(paths: Iterable[Path]) -> str:
    """SHA-256 of names and texts, and of the node that the tests run on, in hex."""
    digest = hashlib.sha256(anvil().encode())
    for path in paths:
        text = path.read_bytes()
        digest.update(f"{path.name}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()
