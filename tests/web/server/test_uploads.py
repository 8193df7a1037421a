"""Uploads: pinned whole or not at all, and what the node says is checked."""

import json

import pytest
import requests

from tests.ipfs.conftest import SENDER_TOKEN, drain, keep, reply
from tests.web.conftest import stop
from tests.web.server.asker import MISSING, Asker, form, hang_up_while, upload_head


@pytest.fixture(scope="module")
def small(start_site):
    """A site that takes a thousand bytes."""
    process, said = start_site("--max-upload", "1kB")
    yield Asker(said["url"])
    stop(process)


def test_an_upload_is_pinned_and_has_the_cid_of_the_formats(asker, pins, devnet):
    found = asker.upload(b"ciphertext")
    said = json.loads(found.body)
    settings = {"cid-version": "1", "raw-leaves": "true", "chunker": "size-1048576", "only-hash": "true"}
    add = requests.post(
        f"{devnet.node['ipfs_api']}/api/v0/add", params=settings, files={"file": b"ciphertext"}, timeout=10
    )
    assert said == {"cid": add.json()["Hash"], "size": 10}
    assert said["cid"] in pins()


def test_a_query_of_the_page_s_is_not_passed_on(asker, devnet):
    headers = {"Origin": asker.origin, "Content_Type": "multipart/form-data; boundary=b"}
    found = asker.ask("POST", "/upload?to-files=/here&pin=false&cid-version=0", form(b"a query"), **headers)
    assert json.loads(found.body)["cid"].startswith("bafk")
    files = requests.post(f"{devnet.node['ipfs_api']}/api/v0/files/ls", timeout=10).json()
    assert not files["Entries"]


@pytest.mark.parametrize(
    "body",
    [
        form(),
        form(b""),
        form(b"one", b"two"),
        form(b"cut short")[:-8],
        b"",
        b"no form",
        form(b"x").replace(b'filename="x"', b'filename="x"\r\nContent-Type: multipart/mixed; boundary=c'),
    ],
    ids=["no file", "an empty file", "two files", "cut short", "nothing", "no form", "a form in a form"],
)
def test_what_is_no_form_with_one_file_is_refused_and_leaves_no_pin(asker, pins, body):
    before = pins()
    headers = {"Origin": asker.origin, "Content_Type": "multipart/form-data; boundary=b"}
    assert asker.ask("POST", "/upload", body, **headers).refusal[0] == 400
    assert pins() == before


@pytest.mark.parametrize("kind", ["application/octet-stream", "multipart/mixed; boundary=b", None])
def test_an_upload_of_another_kind_is_refused(asker, kind):
    assert asker.upload(b"x", Content_Type=kind).refusal[0] == 415


def test_a_form_without_its_boundary_is_refused(asker):
    assert asker.upload(b"x", Content_Type="multipart/form-data").refusal[0] == 400


def test_a_file_of_just_the_limit_is_taken(small):
    assert json.loads(small.upload(b"x" * 1000).body)["size"] == 1000


def test_a_file_that_says_it_is_too_large_is_refused_before_it_is_sent(small):
    assert small.upload(b"", Content_Length="20000").refusal[0] == 413


@pytest.mark.parametrize("size", [1001, 9_000])
def test_a_file_that_turns_out_too_large_is_refused_and_leaves_no_pin(small, pins, size):
    before = pins()
    status, line = small.upload(b"y" * size).refusal
    assert (status, "1000 bytes" in line) == (413, True)
    assert pins() == before


def test_an_upload_that_the_browser_breaks_off_leaves_no_pin(asker, pins):
    before = pins()
    body = form(b"z" * 5_000_000)
    hang_up_while(asker, upload_head(asker, len(body)) + body[:3_000_000])
    assert pins() == before
    assert asker.upload(b"the next one").status == 200


