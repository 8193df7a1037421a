"""Nodes as homes: what counts as kept."""

import os

import pytest
import requests

from radiogram.errors import IpfsError, IpfsIncomplete, IpfsMismatch, IpfsNotFound
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Credentials
from radiogram.ipfs.homes.home import Origin
from radiogram.ipfs.homes.kubo import KuboHome
from radiogram.ipfs.homes.place import Place
from tests.ipfs.conftest import SENDER_TOKEN, reply

from ..test_pins import block_file
from .conftest import add

LEAF_BYTES = 1 << 20
PATIENCE = 1.0  # seconds, of tests in which it runs out


def rpc(node, name, **arguments):
    assert requests.post(f"{node.api.url}/api/v0/{name}", params=arguments, timeout=30).ok


def names(places):
    return {place.url for place in places}


# ---- what counts


def test_a_node_that_has_pinned_all_of_it_keeps_it(own, files):
    for file in files:
        Place(own).check(file)


def test_a_node_that_never_had_it_does_not(partner, files):
    with pytest.raises(IpfsNotFound, match="has not pinned it"):
        Place(partner).check(files[0])


def test_a_node_that_has_it_and_may_delete_it_does_not(own, files):
    rpc(own, "pin/rm", arg=cid_text(files[0].cid))
    with pytest.raises(IpfsNotFound, match="has not pinned it"):
        Place(own).check(files[0])


def test_a_node_that_has_lost_one_block_does_not(base, own, files):
    block_file(base / "own", LEAF_BYTES).unlink()
    with pytest.raises(IpfsIncomplete):
        Place(own).check(files[0])


def test_a_node_that_sends_other_bytes_does_not(hostile, own, files):
    """One that says of all that it has it pinned and whole."""

    def answer(handler):
        if "block/get" in handler.path:
            return reply(handler, 200, os.urandom(1000))
        said = requests.post(f"{own.api.url}{handler.path}", timeout=30)
        return reply(handler, said.status_code, said.content)

    with pytest.raises(IpfsMismatch):
        Place(Ipfs(hostile(answer).url)).check(files[0])


def test_a_gateway_keeps_what_its_node_has(partner):
    for file in add(partner):
        Place(Ipfs(None, partner.gateway.url)).check(file)


def test_a_gateway_does_not_keep_what_its_node_never_had(partner, files):
    for file in files:
        with pytest.raises(IpfsNotFound):
            Place(Ipfs(None, partner.gateway.url)).check(file)


def test_of_a_node_that_lets_itself_be_added_to_alone_the_gateway_tells(guarded, files, own):
    token = Credentials.parse(f"bearer:{SENDER_TOKEN}")
    home = KuboHome("guarded", Ipfs(guarded.api, guarded.gateway, token))
    home.ask(files[0], Origin(own))
    home.check(home.places[0], files[0])
    with pytest.raises(IpfsNotFound):
        home.check(home.places[0], files[1])
    blind = KuboHome("guarded", Ipfs(guarded.api, None, token))
    with pytest.raises(IpfsError, match="refuses these credentials"):
        blind.check(blind.places[0], files[0])
