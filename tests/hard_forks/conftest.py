"""Fixtures for sending and retrieving on chains with other rules."""

from tests.transfer.conftest import (  # noqa: F401 - fixtures
    ipfs,
    patient,
    send,
    sign,
    study,
    technologist,
    transfer_node,
)
