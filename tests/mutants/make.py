"""Makes the mutants of Python files by mutmut's rules, in mutmut's environment:  python make.py FILE…

Prints a JSON array of objects: `path`, `line` (from 1), `function` (its qualified name), the whole text of the function
`before` and `after`, and `is_wording`. mutmut itself leaves functions with decorators out, since it wraps what it
changes; here a function's code is exchanged under its decorators (apply.py), so they are hidden from mutmut instead.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor, deep_replace
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

_DECORATOR = re.compile(r"^ *@(property|contextmanager|abstractmethod|classmethod|staticmethod)$", re.M)


def mutants(path: str) -> Iterator[dict[str, Any]]:
    """Those of one file, in the order of its lines; no two are the same."""
    wrapper = MetadataWrapper(cst.parse_module(_DECORATOR.sub("", Path(path).read_text())))
    visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    lines, parents = wrapper.resolve(PositionProvider), wrapper.resolve(ParentNodeProvider)
    names = dict(_functions(wrapper.module.body, ""))
    seen = set()
    for mutation in visitor.mutations:
        function, node = mutation.contained_by_top_level_function, mutation.original_node
        if function not in names:
            continue  # what is run once, when the module is loaded
        before = wrapper.module.code_for_node(function)
        after = wrapper.module.code_for_node(deep_replace(function, node, mutation.mutated_node))
        if (names[function], after) not in seen:
            seen.add((names[function], after))
            yield {
                "path": path,
                "line": lines[node].start.line,
                "function": names[function],
                "first_line": lines[function].start.line,
                "before": _alone(before),
                "after": _alone(after),
                "is_wording": _is_wording(node, mutation.mutated_node, parents),
            }


def _functions(body: Any, prefix: str) -> Iterator[tuple[cst.FunctionDef, str]]:
    for node in body:
        if isinstance(node, cst.FunctionDef):
            yield node, prefix + node.name.value
        elif isinstance(node, cst.ClassDef):
            yield from _functions(node.body.body, f"{prefix}{node.name.value}.")


def _alone(function: str) -> str:
    """From its `def` on, and not indented."""
    return textwrap.dedent(function[re.search(r"^ *def ", function, re.M).start() :])


def _is_wording(node: cst.CSTNode, mutated: cst.CSTNode, parents: Any) -> bool:
    """Whether only what an error is told changes, not which error it is nor when it is raised."""
    if isinstance(node, cst.Call) and isinstance(mutated, cst.Call) and node.func is mutated.func:
        node = node.args[0]
    while not isinstance(node, cst.BaseStatement):
        child, node = node, parents[node]
        if isinstance(node, cst.Call) and isinstance(child, cst.Arg):
            is_raised = isinstance(parents[node], cst.Raise)
            if is_raised or (isinstance(node.func, cst.Name) and re.search("Error$|^Output|^Ipfs", node.func.value)):
                return True
    return False


if __name__ == "__main__":
    json.dump([mutant for path in sys.argv[1:] for mutant in mutants(path)], sys.stdout)
