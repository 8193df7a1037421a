"""Two nodes that do not know each other."""

import os

import pytest

from radiogram.devnet.kubo import local_ipfs
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.homes.kubo import KuboHome
from radiogram.ipfs.homes.place import File

STUDY_BYTES = 2_500_000  # three leaves and their root


@pytest.fixture(scope="module")
def own(base):
    """The node that studies are added to; it is offline."""
    with local_ipfs(base / "own") as running:
        yield Ipfs(running.api, timeout=20)


@pytest.fixture(scope="module")
def partner(base):
    """Another one, which has no connection to it."""
    with local_ipfs(base / "partner") as running:
        yield Ipfs(running.api, running.gateway, timeout=20)


def add(node: Ipfs) -> list[File]:
    """A fresh study and its key packet, on that node."""
    study = node.add(lambda sink: sink.write(os.urandom(STUDY_BYTES)))
    return [File(study.cid, study.size), File(node.add(lambda sink: sink.write(os.urandom(2000))).cid, None)]


@pytest.fixture
def files(own):
    return add(own)


@pytest.fixture
def own_home(own):
    return KuboHome("own node", own)


@pytest.fixture
def partner_home(partner):
    return KuboHome("partner", partner)
