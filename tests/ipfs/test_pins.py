"""What a real node keeps of files: pins, whole files, and faults that are put into its folder."""

import os
from pathlib import Path

import pytest

from radiogram.devnet.kubo import local_ipfs
from radiogram.errors import IpfsError, IpfsIncomplete, IpfsRefused, IpfsUnreachable
from radiogram.ipfs.cid import cid_bytes, cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Credentials, Endpoint
from radiogram.ipfs.pins import Pins

from .conftest import CLINIC_SECRET, SENDER_TOKEN, reply

FILE_BYTES = 2_500_000  # three blocks and their root


@pytest.fixture(scope="module")
def home(base):
    return base / "pins"


@pytest.fixture(scope="module")
def own(home):
    """A node of its own, whose folder the tests damage."""
    with local_ipfs(home) as running:
        yield Ipfs(running.api)


@pytest.fixture
def kept(own):
    return Pins(own.api)


@pytest.fixture
def added(own):
    """Adds fresh bytes; the CID."""
    return lambda size=FILE_BYTES: own.add([os.urandom(size)]).cid


def block_file(home: Path, size: int) -> Path:
    """The newest block of that size in the node's folder."""
    found = [path for path in (home / "ipfs" / "repo" / "blocks").rglob("*.data") if path.stat().st_size == size]
    return max(found, key=lambda path: path.stat().st_mtime_ns)


# ---- pins


def test_what_is_added_is_pinned(kept, added):
    assert kept.is_pinned(added())


def test_what_was_unpinned_is_not_pinned_until_it_is_again(own, kept, added, rpc_of):
    cid = added()
    rpc_of(own, "pin/rm", arg=cid_text(cid))
    assert not kept.is_pinned(cid)
    kept.pin(cid)
    assert kept.is_pinned(cid)


def test_what_the_node_never_had_is_not_pinned_and_can_t_be(kept):
    cid = b"\x01\x55\x12\x20" + os.urandom(32)
    assert not kept.is_pinned(cid)
    with pytest.raises(IpfsError, match="does not have this file"):
        kept.pin(cid)


def test_all_pins_of_our_form_are_listed_and_kubos_own_are_not(kept, added):
    before, cid = kept.pinned(), added()
    assert set(kept.pinned()) == {*before, cid}


# ---- whole files


def test_a_whole_file_has_its_blocks(kept, added):
    cid = added()
    blocks = kept.blocks(cid)
    assert len(blocks) == 4
    assert cid in blocks
    assert sum(kept.size(block) for block in blocks if block != cid) == FILE_BYTES


def test_a_file_of_one_block_is_that_block(kept, added):
    cid = added(3000)
    assert kept.blocks(cid) == [cid]


@pytest.mark.parametrize("size", [FILE_BYTES, 3001])
def test_a_missing_block_is_seen_though_the_pin_is_there(home, kept, added, size):
    cid = added(size)
    block_file(home, min(size, 1 << 20)).unlink()
    assert kept.is_pinned(cid)
    with pytest.raises(IpfsIncomplete, match=f"a block of {cid_text(cid)} is missing or damaged"):
        kept.blocks(cid)


@pytest.mark.parametrize("size", [FILE_BYTES, 3002])
def test_a_block_that_went_bad_on_the_disk_is_seen(home, kept, added, size):
    cid = added(size)
    file = block_file(home, min(size, 1 << 20))
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)
    with pytest.raises(IpfsIncomplete):
        kept.blocks(cid)


# ---- removing


def test_a_removed_file_is_gone_with_its_blocks_and_no_other(kept, added):
    gone, stays = added(), added()
    blocks = kept.blocks(gone)
    kept.remove(gone)
    assert not kept.is_pinned(gone)
    assert [kept.size(block) for block in blocks] == [0] * 4
    assert len(kept.blocks(stays)) == 4


def test_a_block_that_another_file_has_too_stays(own, kept):
    shared = os.urandom(1 << 20)
    gone, stays = (own.add([shared + tail]).cid for tail in (b"one", b"other"))
    kept.remove(gone)
    assert len(kept.blocks(stays)) == 3


