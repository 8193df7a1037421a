"""One file from several gateways: who is honest is enough, whatever the others do."""

import os
import re
import threading
import time

import pytest

from radiogram.errors import (
    IpfsError,
    IpfsIncomplete,
    IpfsMismatch,
    IpfsNotFound,
    IpfsTimeout,
    IpfsUnreachable,
)
from radiogram.formats.key_reference import raw_cid
from radiogram.ipfs import mixed
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs

from .conftest import reply
from .dag_blocks import blocks_of, endless_file

MIB = 1 << 20
SIZE = 11 * MIB + 5
PATIENCE = 20.0  # seconds
STEP = 0.02  # seconds


@pytest.fixture(scope="module")
def file():
    """Its bytes, its CID and its blocks."""
    data = os.urandom(SIZE)
    return data, *blocks_of(data)


class Gateway:
    """What one answers: raw blocks, and the file or parts of it, which `change` may change. Counts the file's bytes.

    With `together`, it waits for the others before its first byte of the file: each then has a part in it.
    """

    def __init__(self, file, change=lambda body, start: body, pause=0.0, breaks_at=None, together=None):
        self.data, self.cid, self.blocks = file
        self.change, self.pause, self.breaks_at, self.sent, self.asked = change, pause, breaks_at, 0, []
        self.together = together

    def __call__(self, handler):
        text, _, query = handler.path.removeprefix("/ipfs/").partition("?")
        self.asked.append(query or handler.headers.get("Range", "all"))
        if query == "format=raw":
            assert handler.headers["Accept"] == "application/vnd.ipld.raw"
            block = next((block for cid, block in self.blocks.items() if cid_text(cid) == text), None)
            return reply(handler, 404) if block is None else reply(handler, 200, self.change(block, 0))
        if (together := self.together) is not None:
            self.together = None
            together.wait(30)
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers.get("Range", ""))
        start, stop = (int(part[1]), int(part[2]) + 1) if part else (0, SIZE)
        body = self.change(self.data[start:stop], start)
        reply(handler, 206 if part else 200, b"", {"Content-Length": str(len(body))})
        for at in range(0, len(body), MIB // 4):
            if self.breaks_at is not None and start + at >= self.breaks_at:
                return None
            piece = body[at : at + MIB // 4]
            handler.wfile.write(piece)
            self.sent += len(piece)
            time.sleep(self.pause)
        return None


def changed(at):
    """Changes the byte of the file at this place, where it is sent."""

    def change(body, start):
        if not start <= at < start + len(body):
            return body
        return body[: at - start] + bytes([body[at - start] ^ 1]) + body[at - start + 1 :]

    return change


def read(file, *urls, patience=PATIENCE):
    with Ipfs(gateway=" ".join(urls), timeout=patience).open(file[1], SIZE) as reader:
        return reader.read()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_file_comes_from_all_gateways_together(file, hostile, count):
    together = threading.Barrier(count)
    gateways = [Gateway(file, pause=STEP, together=together) for _ in range(count)]
    assert read(file, *(hostile(each).url for each in gateways)) == file[0]
    assert sum(each.sent for each in gateways) >= SIZE
    assert all(each.sent for each in gateways)


def html(handler):
    reply(handler, 200, b"<html>Buy our service</html>", {"Content-Type": "text/html"})


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(10_000):
        handler.wfile.write(bytes(MIB))


def cut(handler):
    reply(handler, 200, b"12345", {"Content-Length": str(SIZE)})


def elsewhere(handler):
    reply(handler, 302, b"", {"Location": "https://elsewhere.example/ipfs/x"})


def silent(handler):
    time.sleep(60)


LIARS = {
    "other bytes": lambda file: Gateway(file, lambda body, _: bytes(len(body))),
    "one bit of the last block": lambda file: Gateway(file, changed(SIZE - 1)),
    "one bit of a block in the middle": lambda file: Gateway(file, changed(5 * MIB)),
    "the file shifted": lambda file: Gateway(file, lambda body, _: body[1:] + b"x"),
    "parts that are too short": lambda file: Gateway(file, lambda body, _: body[:-1]),
    "parts that are too long": lambda file: Gateway(file, lambda body, _: body + b"x"),
    "a page": lambda _: html,
    "bytes without end": lambda _: endless,
    "a reply that is cut": lambda _: cut,
    "a redirect to another host": lambda _: elsewhere,
    "an error": lambda _: lambda handler: reply(handler, 500),
    "no such file": lambda _: lambda handler: reply(handler, 404),
    "nothing": lambda _: silent,
}


@pytest.mark.fault("Of several gateways some lie", "servers on loopback", "the file comes from the honest one")
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("liar", LIARS.values(), ids=LIARS)
def test_one_honest_gateway_is_enough(file, hostile, liar, is_first, monkeypatch):
    monkeypatch.setattr(mixed, "RACE_AFTER", 0.3)
    urls = [hostile(liar(file)).url, hostile(Gateway(file, pause=STEP)).url]
    assert read(file, *(urls if is_first else urls[::-1])) == file[0]


def test_one_honest_gateway_among_all_kinds_of_others_is_enough(file, hostile, monkeypatch):
    monkeypatch.setattr(mixed, "RACE_AFTER", 0.3)
    urls = [hostile(liar(file)).url for liar in LIARS.values()]
    assert read(file, *urls, hostile(Gateway(file)).url) == file[0]


def test_who_has_lied_is_asked_no_more(file, hostile):
    def lie(body, _):  # in the second leaf of whatever it is asked for
        return body[:MIB] + bytes([body[MIB] ^ 1]) + body[MIB + 1 :] if len(body) > MIB else body

    together = threading.Barrier(2)
    liar, honest = Gateway(file, lie, STEP, together=together), Gateway(file, pause=STEP, together=together)
    assert read(file, hostile(liar).url, hostile(honest).url) == file[0]
    assert len([each for each in liar.asked if each.startswith("bytes=")]) == 1


@pytest.mark.parametrize(
    ("liar", "error"),
    [
        ("other bytes", IpfsMismatch),
        ("one bit of the last block", IpfsMismatch),
        ("one bit of a block in the middle", IpfsMismatch),
        ("a page", IpfsMismatch),
        ("no such file", IpfsNotFound),
        ("a redirect to another host", IpfsError),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_without_an_honest_one_it_is_said_what_is_wrong(file, hostile, liar, error, count):
    with pytest.raises(error) as raised:
        read(file, *(hostile(LIARS[liar](file)).url for _ in range(count)))
    assert str(raised.value).isprintable()


def test_no_byte_of_a_block_is_given_away_before_it_was_checked(file, hostile):
    got = bytearray()
    gateway = Ipfs(gateway=hostile(Gateway(file, changed(3 * MIB + 5))).url)
    with pytest.raises(IpfsMismatch), gateway.open(file[1], SIZE) as reader:
        while piece := reader.read1(1000):
            got += piece
    assert bytes(got) == file[0][: 3 * MIB]


def test_who_breaks_off_is_asked_for_the_rest_alone(file, hostile):
    gateway = Gateway(file, breaks_at=6 * MIB)
    server = hostile(gateway)

    def mend():
        gateway.breaks_at = None

    gateway.change = lambda body, start: (mend() if start else None) or body
    assert read(file, server.url) == file[0]
    assert gateway.asked == ["format=raw", "all", f"bytes={6 * MIB}-{SIZE - 1}"]


def test_who_breaks_off_at_the_same_place_again_is_incomplete(file, hostile):
    with pytest.raises(IpfsIncomplete):
        read(file, hostile(Gateway(file, breaks_at=6 * MIB)).url)


def test_what_one_owes_when_it_breaks_off_another_sends(file, hostile):
    urls = [hostile(Gateway(file, breaks_at=at * MIB)).url for at in (2, 7)]
    assert read(file, *urls, hostile(Gateway(file, pause=STEP)).url) == file[0]


class Lacking(Gateway):
    """One that does not have some leaves: it breaks off before them, or, asked for one first, answers `how`."""

    def __init__(self, file, lost, how):
        super().__init__(file, pause=STEP)
        self.lost, self.how = [at * MIB for at in sorted(lost)], how

    def __call__(self, handler):
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers.get("Range", ""))
        start = int(part[1]) if part else 0
        if "format=raw" not in handler.path and start in self.lost:
            self.asked.append(f"lacks {start}")
            return self.how(handler)
        self.breaks_at = next((at for at in self.lost if at > start), None)
        return super().__call__(handler)


WITHOUT = {
    "not found": lambda handler: reply(handler, 404),
    "not found in time": lambda handler: reply(handler, 504),
    "broken off": lambda handler: reply(handler, 206, b"", {"Content-Length": str(MIB)}),
}
ALL = range(12)
LOST = {
    "one each": ([3], [8]),
    "one each otherwise": ([8], [3]),
    "one each of three": ([1], [5], [9]),
    "the last": ([11], [2]),
    "every other one": (ALL[1::2], ALL[::2]),
    "halves": (ALL[:6], ALL[6:]),
}
# Who gives nothing at all in time is asked no more.
APART = [
    pytest.param(lost, how, id=f"{name}, {said}")
    for name, lost in LOST.items()
    for said, how in WITHOUT.items()
    if said != "not found in time" or len(lost[0]) == 1
]


@pytest.mark.fault("No gateway has all of a file", "servers on loopback", "it comes if each block can be had")
@pytest.mark.parametrize(("lost", "how"), APART)
def test_a_file_comes_if_every_leaf_can_be_had_from_somebody(file, hostile, lost, how, monkeypatch):
    monkeypatch.setattr(mixed, "RACE_AFTER", 0.3)
    gateways = [Lacking(file, each, how) for each in lost]
    assert read(file, *(hostile(each).url for each in gateways)) == file[0]


@pytest.mark.parametrize("how", WITHOUT.values(), ids=WITHOUT)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_leaf_that_nobody_has_ends_it(file, hostile, how, count):
    gateways = [Lacking(file, [1, 6], how), Lacking(file, [6], how), Lacking(file, [6, 9], how)][:count]
    with pytest.raises((IpfsIncomplete, IpfsNotFound, IpfsTimeout)):
        read(file, *(hostile(each).url for each in gateways))
    assert all(each.asked.count(f"lacks {6 * MIB}") <= 1 for each in gateways)


def test_who_has_nothing_is_asked_little(file, hostile):
    empty = Lacking(file, ALL, WITHOUT["not found"])
    assert read(file, hostile(empty).url, hostile(Gateway(file, pause=STEP)).url) == file[0]
    assert len([each for each in empty.asked if each.startswith("lacks")]) <= 2


def test_nobody_waits_for_the_slow_one(file, hostile, monkeypatch):
    monkeypatch.setattr(mixed, "RACE_AFTER", 0.2)
    slow, fast = Gateway(file, pause=5.0), Gateway(file, pause=STEP)
    started = time.monotonic()
    assert read(file, hostile(slow).url, hostile(fast).url) == file[0]
    assert time.monotonic() - started < 30  # the slow one alone would take 225
    assert fast.sent > slow.sent


def test_a_gateway_that_sends_all_instead_of_a_part_is_of_use_for_the_beginning(file, hostile):
    def whole(handler):
        del handler.headers["Range"]
        return honest(handler)

    honest = Gateway(file)
    assert read(file, hostile(whole).url, hostile(Gateway(file, pause=STEP)).url) == file[0]
    with pytest.raises(IpfsError):
        with_breaks = Gateway(file, breaks_at=6 * MIB)
        read(file, hostile(lambda handler: handler.headers.__delitem__("Range") or with_breaks(handler)).url)


def test_a_small_file_comes_from_the_first_who_has_it(hostile):
    servers = [silent, html, lambda handler: reply(handler, 404), lambda handler: reply(handler, 200, b"a packet")]
    ipfs = Ipfs(gateway=" ".join(hostile(each).url for each in servers), timeout=PATIENCE)
    started = time.monotonic()
    assert ipfs.read(raw_cid(b"a packet"), 100) == b"a packet"
    assert time.monotonic() - started < PATIENCE / 2


def test_a_small_file_of_other_bytes_is_refused(hostile):
    with pytest.raises(IpfsMismatch):
        Ipfs(gateway=hostile(html).url).read(raw_cid(b"a packet"), 100)


def test_of_several_gateways_one_need_answer(hostile, closed_url):
    good = hostile(lambda handler: reply(handler, 200))
    assert Ipfs(gateway=f"{closed_url} {good.url}").check() == ""
    with pytest.raises(IpfsUnreachable):
        Ipfs(gateway=f"{closed_url} {closed_url}").check()


def test_all_silent_is_given_up(file, hostile):
    with pytest.raises(IpfsTimeout):
        read(file, hostile(silent).url, hostile(silent).url, patience=0.4)


def test_memory_holds_a_few_blocks_whatever_the_reader_does(file, hostile):
    gateways = [Gateway(file) for _ in range(2)]
    ipfs = Ipfs(gateway=" ".join(hostile(each).url for each in gateways))
    with ipfs.open(file[1], SIZE, read_ahead=MIB) as reader:
        assert reader.read(10) == file[0][:10]
        time.sleep(0.5)
        raw = reader.raw
        assert len(raw._fetched) + len(raw._spare) <= 3
        assert reader.read() == file[0][10:]


class Many(Gateway):
    """One of a file whose bytes are the same chunk without end."""

    def __call__(self, handler):
        if handler.path.endswith("?format=raw"):
            return super().__call__(handler)
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(self.data)


def test_of_a_file_said_to_be_huge_no_more_is_known_than_is_read(hostile):
    chunk = os.urandom(MIB)
    cid, size, blocks = endless_file(chunk)
    gateway = Many((chunk, cid, blocks))
    with Ipfs(gateway=hostile(gateway).url).open(cid, size) as reader:
        assert reader.read(MIB) == chunk
        assert len(reader.raw._leaves) < 200
    assert len(gateway.asked) == 4


@pytest.mark.parametrize("count", [1, 2])
def test_nodes_are_fetched_as_their_leaves_are_read(file, hostile, count):
    deep = (file[0], *blocks_of(file[0], 1 << 16, 8))
    gateways = [Gateway(deep) for _ in range(count)]
    with Ipfs(gateway=" ".join(hostile(each).url for each in gateways)).open(deep[1], SIZE, read_ahead=1) as reader:
        assert reader.read(10) == file[0][:10]
        assert sum(each.asked.count("format=raw") for each in gateways) <= 13 * count
        assert reader.read() == file[0][10:]
    assert sum(each.asked.count("format=raw") for each in gateways) >= 26


def test_a_node_that_nobody_has_ends_it_where_its_leaves_begin(file, hostile):
    cid, blocks = blocks_of(file[0], 1 << 16, 100)
    lost = list(blocks)[-2]
    assert lost[1] == 0x70
    gateway = Gateway((file[0], cid, {each: block for each, block in blocks.items() if each != lost}))
    got = bytearray()
    with pytest.raises(IpfsNotFound), Ipfs(gateway=hostile(gateway).url).open(cid, SIZE) as reader:
        while piece := reader.read1(MIB):
            got += piece
    assert bytes(got) == file[0][: 100 << 16]


def test_no_thread_is_left(file, hostile):
    ipfs = Ipfs(gateway=" ".join(hostile(Gateway(file, pause=STEP)).url for _ in range(3)))
    with ipfs.open(file[1], SIZE) as reader:
        reader.read(10)
    ends = time.monotonic() + 10
    while any(each.name.startswith("ipfs-") for each in threading.enumerate()) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not [each.name for each in threading.enumerate() if each.name.startswith("ipfs-")]


def test_two_real_nodes_of_which_one_lacks_the_file(node, guarded, file):
    added = Ipfs(node.api).add([file[0]])
    assert added.cid == file[1]
    assert read(file, guarded.gateway, node.gateway) == file[0]
    assert read(file, node.gateway, node.gateway, node.gateway) == file[0]
