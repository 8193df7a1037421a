"""An outbox of a test's own, and what is in it."""

from pathlib import Path

import pytest

from radiogram.formats import ciphertext
from radiogram.outbox.store import Outbox

ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
SECRET = bytes(range(32))


@pytest.fixture
def box(tmp_path):
    return Outbox.make(tmp_path / "outbox" / ACCOUNT, ACCOUNT, ciphertext.age_recipient(SECRET))


@pytest.fixture
def receiving(box):
    """It, while its receiver runs."""
    with box.receiving():
        yield box


def opened(path: Path) -> bytes:
    with path.open("rb") as stream, ciphertext.open_decrypted(stream, SECRET) as plaintext:
        return plaintext.read()


def kept(box: Outbox) -> list[bytes]:
    """The instances of all studies, decrypted, in the order in which they arrived."""
    return [opened(path) for study in box.studies() for path in study.instances]
