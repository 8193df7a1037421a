"""Whatever limits a node has, all its events are had, or it is known which are missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.chain import event_logs
from radiogram.chain.event_logs import read_range
from radiogram.errors import ChainUnreachable, RangeRefused

BLOCKS = 60_000


class Node:
    """Answers for a range of blocks if it likes; `events` are the numbers of the blocks that they are in."""

    def __init__(self, events, most_blocks=BLOCKS, most_events=10**9, cut_at=10**9, oldest=0):
        self.events = sorted(events)
        self.most_blocks, self.most_events, self.cut_at, self.oldest = most_blocks, most_events, cut_at, oldest
        self.asked = []

    def __call__(self, low, high):
        self.asked.append((low, high))
        found = [block for block in self.events if low <= block <= high]
        if high - low + 1 > self.most_blocks:
            raise RangeRefused(f"query exceeds max block range {self.most_blocks}")
        if low < self.oldest:
            raise RangeRefused("pruned history unavailable")
        if low != high and len(found) > self.most_events:
            raise RangeRefused("query returned more than so many results")
        return found if low == high else found[: self.cut_at]


blocks = st.lists(st.integers(0, BLOCKS - 1), max_size=40)


@given(blocks, st.integers(1, BLOCKS), st.integers(1, 10), st.integers(0, BLOCKS - 1))
def test_all_events_are_had_once_whatever_a_node_limits(events, most_blocks, most_events, first):
    most_blocks = max(most_blocks, 50)
    node = Node(events, most_blocks, most_events)
    read = read_range(node, first, BLOCKS - 1)
    assert sorted(read.logs) == [block for block in node.events if block >= first]
    assert (read.first, read.refusal) == (first, "")


@given(blocks, st.integers(1, 20_000), st.integers(0, BLOCKS - 1))
def test_a_node_that_has_forgotten_old_blocks_gives_the_rest_and_says_from_where(events, most_blocks, oldest):
    node = Node(events, max(most_blocks, 50), oldest=oldest)
    read = read_range(node, 0, BLOCKS - 1)
    assert sorted(read.logs) == [block for block in node.events if block >= oldest]
    assert (read.first, read.refusal) == (oldest, "pruned history unavailable" if oldest else "")


def test_a_node_that_answers_for_nothing_gives_nothing_and_says_why():
    read = read_range(Node([5], oldest=BLOCKS), 0, BLOCKS - 1)
    assert (read.logs, read.first, read.refusal) == ([], BLOCKS, "pruned history unavailable")


@pytest.mark.parametrize("cut_at", [100, 1000, 5000])
@pytest.mark.parametrize("count", [100, 1000, 1500, 4321, 10_000])
def test_a_node_that_cuts_its_answers_without_a_word_is_asked_for_less(count, cut_at):
    node = Node(list(range(count)), cut_at=cut_at)
    assert sorted(read_range(node, 0, BLOCKS - 1).logs) == list(range(count))


def test_a_node_without_limits_is_asked_once():
    node = Node([1, 2])
    read_range(node, 0, BLOCKS - 1)
    assert node.asked == [(0, BLOCKS - 1)]


def test_a_node_that_takes_10000_blocks_is_asked_little_more_often_than_needed():
    node = Node([], most_blocks=10_000)
    read_range(node, 0, 10_000_000 - 1)
    assert len(node.asked) <= 1000 + 3


def test_no_range_is_asked_for_outside_of_what_was_wanted():
    node = Node([], most_blocks=777)
    read_range(node, 5000, 20_000)
    assert all(5000 <= low <= high <= 20_000 for low, high in node.asked)


def test_a_range_without_blocks_asks_for_nothing():
    node = Node([])
    assert read_range(node, 10, 9).logs == node.asked == []


def test_how_far_it_is_is_told_and_adds_up():
    told = []
    read_range(Node([], most_blocks=999), 0, BLOCKS - 1, told.append)
    assert sum(told) == BLOCKS


def test_a_node_that_does_not_answer_is_given_up():
    asked = []

    def silent(low, high):
        asked.append((low, high))
        raise ChainUnreachable("the chain's node does not answer within 30 s")

    with pytest.raises(ChainUnreachable):
        read_range(silent, 0, BLOCKS - 1)
    assert len(asked) == 4


def test_a_node_that_is_too_slow_for_a_long_range_is_asked_for_shorter_ones():
    node = Node([3, 30_000])

    def slow(low, high):
        if high - low > 20_000:
            raise ChainUnreachable("the chain's node does not answer within 30 s")
        return node(low, high)

    assert sorted(read_range(slow, 0, BLOCKS - 1).logs) == [3, 30_000]


def test_more_events_than_can_be_are_refused(monkeypatch):
    monkeypatch.setattr(event_logs, "MOST_EVENTS", 10)
    with pytest.raises(ChainUnreachable, match="gives more than 10 events"):
        read_range(lambda *_: [1] * 11, 0, BLOCKS - 1)
