"""Files from IPFS: as nothing to look at, by CIDs of ours alone, and no longer than somebody listens."""

import hashlib
import http.client
import json
import threading

import pytest

from radiogram.ipfs.cid import cid_bytes
from tests.ipfs.conftest import reply
from tests.web.server.asker import MISSING, Asker


def test_a_file_comes_back_with_its_size_and_as_nothing_to_look_at(asker):
    cid = json.loads(asker.upload(b"<script>x</script>").body)["cid"]
    found = asker.ask("GET", f"/ipfs/{cid}")
    assert found.body == b"<script>x</script>"
    assert found.headers["Content-Length"] == "18"
    assert found.headers["Content-Type"] == "application/octet-stream"
    assert found.headers["Content-Disposition"] == "attachment"
    assert found.headers["Cache-Control"] == "no-store"


def test_a_file_comes_by_the_rpc_too(serve, devnet, asker):
    cid = json.loads(asker.upload(b"r" * 3_000_000).body)["cid"]
    found = Asker(serve(RADIOGRAM_IPFS_API=devnet.node["ipfs_api"])).ask("GET", f"/ipfs/{cid}")
    assert (found.body, found.headers["Content-Length"]) == (b"r" * 3_000_000, "3000000")


@pytest.mark.parametrize("source", ["gateway", "rpc"])
def test_a_block_comes_as_it_is(serve, devnet, asker, source):
    cid = json.loads(asker.upload(b"r" * 3_000_000).body)["cid"]
    by = asker if source == "gateway" else Asker(serve(RADIOGRAM_IPFS_API=devnet.node["ipfs_api"]))
    found = by.ask("GET", f"/ipfs/{cid}?format=raw")
    assert hashlib.sha256(found.body).digest() == cid_bytes(cid)[4:]
    assert len(found.body) < 1000  # the node above the leaves
    assert found.headers["Content-Type"] == "application/octet-stream"
    assert found.headers["Content-Disposition"] == "attachment"


def test_a_run_of_blocks_comes_from_a_gateway_as_one_reply(serve, devnet, asker):
    cid = json.loads(asker.upload(b"".join(bytes([each]) * (1 << 20) for each in range(4))).body)["cid"]
    run = f"/ipfs/{cid}?format=car&dag-scope=entity&entity-bytes={1 << 20}:{(3 << 20) - 1}"
    found = asker.ask("GET", run).body
    assert [bytes([each]) * (1 << 20) in found for each in range(4)] == [False, True, True, False]
    by_rpc = Asker(serve(RADIOGRAM_IPFS_API=devnet.node["ipfs_api"]))
    assert by_rpc.ask("GET", run).refusal == (501, "this site gives blocks one by one: ask for ?format=raw")


def test_a_part_of_a_file_comes_from_a_gateway_and_all_of_it_from_an_rpc(serve, devnet, asker):
    whole = b"".join(bytes([each]) * (1 << 20) for each in range(4))
    path = f"/ipfs/{json.loads(asker.upload(whole).body)['cid']}"
    for part, first, last in ((f"bytes={1 << 20}-", 1 << 20, 4 << 20), ("bytes=5-9", 5, 10)):
        found = asker.ask("GET", path, Range=part)
        assert (found.status, found.body) == (206, whole[first:last])
        assert found.headers["Content-Range"] == f"bytes {first}-{last - 1}/{4 << 20}"
    for part in ("bytes=-5", "bytes=0-1,4-5", "pages=1-2"):
        found = asker.ask("GET", path, Range=part)
        assert (found.status, found.body) == (200, whole)
    by_rpc = Asker(serve(RADIOGRAM_IPFS_API=devnet.node["ipfs_api"])).ask("GET", path, Range="bytes=5-9")
    assert (by_rpc.status, by_rpc.body) == (200, whole)


