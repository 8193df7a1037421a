"""Reading a ciphertext, from nodes that lack it, break off, or lie."""

import base64
import hashlib
import io
import json
import os
import time

import pyrage
import pytest

from radiogram.errors import (
    IpfsError,
    IpfsIncomplete,
    IpfsNotFound,
    IpfsTimeout,
    IpfsTooLarge,
    IpfsUnreachable,
)
from radiogram.formats.key_reference import raw_cid
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs

from .conftest import reply

MIB = 1 << 20
CID = b"\x01\x55\x12\x20" + hashlib.sha256(b"never added").digest()


@pytest.fixture
def image():
    return os.urandom(3 * MIB + 5)


@pytest.fixture
def added(ipfs, image):
    return ipfs.add([image])


@pytest.fixture
def last_leaf(added, rpc, image):
    """The CID of the file's last block."""
    tail = b"\x01\x55\x12\x20" + hashlib.sha256(image[3 * MIB :]).digest()
    assert cid_text(tail) in rpc("refs", arg=cid_text(added.cid)).text
    return cid_text(tail)


@pytest.fixture(params=["gateway", "rpc"])
def client(request):
    """A client for a URL, that reads from it as from a gateway or as from an RPC."""
    return lambda url, **more: Ipfs(gateway=url, **more) if request.param == "gateway" else Ipfs(url, **more)


def test_a_small_file_is_read_whole_and_a_larger_one_than_is_allowed_refused(ipfs):
    added = ipfs.add([b"a recipient"])
    assert added.cid == b"\x01\x55\x12\x20" + hashlib.sha256(b"a recipient").digest()
    assert ipfs.read(added.cid, 11) == ipfs.read(added.cid, 2048) == b"a recipient"
    with pytest.raises(IpfsTooLarge, match="more than the 10 bytes"):
        ipfs.read(added.cid, 10)


def test_a_small_file_that_the_node_does_not_have_is_not_found(ipfs):
    with pytest.raises(IpfsNotFound):
        ipfs.read(CID, 100)


def test_a_small_file_on_a_link_that_dies_is_incomplete(client, hostile):
    server = hostile(lambda handler: reply(handler, 200, b"12345", {"Content-Length": "10"}))
    with pytest.raises(IpfsIncomplete):
        client(server.url).read(CID, 100)


def test_no_more_of_a_small_file_is_read_than_is_allowed(client, hostile):
    server = hostile(lambda handler: reply(handler, 200, bytes(1 << 20)))
    with pytest.raises(IpfsTooLarge):
        client(server.url).read(CID, 4096)


def test_the_reader_can_be_left_before_the_end(ipfs, added, image):
    with ipfs.open(added.cid, added.size) as reader:
        assert reader.read(10) == image[:10]


def test_the_reader_ends_and_stays_ended(ipfs, added):
    with ipfs.open(added.cid, added.size) as reader:
        reader.read()
        assert reader.read() == b""


def test_an_error_of_the_readers_user_comes_out_as_it_is(ipfs, added):
    error = ValueError("mine")
    with pytest.raises(ValueError, match="mine") as raised, ipfs.open(added.cid, added.size):
        raise error
    assert raised.value is error


@pytest.mark.parametrize(("promised", "error"), [(-1, IpfsTooLarge), (1, IpfsIncomplete)])
def test_a_file_of_another_size_is_refused_before_it_is_read(ipfs, added, promised, error):
    with pytest.raises(error), ipfs.open(added.cid, added.size + promised):
        pytest.fail("was opened")


def test_an_absent_file_is_said_at_once_not_to_be_there(ipfs):
    started = time.monotonic()
    with pytest.raises(IpfsNotFound), ipfs.open(CID, 10):
        pytest.fail("was opened")
    assert time.monotonic() - started < 10


@pytest.mark.fault(
    "A block of the ciphertext is missing", "its file is removed from Kubo's repository", "refused: incomplete"
)
def test_a_missing_block_is_incomplete(ipfs, added, last_leaf, rpc):
    rpc("pin/rm", arg=cid_text(added.cid)).raise_for_status()
    rpc("block/rm", arg=last_leaf).raise_for_status()
    with pytest.raises(IpfsIncomplete), ipfs.open(added.cid, added.size) as reader:
        reader.read()


@pytest.mark.fault(
    "A block of the ciphertext went bad on the disk", "its file is changed in Kubo's repository", "refused: incomplete"
)
def test_a_block_damaged_on_disk_is_incomplete_and_not_served_as_good(ipfs, added, last_leaf, base):
    name = last_leaf_file(last_leaf)
    [block] = (base / "home" / "ipfs" / "repo" / "blocks").rglob(name)
    data = bytearray(block.read_bytes())
    data[0] ^= 1
    block.chmod(0o600)
    block.write_bytes(data)
    with pytest.raises(IpfsIncomplete), ipfs.open(added.cid, added.size) as reader:
        reader.read()


def last_leaf_file(cid: str) -> str:
    """The name of a block's file: its multihash in base32."""
    raw = base64.b32decode(cid[1:].upper() + "=" * (-len(cid[1:]) % 8))
    return base64.b32encode(raw[2:]).decode().rstrip("=") + ".data"


