"""CAR files: written as Kubo writes them, read whoever wrote them."""

import base64
import hashlib
import io
import json
import os
import random
from pathlib import Path

import pytest
import requests

from radiogram.errors import CarError, IpfsReadOnly
from radiogram.formats.key_reference import raw_cid
from radiogram.ipfs.car import CarFile, write_car
from radiogram.ipfs.cid import cid_bytes, cid_text
from radiogram.ipfs.client import Ipfs

from .conftest import CLINIC_SECRET
from .dag_blocks import blocks_of

MIB = 1 << 20
SIZE = 2 * MIB + 5
SMALL = b"a key packet"
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "car.json").read_text())


@pytest.fixture(scope="module")
def file():
    """Its bytes, its CID and its blocks."""
    data = os.urandom(SIZE)
    return data, *blocks_of(data)


def car_of(*blocks, roots=()):
    """A CAR file of these blocks, each with its CID."""
    sink = io.BytesIO()
    write_car(sink, list(roots), blocks)
    return sink.getvalue()


def whole(file):
    return car_of(*file[2].items(), roots=[file[1]])


def read(file, *paths):
    with Ipfs(cars=[CarFile(path) for path in paths]).open(file[1], SIZE) as reader:
        return reader.read()


def test_a_file_is_written_byte_for_byte_as_kubo_exports_it(node, rpc, file):
    ipfs = Ipfs(node.api, node.gateway)
    cid = ipfs.add([file[0]]).cid
    exported = rpc("dag/export", arg=cid_text(cid)).content
    assert car_of(*ipfs.blocks(cid, SIZE), roots=[cid]) == exported


def test_a_deep_file_is_written_in_the_same_order_as_kubo_exports_it(guarded, stick):
    data = os.urandom(MIB)
    cid, blocks = blocks_of(data, 1 << 16, 3)
    mixed_up = random.sample(list(blocks.items()), len(blocks))
    ours = car_of(*Ipfs(cars=[CarFile(stick(car_of(*mixed_up)))]).blocks(cid, MIB), roots=[cid])
    auth = ("clinic", CLINIC_SECRET)
    taken = requests.post(f"{guarded.api}/api/v0/dag/import", files={"file": ours}, auth=auth, timeout=30)
    assert cid_text(cid) in taken.text
    exported = requests.post(f"{guarded.api}/api/v0/dag/export?arg={cid_text(cid)}", auth=auth, timeout=30)
    assert exported.content == ours
    assert Ipfs(gateway=guarded.gateway).read(cid, MIB) == data


def test_a_file_is_read_from_a_car_file(file, stick):
    assert read(file, stick(whole(file))) == file[0]


def test_a_small_file_is_read_from_a_car_file(stick):
    cid = raw_cid(SMALL)
    assert Ipfs(cars=[CarFile(stick(car_of((cid, SMALL))))]).read(cid, 100) == SMALL


def test_blocks_may_lie_in_any_order_and_among_those_of_other_files(file, stick):
    blocks = [*file[2].items(), (raw_cid(SMALL), SMALL), *blocks_of(os.urandom(SIZE))[1].items()]
    assert read(file, stick(car_of(*random.sample(blocks, len(blocks))))) == file[0]


def test_a_file_is_read_from_several_car_files_of_which_one_lacks_it(file, stick):
    assert read(file, stick(car_of((raw_cid(SMALL), SMALL)), "b.car"), stick(whole(file))) == file[0]


@pytest.mark.parametrize("step", [1, 2])
def test_a_file_is_read_from_several_car_files_that_have_it_together(stick, step):
    data = os.urandom(25 * MIB + 1)
    file = (data, *blocks_of(data))
    (root, node), leaves = list(file[2].items())[-1], list(file[2].items())[:-1]
    assert root == file[1]
    halves = [leaves[::2], leaves[1::2]] if step == 2 else [leaves[:13], leaves[13:]]
    cars = [CarFile(stick(car_of(*halves[0]), "a.car")), CarFile(stick(car_of((root, node), *halves[1]), "b.car"))]
    with Ipfs(cars=cars).open(root, len(data)) as reader:
        assert reader.read() == data


def test_nothing_is_added_to_a_car_file(file, stick):
    with pytest.raises(IpfsReadOnly):
        Ipfs(cars=[CarFile(stick(whole(file)))]).add([b"x"])


# ---- vectors


@pytest.mark.parametrize("vector", VECTORS["read"], ids=lambda each: each["why"])
def test_every_vector_is_read(stick, vector):
    car = CarFile(stick(base64.b64decode(vector["car"])))
    assert [cid_text(each) for each in car.roots] == vector["roots"]
    for cid, digest in vector["files"].items():
        assert hashlib.sha256(Ipfs(cars=[car]).read(cid_bytes(cid), MIB)).hexdigest() == digest


def test_the_first_vector_is_written_byte_for_byte(stick):
    first = VECTORS["read"][0]
    data = base64.b64decode(first["car"])
    ipfs = Ipfs(cars=[CarFile(stick(data))])
    roots = [cid_bytes(each) for each in first["roots"]]
    assert car_of(*((each, ipfs.read(each, MIB)) for each in roots), roots=roots) == data


@pytest.mark.parametrize("vector", VECTORS["refuse"], ids=lambda each: each["why"])
def test_every_vector_that_is_to_be_refused_is_refused(stick, vector):
    with pytest.raises(CarError):
        CarFile(stick(base64.b64decode(vector["car"])))
