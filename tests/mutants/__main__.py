"""Breaks the Python that must not be wrong as a tool would:  python -m tests.mutants [--write] [PATH…]

mutmut, in an environment of its own, makes every change that its rules know to formats, transfer, the journal of sends
and output (ROOMS); each is tried on the tests that run its statement. A run that was interrupted goes on where it
stopped: results are kept in .build/audit. A mutant stays killed until the test that noticed it changes, and one that
survived is tried again when any test has; the code as it is comes first, and must pass.

What changes only the words of an error is counted, and not tried: words may be made better, and no test holds them
fast; which error it is, and when, is tried with the rest. A mutant that no test notices must be argued in argued.py, or
the run ends with status 1.
`--write` puts the numbers into docs/audit.md, and the survivors with their arguments into docs/mutants.md. With PATHs
only the mutants of those files are tried, and the pages say of the others what they said. `--known` runs none, and
tells of those that earlier runs tried, be it that they survived fewer tests. JOBS is how many are tried at a time where
they share no chain; otherwise as many as there are cores.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import click
import pytest

from tests.contract.audited import ROOT, SEED
from tests.contract.tool_environment import ToolEnvironment
from tests.generated_blocks import AUDIT_PAGE, DOCS, read_block, table, write_block
from tests.mutants.argued import argument
from tests.mutants.mutant import Mutant, Result, meaning

COMMAND = "python -m tests.mutants --write"
MUTMUT = ToolEnvironment("mutmut", "mutmut", Path(__file__).parent)
SURVIVORS_PAGE = DOCS / "mutants.md"
COLUMNS = ["file", "of", "mutants", "killed", "of words alone"]
RESULTS = ROOT / ".build" / "audit" / "python_mutants.jsonl"
ROOMS = {
    "formats": "radiogram/formats/*.py",
    "transfer": "radiogram/transfer.py",
    "journal of sends": "radiogram/outgoing/*.py radiogram/delivery.py",
    "output": "radiogram/output/*.py",
}
# Files of tests, and which files they are shown the mutants of. Those that share a chain go one at a time.
UNITS = ["tests/formats", "tests/outgoing", "tests/dicom/test_terminal.py"]
ON_NODES = ["tests/transfer", "tests/formats/test_listing.py", "tests/formats/test_vectors.py"]
TRIED_ON_NODES = ["radiogram/transfer.py", "radiogram/delivery.py"]


def sources() -> dict[str, str]:
    """The files that are broken, and the room of each."""
    return {
        str(path.relative_to(ROOT)): room
        for room, patterns in ROOMS.items()
        for pattern in patterns.split()
        for path in sorted(ROOT.glob(pattern))
        if path.name != "__init__.py"
    }


def statement() -> str:
    """The first line of the report."""
    return f"{MUTMUT.version()}."


def digest_of(path: str) -> str:
    """Which code a row of the report is of, comments left out."""
    return f"`{_digest(meaning(path))[:12]}…`"


def mutants(paths: list[str]) -> list[Mutant]:
    """All of these files."""
    command = [MUTMUT.program("python"), ROOT / "tests/mutants/make.py", *paths]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Mutant(**each) for each in json.loads(made)]


class Kept:
    """Results of earlier runs, as far as they are of these functions and tests."""

    def __init__(self) -> None:
        self._texts = {str(path.relative_to(ROOT)): path.read_text() for path in _test_files()}
        self._all = _digest(json.dumps(self._texts))
        lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
        self._found = dict(json.loads(line) for line in lines)

    def get(self, mutant: Mutant, or_survived: bool = False) -> Result | None:
        """`or_survived`: also what survived the tests as they were."""
        if not (found := self._found.get(_key(mutant))):
            return None
        *values, of = found
        result = Result(*values)
        return result if self._tests_of(result) == of or (or_survived and not result.killed) else None

    def add(self, mutant: Mutant, result: Result) -> None:
        self._found[_key(mutant)] = [*result, self._tests_of(result)]
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        with RESULTS.open("a") as file:
            file.write(json.dumps([_key(mutant), self._found[_key(mutant)]]) + "\n")

    def _tests_of(self, result: Result) -> str:
        """A digest of what a result depends on."""
        file, _, test = result.noticed_by.partition("::")
        if file in self._texts:
            return _test_digest(self._texts[file], test.partition("[")[0])
        return "" if result.killed else self._all  # what does not end, does not whichever test runs it


def _test_files() -> list[Path]:
    parts = [ROOT / part for part in [*UNITS, *ON_NODES]]
    return sorted({path for part in parts for path in ([part] if part.is_file() else part.rglob("*.py"))})


@cache
def _test_digest(text: str, test: str) -> str:
    """Of a file as far as it concerns one test: without the others, and whatever it imports."""
    nodes = ast.parse(text).body
    return _digest("\n".join(ast.dump(each) for each in nodes if not _is_beside(each, test)))


def _is_beside(node: ast.stmt, test: str) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name.startswith("test_") and node.name != test
    return isinstance(node, ast.Import | ast.ImportFrom)


def _key(mutant: Mutant) -> str:
    return _digest(json.dumps([mutant.path, mutant.function, mutant.before, mutant.after]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def try_all(wanted: list[Mutant], kept: Kept) -> None:
    """Keeps what becomes of each that is not known."""
    sys.path += map(str, MUTMUT.folder.glob("lib/python*/site-packages"))  # for what it measures coverage with
    from tests.mutants.forked import Mutation

    def told(mutant: Mutant, result: Result) -> None:
        kept.add(mutant, result)
        if not result.killed:
            click.echo(f"{'argued  ' if argument(mutant) else 'SURVIVED'}  {name(mutant)}  ({result.tests} tests)")

    os.environ |= {"HYPOTHESIS_PROFILE": "quick", "HYPOTHESIS_STORAGE_DIRECTORY": os.devnull}
    cores = int(os.environ.get("JOBS") or os.cpu_count() or 1)
    for tests, jobs in ((UNITS, cores), (ON_NODES, 1)):
        here = [each for each in wanted if (each.path in TRIED_ON_NODES) == (tests is ON_NODES)]
        left = [each for each in here if kept.get(each) is None]
        if left:
            click.echo(f"{len(left)} mutants to be tried on {', '.join(tests)}")
            mutation = Mutation(left, told, jobs)
            options = ["-q", "-s", "-p", "no:ape_test", "-p", "no:cacheprovider", f"--hypothesis-seed={SEED}"]
            pytest.main([*options, *tests], plugins=[mutation])
            if mutation.failed:
                raise SystemExit("the tests fail without any mutant:\n" + "\n".join(mutation.failed))


def name(mutant: Mutant) -> str:
    before, after = mutant.change
    return f"{mutant.path}:{mutant.line}, {mutant.function}: {before}  →  {after or '(nothing)'}"


def render(made: list[Mutant], found: dict[Mutant, Result], before: str) -> str:
    """For docs/audit.md, a row for each file; those of files that `made` does not have are as they were `before`."""
    old = {path: line.split(" | ") for line in before.splitlines() if (path := _path_of(line))}
    rows = []
    for path in sources():
        of_file = [mutant for mutant in made if mutant.path == path]
        tried = [found[mutant].killed for mutant in of_file if mutant in found]
        worded = sum(mutant.is_wording for mutant in of_file)
        if of_file:
            rows.append([f"`{path}`", digest_of(path), *map(str, [len(tried), sum(tried), worded])])
        elif path in old:
            rows.append([f"`{path}`", *old[path][1:4], old[path][4].rstrip(" |")])
    shares = [f"{room} {_share(*_sums(rows, room))}" for room in ROOMS]
    tried, killed, worded = _sums(rows)
    head = (
        f"{killed} of {tried} mutants are killed, {_share(tried, killed, worded)}: {', '.join(shares)}.\n"
        f"mutants.md argues the other {tried - killed}. {worded} more change the words of an error alone."
    )
    return f"{statement()}\n\n{head}\n\n{table(COLUMNS, rows)}"


def _path_of(line: str) -> str:
    """The file of a row of the report, or of a heading of the list of survivors; empty for other lines."""
    found = re.match(r"(?:\| `|## )(radiogram/[\w/]+\.py)", line)
    return found[1] if found else ""


def _sums(rows: list[list[str]], room: str = "") -> list[int]:
    some = [row for row in rows if not room or sources()[row[0].strip("`")] == room]
    return [sum(int(row[place]) for row in some) for place in range(2, 5)]


def _share(tried: int, killed: int, _: int) -> str:
    return f"{100 * killed / tried:.1f} %" if tried else "none"


def render_survivors(made: list[Mutant], found: dict[Mutant, Result], before: str) -> str:
    """For docs/mutants.md: each as the run prints it, without its line, and why it stays; files as for `render`."""
    parts = {_path_of(part): part.strip() for part in re.split(r"^(?=## )", before, flags=re.M)}
    for path in {mutant.path for mutant in made}:
        survivors = [mutant for mutant in made if mutant.path == path and mutant in found and not found[mutant].killed]
        lines = [f"- {each.function}: `{_shown(each)}`\n  {argument(each) or 'NOT ARGUED'}" for each in survivors]
        parts[path] = f"## {path}\n\n" + "\n".join(lines) if lines else ""
    return "\n\n".join(parts[path] for path in sources() if parts.get(path))


def _shown(mutant: Mutant) -> str:
    before, after = mutant.change
    return f"{before}  →  {after or '(nothing)'}"


def main(arguments: list[str]) -> int:
    paths = [each for each in arguments if not each.startswith("-")]
    made = mutants(paths or list(sources()))
    wanted = [mutant for mutant in made if not mutant.is_wording]
    if "--known" not in arguments:
        try_all(wanted, Kept())
    kept = Kept()
    found = {mutant: result for mutant in wanted if (result := kept.get(mutant, or_survived="--known" in arguments))}
    survivors = [mutant for mutant, result in found.items() if not result.killed]
    open_ = [mutant for mutant in survivors if not argument(mutant)]
    for mutant in open_:
        click.echo(f"NOT ARGUED  {name(mutant)}")
    click.echo(f"{len(found) - len(survivors)} of {len(found)} killed, {len(open_)} not argued")
    if "--write" in arguments:
        write_block(AUDIT_PAGE, COMMAND, render(made, found, read_block(AUDIT_PAGE, COMMAND)))
        write_block(SURVIVORS_PAGE, COMMAND, render_survivors(made, found, read_block(SURVIVORS_PAGE, COMMAND)))
    return 1 if open_ else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
