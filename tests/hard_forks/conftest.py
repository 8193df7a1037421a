"""Fixtures for sending and retrieving on chains with other rules."""

from tests.chain.conftest import _function_isolation  # noqa: F401 - a fixture
from tests.transfer.conftest import (  # noqa: F401 - fixtures
    ipfs,
    patient,
    send,
    sign,
    study,
    technologist,
    transfer_node,
)
