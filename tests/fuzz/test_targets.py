"""Whatever bytes come, readers answer with an error of ours, soon, and in little memory: `make fuzz` looks longer."""

import json
import resource
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.strategies import damaged, damaged_json, tars
from tests.fuzz.targets import MEMORY_LIMIT, SECONDS_LIMIT, TARGETS

JSON = ("manifest", "key-card", "clinic-card", "key-file", "signed-act", "question", "chain-reply", "chain-log")
TIMES = 2  # as many examples as other tests


def inputs(name: str) -> st.SearchStrategy[bytes]:
    target = TARGETS[name]
    known = target.seeds()
    ways = [damaged(known, target.longest)]
    if name in JSON:
        ways.append(damaged_json([each for each in known if is_json(each)]))
    if name == "bundle":
        ways += [tars(), tars()]
    return st.one_of(ways)


def is_json(data: bytes) -> bool:
    try:
        return isinstance(json.loads(data), dict | list)
    except ValueError:
        return False


def peak() -> float:
    """MB that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_takes_every_well_formed_input(name):
    for each in TARGETS[name].seeds():
        TARGETS[name].run(each)


@pytest.mark.filterwarnings("ignore")  # libraries warn of what they complain of
@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_refuses_whatever_else_comes_with_an_error_of_ours(name):
    TARGETS[name].run(TARGETS[name].seeds()[0])  # what is loaded for the first one takes time and memory
    before = peak()

    @settings(max_examples=TIMES * settings.default.max_examples)
    @given(inputs(name))
    def run(data: bytes) -> None:
        started = time.monotonic()
        TARGETS[name].run(data)
        assert time.monotonic() - started < SECONDS_LIMIT

    run()
    assert peak() - before < MEMORY_LIMIT
