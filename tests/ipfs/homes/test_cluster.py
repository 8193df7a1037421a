"""IPFS Cluster as a home, over three Kubos of one private network: its nodes are asked, whatever it says of them."""

import pytest
import requests
from ape_ganache.program import wait_until

from radiogram.errors import HomesError, IpfsError, IpfsNotFound, IpfsRefused, IpfsUnreachable
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Credentials, Endpoint
from radiogram.ipfs.homes.home import Origin
from radiogram.ipfs.homes.keeping import keep, look
from radiogram.ipfs.homes.kubo import KuboHome
from radiogram.ipfs.homes.place import Place
from radiogram.ipfs.homes.services import PinningService

from .conftest import STUDY_BYTES, add
from .engines import SECRET, USER

PATIENCE = 60  # seconds


def held_by(three, files):
    """The numbers of the nodes that keep all the files: looked at by their RPCs."""
    seen = {each.place.url: each.trouble for each in look([three.home()], files)}
    return {number for number, node in enumerate(three.nodes) if seen[f"{node.api}"] is None}


# ---- REST API


def test_two_nodes_of_it_are_two_homes(three, first_home, origin, clustered):
    kept = keep(clustered, [first_home, three.home()], 2, origin, patience=PATIENCE)
    assert len(kept) == 2
    assert len(held_by(three, clustered)) >= 2


def test_as_many_copies_are_made_as_are_asked_for(three, first_home, origin, clustered):
    keep(clustered, [first_home, three.home(copies=3)], 3, origin, patience=PATIENCE)
    assert held_by(three, clustered) == {0, 1, 2}


def test_a_gateway_of_a_node_counts_once_the_cluster_says_that_it_is_pinned(three, first_home, origin, clustered):
    home = three.home(copies=3)
    by_gateway = Place(Ipfs(None, three.nodes[1].gateway))
    with pytest.raises(IpfsNotFound, match="keeps it not"):
        home.check(by_gateway, clustered[0])
    keep(clustered, [first_home, home], 3, origin, patience=PATIENCE)
    home.check(by_gateway, clustered[0])


@pytest.mark.fault(
    "A home refuses a first pin", "its other peers are still starting: HTTP 500", "it is asked again in its time"
)
def test_a_first_pin_that_is_refused_is_asked_for_again(three, first_home, origin, clustered):
    """A cluster that has just begun has not heard of enough peers yet."""
    for peer in three.peers:
        peer.end()
    three.peers[0].start()
    with pytest.raises(IpfsError, match="HTTP 500: not enough peers to allocate CID"):
        three.home().ask(clustered[0], origin)

    def start_the_others(waits):
        if "not enough peers" in str(waits):
            three.start()

    keep(clustered, [first_home, three.home()], 2, origin, patience=PATIENCE, told=start_the_others)
    assert len(held_by(three, clustered)) >= 2


@pytest.mark.fault(
    "Nodes of a cluster can't reach the one that has a study",
    "it is on no network of theirs",
    "an error in its time says that the pin hangs",
)
def test_a_pin_that_hangs_ends_with_an_error_that_names_the_home(three, own, own_home):
    """The node that has it is on no network with those of the cluster."""
    files = add(own)
    with pytest.raises(HomesError, match=r"only 1 of 2 homes hold it; cluster: .* says that it is pin(ning|_queued)"):
        keep(files, [own_home, three.home()], 2, Origin(own), patience=5)
    three.home().forget(files[0].cid)


# ---- nodes that fail


@pytest.fixture
def twice(three, first_home, origin, clustered):
    """The study, kept by two nodes that the cluster has chosen; their numbers, the one asked about pins first."""
    keep(clustered, [first_home, three.home()], 2, origin, patience=PATIENCE)
    for file in clustered:
        said = requests.get(f"{three.peers[0].rest}/allocations/{cid_text(file.cid)}", timeout=30).json()
        chosen = {number for number, peer in enumerate(three.peers) if peer.peer_id in said["allocations"]}
        # The first, which has added it, may have counted in the place of one that still fetches it.
        assert wait_until(lambda file=file, chosen=chosen: held_by(three, [file]) >= chosen, PATIENCE)
        if 0 not in chosen:
            Place(three.nodes[0].client).pins.remove(file.cid)
    survivor, failing = sorted(held_by(three, clustered))
    return survivor, failing


