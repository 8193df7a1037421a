"""JSON that others wrote."""

import json
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.nested_json import MOST_LEVELS, parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.booleans())
def test_json_is_parsed_as_json(value, is_ascii):
    assert parse_json(json.dumps(value, ensure_ascii=is_ascii).encode()) == value


@pytest.mark.parametrize("opening", [b"[", b'{"":', b'{"\\"[":['])
def test_json_may_have_so_many_levels_and_no_more(opening):
    levels = MOST_LEVELS // (opening.count(b"{") + opening.endswith(b"[") or 1)
    closing = b"".join({91: b"]", 123: b"}"}.get(each, b"") for each in reversed(opening.replace(b'"[', b'"')))
    assert parse_json(opening * levels + b"0" + closing * levels)
    with pytest.raises(ValueError, match="nested too deep"):
        parse_json(opening * (levels + 1) + b"0" + closing * (levels + 1))


def test_brackets_side_by_side_and_in_strings_are_no_levels():
    value = [[]] * 1000 + ["[" * 1000, '"\\"[', {"[" * 1000: "}"}]
    assert parse_json(json.dumps(value).encode()) == value


@given(st.text(alphabet='[]{}"\\,:0 ', max_size=40))
def test_what_is_no_json_is_a_value_error(text):
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - any
            parse_json(text.encode())
    else:
        assert parse_json(text.encode()) == expected


@pytest.mark.parametrize(
    "body",
    [
        *('{"a": []}'.encode(encoding) for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-32-be")),
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b"NaN",
        b"[-Infinity]",
        b'{"a": Infinity}',
    ],
)
def test_what_a_browser_takes_for_no_json_is_a_value_error(body):
    with pytest.raises(ValueError):  # noqa: PT011 - any
        parse_json(body)


@pytest.mark.parametrize("digits", [1000, 1001, 5000, 100_000])
def test_a_number_of_many_digits_makes_nothing_unreadable(digits):
    assert parse_json(b'{"later": -' + b"9" * digits + b"}")["later"] < -(10**300)


def test_a_byte_order_mark_is_passed_over():
    assert parse_json(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize("body", [b'"' + b'\\"' * 4_000_000, b'"' * 4_000_001, b'"\\' * 4_000_000, b"\\" * 8_000_000])
def test_no_text_takes_long(body):
    started = time.monotonic()
    with pytest.raises(ValueError):  # noqa: PT011 - any
        parse_json(body)
    assert time.monotonic() - started < 10


READERS = {
    "manifest": "from radiogram.formats.manifest import parse_manifest; parse_manifest(tower)",
    "signed act": "from radiogram.formats.signed_act import parse_signed_act; parse_signed_act(tower[:60_000])",
    "key file": "from radiogram.formats.key_file import parse_json_object as p; p(tower.decode(), Path('k'))",
}


@pytest.mark.parametrize("statement", READERS.values(), ids=READERS)
def test_what_others_send_is_refused_with_a_tower_of_brackets(statement):
    script = f"""
import sys
from pathlib import Path
sys.setrecursionlimit(100_000)
from radiogram.errors import RadiogramError
tower = b"[" * 100_000
try:
    {statement}
except RadiogramError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr


def test_a_tower_of_brackets_does_not_end_the_process_where_the_recursion_limit_is_high():
    script = """
import sys
sys.setrecursionlimit(100_000)
from radiogram.nested_json import parse_json
try:
    parse_json(b"[" * 100_000)
except ValueError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "nested too deep\n")
