"""How messages are divided among transactions, by what each uses."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from radiogram.batch.loads import BASE_GAS, MOST_TOGETHER, expected_gas, fits, loads

GAS = st.lists(st.integers(BASE_GAS, 200_000), max_size=500)
LIMITS = st.integers(200_000, 2**24)


@given(GAS, LIMITS)
def test_each_message_goes_once_and_in_its_order(each, limit):
    assert [place for load in loads(each, limit) for place in load] == list(range(len(each)))


@given(GAS, LIMITS)
def test_no_transaction_asks_for_more_than_it_may_or_holds_too_many(each, limit):
    for load in loads(each, limit):
        assert 1 <= len(load) <= MOST_TOGETHER
        assert len(load) == 1 or sum(each[place] for place in load) <= limit


@given(GAS, LIMITS)
def test_a_transaction_is_ended_only_where_the_next_message_does_not_fit(each, limit):
    made = loads(each, limit)
    for load, following in pairwise(made):
        assert not fits(len(load), sum(each[place] for place in load), each[following.start], limit)


@given(GAS, LIMITS)
def test_what_each_transaction_uses_of_itself_is_counted_once(each, limit):
    expected = sum(sum(each[place] - BASE_GAS for place in load) + BASE_GAS for load in loads(each, limit))
    assert expected_gas(each, limit) == expected


def test_a_message_that_asks_for_more_than_there_is_goes_alone():
    assert loads([100, 900, 100], 500) == [range(1), range(1, 2), range(2, 3)]


def test_a_hundred_and_more_quantum_safe_messages_go_by_one_transaction():
    assert [len(load) for load in loads([117_000] * 200, 2**24)] == [143, 57]
