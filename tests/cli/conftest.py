"""What these ask of a chain, they only ask."""

import signal

import pytest

from tests.unisolated import _function_isolation  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def _interruptible():
    """Ctrl-C still stops the tests after a command has ended in their process."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)
