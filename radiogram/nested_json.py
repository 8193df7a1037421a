"""Parses JSON that others wrote, as strictly as a browser does: in UTF-8, without NaN.

Python's parser calls itself for each level, and its guard against that is off where Ape's parts are loaded: py_ecc sets
the recursion limit to 100,000, at which a hundred kilobytes of brackets end the process with a segmentation fault.
"""

import json
import re
from typing import Any

MOST_LEVELS = 200
_MOST_DIGITS = 1000
_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)  # strings, and brackets outside of them


def members_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `object_pairs_hook`: an object that has each member once. Raises ValueError for another."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a member twice")
    return value


def parse_json(body: bytes, **options: Any) -> Any:  # noqa: ANN401 - JSON
    """Raises ValueError if it is none in UTF-8, or has more than MOST_LEVELS levels. `options` are json.loads's."""
    text = body.decode("utf-8-sig")  # json.loads takes UTF-16 and surrogates too, in which brackets can hide
    level = 0
    for token in _TOKENS.finditer(body):
        first = token[0][:1]
        if first in b"[{":
            level += 1
            if level > MOST_LEVELS:
                raise ValueError("nested too deep")
        elif first in b"]}":
            level -= 1
    return json.loads(text, **({"parse_constant": _no_number, "parse_int": _number} | options))


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _number(digits: str) -> int | float:
    """Of so many digits that Python refuses it, what JavaScript makes of it: one beyond all bounds."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)
