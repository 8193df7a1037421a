"""Nodes that stall, drip, or never end: each wait is over in time, each reply has a limit, and slow ones are served."""

import contextlib
import gzip
import hashlib
import os
import threading
import time

import pytest

from radiogram.deadline import SLOWEST
from radiogram.devnet.program import answers_http
from radiogram.errors import IpfsError, IpfsTimeout
from radiogram.formats.key_reference import raw_cid
from radiogram.ipfs.client import Ipfs
from tests.frozen import frozen

from .conftest import drain, keep, processes_of, reply
from .dag_blocks import blocks_of

MIB = 1 << 20
PATIENCE = 0.4  # seconds; of those who are to be served, ENOUGH
ENOUGH = 3.0  # seconds: machines are shared and noisy
LONG = 60  # seconds for which a peer here goes on, where nobody ends it
STEP = 0.08  # seconds between the bytes of a peer that drips
SIZE = 10_000
CID = b"\x01\x55\x12\x20" + hashlib.sha256(b"never added").digest()


@pytest.fixture(params=["gateway", "rpc"])
def client(request):
    """A client for a URL, that reads from it as from a gateway or as from an RPC."""
    return lambda url, seconds=PATIENCE: (
        Ipfs(gateway=url, timeout=seconds) if request.param == "gateway" else Ipfs(url, timeout=seconds)
    )


@contextlib.contextmanager
def ended_before(seconds, error):
    """What is done inside raises the error, in one line, in that time."""
    started = time.monotonic()
    with pytest.raises(error) as raised:
        yield raised
    assert time.monotonic() - started < seconds
    assert str(raised.value).isprintable()


def ended_in_time():
    """What is done inside raises IpfsTimeout, long before the peer would end."""
    return ended_before(LONG / 2, IpfsTimeout)


def drip(handler, data=b"x" * SIZE):
    for byte in data:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(STEP)


def begun(handler, length=SIZE, kind="application/json"):
    reply(handler, 200, b"", {"Content-Length": str(length), "Content-Type": kind})


def dripping_body(handler):
    begun(handler)
    drip(handler)


def dripping_header(handler):
    drip(handler, b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * SIZE)


def endless_interim_replies(handler):
    for _ in range(int(LONG / STEP)):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(STEP)


