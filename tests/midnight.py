"""For tests in which it is the same day (UTC) from their beginning to their end.

from tests.midnight import _one_day  # noqa: F401 - a fixture
"""

import time

import pytest

DAY = 86_400
ENOUGH = 60  # seconds, for any of these tests


@pytest.fixture(autouse=True)
def _one_day():
    """Just before midnight, waits for the next day."""
    left = DAY - time.time() % DAY
    if left < ENOUGH:
        time.sleep(left)
