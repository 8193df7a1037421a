"""Junk does not keep a patient from their images, even more of it than one call walks past: see tests/junk.py."""

from radiogram.chain.inbox import STRIDE
from tests.junk import CALL_GAS, measure


def test_a_good_message_is_listed_opened_acknowledged_handed_on_and_taken_back_whatever_lies_before_and_after_it():
    assert 2_700 * STRIDE < CALL_GAS / 2  # a call that walks is far below what nodes allow
    assert len(measure(STRIDE + 100)) == 8
