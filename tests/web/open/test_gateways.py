"""A page reads from several gateways, of which real Kubo is one, whatever the others do."""

import json
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.ipfs.conftest import reply
from tests.web.open.page import know, take, unlock
from tests.web.public_provider import ANY_PAGE, public
from tests.web.test_published import providers, published  # noqa: F401 - fixtures


def anything(handler, body: bytes, status: int = 200) -> None:
    reply(handler, status, body, headers=ANY_PAGE)


def endless(handler) -> None:
    handler.send_response(200)
    for name, value in ANY_PAGE.items():
        handler.send_header(name, value)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(1 << 16))


def cut(handler) -> None:
    reply(handler, 200, b"half", headers={"Content-Length": str(1 << 20), **ANY_PAGE})


OTHERS = {
    "other bytes": lambda handler: anything(handler, bytes(1 << 20)),
    "a page": lambda handler: anything(handler, b"<html>Buy our service</html>"),
    "bytes without end": endless,
    "a reply that is cut": cut,
    "nothing": lambda _: time.sleep(30),
    "a redirect to another host": lambda handler: reply(
        handler, 302, headers={"Location": "https://elsewhere.example/ipfs/x", **ANY_PAGE}
    ),
    "no leave for other origins": lambda handler: reply(handler, 200, bytes(1 << 20)),
    "an error": lambda handler: anything(handler, b"", 500),
    "no such file": lambda handler: anything(handler, b"", 404),
}


@pytest.fixture
def reading(page, published, devnet, troubles, tmp_path):  # noqa: F811
    """reading(person, *URLs): the page of somebody who opens their only letter, with these gateways in site.json."""

    def read(person, *gateways: str):
        troubles.expect(r"40\d|50\d|Failed to load|ERR_|CORS|Access-Control|elsewhere")
        troubles.origins |= {*gateways, "https://elsewhere.example"}
        at = page("", site=published)
        settings = at.evaluate("fetch('site.json').then((reply) => reply.json())")
        settings["gateways"] = [f"{each}/ipfs/" for each in gateways]
        at.route("**/site.json", lambda route: route.fulfill(body=json.dumps(settings)))
        at.reload()
        unlock(at, person)
        at.get_by_role("button", name="Open", exact=True).click()
        return at

    return read


@pytest.mark.parametrize("other", ["a redirect to another host", "no leave for other origins", "bytes without end"])
def test_one_honest_gateway_is_enough(reading, postbox, person, ct, hostile, devnet, other):
    """The other kinds alone: web/test/gateways.test.ts."""
    postbox.send(person, ct)
    with public(devnet.node["ipfs_gateway"]) as kubo:
        at = reading(person, hostile(OTHERS[other]).url, kubo)
        expect(at.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)


def test_one_honest_gateway_among_all_kinds_of_others_is_enough(reading, postbox, person, ct, hostile, devnet):
    postbox.send(person, ct)
    with public(devnet.node["ipfs_gateway"]) as kubo:
        at = reading(person, *(hostile(each).url for each in OTHERS.values()), kubo)
        expect(at.get_by_text("Not changed since sent", exact=True)).to_be_visible(timeout=60_000)


def test_a_page_that_we_serve_reads_from_all_gateways_of_which_one_lies_and_one_is_dead(
    page, serve, postbox, person, technologist, ct, hostile, closed_url, devnet, troubles
):
    troubles.expect(r"502|Failed to load")
    postbox.send(person, ct)
    liar = hostile(OTHERS["other bytes"])
    at = page(site=serve(RADIOGRAM_IPFS_GATEWAY=f"{liar.url} {closed_url} {devnet.node['ipfs_gateway']}"))
    asked: list[str] = []
    at.on("request", lambda request: asked.append(urlsplit(request.url).path))
    know(at, technologist)
    unlock(at, person)
    take(at)
    assert liar.seen
    for route in ("/ipfs/ba", "/ipfs/2/ba", "/ipfs/3/ba"):
        assert [path for path in asked if path.startswith(route)]
