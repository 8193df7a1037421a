"""What was added is read back before anybody relies on it."""

import os
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import IpfsError, IpfsTimeout
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Credentials
from radiogram.ipfs.ends import KEPT

from .conftest import SENDER_TOKEN, keep, part, reply

SIZES = [0, 1, KEPT - 1, KEPT, KEPT + 1, 2 * KEPT + 1, 3 << 20]


class Node:
    """Takes a file, names its CID, and does what a test says when it is asked for it."""

    def __init__(self, hostile, data, cat):
        self.data, self.url = data, hostile(keep(data, cat)).url

    def add(self, gateway=None, seconds=10):
        return Ipfs(self.url, gateway, timeout=seconds).add([self.data])


def missing(handler):
    reply(handler, 500, b'{"Message": "block was not found locally (offline): ipld: could not find x"}')


def silent(handler):
    handler.rfile.read()


@pytest.mark.fault(
    "A node names the right CID, and keeps nothing", "a server on loopback", "refused before anything is sealed"
)
@pytest.mark.parametrize("size", SIZES)
def test_a_node_that_took_a_file_and_does_not_have_it_is_refused(hostile, size):
    node = Node(hostile, os.urandom(size), missing)
    with pytest.raises(IpfsError) as raised:
        node.add()
    assert f"{node.url} took the file, and it does not come back" in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.fault(
    "A node gives back other bytes than it took", "a server on loopback", "refused before anything is sealed"
)
@pytest.mark.parametrize("size", SIZES[1:])
@pytest.mark.parametrize("place", [0, -1])
def test_a_node_that_gives_back_other_bytes_is_refused(hostile, size, place):
    data = os.urandom(size)
    other = bytearray(data)
    other[place] ^= 1
    node = Node(hostile, data, lambda handler: reply(handler, 200, part(handler, bytes(other))))
    with pytest.raises(IpfsError, match="sends other bytes"):
        node.add()


@pytest.mark.fault(
    "A node gives back fewer bytes than it took, or more", "a server on loopback", "refused before anything is sealed"
)
@pytest.mark.parametrize("size", SIZES[1:])
@pytest.mark.parametrize("step", [-1, 1])
def test_a_node_that_gives_back_fewer_bytes_or_more_is_refused(hostile, size, step):
    data = os.urandom(size)

    def answer(handler):
        given = part(handler, data)
        reply(handler, 200, given[:-1] if step < 0 else given + b"x")

    with pytest.raises(IpfsError, match="does not come back"):
        Node(hostile, data, answer).add()


def test_a_node_that_is_silent_when_a_file_is_read_back_is_given_up(hostile):
    node = Node(hostile, b"tibia", silent)
    with pytest.raises(IpfsTimeout, match="took the file, and it does not come back"):
        node.add(seconds=0.5)


@pytest.mark.fault(
    "A node breaks off when a file is read back", "a server on loopback", "refused before anything is sealed"
)
def test_a_node_that_breaks_off_when_a_file_is_read_back_is_refused(hostile):
    node = Node(hostile, b"tibia", lambda handler: None)
    with pytest.raises(IpfsError, match="does not come back"):
        node.add()


@pytest.mark.parametrize("size", SIZES)
def test_no_more_than_both_ends_of_a_file_is_read_back(hostile, size):
    sent = []

    def answer(handler):
        sent.append(part(handler, data))
        reply(handler, 200, sent[-1])

    data = os.urandom(size)
    Node(hostile, data, answer).add()
    assert sent == [data if size <= KEPT else data[-KEPT:] + data[:KEPT]]


def test_a_node_that_gives_one_file_at_a_time_is_asked_for_each_part(hostile):
    """Where it does not know the question for several, it may take it for one or refuse it."""
    data = os.urandom(3 << 20)
    for answer in (b"", data[-KEPT:], None):

        def cat(handler, answer=answer):
            if handler.path.count("arg=") == 1:
                reply(handler, 200, part(handler, data))
            else:
                reply(handler, 500 if answer is None else 200, answer or b"")

        assert Node(hostile, data, cat).add().size == len(data)


@given(st.lists(st.integers(1, KEPT + 2), min_size=1, max_size=6))
def test_the_ends_are_known_however_a_file_was_written(ipfs, pieces):
    data = os.urandom(sum(pieces))

    ends = list(accumulate(pieces))
    assert ipfs.add([data[end - size : end] for end, size in zip(ends, pieces, strict=True)]).size == len(data)


# ---- where the RPC does not let us read


@pytest.mark.parametrize("status", [401, 403, 404, 405, 501])
def test_a_node_that_only_takes_files_is_believed(hostile, status):
    node = Node(hostile, b"tibia", lambda handler: reply(handler, status))
    assert node.add().size == 5


@pytest.mark.parametrize("status", [403, 404, 405])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_file_is_then_read_back_from_the_gateway_if_there_is_one(hostile, status, size, knows_ranges):
    data = os.urandom(size)

    def answer(handler):
        given = part(handler, data) if knows_ranges else data
        reply(handler, 206 if knows_ranges and size else 200, given)

    gateway = hostile(answer)
    assert Node(hostile, data, lambda handler: reply(handler, status)).add(gateway.url).size == size
    assert gateway.seen


@pytest.mark.parametrize(
    "answer", [lambda handler: reply(handler, 404), lambda handler: reply(handler, 200, b"femur"), silent]
)
def test_a_gateway_that_does_not_give_it_back_counts_then(hostile, answer):
    gateway = hostile(answer)
    node = Node(hostile, b"tibia", lambda handler: reply(handler, 403))
    with pytest.raises(IpfsError, match=f"does not come back .*{gateway.url}"):
        node.add(gateway.url, seconds=0.5 if answer is silent else 10)


def test_an_add_only_token_adds_beside_the_gateway_of_its_node_or_of_none(guarded):
    data = os.urandom(3 << 20)
    for gateway in (None, guarded.gateway):
        sender = Ipfs(guarded.api, gateway, Credentials.parse(f"bearer:{SENDER_TOKEN}"))
        assert sender.add([data]).size == len(data)


def test_a_gateway_without_the_file_stops_a_sender_who_may_only_add(guarded, node):
    sender = Ipfs(guarded.api, node.gateway, Credentials.parse(f"bearer:{SENDER_TOKEN}"))
    with pytest.raises(IpfsError, match="does not come back"):
        sender.add([os.urandom(100)])


def test_the_gateway_is_not_asked_where_the_rpc_gives_it_back(hostile, node):
    gateway = hostile(lambda handler: reply(handler, 404))
    assert Ipfs(node.api, gateway.url).add([b"tibia"]).size == 5
    assert gateway.seen == []
