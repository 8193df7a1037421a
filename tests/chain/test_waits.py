"""A chain's node that stalls, drips, floods or talks nonsense: one line in time, and no memory."""

import contextlib
import json

import psutil
import pytest

from radiogram.chain import rpc
from radiogram.chain.rpc import REPLY_LIMIT
from radiogram.errors import ChainUnreachable, InboxError
from tests.chain.conftest import connected
from tests.frozen import frozen
from tests.ipfs.conftest import reply
from tests.ipfs.test_waits import (
    LONG,
    SLOW_REPLIES,
    dripping_body,
    dripping_header,
    ended_before,
)

PATIENCE = 1.0  # seconds
STRANGER = "0x" + "11" * 20


@pytest.fixture
def impatient(node, tmp_path):
    """The contract as the node shows it, to somebody with little time, once connected."""
    with connected(node.server.url, tmp_path) as network:
        inbox = network.inbox()
        shorten()
        yield inbox


def shorten():
    """Whoever is connected has little time from now on."""
    rpc.bound_requests.func(PATIENCE)


@pytest.fixture
def patient(node, tmp_path):
    """The same, to somebody who has as much time as others."""
    with connected(node.server.url, tmp_path) as network:
        yield network.inbox()


@contextlib.contextmanager
def told(match=""):
    """What is done inside ends in time in one line of ours."""
    with ended_before(LONG / 2, ChainUnreachable) as raised:
        yield
    assert match in str(raised.value)


@pytest.mark.fault(
    "A chain's node drips, floods with headers or is silent", "a server before a real chain", "given up in time"
)
@pytest.mark.parametrize("answer", SLOW_REPLIES)
def test_a_question_that_is_not_answered_in_time_is_given_up(impatient, node, answer):
    node.lie = lambda handler, _: answer(handler)
    with told("does not answer within 1 s"):
        impatient.count(STRANGER)
    assert len(node.asked) > 0


@pytest.mark.parametrize("answer", [dripping_body, dripping_header])
def test_a_node_that_does_not_answer_is_asked_once(impatient, node, answer):
    node.asked.clear()
    node.lie = lambda handler, _: answer(handler)
    with told():
        impatient.count(STRANGER)
    assert len(node.asked) == 1


@pytest.mark.parametrize("answer", SLOW_REPLIES)
def test_a_node_that_does_not_answer_is_not_connected_to(node, tmp_path, answer):
    node.lie = lambda handler, _: answer(handler)
    with told("does not answer within 1 s"), connected(node.server.url, tmp_path, PATIENCE) as network:
        network.inbox()


@pytest.mark.fault(
    "A chain's node replies with 400 MB, or without end", "a server before a real chain", "refused after 16 MiB"
)
@pytest.mark.parametrize("length", [400 << 20, None])
def test_no_more_of_a_reply_is_taken_than_there_can_be(impatient, node, length):
    sent = []

    def flood(handler, _):
        head = {"Content-Length": str(length)} if length else {"Transfer-Encoding": "chunked"}
        reply(handler, 200, b"", head)
        for _ in range(400):
            piece = b"x" * (1 << 20)
            handler.wfile.write(piece if length else b"%x\r\n%b\r\n" % (len(piece), piece))
            sent.append(len(piece))

    node.lie = flood
    with told("answers with more than 16 MiB"):
        impatient.count(STRANGER)
    assert sum(sent) < 3 * REPLY_LIMIT


@pytest.mark.fault("A chain's node replies with what is none", "a server before a real chain", "one line")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<html>",
        b"{" * 100_000,
        b"[" * 100_000,
        b"9" * 100_000,
        b"\xff\xfe",
        b'{"jsonrpc": "2.0", "id": 1}',
        b'{"jsonrpc": "2.0", "id": 1, "error": "no"}',
        b'{"jsonrpc": "2.0", "id": 1, "error": {"code": 1}}',
        b'{"jsonrpc": "1.0", "id": 1, "result": "0x"}',
        b'{"result": 1',
    ],
    ids=lambda body: repr(body[:30]),
)
@pytest.mark.parametrize("status", [200, 500])
def test_what_is_no_reply_is_one_line(impatient, node, status, body):
    node.lie = lambda handler, _: reply(handler, status, body)
    with told("does not answer as one does" if status == 200 else "answers HTTP 500"):
        impatient.count(STRANGER)


