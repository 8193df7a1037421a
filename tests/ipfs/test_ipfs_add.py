"""Adding a ciphertext."""

import hashlib
import json
import os
import shutil
import subprocess
import time

import cid as py_cid
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from radiogram.errors import IpfsError, IpfsReadOnly, IpfsTimeout, IpfsUnreachable, IpfsWrongCid
from radiogram.formats import ciphertext
from radiogram.ipfs.cid import cid_bytes, cid_text
from radiogram.ipfs.client import Ipfs

from .conftest import drain, keep, reply, take
from .only_hash import only_hash

MIB = 1 << 20
CHUNK_EDGES = [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB - 1, 3 * MIB, 3 * MIB + 1]


def content(size: int) -> bytes:
    return (hashlib.sha256(str(size).encode()).digest() * (size // 32 + 1))[:size]


def read(ipfs: Ipfs, cid: bytes, size: int) -> bytes:
    with ipfs.open(cid, size) as reader:
        return reader.read()


@pytest.mark.parametrize("size", CHUNK_EDGES)
def test_what_was_added_is_read_back_at_the_edges_of_chunks(ipfs, size):
    data = content(size)
    added = ipfs.add([data])
    assert added.size == size
    assert read(ipfs, added.cid, size) == data


@given(pieces=st.lists(st.binary(max_size=3000), max_size=6), step=st.integers(1, 4000))
def test_what_was_added_is_read_back_however_it_was_written_and_read(ipfs, pieces, step):
    added = ipfs.add(pieces)
    with ipfs.open(added.cid, added.size) as reader:
        assert b"".join(iter(lambda: reader.read(step), b"")) == b"".join(pieces)


@pytest.mark.parametrize("size", CHUNK_EDGES)
def test_the_cid_is_the_one_that_the_command_line_tool_computes(ipfs, node, size):
    data = content(size)
    api = "/ip4/127.0.0.1/tcp/" + node.api.rpartition(":")[2]
    settings = ["--cid-version=1", "--hash=sha2-256", "--raw-leaves", "--chunker=size-1048576", "--max-file-links=1024"]
    options = [*settings, "--only-hash", "-Q"]
    command = [shutil.which("ipfs"), f"--api={api}", "add", *options]
    told = subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode().strip()
    assert cid_text(ipfs.add([data]).cid) == told


@pytest.fixture
def configured(node):
    """configured(name, value): a setting of the node's owner, until the end of the test."""
    changed = []

    def ask(name: str, *value: str) -> dict:
        arguments = {"arg": [name, *value], "json": "true"}
        return requests.post(f"{node.api}/api/v0/config", params=arguments, timeout=10).json()

    def change(name: str, value: str) -> None:
        before = ask(name)
        changed.append((name, json.dumps(before.get("Value"))))
        assert json.dumps(ask(name, value)["Value"]) == value

    yield change
    for name, value in changed:
        ask(name, value)


OF_THE_OWNER = [
    ("Import.CidVersion", "0"),
    ("Import.UnixFSRawLeaves", "false"),
    ("Import.UnixFSChunker", '"size-262144"'),
    ("Import.HashFunction", '"blake2b-256"'),
    ("Import.UnixFSFileMaxLinks", "3"),
    ("Import.UnixFSDAGLayout", '"trickle"'),
]


@pytest.mark.parametrize(("name", "value"), OF_THE_OWNER)
def test_no_setting_of_the_node_changes_the_cid(ipfs, configured, name, value):
    data = content(5 * MIB)
    before = ipfs.add([data])
    configured(name, value)
    assert ipfs.add([data]) == before


def test_the_cid_of_a_small_file_is_its_sha256(ipfs):
    digest = hashlib.sha256(b"tibia").digest()
    assert ipfs.add([b"tibia"]).cid == b"\x01\x55\x12\x20" + digest


def test_adding_pins(ipfs, pins):
    added = ipfs.add([os.urandom(100)])
    assert cid_text(added.cid) in pins()


def test_a_ciphertext_is_added_as_it_is_made(ipfs):
    key, image = ciphertext.new_content_key(), os.urandom(2 * MIB)
    added = ipfs.add(ciphertext.encrypt([image], key))
    with ipfs.open(added.cid, added.size) as reader, ciphertext.open_decrypted(reader, key) as plaintext:
        assert plaintext.read() == image


@pytest.mark.fault("Encrypting fails in the middle of an upload", "an exception, Kubo", "nothing is pinned")
@pytest.mark.parametrize(
    "error", [RuntimeError("no"), OSError(28, "disk full"), BrokenPipeError(), KeyboardInterrupt()]
)
@pytest.mark.parametrize("before", [0, 100, 3 * MIB])
def test_an_error_of_whoever_makes_it_comes_out_as_it_is_and_leaves_no_pin(ipfs, pins, error, before):
    def pieces():
        yield os.urandom(before)
        raise error

    earlier = pins()
    with pytest.raises(type(error)) as raised:
        ipfs.add(pieces())
    assert raised.value is error
    assert pins() == earlier


def test_nothing_can_be_added_through_a_gateway(node):
    with pytest.raises(IpfsReadOnly, match="a gateway can only be read from"):
        Ipfs(gateway=node.gateway).add([b"x"])


def test_a_node_that_is_down_is_said_to_be_unreachable(closed_url):
    started = time.monotonic()
    with pytest.raises(IpfsUnreachable, match=closed_url):
        Ipfs(closed_url).add([b"x" * MIB])
    assert time.monotonic() - started < 10


def test_a_host_name_that_the_client_library_does_not_take_is_said_to_be_one():
    with pytest.raises(IpfsError, match="host name"):
        Ipfs("http://my_node:5001").add([b"x"])


def test_nothing_more_is_made_once_an_upload_is_broken_off(hostile):
    ended = []

    def pieces():
        try:
            for _ in range(64):
                yield bytes(MIB)
        finally:
            ended.append(True)

    server = hostile(lambda handler: take(handler, 1000))
    with pytest.raises(IpfsUnreachable):
        Ipfs(server.url).add(pieces())
    assert ended == [True]


LARGE = [bytes(MIB)] * 64


@pytest.mark.fault("The link dies during an upload", "a server on loopback", "one line; nothing is sent")
@pytest.mark.parametrize("size", [0, 1000, 5 * MIB])
def test_a_link_that_dies_during_the_upload_is_an_error(hostile, size):
    server = hostile(lambda handler: take(handler, size))
    with pytest.raises(IpfsUnreachable):
        Ipfs(server.url).add(LARGE)


def test_a_node_that_stops_taking_bytes_is_a_timeout(hostile):
    server = hostile(lambda handler: time.sleep(20))
    with pytest.raises(IpfsTimeout):
        Ipfs(server.url, timeout=0.4).add(LARGE)


@pytest.mark.fault("A node answers before it has the whole file", "a server on loopback", "refused; nothing is sent")
def test_a_node_that_answers_before_the_end_is_not_believed(hostile):
    answer = json.dumps({"Hash": cid_text(cid_of(b"x"))}).encode()
    server = hostile(lambda handler: (reply(handler, 200, answer), time.sleep(0.3)))
    with pytest.raises(IpfsError):
        Ipfs(server.url).add(LARGE)


def cid_of(data: bytes) -> bytes:
    return b"\x01\x55\x12\x20" + hashlib.sha256(data).digest()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"{}",
        b"<html>",
        b'{"Hash": 7}',
        b'{"Hash": ""}',
        b'{"Hash": "QmZfF6C9j4VtoCsTp4KSrhYH47QMd3DNXVZBKaxJdhaPab"}',
        b'{"Hash": "bafkqaaa"}',
        b'{"Hash": "bafkreibnoelefnzgwbcacyt4vh52ymxvzbjq7mmqhtcnwarfq4lzegsiqe/../x"}',
        b'{"Hash": "BAFKREIBNOELEFNZGWBCACYT4VH52YMXVZBJQ7MMQHTCNWARFQ4LZEGSIQE"}',
        b'{"Message": "disk full", "Code": 0, "Type": "error"}',
        b"\xff\xfe",
    ],
)
def test_an_answer_that_is_not_one_cid_of_our_form_is_refused(hostile, answer):
    server = hostile(lambda handler: (drain(handler), reply(handler, 200, answer)))
    with pytest.raises(IpfsError):
        Ipfs(server.url).add([b"x"])