def test_a_block_is_listed_before_the_one_that_names_it(kept, added):
    cid = added()
    assert kept.tree(cid)[-1] == cid
    assert sorted(kept.tree(cid)) == kept.blocks(cid)
    small = added(3000)
    assert kept.tree(small) == [small]


@pytest.mark.fault("Deleting an upload is interrupted", "some blocks are removed", "the next run finds the rest")
@pytest.mark.parametrize("gone", [0, 1, 2, 3])
def test_a_removal_that_was_interrupted_can_be_finished(own, kept, added, rpc_of, gone):
    cid = added()
    blocks = kept.tree(cid)
    rpc_of(own, "pin/rm", arg=cid_text(cid))
    for block in blocks[:gone]:
        rpc_of(own, "block/rm", arg=cid_text(block))
    assert kept.tree(cid) == blocks
    kept.remove(cid)
    assert not any(kept.holds(block) for block in blocks)


def test_a_file_of_which_nothing_is_there_is_removed_without_a_word(kept, added):
    cid = added()
    kept.remove(cid)
    assert kept.tree(cid) == [cid]
    kept.remove(cid)


@pytest.mark.parametrize("size", [FILE_BYTES, 3003])
def test_a_block_that_went_bad_is_held_until_it_is_removed(home, kept, added, size):
    cid = added(size)
    blocks = kept.tree(cid)
    file = block_file(home, min(size, 1 << 20))
    file.write_bytes(file.read_bytes()[::-1])
    assert all(kept.holds(block) for block in blocks)
    kept.remove(cid)
    assert not any(kept.holds(block) for block in blocks)
    assert not file.exists()


def test_a_block_that_something_else_has_pinned_stays(own, kept, added, rpc_of):
    cid = added()
    leaf = kept.tree(cid)[0]
    rpc_of(own, "pin/add", arg=cid_text(leaf), recursive="false")
    kept.remove(cid)
    assert [block for block in kept.tree(cid) if kept.holds(block)] == []
    assert kept.holds(leaf)


def test_unpinned_blocks_are_counted_and_collected(own, kept, added, rpc_of):
    cid, stays = added(), added()
    rpc_of(own, "pin/rm", arg=cid_text(cid))
    unpinned = {block[-32:] for block in kept.unpinned()}
    assert {block[-32:] for block in kept.blocks(cid)} <= unpinned
    assert not {block[-32:] for block in kept.blocks(stays)} & unpinned
    kept.collect()
    with pytest.raises(IpfsIncomplete):
        kept.blocks(cid)
    assert len(kept.blocks(stays)) == 4


# ---- nodes that do not tell


def test_a_node_that_is_not_there(closed_url):
    with pytest.raises(IpfsUnreachable):
        Pins(Endpoint.parse(closed_url)).is_pinned(
            cid_bytes("bafkreicxdawiq2n3t64r3fgxyu2no64ozdm6dawbe7y3sdceiz4shvc36y")
        )


def test_a_token_for_adding_alone_is_refused_and_the_clinics_is_not(guarded):
    sender = Endpoint.parse(guarded.api, Credentials.parse(f"bearer:{SENDER_TOKEN}"))
    with pytest.raises(IpfsRefused):
        Pins(sender).pinned()
    credentials = Credentials.parse(f"basic:clinic:{CLINIC_SECRET}")
    added = Ipfs(guarded.api, credentials=credentials).add([os.urandom(100)])
    assert added.cid in Pins(Endpoint.parse(guarded.api, credentials)).pinned()


@pytest.mark.parametrize("body", [b"<html>", b"[1]\n", b'{"Cid":' + b"[" * 9000])
def test_a_server_that_is_no_ipfs_node_is_known_by_its_reply(hostile, body):
    server = hostile(lambda handler: reply(handler, 200, body))
    with pytest.raises(IpfsError, match="did not answer as an IPFS node does"):
        Pins(Endpoint.parse(server.url)).pinned()


@pytest.fixture
def rpc_of():
    import requests

    def call(ipfs: Ipfs, name: str, **arguments: str):
        assert requests.post(f"{ipfs.api.url}/api/v0/{name}", params=arguments, timeout=10).ok

    return call
