"""Parses JSON that others wrote.

Python's parser calls itself for each level, and its guard against that is off where Ape's parts are loaded: py_ecc sets
the recursion limit to 100,000, at which a hundred kilobytes of brackets end the process with a segmentation fault.
"""

import json
import re
from typing import Any

MOST_LEVELS = 200
_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)  # strings, and brackets outside of them


def members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `object_pairs_hook`: an object that has each member once. Raises ValueError for another."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a member twice")
    return value


def parse_json(body: bytes, **options: Any) -> Any:  # noqa: ANN401 - JSON
    """Raises ValueError if it is none, or of more than MOST_LEVELS levels. `options` as json.loads has them."""
    level = 0
    for token in _TOKENS.finditer(body):
        first = token[0][:1]
        if first in b"[{":
            level += 1
            if level > MOST_LEVELS:
                raise ValueError("nested too deep")
        elif first in b"]}":
            level -= 1
    return json.loads(body, **options)
