"""CAR files that are damaged, made to do harm, or something else: refused in one line, before a byte is given away."""

import os

import cbor2
import pytest

from radiogram.errors import CarError, IpfsError, IpfsIncomplete, IpfsMismatch, IpfsNotFound, IpfsTooLarge
from radiogram.formats.key_reference import raw_cid
from radiogram.ipfs.car import CarFile
from radiogram.ipfs.car_import import check_files
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.unixfs import varint

from .dag_blocks import blocks_of
from .dag_blocks import node as dag_node
from .test_car import MIB, SIZE, SMALL, car_of, read, whole


@pytest.fixture(scope="module")
def file():
    """Its bytes, its CID and its blocks."""
    data = os.urandom(SIZE)
    return data, *blocks_of(data)


CID = raw_cid(SMALL)
HEADER = car_of(roots=[CID])
ENTRY = varint(36 + len(SMALL)) + CID + SMALL


def header(content):
    encoded = cbor2.dumps(content)
    return varint(len(encoded)) + encoded


def tag(cid):
    return cbor2.CBORTag(42, b"\0" + cid)


REFUSED = {
    "nothing": (b"", "is empty"),
    "an age file": (b"age-encryption.org/v1\n-> X25519 x\n" * 9, "is not a CAR file"),
    "zeros": (bytes(1000), "is not a CAR file"),
    "a page": (b"<!doctype html><title>404</title>", "is not a CAR file"),
    "a header of another version": (header({"roots": [tag(CID)], "version": 3}), "is not a CAR file"),
    "a header without roots": (header({"version": 1}), "is not a CAR file"),
    "a header spelt otherwise": (b"\x14" + b"\xbf\x65roots\x80\x67version\x01\xff" + bytes(2), "is not a CAR file"),
    "a root that is no CID": (header({"roots": [b"x"], "version": 1}), "is not a CAR file"),
    "a root of CIDv0": (header({"roots": [tag(b"\x12\x20" + bytes(32))], "version": 1}), "none of Radiogram's"),
    "version 2": (b"\x0a\xa1\x67version\x02" + bytes(40) + HEADER + ENTRY, "CAR file of version 2.*ipfs dag import"),
    "a header that is cut": (HEADER[:-3], "is not a CAR file"),
    "a header without end": (b"\xff\xff\xff\xff\x7f" + bytes(100), "is not a CAR file"),
    "a block that is cut": (HEADER + ENTRY[:-1], "is cut short"),
    "a CID that is cut": (HEADER + ENTRY[:20], "is cut short"),
    "a length that is cut": (HEADER + b"\x80", "is cut short"),
    "zeros behind": (HEADER + ENTRY + bytes(512), "is padded with zeros"),
    "bytes behind": (HEADER + ENTRY + b"\x05hello", "none of Radiogram's"),
    "a length of too many bytes": (HEADER + b"\xff" * 9 + b"\x01", "a length that is no number"),
    "a length that could be shorter": (HEADER + bytes([0x80 | len(ENTRY) - 1, 0]) + ENTRY[1:], "that is no number"),
    "a block of a terabyte": (HEADER + varint(1 << 40) + CID, "is to have 1099511627740 bytes"),
    "a block above 2 MiB": (HEADER + varint(2 * MIB + 37) + CID + bytes(2 * MIB + 1), "is to have 2097153 bytes"),
    "a block of another kind of CID": (HEADER + varint(39) + b"\x12\x20" + bytes(37), "none of Radiogram's"),
    "too many blocks": (HEADER + (varint(36) + raw_cid(b"")) * 10_200, "has more than 10005 blocks for"),
}


