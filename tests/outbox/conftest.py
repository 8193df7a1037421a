"""Slices of a made-up patient."""

import pytest

from tests.flows.images import GRACE, write_image
from tests.outbox.box import box, receiving  # noqa: F401 - fixtures


@pytest.fixture
def slice_of(tmp_path):
    """slice_of(number, **attributes): the bytes of a slice of Grace's."""

    def made(number=1, **attributes):
        uid = f"{GRACE['StudyInstanceUID']}.9.{number}"
        changed = GRACE | {"SOPInstanceUID": uid, "InstanceNumber": number} | attributes
        return write_image(tmp_path / "slices" / str(number), **changed).read_bytes()

    return made
