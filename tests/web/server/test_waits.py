"""Nodes that stall, drip or keep nothing, behind the website's server; and browsers that do."""

import contextlib
import http.client
import json
import select
import socket
import threading
import time

import pytest
from ape_ganache.program import wait_until

from radiogram.deadline import KEPT_SECONDS
from radiogram.server.homes import Door
from tests.ipfs.conftest import drain, hostile, keep, reply  # noqa: F401 - a fixture
from tests.ipfs.test_waits import SLOW_REPLIES, begun, dripping_body
from tests.web.server.asker import MISSING, call, upload_head
from tests.web.server.in_process import ENOUGH, PATIENCE, site  # noqa: F401 - a fixture

MESSAGE = {"sender": "0x" + "11" * 20, "recipient": "0x" + "22" * 20, "since": 0, "envelope": "0x02"}
LONG = 60.0  # seconds for which a peer here goes on, where nobody ends it


def refused_in_time(ask):
    started = time.monotonic()
    refusal = ask().refusal
    assert time.monotonic() - started < LONG / 2
    return refusal


@pytest.mark.parametrize("answer", SLOW_REPLIES)
def test_a_chain_that_drips_is_given_up(hostile, site, answer):  # noqa: F811
    asker = site(chain=hostile(answer).url)
    assert refused_in_time(lambda: asker.rpc(call()))[0] == 504


@pytest.mark.parametrize("body", [b"[" * 100_000, b"x" * 9_000_000])
def test_a_chain_that_talks_nonsense_is_not_passed_on(hostile, site, body):  # noqa: F811
    asker = site(chain=hostile(lambda handler: reply(handler, 200, body)).url, patience=LONG)
    assert asker.rpc(call()).refusal[0] == 502


def test_a_chain_that_ends_a_connection_which_was_idle_is_asked_by_a_new_one(hostile, site):  # noqa: F811
    """As Ganache does after five seconds, just when the next question is on its way."""
    answered = []

    def answer(handler):
        handler.rfile.read(int(handler.headers["Content-Length"]))
        if handler.client_address not in answered:
            answered.append(handler.client_address)
            reply(handler, 200, b'{"jsonrpc": "2.0", "id": 1, "result": "0x1"}', {"Connection": "keep-alive"})

    asker = site(chain=hostile(answer).url, patience=LONG)
    assert asker.rpc(call()).status == 200
    time.sleep(KEPT_SECONDS + 0.5)
    assert asker.rpc(call()).status == 200
    assert len(answered) == 2


@pytest.mark.parametrize("answer", [each for each in SLOW_REPLIES if each is not dripping_body])
def test_a_file_of_which_nothing_comes_is_given_up(hostile, site, answer):  # noqa: F811
    asker = site(gateway=hostile(answer).url)
    started = time.monotonic()
    try:
        assert asker.ask("GET", f"/ipfs/{MISSING}").status == 504
    except OSError:  # the head had come
        pass
    except Exception as error:
        assert "Incomplete" in repr(error)  # noqa: PT017
    assert time.monotonic() - started < LONG / 2


def test_a_file_that_drips_is_broken_off(hostile, site):  # noqa: F811
    asker = site(gateway=hostile(dripping_body).url)
    started = time.monotonic()
    with pytest.raises(Exception, match=r"Incomplete|reset"):
        asker.ask("GET", f"/ipfs/{MISSING}")
    assert time.monotonic() - started < LONG / 2


def test_a_slow_gateway_that_lives_is_passed_on(hostile, site):  # noqa: F811
    def answer(handler):
        begun(handler, 8000)
        for _ in range(8):
            handler.wfile.write(bytes(1000))
            handler.wfile.flush()
            time.sleep(ENOUGH / 6)

    asker = site(gateway=hostile(answer).url, patience=ENOUGH)
    assert asker.ask("GET", f"/ipfs/{MISSING}").body == bytes(8000)


# ---- uploads


@pytest.mark.parametrize("answer", SLOW_REPLIES)
def test_an_answer_to_an_upload_that_drips_is_given_up(hostile, site, answer):  # noqa: F811
    node = hostile(lambda handler: (drain(handler), answer(handler)) if "/add?" in handler.path else None)
    asker = site(api=node.url, gateway=None)
    assert refused_in_time(lambda: asker.upload(b"x"))[0] == 504


