"""Services that say one thing and do another, or do not answer: what is seen of their nodes counts."""

import json
from urllib.parse import urlsplit

import pytest

from radiogram.errors import IpfsNotFound
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.homes.home import Origin
from radiogram.ipfs.homes.keeping import look
from radiogram.ipfs.homes.place import Place
from radiogram.ipfs.homes.services import Cluster, PinningService
from tests.ipfs.conftest import reply

from .conftest import add


@pytest.fixture
def service(hostile, own):
    """service(status): a pinning service that says so of every file, and the methods of the questions it was asked."""

    def start(status):
        asked = []

        def answer(handler):
            asked.append((handler.command, urlsplit(handler.path).path))
            known = [{"requestid": "1", "status": status}] if status else []
            reply(handler, 200, json.dumps({"count": len(known), "results": known}).encode())

        server = hostile(answer)
        return PinningService("service", Endpoint.parse(server.url), (Place(own),)), asked

    return start


@pytest.mark.parametrize("status", ["pinned", "pinning", "queued"])
def test_a_pinning_service_that_has_been_asked_is_not_asked_anew(service, own, files, status):
    home, asked = service(status)
    home.ask(files[0], Origin(own))
    assert asked == [("GET", "/pins")]


@pytest.mark.parametrize("status", ["", "failed"])
def test_a_pinning_service_that_does_not_know_it_or_has_failed_is_asked(service, own, files, status):
    home, asked = service(status)
    home.ask(files[0], Origin(own))
    assert asked == [("GET", "/pins"), ("POST", "/pins")]


@pytest.mark.parametrize("kind", [Cluster, PinningService])
def test_a_node_that_answers_is_not_away_where_its_service_is(kind, own, partner, files, closed_url):
    home, away = kind("service", Endpoint.parse(closed_url), (Place(own),)), {}
    [seen] = look([home], add(partner), away)
    assert isinstance(seen.trouble, IpfsNotFound)
    assert [seen.trouble for seen in look([home], files, away)] == [None]


def test_by_its_gateway_alone_a_service_that_is_away_keeps_nothing(partner, closed_url):
    home, away = Cluster("service", Endpoint.parse(closed_url), (Place(Ipfs(None, partner.gateway.url)),)), {}
    [seen] = look([home], add(partner), away)
    assert f"{closed_url} can't be reached" in seen.trouble.message
