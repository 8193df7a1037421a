"""Gateways that give blocks and no files: read by one request for a CAR file, and believed no more than others."""

import os
import re

import pytest

from radiogram.errors import CarError, IpfsError, IpfsIncomplete, IpfsMismatch, IpfsTooLarge
from radiogram.formats.key_reference import raw_cid
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Credentials
from radiogram.ipfs.unixfs import varint

from .conftest import SENDER_TOKEN, reply
from .dag_blocks import blocks_of
from .test_car import car_of

MIB = 1 << 20
SIZE = 9 * MIB + 5
SMALL = b"a key packet"


@pytest.fixture(scope="module")
def file():
    """Its bytes, its CID and its blocks."""
    data = os.urandom(SIZE)
    return data, *blocks_of(data)


def add(node, data):
    """With a token that does not let the file be read back from the RPC, so that the gateway is asked."""
    return Ipfs(node.api, node.gateway, Credentials("bearer", SENDER_TOKEN)).add([data])


def read(file, *urls):
    with Ipfs(gateway=" ".join(urls), timeout=20).open(file[1], SIZE) as reader:
        return reader.read()


def test_a_file_is_read_from_a_real_gateway_that_gives_blocks_alone(trustless, file):
    assert add(trustless, file[0]).cid == file[1]
    assert read(file, trustless.gateway) == file[0]


def test_it_gives_its_part_beside_others(trustless, node, file):
    add(trustless, file[0])
    assert Ipfs(node.api).add([file[0]]).cid == file[1]
    assert read(file, trustless.gateway, node.gateway, trustless.gateway) == file[0]


def test_a_small_file_is_read_from_it_and_it_answers_a_greeting(trustless):
    cid = add(trustless, SMALL).cid
    assert Ipfs(gateway=trustless.gateway).read(cid, 100) == SMALL
    assert Ipfs(gateway=trustless.gateway).check() == ""


class BlocksAlone:
    """What such a gateway answers: files not at all, single blocks, and as a CAR file what `change` makes of it."""

    def __init__(self, file, change=lambda car: car):
        self.data, self.cid, self.blocks = file
        self.change, self.asked = change, []

    def __call__(self, handler):
        text, _, query = handler.path.removeprefix("/ipfs/").partition("?")
        self.asked.append(query)
        if query == "format=raw":
            block = next((block for cid, block in self.blocks.items() if cid_text(cid) == text), None)
            return reply(handler, 404) if block is None else reply(handler, 200, block)
        part = re.fullmatch(r"format=car&dag-scope=entity&entity-bytes=(\d+):(\d+)", query)
        if part is None:
            return reply(handler, 406, b"only trustless requests are accepted")
        assert handler.headers["Accept"] == "application/vnd.ipld.car; version=1; order=dfs; dups=y"
        return reply(handler, 200, self.change(self.car(int(part[1]), int(part[2]) + 1)))

    def car(self, start, stop):
        nodes = [(cid, block) for cid, block in self.blocks.items() if cid[1] == 0x70]
        chunks = [self.data[at : at + MIB] for at in range(start, stop, MIB)]
        return car_of(*nodes, *((raw_cid(each), each) for each in chunks), roots=[self.cid])


def test_one_request_brings_all_of_the_file(file, hostile):
    gateway = BlocksAlone(file)
    assert read(file, hostile(gateway).url) == file[0]
    assert gateway.asked == ["format=raw", "", f"format=car&dag-scope=entity&entity-bytes=0:{SIZE - 1}"]


def test_it_is_asked_for_a_file_once_and_then_for_blocks(file, hostile):
    gateways = [BlocksAlone(file) for _ in range(2)]
    assert read(file, *(hostile(each).url for each in gateways)) == file[0]
    assert all(each.asked.count("") == 1 for each in gateways)


NODE = (lambda block: (b"\x01\x70" + raw_cid(block)[2:], block))(bytes(MIB))
EMPTY_NODE = varint(36) + b"\x01\x70" + raw_cid(b"")[2:]
ENDLESS = 1 << 19  # blocks of nothing: as many as 18 MiB of nodes
LIES = {
    "one bit": (lambda car: car[:-1] + bytes([car[-1] ^ 1]), IpfsMismatch),
    "blocks in another order": (lambda car: car_of((raw_cid(bytes(MIB)), bytes(MIB))) + car, IpfsMismatch),
    "a reply that ends early": (lambda car: car[: -2 * MIB], IpfsIncomplete),
    "a block too many": (lambda car: car + varint(37) + raw_cid(b"x") + b"x", IpfsTooLarge),
    "zeros behind": (lambda car: car + bytes(100), CarError),
    "nodes without end": (lambda _: car_of(*[NODE] * 30), CarError),
    "empty nodes without end": (lambda _: car_of() + EMPTY_NODE * ENDLESS, CarError),
    "an empty leaf": (lambda _: car_of((raw_cid(b""), b"")), CarError),
    "a page": (lambda _: b"<html>Buy our service</html>", CarError),
    "nothing": (lambda _: b"", CarError),
}


@pytest.mark.parametrize(("lie", "error"), LIES.values(), ids=LIES)
def test_who_lies_is_found_out_and_another_is_enough(file, hostile, lie, error):
    got = bytearray()
    with pytest.raises(error), Ipfs(gateway=hostile(BlocksAlone(file, lie)).url).open(file[1], SIZE) as reader:
        while piece := reader.read1(MIB):
            got += piece
    assert file[0].startswith(got)
    assert read(file, hostile(BlocksAlone(file, lie)).url, hostile(BlocksAlone(file)).url) == file[0]


def test_a_file_of_several_blocks_of_unknown_number_is_refused(file, hostile):
    with pytest.raises(IpfsError, match="gives blocks alone"):
        Ipfs(gateway=hostile(BlocksAlone(file)).url).read(file[1], SIZE)