def test_each_of_several_gateways_has_a_route_of_its_own_which_pages_are_told(serve, devnet, asker, hostile):
    cid = json.loads(asker.upload(b"here").body)["cid"]
    second = hostile(lambda handler: reply(handler, 200, b"there"))
    several = Asker(serve(RADIOGRAM_IPFS_GATEWAY=f"{devnet.node['ipfs_gateway']} {second.url}"))
    assert json.loads(several.ask("GET", "/site.json").body)["gateways"] == ["./ipfs/", "./ipfs/2/"]
    assert several.ask("GET", f"/ipfs/{cid}").body == several.ask("GET", f"/ipfs/1/{cid}").body == b"here"
    assert several.ask("GET", f"/ipfs/2/{cid}?format=raw").body == b"there"
    assert [path for path, _ in second.seen] == [f"/ipfs/{cid}?format=raw"]
    for none in ("0", "3", "999"):
        assert several.ask("GET", f"/ipfs/{none}/{cid}").refusal[0] == 404


def test_pages_are_told_of_the_first_five_gateways_since_a_browser_asks_one_host_for_six_things_at_once(
    serve, closed_url
):
    many = Asker(serve(RADIOGRAM_IPFS_GATEWAY=" ".join([closed_url] * 7)))
    assert json.loads(many.ask("GET", "/site.json").body)["gateways"][-1] == "./ipfs/5/"


@pytest.mark.parametrize("query", ["format=tar", "format=car", "format=car&entity-bytes=0:1%26x=1", "entity-bytes=0:*"])
def test_another_form_of_a_file_is_refused(asker, query):
    assert asker.ask("GET", f"/ipfs/{MISSING}?{query}").refusal[0] == 400


@pytest.mark.parametrize("query", ["", "?format=raw"])
def test_a_file_that_is_not_there_is_not_found(asker, query):
    assert asker.ask("GET", f"/ipfs/{MISSING}{query}").refusal[0] == 404


@pytest.mark.parametrize(
    "cid",
    [
        "QmPZ9gcCEpqKTo6aq61g2nXGUhM4iCL3ewB6LDXZCtioEB",
        "bafkqaaa",
        MISSING.upper(),
        MISSING[:-1],
        MISSING + "a",
        "x" * 5_000,
        "%2e%2e",
        MISSING + "%2f..%2fapi",
    ],
)
def test_another_form_of_cid_is_refused(asker, cid):
    assert asker.ask("GET", f"/ipfs/{cid}").status in (400, 404)


def test_a_path_below_a_cid_is_not_there(asker):
    assert asker.ask("GET", f"/ipfs/{MISSING}/x").status == 404


def test_a_file_that_ends_early_breaks_the_connection(serve_once):
    def say(handler):
        reply(handler, 200, b"half", headers={"Content-Length": "8"})

    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        serve_once(say).ask("GET", f"/ipfs/{MISSING}")


def test_who_stops_listening_stops_the_node_too(serve_once):
    stopped = threading.Event()

    def say(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**12))
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(bytes(1 << 20))
        except OSError:
            stopped.set()

    asker = serve_once(say)
    connection = http.client.HTTPConnection(asker.host)
    connection.request("GET", f"/ipfs/{MISSING}")
    connection.getresponse().read(1000)
    connection.sock.close()
    connection.close()
    assert stopped.wait(10)


def test_a_gateway_that_redirects_elsewhere_is_not_followed(serve, hostile):
    elsewhere = hostile(lambda handler: reply(handler, 200, b"elsewhere"))
    gateway = hostile(lambda handler: reply(handler, 302, headers={"Location": f"{elsewhere.url}/ipfs/{MISSING}"}))
    asker = Asker(serve(RADIOGRAM_IPFS_GATEWAY=gateway.url))
    assert asker.ask("GET", f"/ipfs/{MISSING}").refusal == (
        502,
        "the IPFS gateway redirects elsewhere: name another one",
    )
    assert elsewhere.seen == []
