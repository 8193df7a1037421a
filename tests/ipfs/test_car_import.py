"""The files of a CAR file on a node: whole and encrypted ones, all of them or none."""

import os

import pytest

from radiogram.errors import CarError, IpfsError, IpfsMismatch, IpfsNotFound
from radiogram.formats.key_reference import raw_cid
from radiogram.ipfs.car import CarFile
from radiogram.ipfs.car_import import add_files, check_files
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs

from .dag_blocks import blocks_of, endless_file
from .test_car import car_of

AGE = b"age-encryption.org/v1\n"
SIZE = (1 << 20) + 5


@pytest.fixture
def study():
    data = AGE + os.urandom(SIZE - len(AGE))
    return data, *blocks_of(data)


@pytest.fixture
def packet():
    data = AGE + os.urandom(1700)
    return data, *blocks_of(data)


def put(path, node):
    car = CarFile(path)
    found = check_files(car)
    add_files(car, found, Ipfs(node.api, node.gateway))
    return found


def test_a_node_keeps_every_file_that_is_named(node, pins, stick, study, packet):
    found = put(stick(car_of(*study[2].items(), *packet[2].items(), roots=[study[1], packet[1]])), node)
    assert (found.files, found.left_out) == ({study[1]: SIZE, packet[1]: 1722}, 0)
    assert {cid_text(study[1]), cid_text(packet[1])} <= pins()
    assert Ipfs(gateway=node.gateway).read(study[1], SIZE) == study[0]


def test_what_is_not_named_is_left_out_and_counted(node, pins, stick, study, packet):
    found = put(stick(car_of(*study[2].items(), *packet[2].items(), roots=[packet[1]])), node)
    assert (found.files, found.left_out) == ({packet[1]: 1722}, 3)
    assert cid_text(study[1]) not in pins()


def test_a_file_that_says_it_is_larger_than_all_of_the_car_file_is_refused(stick):
    cid, _, blocks = endless_file(AGE + os.urandom((1 << 20) - len(AGE)))
    with pytest.raises(IpfsError, match=r"a\.car has \d+ bytes, and the file more"):
        check_files(CarFile(stick(car_of(*blocks.items(), roots=[cid]))))


def changed(blocks, place):
    cid, block = list(blocks.items())[place]
    return blocks | {cid: block[:-1] + bytes([block[-1] ^ 1])}


def without(blocks, place):
    return {cid: block for number, (cid, block) in enumerate(blocks.items()) if number != place}


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda blocks: changed(blocks, 0), IpfsMismatch),
        (lambda blocks: changed(blocks, 2), IpfsMismatch),
        (lambda blocks: without(blocks, 1), IpfsNotFound),
        (lambda blocks: without(blocks, 2), IpfsNotFound),
    ],
    ids=["a leaf changed", "the root changed", "a leaf missing", "the root missing"],
)
def test_a_bad_block_of_one_file_keeps_all_files_off_the_node(node, pins, stick, study, packet, damage, error):
    before = pins()
    with pytest.raises(error):
        put(stick(car_of(*packet[2].items(), *damage(study[2]).items(), roots=[packet[1], study[1]])), node)
    assert pins() == before


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n", b"DICM", bytes(SIZE)])
def test_what_is_not_encrypted_is_refused(stick, data):
    cid, blocks = blocks_of(data)
    with pytest.raises(CarError, match=r"not encrypted \(baf"):
        check_files(CarFile(stick(car_of(*blocks.items(), roots=[cid]))))


@pytest.mark.parametrize(("chunk_bytes", "max_links"), [(1 << 18, 174), (1 << 20, 1)])
def test_a_file_in_other_chunks_or_nodes_is_refused(stick, study, chunk_bytes, max_links):
    cid, blocks = blocks_of(study[0], chunk_bytes, max_links) if max_links > 1 else towering(study)
    with pytest.raises(CarError, match="made of other blocks than Radiogram's"):
        check_files(CarFile(stick(car_of(*blocks.items(), roots=[cid]))))


def towering(study):
    """The same leaves under one node more than there need be."""
    from .dag_blocks import node as dag_node

    top = dag_node([(study[1], SIZE, SIZE)])
    cid = b"\x01\x70" + raw_cid(top)[2:]
    return cid, study[2] | {cid: top}


def test_a_folder_and_a_car_file_that_names_nothing_are_refused(stick, packet):
    folder = b"\x0a\x02\x08\x01"
    cid = b"\x01\x70" + raw_cid(folder)[2:]
    with pytest.raises(IpfsError, match="made of other blocks than Radiogram's"):
        check_files(CarFile(stick(car_of((cid, folder), roots=[cid]))))
    with pytest.raises(CarError, match="names no file"):
        check_files(CarFile(stick(car_of(*packet[2].items()))))
