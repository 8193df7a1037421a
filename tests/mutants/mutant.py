"""One change to one function of the package, put into the process that runs."""

from __future__ import annotations
import __future__

import ast
import difflib
from functools import cache
from importlib import import_module
from types import FunctionType
from typing import Any, NamedTuple

from tests.contract.audited import ROOT

_FLAGS = __future__.annotations.compiler_flag


class Mutant(NamedTuple):
    """As make.py prints it."""

    path: str
    line: int
    function: str
    first_line: int
    """Of the function."""
    before: str
    after: str
    is_wording: bool

    @property
    def change(self) -> tuple[str, str]:
        """What stood in the lines that differ, and what stands there now, on a line each."""
        lines = [each.splitlines() for each in (self.before, self.after)]
        edits = difflib.SequenceMatcher(None, *lines, autojunk=False).get_opcodes()
        differ = [edit for edit in edits if edit[0] != "equal"]
        old = [line.strip() for _, start, end, _, _ in differ for line in lines[0][start:end]]
        new = [line.strip() for _, _, _, start, end in differ for line in lines[1][start:end]]
        return " ".join(old), " ".join(new)

    def apply(self) -> None:
        """Every caller in this process runs the changed function from now on."""
        module = import_module(self.path.removesuffix(".py").replace("/", "."))
        made: dict[str, Any] = {}
        exec(compile(self.after, self.path, "exec", _FLAGS, dont_inherit=True), vars(module), made)  # noqa: S102
        (function,) = made.values()
        found = _function(module, self.function)
        found.__code__ = function.__code__.replace(co_filename=found.__code__.co_filename)
        found.__defaults__, found.__kwdefaults__ = function.__defaults__, function.__kwdefaults__


class Result(NamedTuple):
    killed: bool
    noticed_by: str
    """The first test that failed, or what became of the process; "" for none."""
    tests: int
    """How many there were to be shown."""


def _function(module: object, name: str) -> FunctionType:
    """What lies under its decorators."""
    found = module
    for part in name.split("."):
        found = vars(found)[part]
    while not isinstance(found, FunctionType) or hasattr(found, "__wrapped__"):
        wrapped = (getattr(found, name, None) for name in ("__wrapped__", "__func__", "fget"))
        found = next(each for each in wrapped if each)
    return found


@cache
def lines_of_statement(path: str, line: int) -> range:
    """Of the innermost statement at a line: all its lines, or those before its body if it has one, as a loop has; of a
    function all, since its head is not run with it.
    """
    found = range(line, line + 1)
    for node in _statements(path):
        if not isinstance(node, ast.ClassDef):
            first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
            body = [each.lineno for each in ast.walk(node) if each is not node and isinstance(each, ast.stmt)]
            end = min(body, default=(node.end_lineno or node.lineno) + 1)
            if first <= line < end:
                whole = (node.end_lineno or line) + 1
                found = range(first, whole if isinstance(node, ast.FunctionDef) else end)
    return found


@cache
def _statements(path: str) -> list[ast.stmt]:
    """Those of a file, outer ones first."""
    return [node for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.stmt)]


def meaning(path: str) -> str:
    """What a file of the package means: its syntax, without comments and documentation."""
    tree = ast.parse((ROOT / path).read_text())
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [  # type: ignore[attr-defined]
                each for each in body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
            ]
    return ast.dump(tree)