@pytest.mark.fault(
    "A node names another CID than that of the bytes", "a server on loopback", "refused before anything is sealed"
)
@pytest.mark.parametrize(
    "other", [cid_of(b"y"), b"\x01\x70\x12\x20" + cid_of(b"x")[4:]], ids=["another file", "another codec"]
)
def test_another_cid_than_that_of_the_bytes_is_refused(hostile, other):
    answer = json.dumps({"Hash": cid_text(other)}).encode()
    server = hostile(lambda handler: (drain(handler), reply(handler, 200, answer)))
    with pytest.raises(IpfsWrongCid) as refusal:
        Ipfs(server.url).add([b"x"])
    line = str(refusal.value)
    assert all(part in line for part in (server.url, cid_text(other), cid_text(cid_of(b"x"))))
    assert "\n" not in line


def test_a_node_that_makes_chunks_of_its_own_size_is_refused(hostile):
    data = os.urandom(MIB)  # two chunks there, one by the format
    answer = json.dumps({"Hash": only_hash([data], MIB // 2)}).encode()
    server = hostile(lambda handler: (drain(handler), reply(handler, 200, answer)))
    with pytest.raises(IpfsWrongCid, match="import settings"):
        Ipfs(server.url).add([data])


def test_the_upload_asks_for_the_fixed_import_settings(hostile):
    server = hostile(keep(b"x"))
    Ipfs(f"{server.url}/node/api/v0/").add([b"x"])
    path, _ = server.seen[0]
    assert path.startswith("/node/api/v0/add?")
    query = "cid-version=1&hash=sha2-256&raw-leaves=true&chunker=size-1048576&max-file-links=1024&pin=true"
    assert set(query.split("&")) <= set(path.partition("?")[2].split("&"))


@given(st.binary(min_size=32, max_size=32), st.sampled_from([0x55, 0x70]))
def test_a_cid_survives_the_way_to_text_and_back(digest, codec):
    cid = bytes([1, codec, 0x12, 0x20]) + digest
    assert cid_bytes(cid_text(cid)) == cid
    assert len(cid) == 36


@given(st.binary(min_size=32, max_size=32), st.sampled_from([0x55, 0x70]))
def test_a_cid_is_spelled_as_another_library_spells_it(digest, codec):
    cid = bytes([1, codec, 0x12, 0x20]) + digest
    assert cid_text(cid) == py_cid.make_cid(cid).encode("base32").decode()


@given(st.binary(min_size=32, max_size=32), st.integers(1, 3))
def test_a_cid_is_spelled_in_one_way_alone(digest, more):
    """Its last letter has two bits that are of no byte."""
    text, letters = cid_text(b"\x01\x55\x12\x20" + digest), "abcdefghijklmnopqrstuvwxyz234567"
    with pytest.raises(IpfsError, match="is not a CID"):
        cid_bytes(text[:-1] + letters[letters.index(text[-1]) + more])


@given(st.binary(max_size=40))
def test_other_bytes_are_no_cid(data):
    if data[:4] not in (b"\x01\x55\x12\x20", b"\x01\x70\x12\x20") or len(data) != 36:
        with pytest.raises(IpfsError):
            cid_text(data)


@given(st.text(max_size=70))
def test_other_text_is_no_cid(text):
    with pytest.raises(IpfsError):
        cid_bytes(text)


@pytest.mark.parametrize("text", ["z" * 1_000_000, "Qm" + "z" * 1_000_000, "b" + "a" * 1_000_000])
def test_text_that_is_too_long_is_no_cid_and_is_not_decoded(text):
    started = time.monotonic()
    with pytest.raises(IpfsError, match="is not a CID"):
        cid_bytes(text)
    assert time.monotonic() - started < 10
