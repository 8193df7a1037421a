"""message: one message of an inbox, by its index."""

import pytest

from tests.contract.reverts import reverts


@pytest.mark.parametrize("index", [7, 8, 2**96, 2**256 - 1])
def test_a_message_that_is_not_there_is_refused(full, patient, index):
    with reverts(full.NoMessage, recipient=patient.address, index=index):
        full.message(patient, index)
    with reverts(full.NoMessage, recipient=patient.address, index=index):
        full.cursorOf(patient, index)