def test_a_node_that_stops_reading_is_given_up(hostile, site):  # noqa: F811
    node = hostile(lambda handler: time.sleep(LONG))
    asker = site(api=node.url, gateway=None)
    started = time.monotonic()
    with contextlib.suppress(OSError):  # refused while the rest was on its way
        assert asker.upload(bytes(64 << 20)).refusal[0] == 504
    assert time.monotonic() - started < LONG / 2


def test_a_browser_that_drips_is_given_up(hostile, site):  # noqa: F811
    node = hostile(keep(b"x"))
    asker = site(api=node.url, gateway=None)
    started = time.monotonic()
    with socket.create_connection(asker.host.split(":")) as browser:
        browser.sendall(upload_head(asker, 10_000_000) + b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n')
        while not select.select([browser], [], [], 0.05)[0]:
            browser.sendall(b"x")
        assert browser.recv(100).startswith(b"HTTP/1.1 408")
    assert time.monotonic() - started < LONG / 2


def test_a_browser_may_be_slow_as_long_as_it_lives(hostile, site):  # noqa: F811
    data = b"x" * 8000
    asker = site(api=hostile(keep(data)).url, gateway=None, patience=ENOUGH)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    tail = b"\r\n--b--\r\n"
    with socket.create_connection(asker.host.split(":")) as browser:
        browser.sendall(upload_head(asker, len(head + data + tail)) + head)
        for start in range(0, len(data), 1000):
            browser.sendall(data[start : start + 1000])
            time.sleep(ENOUGH / 6)
        browser.sendall(tail)
        assert browser.recv(100).startswith(b"HTTP/1.1 200")


# ---- what was added is read back


@pytest.mark.parametrize(
    "cat",
    [
        lambda handler: reply(handler, 500, b'{"Message": "could not find"}'),
        lambda handler: reply(handler, 200, b"femur"),
        lambda handler: reply(handler, 200, b"tibias"),
        lambda handler: reply(handler, 200, b""),
        lambda handler: time.sleep(LONG),
    ],
    ids=["missing", "other", "more", "nothing", "silent"],
)
def test_a_node_that_does_not_give_back_what_it_took_is_refused(hostile, site, cat):  # noqa: F811
    asker = site(api=hostile(keep(b"tibia", cat)).url, gateway=None, patience=ENOUGH)
    status, line = refused_in_time(lambda: asker.upload(b"tibia"))
    assert (status, "took the file, and does not give it back" in line) == (502, True)


def test_a_node_that_gives_it_back_is_believed(hostile, site):  # noqa: F811
    data = bytes(range(256)) * 1000
    asker = site(api=hostile(keep(data)).url, gateway=None, patience=ENOUGH)
    assert json.loads(asker.upload(data).body)["size"] == len(data)


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_node_that_only_takes_files_is_believed_where_no_gateway_is_named(hostile, site, status):  # noqa: F811
    node = hostile(keep(b"tibia", lambda handler: reply(handler, status)))
    assert site(api=node.url, gateway=None, patience=ENOUGH).upload(b"tibia").status == 200
    good, bad = hostile(lambda handler: reply(handler, 200, b"tibia")), hostile(lambda handler: reply(handler, 404))
    assert site(api=node.url, gateway=good.url, patience=ENOUGH).upload(b"tibia").status == 200
    assert site(api=node.url, gateway=bad.url, patience=ENOUGH).upload(b"tibia").refusal[0] == 502


# ---- homes


def test_who_hangs_up_makes_room_for_others_when_the_homes_are_done_and_not_before(site):  # noqa: F811
    running, most, over = [], [], threading.Event()

    def keep_slowly(files, told):
        running.append(files)
        most.append(len(running))
        over.wait(60)
        running.pop()

    asker = site(keeping=Door(lambda *_: None, keep=keep_slowly, wanted=2, patience=60))

    def begun():
        """A page that was told that its files are waited for."""
        page = http.client.HTTPConnection(asker.host, timeout=60)
        body = json.dumps({"files": [{"cid": MISSING, "size": 5}], "message": MESSAGE})
        page.request("POST", "/keep", body, {"Origin": asker.origin, "Content-Type": "application/json"})
        response = page.getresponse()
        assert json.loads(response.readline())["held"] == 0
        return page, response

    pages = [begun() for _ in range(4)]
    assert wait_until(lambda: len(running) == 4, 60)
    for page, response in pages:
        response.close()
        page.close()
    others = [begun(), begun()]
    asker.ask("GET", "/")  # by its answer the server has seen who hung up
    over.set()
    for page, response in others:
        assert json.loads(response.read().splitlines()[-1])["kept"] is True
        page.close()
    assert max(most) == 4
