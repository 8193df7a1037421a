"""Inputs for fuzzing by Hypothesis: well-formed ones with damage done, at random and where it hurts."""

from __future__ import annotations

import json
import tarfile
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from tests.fuzz import seeds

# What parsers of numbers, texts and lists are known to stumble over.
ODD_VALUES: list[Any] = [
    *(None, True, 0, -1, 1, 2**31, 2**53, 2**64, 2**256, -(2**63), 0.5, 1e308, float("inf"), float("nan")),
    *("", "\x00", "\ud800", "../..", "/etc/passwd", "CON", "a" * 300, "\u202e", "1_000", " 1", "١", "0x", "Ⅷ"),
    *([], {}, [[]], {"": {}}, [None], {"name": None}),
]
ODD_BYTES = [
    b"",
    b"\0",
    b"\xff",
    b"\n",
    b" ",
    b"=",
    b'"',
    b"[" * 50,
    b"9" * 50,
    b"\xfe\xff\x00\xe0",
    b"\xff\xff\xff\xff",
]


def damaged(inputs: list[bytes], longest: int) -> st.SearchStrategy[bytes]:
    """One of the inputs after a few edits, a piece of one, or any bytes at all."""
    return st.one_of(
        st.tuples(st.sampled_from(inputs), st.lists(_EDITS, min_size=1, max_size=4)).map(_edited),
        st.binary(max_size=min(longest, 300)),
    ).map(lambda data: data[:longest])


_EDITS = st.tuples(
    st.floats(0, 1, exclude_max=True),  # where, as a share of the whole
    st.integers(0, 64),  # bytes that are taken out there
    st.one_of(st.sampled_from(ODD_BYTES), st.binary(max_size=8)),  # and put in
)


def _edited(chosen: tuple[bytes, list[tuple[float, int, bytes]]]) -> bytes:
    data, edits = chosen
    for where, out, more in edits:
        place = int(where * len(data))
        data = data[:place] + more + data[place + (len(more) if out > 32 else out) :]
    return data


def damaged_json(inputs: list[bytes]) -> st.SearchStrategy[bytes]:
    """One of the inputs, which are JSON, with a few of its values replaced, or left out."""
    values = st.one_of(st.sampled_from(ODD_VALUES), st.text(max_size=20), st.integers())
    edits = st.lists(st.tuples(st.integers(0, 10_000), values, st.booleans()), min_size=1, max_size=3)
    return st.tuples(st.sampled_from(inputs), edits).map(_replaced)


def _replaced(chosen: tuple[bytes, list[tuple[int, Any, bool]]]) -> bytes:
    raw, edits = chosen
    value = json.loads(raw)
    for number, new, is_removed in edits:
        places = list(_places(value))
        if not places:
            break
        holder, key = places[number % len(places)]
        if is_removed:
            del holder[key]
        else:
            holder[key] = deepcopy(new)
    return json.dumps(value).encode()


def _places(value: Any) -> Any:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in list(members):
        yield value, key
        yield from _places(member)


_PAX_KEYS = ["size", "path", "linkpath", "mtime", "uid", "hdrcharset", "GNU.sparse.map", "GNU.sparse.size", "comment"]
_PAX_KEYS += ["GNU.sparse.major", "GNU.sparse.minor", "GNU.sparse.name", "GNU.sparse.realsize", "SCHILY.realsize"]
_PAX_VALUES = ["", "-1", "-512", "0", "1", "512", "9" * 30, "1e3", "manifest.json", "../x", "BINARY", "a\nb", "1,2,3"]
_PAX = st.dictionaries(st.sampled_from(_PAX_KEYS), st.sampled_from(_PAX_VALUES), max_size=4)
_TYPES = st.sampled_from(
    [tarfile.REGTYPE] * 8 + [bytes([kind]) for kind in range(ord("0"), ord("8"))] + [b"x", b"g", b"S"]
)


@st.composite
def tars(draw: st.DrawFn) -> bytes:
    """What a hostile sender may make of a tar: members of every kind, extended headers of every kind, in any number."""
    manifest = draw(damaged_json(seeds.manifests()))
    names = ["manifest.json", "manifest.sig", "files/a/b.dcm", "files/../x", "/x", ""]
    members = [("manifest.json", manifest), ("manifest.sig", b""), ("files/a/b.dcm", b"abc")]
    members += draw(st.lists(st.tuples(st.sampled_from(names), st.binary(max_size=10)), max_size=2))
    made = b""
    for name, content in members:
        info = tarfile.TarInfo(name)
        info.size, info.type = draw(st.sampled_from([len(content)] * 9 + [0, 10**10])), draw(_TYPES)
        info.pax_headers = draw(st.one_of(st.just({}), _PAX))
        header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
        made += header[:-512] * draw(st.sampled_from([1] * 9 + [3])) + header[-512:]
        made += content + bytes(-len(content) % tarfile.BLOCKSIZE)
    return made + bytes(1024)