def test_a_node_s_own_refusal_is_told(patient, node):
    said = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "not today"}}
    node.lie = lambda handler, _: reply(handler, 500, json.dumps(said).encode())
    with pytest.raises(InboxError, match="the chain's node refused: not today"):
        patient.count(STRANGER)


def test_a_node_that_is_busy_for_a_moment_is_asked_again(patient, node):
    busy = iter([429, 503])

    def lie(handler, _):
        status = next(busy, None)
        return reply(handler, status, b"") if status else False

    node.lie = lie
    assert patient.count(STRANGER) == 0


def test_a_busy_node_is_asked_again_for_nearly_all_of_the_time_there_is():
    assert 0.9 * rpc.PATIENCE < sum(rpc._PAUSES) < rpc.PATIENCE


def test_a_busy_node_is_asked_after_each_pause_the_last_too(patient, node, monkeypatch):
    monkeypatch.setattr(rpc, "_PAUSES", (0.01, 0.01))
    busy = iter([429, 429])
    node.lie = lambda handler, _: reply(handler, status, b"") if (status := next(busy, None)) else False
    assert patient.count(STRANGER) == 0


def refused(handler, question, code, message):
    error = {"jsonrpc": "2.0", "id": question["id"], "error": {"code": code, "message": message}}
    return reply(handler, 200, json.dumps(error).encode())


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (-32005, "daily request count exceeded, request rate limited"),
        (-32005, "Too Many Requests"),
        (-32007, "50/second request limit reached"),
        (429, "Your app has exceeded its compute units per second capacity"),
    ],
)
def test_a_node_that_says_in_json_that_there_were_too_many_questions_is_asked_again(patient, node, code, message):
    limited = iter([True, True])
    node.lie = lambda handler, question: refused(handler, question, code, message) if next(limited, False) else False
    assert patient.count(STRANGER) == 0
    assert next(limited, None) is None


def test_a_limit_on_an_answer_is_not_asked_for_again(patient, node):
    node.asked.clear()
    node.lie = lambda handler, question: refused(handler, question, -32005, "query returned more than 10000 results")
    with pytest.raises(InboxError, match="more than 10000 results"):
        patient.count(STRANGER)
    assert len(node.asked) < 5


@pytest.mark.fault("A chain's node stays busy", "HTTP 429, 502, 503", "asked again, then given up")
@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_node_that_stays_busy_is_given_up(impatient, node, status, monkeypatch):
    monkeypatch.setattr(rpc, "_PAUSES", (0.01, 0.01, 60.0))
    node.lie = lambda handler, _: reply(handler, status, b"")
    with told(f"HTTP {status}"):
        impatient.count(STRANGER)
    assert len(node.asked) < 20


def test_an_address_with_a_key_in_it_is_not_told(node, tmp_path):
    node.lie = lambda handler, _: reply(handler, 401, b"who are you")
    with (
        pytest.raises(ChainUnreachable) as raised,
        connected(f"{node.server.url}/v3/s3cret", tmp_path, PATIENCE) as network,
    ):
        network.inbox()
    assert "s3cret" not in str(raised.value)


# ---- a real chain that is stopped


@pytest.fixture
def stopped(chain):
    """stopped(): a context in which the chain's process does nothing."""
    port = int(chain.rpartition(":")[2])
    found = [each for each in psutil.net_connections("tcp") if each.status == "LISTEN" and each.laddr.port == port]
    return lambda: frozen(psutil.Process(found[0].pid))


@pytest.mark.fault("Ganache is frozen", "SIGSTOP", "given up in time")
def test_a_stopped_chain_is_given_up(chain, tmp_path, stopped):
    with connected(chain, tmp_path) as network:
        inbox = network.inbox()
        shorten()
        with stopped(), told("does not answer within 1 s"):
            inbox.count(STRANGER)
        with stopped(), told("does not answer within 1 s"):
            inbox.key(STRANGER)
        with stopped(), told("does not answer within 1 s"):
            network.inbox()
    with connected(chain, tmp_path) as network:
        assert network.inbox().count(STRANGER) == 0  # it goes on when the chain does


def test_a_stopped_chain_is_not_connected_to(chain, tmp_path, stopped):
    with stopped(), told("does not answer within 1 s"), connected(chain, tmp_path, PATIENCE) as network:
        network.inbox()
