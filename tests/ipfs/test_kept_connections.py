"""Uploads to one node use one connection after the other, and one thread watches the time of all exchanges."""

import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from urllib.parse import parse_qs, urlsplit

import pytest

from radiogram import deadline
from radiogram.deadline import Deadline
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.dag import leaves_of
from radiogram.ipfs.ends import KEPT
from radiogram.ipfs.unixfs import CidBuilder

from .conftest import drain, keep, part, reply

MIB = 1 << 20


DATA = os.urandom(3 * MIB)


def cid_of(data: bytes) -> bytes:
    builder = CidBuilder()
    builder.add(data)
    return builder.cid()


@pytest.fixture
def server(hostile):
    """A node that takes DATA, and does not end a connection (Kubo ends it after an upload); `used` has our ports."""

    def answer(handler):
        used.append(handler.client_address[1])
        if is_added := "/add" in handler.path:
            drain(handler)
        body = json.dumps({"Hash": cid_text(cid_of(DATA))}).encode() if is_added else part(handler, DATA)
        reply(handler, 200, body, {"Connection": "keep-alive"})

    used: list[int] = []
    started = hostile(answer)
    started.used = used
    return started


def add(ipfs: Ipfs) -> None:
    ipfs.add([DATA])


def test_uploads_and_what_is_read_back_of_them_use_one_connection(server):
    ipfs = Ipfs(server.url, timeout=10)
    add(ipfs)
    add(ipfs)
    assert len(server.used) == 4
    assert len(set(server.used)) == 1


def test_a_connection_that_was_idle_is_not_used_again(server, monkeypatch):
    monkeypatch.setattr(deadline, "KEPT_SECONDS", -1)
    add(Ipfs(server.url, timeout=10))
    assert len(set(server.used)) == 2


def test_an_upload_that_is_broken_off_does_not_spoil_the_next(node, pins):
    ipfs = Ipfs(node.api, timeout=10)

    def pieces():
        yield os.urandom(3 * MIB)
        raise ValueError("no")

    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            ipfs.add(pieces())
        assert cid_text(ipfs.add_bytes(os.urandom(10)).cid) in pins()


def test_several_threads_upload_at_a_time(node, pins):
    ipfs, added = Ipfs(node.api, timeout=60), []

    def work():
        for _ in range(5):
            data = os.urandom(MIB + 7)
            added.append(ipfs.add([data]).cid)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(added) == 20
    assert set(map(cid_text, added)) <= pins()


def test_a_few_bytes_have_the_cid_that_they_have_as_a_file(ipfs):
    data = os.urandom(1752)
    assert ipfs.add_bytes(data) == ipfs.add([data])
    assert ipfs.add_bytes(b"").size == 0


def test_the_first_bytes_are_asked_of_the_first_leaf_and_the_last_of_the_file(ipfs, hostile):
    """A node reads ahead in a file: for its first bytes alone, it would read many leaves."""
    data, asked = os.urandom(3 * MIB + 1), []

    def cat(handler):
        asked.append(parse_qs(urlsplit(handler.path).query))
        reply(handler, 200, part(handler, data))

    root = Ipfs(hostile(keep(data, cat)).url, timeout=10).add([data]).cid
    ipfs.add([data])
    leaf = leaves_of(root, len(data), ipfs._block)[0].cid
    assert [(each["arg"], each["offset"], each["length"]) for each in asked] == [
        ([cid_text(root), cid_text(leaf)], [str(len(data) - KEPT)], [str(2 * KEPT)]),
    ]


def test_one_thread_watches_all_exchanges():
    with ExitStack() as held:
        for seconds in (60, 1, 30):
            held.enter_context(Deadline(seconds))
        assert [each.name for each in threading.enumerate()].count("deadlines") == 1


def test_an_exchange_that_begins_later_may_end_earlier():
    with Deadline(60), Deadline(0.1) as short, pytest.raises(TimeoutError), short.waiting():
        for _ in range(600):
            if short.expired:
                break
            threading.Event().wait(0.1)


FORKED = """
import os, time
from radiogram.deadline import Deadline
with Deadline(60):
    child = os.fork()
    if not child:
        with Deadline(0.1) as short:
            try:
                with short.waiting():
                    for _ in range(600):
                        time.sleep(0 if short.expired else 0.1)
            except TimeoutError:
                os._exit(7)
        os._exit(1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_process_that_was_forked_watches_its_own():
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "7"