@pytest.mark.fault(
    "A node of a cluster fails with its peer", "both get SIGKILL", "readable, and kept by as many homes again"
)
def test_a_node_that_fails_with_its_peer_leaves_it_readable_and_is_made_up_for(three, clustered, twice):
    survivor, failed = twice
    three.nodes[failed].kill()
    three.peers[failed].kill()
    for file in clustered:
        three.nodes[survivor].client.read(file.cid, STUDY_BYTES)
    keep(clustered, [three.home()], 2, Origin(three.nodes[survivor].client), patience=PATIENCE)
    assert held_by(three, clustered) == {0, 1, 2} - {failed}


@pytest.mark.fault(
    "A node of a cluster fails alone", "it gets SIGKILL, its peer none", "seen by asking the node; pinned elsewhere"
)
def test_a_node_that_fails_alone_is_seen_though_the_cluster_goes_on_saying_pinned(three, clustered, twice):
    survivor, failed = twice
    three.nodes[failed].kill()
    assert three.home().status(clustered[0].cid) == "pinned"
    trouble = {each.place.url: each.trouble for each in look([three.home()], clustered)}
    assert isinstance(trouble[three.nodes[failed].api], IpfsUnreachable)
    assert held_by(three, clustered) == {survivor}
    keep(clustered, [three.home()], 2, Origin(three.nodes[survivor].client), patience=PATIENCE)
    assert held_by(three, clustered) == {0, 1, 2} - {failed}


# ---- its Pinning Service API


@pytest.fixture
def service(three):
    """The cluster as a pinning service, with a token of its own making."""
    places = tuple(Place(Ipfs(node.api, timeout=5)) for node in three.nodes)
    where = Endpoint.parse(three.peers[0].service, Credentials.parse(f"bearer:{three.peers[0].token()}"))
    return PinningService("service", where, places)


def test_a_pinning_service_keeps_what_it_is_asked_to(three, service, first_home, origin, clustered):
    assert service.status(clustered[0].cid) == ""
    keep(clustered, [first_home, service], 2, origin, patience=PATIENCE)
    assert {service.status(file.cid) for file in clustered} == {"pinned"}
    assert len(held_by(three, clustered)) >= 2


def test_a_pinning_service_takes_user_and_secret_too(three, first_home, origin, clustered):
    where = Endpoint.parse(three.peers[0].service, Credentials.parse(f"basic:{USER}:{SECRET}"))
    service = PinningService("service", where, (Place(Ipfs(three.nodes[1].api)), Place(Ipfs(three.nodes[2].api))))
    keep(clustered, [first_home, service], 2, origin, patience=PATIENCE)


def test_without_a_token_it_is_given_up_at_once(three, first_home, origin, clustered):
    service = PinningService("service", Endpoint.parse(three.peers[0].service), (Place(Ipfs(three.nodes[1].api)),))
    with pytest.raises(IpfsRefused, match="wants credentials"):
        service.status(clustered[0].cid)
    with pytest.raises(HomesError, match=r"service: .* wants credentials"):
        keep(clustered, [first_home, service], 2, origin, patience=PATIENCE)


@pytest.mark.parametrize("kind", ["cluster", "service"])
def test_what_it_is_told_to_forget_it_unpins_on_its_nodes(three, first_home, origin, clustered, service, kind):
    home = service if kind == "service" else three.home()
    keep(clustered, [first_home, home], 2, origin, patience=PATIENCE)
    for file in clustered:
        home.forget(file.cid)
        assert home.status(file.cid) in ("", "unpinning", "unpin_queued")
        home.forget(file.cid)


def test_a_server_that_is_no_such_service_is_known_by_its_reply(hostile, clustered):
    from tests.ipfs.conftest import reply

    server = hostile(lambda handler: reply(handler, 200, b"[]"))
    where = Endpoint.parse(server.url)
    for home in (PinningService("other", where, ()), KuboHome("other", Ipfs(server.url))):
        with pytest.raises(IpfsError):
            home.check(Place(Ipfs(None, server.url)), clustered[0])
