"""Has the contract's source verified by Sourcify, which compiles it and compares that to the code on the chain.

Its API v2 (docs.sourcify.dev, API): what is handed over gets a ticket, which is asked for until the work is done. All
that Sourcify is told is public: chain, address, source, settings, and which transaction deployed the contract.
"""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.parse
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests
import urllib3

from radiogram.chain import contract
from radiogram.deadline import SLOWEST, Deadline, Session, take_whole
from radiogram.errors import SourcifyError
from radiogram.hosts import is_loopback, no_credentials
from radiogram.nested_json import parse_json

PUBLIC = "https://sourcify.dev/server"
DEVELOPMENT_CHAINS = 1337, 31337
"""Chain ids of which there are many chains, and none that Sourcify could ask."""
PATIENCE = 300.0  # seconds until the source is compiled
SECONDS = 30.0  # for an answer, and besides for as long as a slow line takes
POLL = 1.0
MAX_REPLY_BYTES = 1 << 20
_MATCHES = ("exact_match", "match")
_ALREADY = "already_verified"
_DIFFERS = "no_match", "bytecode_length_mismatch", "extra_file_input_bug"
"""How it calls that the code is another's, or that of other settings, whatever it guesses as the cause."""
_BROKEN = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)


@dataclass(frozen=True)
class Verified:
    """What Sourcify found."""

    match: str
    """`match`: the code is that of the source. `exact_match`: a hash of all sources in the code agrees too, and ours
    has none.
    """
    url: str
    """Where it can be read, with the source."""
    is_new: bool
    """False where it was verified before, by whomever."""


def parse_server(text: str) -> str:
    """The URL of a server, without a slash at its end. Raises SourcifyError unless it is https, or on this computer."""
    try:
        parts = urllib.parse.urlsplit(text.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urllib.parse.SplitResult("", "", "", "", "")
    if not host or parts.scheme not in ("https", "http") or parts.query or parts.fragment or "@" in parts.netloc:
        shown = "…@" + text.rpartition("@")[2] if "@" in text else text
        raise SourcifyError(f"{shown!r} is no server of Sourcify's", "give https://HOST[:PORT]/PATH")
    if parts.scheme == "http" and not is_loopback(host):
        raise SourcifyError(f"what {host} says could be anybody's", "give an https address")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def verify(server: str, chain_id: int, tx_hash: str | None = None, patience: float = PATIENCE) -> Verified:
    """Hand the source over, unless it is verified there already, and wait for what comes of it.

    `server` as parse_server has it; `tx_hash` is that of the transaction that deployed the contract, if it is known.
    Raises SourcifyError, after `patience` seconds too.
    """
    place = f"{chain_id}/{contract.address()}"
    url = f"{server}/v2/contract/{place}?fields=sources"
    if match := _match(_answer(server, f"contract/{place}")):
        return Verified(match, url, is_new=False)
    source = contract.source()
    asked = {
        "stdJsonInput": source.standard_json,
        "compilerVersion": source.compiler,
        "contractIdentifier": source.identifier,
        **({"creationTransactionHash": tx_hash} if tx_hash else {}),
    }
    ticket = _answer(server, f"verify/{place}", asked).get("verificationId")
    if not isinstance(ticket, str) or not re.fullmatch(r"[\w-]{1,64}", ticket, re.ASCII):
        raise _no_answer(server)
    ends = time.monotonic() + patience
    while not (job := _answer(server, f"verify/{ticket}")).get("isJobCompleted"):
        if time.monotonic() > ends:
            raise SourcifyError(f"{server} has not compiled the source within {patience:g} seconds", "ask again later")
        time.sleep(POLL)
    error, match = job.get("error"), _match(job.get("contract"))
    if not match or (error and _code(error) != _ALREADY):
        why = "the code there is another one" if _code(error) in _DIFFERS else _told(error)
        raise SourcifyError(f"{server} does not verify the source of {contract.address()}: {why}")
    return Verified(match, url, is_new=not error)


def _answer(server: str, path: str, asked: dict[str, Any] | None = None) -> dict[str, Any]:
    """Of a GET, or of a POST of what is asked. That a contract is not verified is an answer too."""
    body = None if asked is None else json.dumps(asked).encode()
    try:
        with (
            Session() as session,
            Deadline(SECONDS + len(body or b"") / SLOWEST) as deadline,
            deadline.waiting(),
        ):
            session.trust_env = not is_loopback(urllib.parse.urlsplit(server).hostname or "")
            response = session.request(
                "GET" if body is None else "POST",
                f"{server}/v2/{path}",
                data=body,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"}
                | ({"Content-Type": "application/json"} if body else {}),
                auth=no_credentials,
                allow_redirects=False,
                stream=True,
            )
            if response.is_redirect:
                raise SourcifyError(f"{server} leads elsewhere: that is not followed", "give the address it leads to")
            take_whole(response, MAX_REPLY_BYTES, deadline)
            answer = parse_json(response.content)
    except TimeoutError:
        raise SourcifyError(f"{server} does not answer within {SECONDS:g} seconds", "try again later") from None
    except requests.exceptions.SSLError:
        raise SourcifyError(f"{server} does not prove who it is (TLS)", "check its name") from None
    except _BROKEN:
        raise SourcifyError(f"{server} can't be reached, or broke the connection", "try again later") from None
    except ValueError:
        raise _no_answer(server) from None
    if not isinstance(answer, dict):
        raise _no_answer(server)
    is_found = response.ok or (response.status_code == HTTPStatus.NOT_FOUND and "match" in answer)
    if not is_found:
        raise SourcifyError(f"{server} answers HTTP {response.status_code}: {_told(answer)}", "try again later")
    return answer


def _match(found: object) -> str | None:
    match = found.get("match") if isinstance(found, dict) else None
    return match if match in _MATCHES else None


def _code(error: object) -> str:
    return str(error.get("customCode")) if isinstance(error, dict) else ""


def _told(error: object) -> str:
    """Why, as the server says it: a line, and not a long one."""
    said = error.get("message") if isinstance(error, dict) else None
    line = " ".join("".join(each if each.isprintable() else " " for each in str(said or "it does not say why")).split())
    return line[:200]


def _no_answer(server: str) -> SourcifyError:
    return SourcifyError(f"{server} does not answer as Sourcify does", "check its address")
