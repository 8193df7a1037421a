"""docs/reliability.md: its table of faults is that of the tests which inject them."""

import ast

from tests.faults import rows_written
from tests.generated_blocks import DOCS

TESTS = DOCS.parent / "tests"


def injecting_tests() -> set[str]:
    """`folder/file.py::name` of each function marked so, found in the source."""
    return {
        f"{path.relative_to(TESTS)}::{each.name}"
        for path in TESTS.rglob("*.py")
        for each in ast.walk(ast.parse(path.read_text()))
        if isinstance(each, ast.FunctionDef)
        and any(ast.unparse(decorator).startswith("pytest.mark.fault(") for decorator in each.decorator_list)
    }


def test_every_fault_that_is_injected_has_its_row_and_no_other():
    assert sorted(rows_written()) == sorted(injecting_tests())