def test_a_missing_block_comes_out_of_a_reader_that_hides_errors(ipfs, rpc):
    identity = pyrage.x25519.Identity.generate()
    added = ipfs.add([pyrage.encrypt(os.urandom(2 * MIB), [identity.to_public()])])
    leaves = [json.loads(line)["Ref"] for line in rpc("refs", arg=cid_text(added.cid)).text.splitlines()]
    rpc("pin/rm", arg=cid_text(added.cid)).raise_for_status()
    rpc("block/rm", arg=leaves[-1]).raise_for_status()
    with pytest.raises(IpfsIncomplete), ipfs.open(added.cid, added.size) as reader:
        pyrage.decrypt_io(reader, io.BytesIO(), [identity])  # raises OSError


def test_a_node_that_is_down_is_unreachable(client, closed_url):
    with pytest.raises(IpfsUnreachable), client(closed_url).open(CID, 10):
        pytest.fail("was opened")


def test_check_tells_the_version_of_a_node_and_none_of_a_gateway(node):
    assert Ipfs(node.api).check().startswith("0.")
    assert Ipfs(gateway=node.gateway).check() == ""


def test_check_tells_that_a_node_is_down(client, closed_url):
    with pytest.raises(IpfsUnreachable):
        client(closed_url).check()


@pytest.mark.fault("The link dies during a download", "a server on loopback", "refused: incomplete")
def test_a_link_that_dies_is_incomplete(client, hostile):
    server = hostile(lambda handler: reply(handler, 200, b"12345", {"Content-Length": "10"}))
    with pytest.raises(IpfsIncomplete, match="5 of 10"), client(server.url).open(CID, 10) as reader:
        reader.read()


def chunked(handler, *pieces):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for piece in pieces:
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))


def test_a_body_of_unannounced_length_that_is_too_short_is_incomplete(client, hostile):
    server = hostile(lambda handler: chunked(handler, b"12345", b""))
    with pytest.raises(IpfsIncomplete), client(server.url).open(CID, 10) as reader:
        reader.read()


@pytest.mark.fault("A gateway sends more than the file", "a server on loopback", "refused at the first byte too many")
def test_a_body_of_unannounced_length_that_is_too_long_is_refused_at_its_first_byte_too_many(client, hostile):
    sent = []

    def flood(handler):
        chunked(handler)
        for _ in range(1000):
            chunk = bytes(MIB)
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            sent.append(len(chunk))

    server = hostile(flood)
    with pytest.raises(IpfsTooLarge), client(server.url).open(raw_cid(bytes(10)), 10) as reader:
        reader.read()
    assert sum(sent) < 50 * MIB


def test_a_body_of_unannounced_length_that_is_right_is_taken(client, hostile):
    server = hostile(lambda handler: chunked(handler, b"12345", b"67890", b""))
    with client(server.url).open(raw_cid(b"1234567890"), 10) as reader:
        assert reader.read() == b"1234567890"


def test_a_node_that_stops_sending_is_a_timeout(client, hostile):
    def stall(handler):
        reply(handler, 200, b"12345", {"Content-Length": "10"})
        handler.wfile.flush()
        time.sleep(20)

    server = hostile(stall)
    with pytest.raises(IpfsTimeout), client(server.url, timeout=0.4).open(CID, 10) as reader:
        reader.read()


def test_a_node_that_never_answers_is_a_timeout(client, hostile):
    server = hostile(lambda handler: time.sleep(20))
    with pytest.raises(IpfsTimeout), client(server.url, timeout=0.4).open(CID, 10):
        pytest.fail("was opened")


@pytest.mark.fault("A gateway redirects to another host", "a server on loopback", "not followed; one line")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_host_is_not_followed(client, hostile, status):
    stranger = hostile(lambda handler: reply(handler, 200, b"1234567890"))
    server = hostile(lambda handler: reply(handler, status, b"", {"Location": f"{stranger.url}/ipfs/x"}))
    with pytest.raises(IpfsError), client(server.url).open(CID, 10):
        pytest.fail("was opened")
    assert stranger.seen == []


@pytest.mark.parametrize("status", [302, 307])
def test_an_upload_is_not_redirected(hostile, status):
    stranger = hostile(lambda handler: reply(handler, 200, b"{}"))
    server = hostile(lambda handler: reply(handler, status, b"", {"Location": f"{stranger.url}/api/v0/add"}))
    with pytest.raises(IpfsError):
        Ipfs(server.url).add([b"x"])
    assert stranger.seen == []


@pytest.mark.parametrize("status", [204, 206, 400, 429, 500, 504])
def test_any_status_but_success_is_an_error_of_one_line(client, hostile, status):
    server = hostile(lambda handler: reply(handler, status, b"\x1b[31mtwo\nlines" if status != 204 else b""))
    with pytest.raises(IpfsError) as raised, client(server.url).open(CID, 10):
        pytest.fail("was opened")
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("length", ["-1", "10, 10", "ten", "99999999999999999999"])
def test_a_length_that_makes_no_sense_does_no_harm(client, hostile, length):
    server = hostile(lambda handler: reply(handler, 200, b"1234567890", {"Content-Length": length}))
    try:
        with client(server.url).open(raw_cid(b"1234567890"), 10) as reader:
            assert reader.read() == b"1234567890"
    except IpfsError:
        pass
