"""Verifying the contract's source: by Sourcify's own library, and by servers that answer otherwise."""

import json
import threading
from dataclasses import replace
from functools import partial

import pytest

from radiogram.chain import contract, sourcify
from radiogram.errors import SourcifyError
from tests.chain.anvil import anvil
from tests.chain.conftest import connected_to
from tests.chain.sourcify import sourcify as server_of
from tests.clinics.conftest import SITE, authority, reachable, website  # noqa: F401 - fixtures
from tests.ipfs.conftest import reply

CHAIN = 1337
TICKET = "5f2c0f0e-52d5-4d39-a7b3-0b5f0a0e8a11"
PLACE = f"{CHAIN}/{contract.address()}"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """A chain with the contract."""
    with anvil() as chain, connected_to(chain.url, tmp_path_factory.mktemp("home")) as network:
        network.inbox()
        yield chain


@pytest.fixture
def verifier(deployed):
    with server_of(deployed) as url:
        yield url


def refusal(server: str, **options) -> str:
    with pytest.raises(SourcifyError) as refused:
        sourcify.verify(server, CHAIN, **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_contract_with_another_byte_is_not_verified(deployed, verifier):
    code = deployed.ask("eth_getCode", contract.address(), "latest")
    try:
        other = bytearray.fromhex(code[2:])
        other[-1] ^= 1
        deployed.ask("anvil_setCode", contract.address(), "0x" + other.hex())
        assert "the code there is another one" in refusal(verifier)
    finally:
        deployed.ask("anvil_setCode", contract.address(), code)


def test_nor_is_it_with_other_settings_of_the_compiler(verifier, monkeypatch):
    source = contract.source()
    source.standard_json["settings"]["optimizer"]["runs"] = 200
    monkeypatch.setattr(contract, "source", lambda: source)
    assert "the code there is another one" in refusal(verifier)


def test_a_compiler_that_the_server_does_not_have_is_told_in_its_own_words(verifier, monkeypatch):
    monkeypatch.setattr(contract, "source", partial(replace, contract.source(), compiler="0.8.36+commit.0"))
    assert "0.8.36+commit.0" in refusal(verifier)


class Answers:
    """A server that answers each question with a status and JSON; `asked` has what it was asked."""

    def __init__(self, hostile, **answers) -> None:
        self.asked, self.answers = [], answers
        self.server = hostile(self.answer)
        self.url = f"{self.server.url}/server"

    def answer(self, handler) -> None:
        method, path = handler.command, handler.path.removeprefix("/server/v2/")
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.asked.append((method, path, json.loads(body or b"null")))
        names = {("GET", f"contract/{PLACE}"): "known", ("POST", f"verify/{PLACE}"): "taken"}
        status, value, *headers = self.answers[names.get((method, path), "job")]
        reply(handler, status, value if isinstance(value, bytes) else json.dumps(value).encode(), *headers)


UNKNOWN = 404, {"match": None, "creationMatch": None, "runtimeMatch": None, "chainId": str(CHAIN)}
TAKEN = 202, {"verificationId": TICKET}
DONE = 200, {"isJobCompleted": True, "contract": {"match": "match"}}


@pytest.fixture
def answers(hostile):
    """answers(known=…, taken=…, job=…): a server that has such answers."""
    return lambda **some: Answers(hostile, **({"known": UNKNOWN, "taken": TAKEN, "job": DONE} | some))


def test_the_source_is_handed_over_with_the_transaction_that_deployed_it(answers):
    server = answers()
    verified = sourcify.verify(server.url, CHAIN, "0x" + "ab" * 32)
    url = f"{server.url}/v2/contract/{PLACE}?fields=sources"
    assert verified == sourcify.Verified("match", url, is_new=True)
    _, (method, path, body), (_, job, _) = server.asked
    assert (method, path, job) == ("POST", f"verify/{PLACE}", f"verify/{TICKET}")
    assert body == {
        "stdJsonInput": contract.source().standard_json,
        "compilerVersion": "0.8.37+commit.f401782d",
        "contractIdentifier": "contracts/ImageInbox.sol:ImageInbox",
        "creationTransactionHash": "0x" + "ab" * 32,
    }


@pytest.mark.parametrize("match", ["match", "exact_match"])
def test_what_is_verified_already_is_not_handed_over_again(answers, match):
    server = answers(known=(200, {"match": match}))
    verified = sourcify.verify(server.url, CHAIN)
    assert (verified.match, verified.is_new, len(server.asked)) == (match, False, 1)


def test_what_somebody_else_had_verified_meanwhile_is_verified(answers):
    error = {"customCode": "already_verified", "message": "the job didn't yield a better match"}
    verified = sourcify.verify(answers(job=(200, DONE[1] | {"error": error})).url, CHAIN)
    assert (verified.match, verified.is_new) == ("match", False)


def test_nobodys_credentials_go_there(answers, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = answers()
    sourcify.verify(server.url, CHAIN)
    assert not [headers for _, headers in server.server.seen if {"Authorization", "Cookie"} & set(headers)]


@pytest.mark.parametrize(
    ("some", "told"),
    [
        (
            {"known": (404, {"customCode": "unsupported_chain", "message": "Chain 1337 not found"})},
            "Chain 1337 not found",
        ),
        ({"known": (404, {})}, "HTTP 404"),
        ({"known": (302, {}, {"Location": "https://elsewhere.example/"})}, "leads elsewhere: that is not followed"),
        ({"known": (200, b"<html>")}, "does not answer as Sourcify does"),
        ({"known": (200, [])}, "does not answer as Sourcify does"),
        ({"known": (200, b"[" * 10**5)}, "does not answer as Sourcify does"),
        ({"known": (200, b" " * (sourcify.MAX_REPLY_BYTES + 1))}, "does not answer as Sourcify does"),
        ({"taken": (429, {"customCode": "x", "message": "is already being verified"})}, "is already being verified"),
        ({"taken": (202, {})}, "does not answer as Sourcify does"),
        ({"taken": (202, {"verificationId": "../contract"})}, "does not answer as Sourcify does"),
        ({"job": (500, {"message": "\x1b[2J\nan error " + "e" * 999})}, "HTTP 500: [2J an error e"),
        ({"job": (200, {"isJobCompleted": True, "contract": {"match": None}})}, "it does not say why"),
        ({"job": (200, {"isJobCompleted": True})}, "it does not say why"),
        ({"job": (200, DONE[1] | {"error": {"customCode": "no_match"}})}, "the code there is another one"),
        ({"job": (200, DONE[1] | {"contract": {"match": "perfect"}})}, "does not verify the source"),
    ],
)
def test_another_answer_is_told_in_one_line(answers, some, told):
    line = refusal(answers(**some).url)
    assert told in line
    assert len(line) < 400


def test_it_is_not_waited_for_ever(answers, monkeypatch):
    monkeypatch.setattr(sourcify, "POLL", 0.01)
    assert "within 0.1 seconds" in refusal(answers(job=(200, {"isJobCompleted": False})).url, patience=0.1)


def test_a_server_that_is_silent_is_given_up(hostile, monkeypatch):
    monkeypatch.setattr(sourcify, "SECONDS", 0.2)
    over = threading.Event()
    try:
        assert "does not answer within 0.2 seconds" in refusal(hostile(lambda _: over.wait(30)).url)
    finally:
        over.set()


def test_a_server_that_is_not_there_is_told(hostile):
    server = hostile(lambda _: None)
    server.stop()
    assert "can't be reached" in refusal(server.url)


@pytest.mark.parametrize(
    ("given", "server"),
    [
        ("https://sourcify.example/server/", "https://sourcify.example/server"),
        (" https://sourcify.example:8443 ", "https://sourcify.example:8443"),
        ("http://127.0.0.1:5555", "http://127.0.0.1:5555"),
        ("http://[::1]:5555/", "http://[::1]:5555"),
        ("http://localhost:5555", "http://localhost:5555"),
    ],
)
def test_a_server_is_named_by_its_url(given, server):
    assert sourcify.parse_server(given) == server


@pytest.mark.parametrize(
    "given",
    ["", "sourcify.dev", "ftp://a.example", "https://", "https://a.example/?x", "https://a.example:x", "https://["],
)
def test_what_is_no_url_is_refused(given):
    with pytest.raises(SourcifyError, match="is no server of Sourcify's"):
        sourcify.parse_server(given)


def test_another_computer_is_asked_by_tls_alone():
    with pytest.raises(SourcifyError, match="give an https address"):
        sourcify.parse_server("http://sourcify.example/server")


def test_another_computer_must_prove_who_it_is(reachable, monkeypatch):  # noqa: F811
    reachable.body = json.dumps({"match": "match"}).encode()
    assert sourcify.verify(f"https://{SITE}", CHAIN).match == "match"
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert f"https://{SITE} does not prove who it is (TLS)" in refusal(f"https://{SITE}")


def test_credentials_in_the_url_are_refused_and_not_shown():
    with pytest.raises(SourcifyError) as refused:
        sourcify.parse_server("https://me:secret@sourcify.example/")
    assert "secret" not in str(refused.value)