def endless_chunk_sizes(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    drip(handler, b"0" * SIZE)


def silence(_):
    time.sleep(LONG)


SLOW_REPLIES = [dripping_body, dripping_header, endless_interim_replies, endless_chunk_sizes, silence]


@pytest.mark.fault("A gateway or node drips a file, a byte at a time", "a server on loopback", "given up in time")
@pytest.mark.parametrize("answer", SLOW_REPLIES)
def test_a_file_that_drips_is_given_up(client, hostile, answer):
    node = hostile(answer)
    with ended_in_time(), client(node.url).open(CID, SIZE) as reader:
        reader.read()


@pytest.mark.parametrize("answer", [dripping_body, silence])
def test_a_small_file_that_drips_is_given_up(client, hostile, answer):
    node = hostile(answer)
    with ended_in_time():
        client(node.url).read(CID, SIZE)


def test_what_is_given_up_says_how_far_it_came(client, hostile):
    node = hostile(dripping_body)
    with ended_in_time() as raised, client(node.url).open(CID, SIZE) as reader:
        reader.read()
    assert f"{node.url} stopped, or is too slow: " in str(raised.value)
    assert f" of {SIZE} bytes came" in str(raised.value)


@pytest.mark.fault("Ctrl-C while a file drips", "a server on loopback", "the command ends at once")
def test_a_file_in_which_another_thread_waits_is_left_at_once(hostile):
    """As a command is interrupted: the thread that decrypts waits for the node, and nobody will wait for it."""

    def read(reader):
        with contextlib.suppress(IpfsError, ValueError):
            reader.read()

    def interrupted(reader):
        threading.Thread(target=read, args=(reader,), daemon=True).start()
        time.sleep(PATIENCE)
        raise KeyboardInterrupt

    cid, blocks = blocks_of(bytes(2 * MIB - 1))

    def answer(handler):
        if "format=raw" in handler.path:
            return reply(handler, 200, blocks[cid])
        begun(handler, 2 * MIB - 1)
        handler.wfile.write(bytes(MIB))
        return drip(handler)

    node = hostile(answer)
    started = time.monotonic()
    read_from = Ipfs(gateway=node.url, timeout=4 * LONG).open(cid, 2 * MIB - 1)
    with pytest.raises(KeyboardInterrupt), read_from as reader:
        interrupted(reader)
    assert time.monotonic() - started < LONG / 2


def test_a_fast_beginning_buys_no_time_for_a_slow_end(client, hostile):
    def answer(handler):
        begun(handler, 2_000_000)
        handler.wfile.write(bytes(1_900_000))
        drip(handler)

    node = hostile(answer)
    with ended_in_time(), client(node.url).open(CID, 2_000_000) as reader:
        reader.read()


@pytest.mark.fault("The line is slow, and alive", "a server on loopback", "the file comes whole")
def test_a_slow_line_that_lives_is_served(client, hostile):
    data = os.urandom(SIZE)

    def answer(handler):
        begun(handler)
        step = int(SLOWEST * ENOUGH) // 2
        for start in range(0, SIZE, step):
            handler.wfile.write(data[start : start + step])
            handler.wfile.flush()
            time.sleep(ENOUGH / 2.5)

    node = hostile(answer)
    started = time.monotonic()
    with client(node.url, ENOUGH).open(raw_cid(data), SIZE) as reader:
        assert reader.read() == data
    assert time.monotonic() - started > ENOUGH


def test_a_reader_may_take_longer_than_a_node(client, hostile):
    node = hostile(lambda handler: reply(handler, 200, bytes(SIZE)))
    with client(node.url, ENOUGH).open(raw_cid(bytes(SIZE)), SIZE, read_ahead=100) as reader:
        reader.read(1)
        time.sleep(1.5 * ENOUGH)
        assert len(reader.read()) == SIZE - 1


@pytest.mark.fault("A node drips its version", "a server on loopback", "given up in time")
@pytest.mark.parametrize("answer", [dripping_body, dripping_header])
def test_a_check_that_drips_is_given_up(hostile, answer):
    node = hostile(answer)
    with ended_in_time():
        Ipfs(node.url, timeout=PATIENCE).check()


@pytest.mark.fault("A node drips the text of an error", "a server on loopback", "the error is told without it")
@pytest.mark.parametrize("status", [400, 403, 500])
def test_an_error_that_drips_is_told_without_its_text(client, hostile, status):
    def answer(handler):
        reply(handler, status, b"", {"Content-Length": "1000"})
        drip(handler)

    node = hostile(answer)
    started = time.monotonic()
    with pytest.raises(IpfsError, match=str(status)), client(node.url).open(CID, SIZE):
        pytest.fail("was opened")
    assert time.monotonic() - started < LONG / 2


# ---- adding


def add(node, size=100, seconds=PATIENCE):
    return Ipfs(node.url, timeout=seconds).add(pieces(size))


def pieces(size):
    return (bytes(min(size, 1 << 16)) for _ in range(0, size, 1 << 16))


@pytest.mark.fault("A node drips its answer to an upload", "a server on loopback", "given up in time; nothing is sent")
@pytest.mark.parametrize("answer", SLOW_REPLIES)
def test_an_answer_to_an_upload_that_drips_is_given_up(hostile, answer):
    node = hostile(lambda handler: (drain(handler), answer(handler)))
    with ended_in_time() as raised:
        add(node)
    assert f"{node.url} took all 100 bytes, and does not say in time" in str(raised.value)


@pytest.mark.fault(
    "A node takes an upload a byte at a time", "a server on loopback", "given up in time; nothing is sent"
)
def test_a_node_that_reads_a_byte_at_a_time_is_given_up(hostile):
    def answer(handler):
        for _ in range(int(LONG / STEP)):
            handler.rfile.read(1)
            time.sleep(STEP)

    node = hostile(answer)
    with ended_in_time() as raised:
        add(node, 64 << 20)
    assert f"{node.url} stopped, or is too slow: it took " in str(raised.value)


@pytest.mark.fault("A node stops taking an upload", "a server on loopback", "given up in time; nothing is sent")
def test_a_node_that_stops_reading_is_given_up(hostile):
    node = hostile(silence)
    with ended_in_time():
        add(node, 64 << 20)


def drain_slowly(handler):
    """As `drain`, in steps of more than the buffers between here and there hold."""
    taken = 0
    while size := int(handler.rfile.readline(), 16):
        handler.rfile.read(size)
        handler.rfile.readline()
        taken += size
        if taken > 4 << 20:
            time.sleep(ENOUGH / 4)
            taken = 0
    handler.rfile.readline()


def test_a_slow_node_that_lives_is_waited_for(hostile):
    size = 32 << 20
    node = hostile(keep(bytes(size), drain=drain_slowly))
    started = time.monotonic()
    assert add(node, size, ENOUGH).size == size
    assert time.monotonic() - started > ENOUGH


def test_a_writer_may_take_longer_than_a_node(hostile):
    node = hostile(keep(bytes(2)))

    def slowly():
        for _ in range(2):
            yield b"\0"
            time.sleep(1.5 * ENOUGH)

    assert Ipfs(node.url, timeout=ENOUGH).add(slowly()).size == 2


# ---- replies without end


def flood(handler, sent, status=200):
    """400 MB of JSON, for as long as somebody takes it."""
    reply(handler, status, b'{"Hash": "', {"Content-Length": str(400 << 20), "Content-Type": "application/json"})
    for _ in range(400):
        handler.wfile.write(b"x" * (1 << 20))
        sent.append(1 << 20)


@pytest.mark.fault("A node answers an upload without end", "a server on loopback", "refused after 10,000 bytes")
@pytest.mark.parametrize("status", [200, 500])
def test_no_more_of_an_answer_to_an_upload_is_taken_than_it_can_have(hostile, status):
    sent = []
    node = hostile(lambda handler: (drain(handler), flood(handler, sent, status)))
    with pytest.raises(IpfsError):
        Ipfs(node.url).add([b"x"])
    assert sum(sent) < 20 << 20


@pytest.mark.fault("A node tells its version without end", "a server on loopback", "refused after 10,000 bytes")
@pytest.mark.parametrize("status", [200, 500])
def test_no_more_of_a_version_is_taken_than_it_can_have(hostile, status):
    sent = []
    node = hostile(lambda handler: flood(handler, sent, status))
    with pytest.raises(IpfsError):
        Ipfs(node.url).check()
    assert sum(sent) < 20 << 20


def test_an_answer_to_an_upload_that_is_packed_is_no_answer(hostile):
    packed = gzip.compress(b" " * (10 << 20))
    node = hostile(lambda handler: (drain(handler), reply(handler, 200, packed, {"Content-Encoding": "gzip"})))
    with pytest.raises(IpfsError, match="as an IPFS node does"):
        Ipfs(node.url).add([b"x"])


# ---- whether a local node answers


@pytest.mark.parametrize("answer", [dripping_header, endless_interim_replies, silence])
def test_a_local_node_that_drips_does_not_answer(hostile, answer):
    node = hostile(answer)
    started = time.monotonic()
    assert not answers_http(int(node.url.rpartition(":")[2]), "/")
    assert time.monotonic() - started < LONG / 2


def test_a_local_node_answers_with_its_head(hostile):
    assert answers_http(int(hostile(lambda handler: reply(handler, 200)).url.rpartition(":")[2]), "/")
    assert answers_http(int(hostile(dripping_body).url.rpartition(":")[2]), "/")
    assert not answers_http(int(hostile(lambda handler: reply(handler, 500)).url.rpartition(":")[2]), "/")


# ---- a real node that is stopped


@pytest.fixture
def stopped(base, node):
    """stopped(): a context in which the node's process does nothing."""
    [process] = processes_of(base / "home" / "ipfs" / "repo")
    return lambda: frozen(process)


@pytest.fixture
def patient(node):
    return Ipfs(node.api, timeout=PATIENCE)


@pytest.mark.fault("Kubo is frozen before it is asked", "SIGSTOP", "given up in time")
def test_a_stopped_node_is_given_up_when_it_is_asked(patient, stopped):
    with stopped(), ended_in_time():
        patient.check()
    with stopped(), ended_in_time():
        patient.read(CID, 10)
    with stopped(), ended_in_time(), patient.open(CID, 10):
        pytest.fail("was opened")


@pytest.mark.fault("Kubo is frozen when an upload begins", "SIGSTOP", "given up in time; nothing is sent")
@pytest.mark.parametrize("size", [0, 100, 64 << 20])
def test_a_stopped_node_is_given_up_during_an_upload(patient, stopped, size):
    with stopped(), ended_in_time():
        patient.add(pieces(size))


@pytest.mark.fault("Kubo is frozen in the middle of an upload", "SIGSTOP", "given up in time; nothing is sent")
def test_a_node_that_is_stopped_in_the_middle_of_an_upload_is_given_up(patient, stopped):
    def stopped_between(stack):
        yield from pieces(1 << 20)
        stack.enter_context(stopped())
        yield from pieces(64 << 20)

    with contextlib.ExitStack() as stack, ended_in_time():
        patient.add(stopped_between(stack))


@pytest.mark.fault("Kubo is frozen in the middle of a download", "SIGSTOP", "given up in time; nothing is written")
def test_a_node_that_is_stopped_in_the_middle_of_a_download_is_given_up(node, patient, stopped):
    size = 64 << 20
    added = Ipfs(node.api).add(pieces(size))
    with ended_in_time(), patient.open(added.cid, added.size) as reader:
        reader.read(1 << 20)
        with stopped():
            reader.read()