def test_nothing_of_the_browser_s_reaches_the_node(serve, hostile, devnet):
    node = hostile(keep(b"x"))
    asker = Asker(serve(RADIOGRAM_IPFS_API=node.url, RADIOGRAM_IPFS_AUTH="bearer:only-for-the-node"))
    found = asker.upload(b"x", Cookie="a=b", Referer=asker.url, User_Agent="browser", Authorization="Bearer mine")
    assert json.loads(found.body)["size"] == 1
    assert {headers["Authorization"] for _, headers in node.seen} == {"Bearer only-for-the-node"}
    path, headers = node.seen[0]
    query = "cid-version=1&hash=sha2-256&raw-leaves=true&chunker=size-1048576&max-file-links=1024&pin=true&quieter=true"
    assert path == f"/api/v0/add?{query}"
    assert headers.pop("Authorization") == "Bearer only-for-the-node"
    assert set(headers) == {"Host", "Accept", "Accept-Encoding", "Content-Type", "Transfer-Encoding"}
    assert b"only-for-the-node" not in found.body


@pytest.mark.parametrize(
    "answer",
    [b"", b"{}", b"[]", b'{"Hash": 1}', b'{"Hash": "QmPZ9gcCEpqKTo6aq61g2nXGUhM4iCL3ewB6LDXZCtioEB"}', b"x" * 20_000],
)
def test_an_answer_that_is_no_cid_of_ours_is_not_believed(serve_once, answer):
    def say(handler):
        drain(handler)
        reply(handler, 200, answer)

    assert serve_once(say).upload(b"x").refusal == (502, "the IPFS node did not answer as one does")


def test_a_node_that_answers_before_the_end_is_not_believed(serve_once):
    def say(handler):
        reply(handler, 200, json.dumps({"Hash": MISSING}).encode())

    # More than the buffers of the connections between hold: what lies in them counts as sent.
    assert serve_once(say).upload(b"x" * (48 << 20)).refusal[0] == 502


def test_a_redirect_of_the_node_is_not_followed(serve_once, hostile):
    elsewhere = hostile(lambda handler: reply(handler, 200, b"{}"))

    def say(handler):
        drain(handler)
        reply(handler, 307, headers={"Location": f"{elsewhere.url}/api/v0/add"})

    assert serve_once(say).upload(b"x").refusal[0] == 502
    assert elsewhere.seen == []


def test_a_node_that_is_down_is_said_to_be(serve, closed_url):
    asker = Asker(serve(RADIOGRAM_IPFS_API=closed_url))
    for found in (asker.upload(b"x"), asker.ask("GET", f"/ipfs/{MISSING}")):
        assert found.refusal == (502, "the IPFS node can't be reached, or broke off: try again")


def test_an_add_only_token_uploads_and_its_gateway_reads(serve, guarded):
    asker = Asker(
        serve(
            RADIOGRAM_IPFS_API=guarded.api,
            RADIOGRAM_IPFS_AUTH=f"bearer:{SENDER_TOKEN}",
            RADIOGRAM_IPFS_GATEWAY=guarded.gateway,
        )
    )
    cid = json.loads(asker.upload(b"guarded").body)["cid"]
    assert asker.ask("GET", f"/ipfs/{cid}").body == b"guarded"


def test_a_wrong_token_is_refused_without_showing_it(serve, guarded):
    asker = Asker(serve(RADIOGRAM_IPFS_API=guarded.api, RADIOGRAM_IPFS_AUTH="bearer:not-this-one"))
    for body in (b"x", b"x" * 5_000_000):
        status, line = asker.upload(body).refusal
        assert (status, "RADIOGRAM_IPFS_AUTH" in line, "not-this-one" in line) == (502, True, False)


def test_a_site_with_a_gateway_alone_takes_no_uploads(serve, devnet):
    asker = Asker(serve(RADIOGRAM_IPFS_GATEWAY=devnet.node["ipfs_gateway"]))
    assert json.loads(asker.ask("GET", "/site.json").body)["upload"] is None
    assert asker.upload(b"x").refusal[0] == 404
