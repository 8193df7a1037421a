"""The CID that is computed without a node is the one that Kubo computes."""

import json
import os
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiogram.ipfs.cid import IMPORT, cid_text
from radiogram.ipfs.unixfs import CHUNK_BYTES, CidBuilder

from .only_hash import only_hash, pattern

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "cid.json").read_text())
FEW = settings().max_examples // 2  # each starts Kubo


def computed(pieces: Iterable[bytes], *sizes: int) -> str:
    builder = CidBuilder(*sizes)
    for piece in pieces:
        builder.add(piece)
    return cid_text(builder.cid())


@pytest.mark.parametrize("vector", VECTORS["files"], ids=lambda v: v["bytes"])
def test_a_file_has_the_cid_of_its_vector(vector):
    assert computed(pattern(vector["bytes"])) == vector["cid"]


@pytest.mark.parametrize(
    "vector", VECTORS["other_sizes"], ids=lambda v: f"{v['bytes']} by {v['chunk_bytes']}, {v['max_links']} links"
)
def test_a_file_in_other_chunks_and_nodes_has_the_cid_of_its_vector(vector):
    assert computed(pattern(vector["bytes"]), vector["chunk_bytes"], vector["max_links"]) == vector["cid"]


def test_the_node_is_asked_for_the_sizes_that_the_cid_is_computed_with():
    assert (IMPORT["chunker"], IMPORT["max-file-links"]) == ("size-1048576", "1024")


@settings(max_examples=FEW)
@given(chunks=st.integers(0, 5), more=st.integers(-2, 2))
def test_kubo_computes_the_same_cid_around_the_ends_of_chunks(chunks, more):
    data = os.urandom(max(0, chunks * CHUNK_BYTES + more))
    assert computed([data]) == only_hash([data])


@settings(max_examples=FEW)
@given(data=st.data(), chunk_bytes=st.integers(1, 40), max_links=st.integers(2, 6))
def test_kubo_computes_the_same_cid_of_deep_dags(data, chunk_bytes, max_links):
    content = os.urandom(data.draw(st.integers(0, 400 * chunk_bytes)))
    assert computed([content], chunk_bytes, max_links) == only_hash([content], chunk_bytes, max_links)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_kubo_computes_the_same_cid_where_a_dag_is_full(depth, more):
    content = os.urandom(10 * 4**depth + more)
    assert computed([content], 10, 4) == only_hash([content], 10, 4)


@given(
    pieces=st.lists(st.binary(max_size=50), max_size=20), chunk_bytes=st.integers(1, 20), max_links=st.integers(2, 4)
)
def test_it_does_not_matter_in_what_pieces_a_file_comes(pieces, chunk_bytes, max_links):
    assert computed(pieces, chunk_bytes, max_links) == computed([b"".join(pieces)], chunk_bytes, max_links)


@given(st.binary(min_size=1, max_size=100), st.data())
def test_a_changed_byte_changes_the_cid(content, data):
    place = data.draw(st.integers(0, len(content) - 1))
    other = content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]
    assert computed([content], 3, 2) != computed([other], 3, 2)


def test_memory_stays_flat():
    builder = CidBuilder(1, 32)
    tracemalloc.start()
    try:
        builder.add(bytes(2_000))
        before, _ = tracemalloc.get_traced_memory()
        builder.add(bytes(20_000))  # whose digests alone have 640 KB
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 50_000
