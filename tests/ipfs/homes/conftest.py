"""Two nodes that do not know each other; and three of one private network, under an IPFS Cluster of two copies."""

import os
import secrets
from contextlib import ExitStack

import pytest

from radiogram.devnet.kubo import local_ipfs
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.homes.home import Origin
from radiogram.ipfs.homes.kubo import KuboHome
from radiogram.ipfs.homes.place import File, Place
from radiogram.ipfs.homes.services import Cluster
from tests.ipfs.homes.engines import ClusterPeer, Kubo, swarm_key

COPIES = 2
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
    study = node.add([os.urandom(STUDY_BYTES)])
    return [File(study.cid, study.size), File(node.add([os.urandom(2000)]).cid, None)]


@pytest.fixture
def files(own):
    return add(own)


@pytest.fixture
def own_home(own):
    return KuboHome("own node", own)


@pytest.fixture
def partner_home(partner):
    return KuboHome("partner", partner)


# ---- a cluster


class ThreeNodes:
    """Three Kubos of one private network, each with a peer of the cluster."""

    def __init__(self, folder, binary):
        folder.mkdir()
        key, secret = swarm_key(), secrets.token_hex(32)
        self.nodes = [Kubo(folder / f"kubo{n}", key) for n in range(3)]
        self.peers = [ClusterPeer(folder / f"peer{n}", binary, self.nodes[n], secret, COPIES) for n in range(3)]
        for each in self.peers:
            each.know(self.peers)

    def start(self):
        """All of it, and what was ended before; connected to each other."""
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            for other in self.nodes:
                if other is not node:
                    node.connect(other)
        for peer in self.peers:
            peer.start()

    def end(self):
        for each in (*self.peers, *self.nodes):
            each.end()

    def home(self, asked=0, copies=None):
        """The cluster as a home, whose peer of that number is asked."""
        places = tuple(Place(Ipfs(node.api, timeout=5)) for node in self.nodes)
        return Cluster("cluster", self.peers[asked].rest_endpoint, places, copies=copies)


@pytest.fixture(scope="module")
def engines(base, need):
    binary = need(
        "ipfs-cluster-service", source="make setup-dev builds IPFS Cluster, or set IPFS_CLUSTER_BIN before it"
    )
    three = ThreeNodes(base / "three", binary)
    with ExitStack() as stack:
        stack.callback(three.end)
        three.start()
        yield three


@pytest.fixture
def three(engines):
    """All of which run, whatever the test before has ended."""
    engines.start()
    return engines


@pytest.fixture
def first_home(three):
    """The node of the cluster that studies are added to."""
    return KuboHome("own node", three.nodes[0].client)


@pytest.fixture
def origin(three):
    return Origin(three.nodes[0].client)


@pytest.fixture
def clustered(three):
    """A fresh study and its key packet, on the first node alone."""
    return add(three.nodes[0].client)
