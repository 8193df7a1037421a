"""The leaves of a file, out of its nodes; and nodes that are made to do harm."""

import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import IpfsError, IpfsIncomplete, IpfsMismatch, IpfsTooLarge
from radiogram.ipfs import dag
from radiogram.ipfs.dag import MAX_BLOCK_BYTES, check_block, each_leaf, leaves_of
from radiogram.ipfs.unixfs import CHUNK_BYTES

from .dag_blocks import blocks_of, endless_file, node

RAW, DAG_PB = b"\x01\x55\x12\x20", b"\x01\x70\x12\x20"


def cid_of(block: bytes, codec: bytes = DAG_PB) -> bytes:
    return codec + hashlib.sha256(block).digest()


@given(st.integers(1, 3000), st.integers(100, 400), st.integers(2, 5))
def test_the_leaves_hold_all_of_the_file_in_its_order(size, chunk_bytes, max_links):
    data = os.urandom(size)
    cid, blocks = blocks_of(data, chunk_bytes, max_links)
    leaves = leaves_of(cid, size, blocks.__getitem__)
    assert b"".join(blocks[leaf.cid] for leaf in leaves) == data
    assert [(leaf.start, leaf.end) for leaf in leaves] == [
        (at, min(at + chunk_bytes, size)) for at in range(0, size, chunk_bytes)
    ]


def test_of_a_file_of_one_block_no_node_is_asked_for():
    (leaf,) = leaves_of(cid_of(b"image", RAW), 5, lambda _: pytest.fail("asked"))
    assert (leaf.start, leaf.size) == (0, 5)


@given(st.integers(-2000, 2000).filter(bool))
def test_a_file_of_another_size_is_refused(distance):
    cid, blocks = blocks_of(os.urandom(2500), 300, 3)
    with pytest.raises(IpfsTooLarge if distance < 0 else IpfsIncomplete, match="2500 bytes where"):
        leaves_of(cid, 2500 + distance, blocks.__getitem__)


@given(st.binary(max_size=200))
def test_any_bytes_in_the_place_of_a_node_are_of_no_file_of_ours(junk):
    assert leaves_of(cid_of(junk), 100, lambda _: junk) is None


@given(st.data())
def test_a_node_with_any_bytes_changed_gives_leaves_or_none_and_nothing_else(data):
    cid, blocks = blocks_of(bytes(range(200)), 40, 10)
    changed = bytearray(blocks[cid])
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        leaves = leaves_of(cid, 200, lambda _: bytes(changed))
    except IpfsError:
        return
    assert leaves is None or sum(leaf.size for leaf in leaves) == 200


@pytest.mark.parametrize("kind", [0, 1, 3, 4, 5])
def test_what_is_no_file_has_no_leaves(kind):
    folder = node([(cid_of(b"image", RAW), 5, 5)], kind)
    assert leaves_of(cid_of(folder), 5, lambda _: folder) is None


def test_a_node_that_holds_bytes_itself_has_no_leaves_of_ours():
    whole = b"\x0a\x0b\x08\x02\x12\x05image\x18\x05"
    assert leaves_of(cid_of(whole), 5, lambda _: whole) is None


def test_a_file_of_many_small_blocks_is_refused_before_all_of_them_are_listed():
    leaf = (cid_of(b"x", RAW), 1, 1)
    level = [node([leaf] * 1000)]
    deep = node([(cid_of(level[0]), 1000, 1)] * 1000)
    blocks = {cid_of(each): each for each in (level[0], deep)}
    asked = []
    with pytest.raises(IpfsError, match="more than"):
        leaves_of(cid_of(deep), 1_000_000, lambda cid: asked.append(cid) or blocks[cid])
    assert len(asked) < 5


def test_a_file_of_more_blocks_than_any_is_refused_whatever_its_size(monkeypatch):
    monkeypatch.setattr(dag, "MOST_LEAVES", 2000)
    cid, size, blocks = endless_file(bytes(CHUNK_BYTES))
    listed = []
    with pytest.raises(IpfsError, match="more than 2000 blocks"):
        listed.extend(each_leaf(cid, size, blocks.__getitem__))
    assert len(listed) == 2000


def test_nodes_that_are_too_deep_are_refused():
    block, blocks = node([(cid_of(b"image", RAW), 5, 5)]), {}
    for _ in range(50):
        blocks[cid_of(block)] = block
        block = node([(cid_of(block), 5, 5)])
    blocks[cid_of(block)] = block
    with pytest.raises(IpfsError, match="too deep"):
        leaves_of(cid_of(block), 5, blocks.__getitem__)


def test_a_block_that_no_implementation_exchanges_is_refused():
    with pytest.raises(IpfsTooLarge, match="one block"):
        leaves_of(cid_of(b"", RAW), MAX_BLOCK_BYTES + 1, lambda _: pytest.fail("asked"))


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_block_is_the_one_with_its_cid_or_refused(block, other):
    check_block(cid_of(block), block, "somebody")
    if other != block:
        with pytest.raises(IpfsMismatch, match="somebody has other bytes"):
            check_block(cid_of(block), other, "somebody")
