"""For tests that leave the chain alone which `ape test` runs: it would be asked for a snapshot before each of them, and
to go back to it afterwards.

    from tests.unisolated import _function_isolation  # noqa: F401 - a fixture
"""

import pytest


@pytest.fixture
def _function_isolation():
    """In place of Ape's: where a test is connected to a chain that takes no snapshots, Ape takes no more of its own."""
