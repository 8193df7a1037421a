"""A ciphertext and its key packet go to the node by one upload, and are read back together."""

import json
import os

import pytest

from radiogram.errors import IpfsError, IpfsWrongCid
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Credentials
from radiogram.ipfs.ends import KEPT

from .conftest import SENDER_TOKEN, drain, reply

MIB = 1 << 20


def both(ipfs, data, follow):
    return ipfs.add_both([data], lambda _: follow)


@pytest.mark.parametrize("size", [0, 1, KEPT, KEPT + 1, MIB, MIB + 1, 3 * MIB])
def test_both_have_the_cids_that_they_have_alone_and_are_pinned(ipfs, pins, size):
    data, follow = os.urandom(size), os.urandom(1752)
    added = both(ipfs, data, follow)
    assert added == (ipfs.add([data]), ipfs.add_bytes(follow))
    assert {cid_text(each.cid) for each in added} <= pins()


def test_the_second_is_made_of_what_is_known_of_the_first(ipfs):
    told = []
    data = os.urandom(2 * MIB)
    first, second = ipfs.add_both([data], lambda added: told.append(added) or added.cid)
    assert told == [first]
    assert ipfs.read(second.cid, 100) == first.cid


def test_both_go_by_one_upload(node):
    asked = []
    ipfs = Ipfs(node.api, timeout=10)
    api = ipfs._client(ipfs.rpc)._client._session
    api.hooks["response"].append(lambda response, **_: asked.append(response.url))
    both(ipfs, os.urandom(3 * MIB), b"packet")
    assert len(asked) == 1
    assert "/add?" in asked[0]


def test_an_error_of_whoever_makes_the_second_comes_out(ipfs):
    def follow(_):
        raise ValueError("no packet")

    with pytest.raises(ValueError, match="no packet"):
        ipfs.add_both([b"tibia"], follow)


def test_an_error_of_whoever_makes_the_first_comes_out_and_no_second_is_made(ipfs):
    made = []

    def pieces():
        yield os.urandom(2 * MIB)
        raise ValueError("no file")

    with pytest.raises(ValueError, match="no file"):
        ipfs.add_both(pieces(), lambda added: made.append(added) or b"packet")
    assert made == []


def test_an_add_only_token_is_enough(guarded):
    sender = Ipfs(guarded.api, guarded.gateway, Credentials.parse(f"bearer:{SENDER_TOKEN}"))
    assert both(sender, os.urandom(3 * MIB), b"packet")[1].size == 6


# ---- nodes that are not honest


def names(*cids):
    """A node that takes two files, calls them so, and has neither."""

    def answer(handler):
        if "/add" not in handler.path:
            return reply(handler, 500, b'{"Message": "block was not found locally (offline): ipld: could not find x"}')
        drain(handler)
        return reply(handler, 200, b"\n".join(json.dumps({"Hash": cid_text(each)}).encode() for each in cids))

    return answer


@pytest.fixture
def cids(ipfs):
    return [ipfs.add_bytes(each).cid for each in (b"tibia", b"packet")]


def test_a_node_that_has_neither_is_refused(hostile, cids):
    with pytest.raises(IpfsError, match="does not come back"):
        both(Ipfs(hostile(names(*cids)).url, timeout=10), b"tibia", b"packet")


@pytest.mark.parametrize("lost", [b"tibia", b"packet"])
def test_a_node_that_has_one_of_them_is_refused(hostile, cids, lost):
    refuse = names(*cids)

    def answer(handler):
        kept = {cid_text(cid): data for cid, data in zip(cids, (b"tibia", b"packet"), strict=True) if data != lost}
        held = [data for cid, data in kept.items() if f"arg={cid}" in handler.path]
        return reply(handler, 200, held[0]) if held and handler.path.count("arg=") == 1 else refuse(handler)

    with pytest.raises(IpfsError, match="does not come back"):
        both(Ipfs(hostile(answer).url, timeout=10), b"tibia", b"packet")


@pytest.mark.parametrize("place", [0, 1])
def test_a_node_that_names_another_cid_for_one_of_them_is_refused(hostile, ipfs, cids, place):
    cids[place] = ipfs.add_bytes(b"femur").cid
    with pytest.raises(IpfsWrongCid):
        both(Ipfs(hostile(names(*cids)).url, timeout=10), b"tibia", b"packet")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_node_that_does_not_name_two_is_refused(hostile, cids, count):
    with pytest.raises(IpfsError, match="did not answer as an IPFS node"):
        both(Ipfs(hostile(names(*(cids * 2)[:count])).url, timeout=10), b"tibia", b"packet")