@pytest.mark.parametrize(("data", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_good_car_file_is_refused_before_anything_is_read_from_it(stick, data, said):
    with pytest.raises(CarError, match=said) as raised:
        CarFile(stick(data))
    assert str(raised.value).isprintable()


def test_every_shorter_part_of_a_car_file_lacks_blocks_or_is_refused(stick):
    data = car_of((raw_cid(b"a"), b"a"), (CID, SMALL), roots=[CID])
    for length in range(len(data)):
        with pytest.raises((CarError, IpfsNotFound)):
            Ipfs(cars=[CarFile(stick(data[:length]))]).read(CID, 100)


def test_a_folder_and_a_missing_file_are_no_car_files(tmp_path):
    with pytest.raises(CarError, match="is not a file"):
        CarFile(tmp_path)
    with pytest.raises(CarError, match="there is no file"):
        CarFile(tmp_path / "x.car")


@pytest.mark.parametrize("lost", [0, 1, 3])
def test_a_missing_block_is_named_before_any_byte_is_given_away(file, stick, lost):
    blocks = [each for number, each in enumerate(sorted(file[2].items())) if number != lost]
    with pytest.raises(IpfsNotFound, match="does not have the block baf"):
        read(file, stick(car_of(*blocks)))


def test_a_car_file_of_another_message_does_not_have_the_block(file, stick):
    data = os.urandom(SIZE)
    with pytest.raises(IpfsNotFound, match="take this message's file, or name the message that it is of"):
        read(file, stick(whole((data, *blocks_of(data)))))


def test_of_a_damaged_block_no_byte_is_given_away(file, stick):
    car = bytearray(whole(file))
    car[car.index(file[0][MIB : MIB + 64]) + 100] ^= 1
    got = bytearray()
    with (
        pytest.raises(IpfsMismatch, match=r"a\.car has other bytes"),
        Ipfs(cars=[CarFile(stick(bytes(car)))]).open(file[1], SIZE) as reader,
    ):
        while piece := reader.read1(1000):
            got += piece
    assert bytes(got) == file[0][:MIB]


@pytest.mark.parametrize(("said", "error"), [(4, IpfsTooLarge), (6, IpfsIncomplete), (5000, IpfsIncomplete)])
@pytest.mark.parametrize("number", [1, 2])
def test_a_block_of_another_length_than_its_node_says_is_refused(stick, number, said, error):
    leaf = raw_cid(b"image")
    sizes = [5, said][-number:]
    root = dag_node([(leaf, size, size) for size in sizes])
    cid = b"\x01\x70" + raw_cid(root)[2:]
    path = stick(car_of((cid, root), (leaf, b"image"), roots=[cid]))
    with (
        pytest.raises(error, match=f"a.car has 5 bytes where {said} were expected"),
        Ipfs(cars=[CarFile(path)]).open(cid, sum(sizes)) as reader,
    ):
        reader.read()
    with pytest.raises(error):
        check_files(CarFile(path))


@pytest.mark.parametrize(("said", "error"), [(4, IpfsTooLarge), (6, IpfsIncomplete)])
def test_a_file_of_one_block_of_another_length_than_was_said_is_refused(stick, said, error):
    leaf = raw_cid(b"image")
    with pytest.raises(error), Ipfs(cars=[CarFile(stick(car_of((leaf, b"image"))))]).open(leaf, said) as reader:
        reader.read()


def test_a_file_that_shrinks_or_goes_while_it_is_read_is_an_error_of_ours(file, stick):
    path = stick(whole(file))
    car = CarFile(path)
    path.write_bytes(whole(file)[:MIB])
    with pytest.raises(IpfsError), Ipfs(cars=[car]).open(file[1], SIZE) as reader:
        reader.read()
    path.unlink()
    with pytest.raises(CarError, match="can't be read: No such file"), Ipfs(cars=[car]).open(file[1], SIZE) as reader:
        reader.read()


def test_a_small_file_above_the_limit_is_refused(stick):
    with pytest.raises(IpfsError, match="12 bytes where at most 5"):
        Ipfs(cars=[CarFile(stick(car_of((CID, SMALL))))]).read(CID, 5)


def test_a_file_of_other_blocks_than_ours_is_refused(stick):
    whole_in_one = b"\x0a\x0b\x08\x02\x12\x05image\x18\x05"
    cid = b"\x01\x70" + raw_cid(whole_in_one)[2:]
    ipfs = Ipfs(cars=[CarFile(stick(car_of((cid, whole_in_one))))])
    with pytest.raises(IpfsError, match="other blocks than ours"), ipfs.open(cid, 5):
        pass
