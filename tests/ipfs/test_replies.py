"""What the replies of a node mean, to whoever reads them."""

import json

import pytest

from radiogram.errors import (
    IpfsError,
    IpfsIncomplete,
    IpfsNotFound,
    IpfsRefused,
    IpfsSearchTimeout,
    IpfsTooLarge,
)
from radiogram.ipfs import replies
from radiogram.ipfs.endpoint import Credentials, Endpoint

CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
NODE = Endpoint("https", "node.example", 443)
GATEWAY = Endpoint("https", "gateway.example", 443, "/base", Credentials("bearer", "s3cret"))


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, b"", IpfsRefused),
        (403, b"", IpfsRefused),
        (404, b"", IpfsNotFound),
        (410, b"", IpfsNotFound),
        (412, b"", IpfsNotFound),
        (500, json.dumps({"Message": "ipld: could not find " + CID}).encode(), IpfsNotFound),
        (500, b"ipld: could not find " + CID.encode(), IpfsNotFound),
        (408, b"", IpfsSearchTimeout),
        (504, b"", IpfsSearchTimeout),
        (429, b"too many", IpfsError),
        (500, b"{", IpfsError),
        (500, b"[" * 2000, IpfsError),
        (304, b"", IpfsError),
    ],
)
def test_a_status_stands_for_one_error(status, body, error):
    assert type(replies.status_error(status, body, NODE)) is error


def test_what_a_node_says_is_quoted_on_one_line_without_credentials():
    said = replies.status_error(500, b'{"Message": "no:\\n\\u001b[31ms3cret"}', GATEWAY)
    assert str(said) == "https://gateway.example:443/base answered HTTP 500: no: [31m…"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"Message": "one", "Code": 0}', "one"),
        (b'{"code": 500, "message": "not enough peers"}', "not enough peers"),
        (b'{"error": {"reason": "FULL", "details": "no room"}}', "FULL: no room"),
        (b'{"error": {"reason": "FULL"}}', "FULL"),
        (b'{"error": "else"}', '{"error": "else"}'),
        (b"[1]", "[1]"),
    ],
)
def test_kubo_cluster_and_pinning_services_each_have_their_way_of_saying_what_is_wrong(body, said):
    assert str(replies.status_error(500, body, NODE)).endswith(f" answered HTTP 500: {said}")


@pytest.mark.parametrize(
    ("location", "is_followed"),
    [
        (f"https://{CID}.ipfs.gateway.example/", True),
        (f"https://{CID}.ipfs.gateway.example:443/?x", True),
        (f"http://{CID}.ipfs.gateway.example/", False),
        (f"https://{CID}.ipfs.gateway.example:8443/", False),
        (f"https://user@{CID}.ipfs.gateway.example/", False),
        (f"https://{CID}.ipfs.gateway.example.evil.example/", False),
        ("https://other.ipfs.gateway.example/", False),
        ("https://[", False),
        ("/ipfs/x", False),
        ("", False),
    ],
)
def test_an_https_gateway_moves_a_cid_to_a_host_name_of_its_own_and_nowhere_else(location, is_followed):
    own = Endpoint("https", f"{CID}.ipfs.gateway.example", 443)
    assert replies.moved_to(GATEWAY, CID, location) == (own if is_followed else None)


def test_a_gateway_without_tls_moves_nothing():
    gateway = Endpoint("http", "gateway.example", 80)
    assert replies.moved_to(gateway, CID, f"http://{CID}.ipfs.gateway.example/") is None


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [(301, {"Location": "x"}, True), (308, {"Location": "x"}, True), (301, {}, False), (304, {"Location": "x"}, False)],
)
def test_a_redirect_says_where_to(status, headers, expected):
    assert replies.is_redirect(status, headers) is expected


@pytest.mark.parametrize(
    ("headers", "sizes"),
    [
        ({}, []),
        ({"Content-Length": "10"}, [10]),
        ({"X-Content-Length": "10"}, [10]),
        ({"Content-Length": "10", "X-Content-Length": "11"}, [10, 11]),
        ({"Content-Length": "-1", "X-Content-Length": "٣"}, []),
    ],
)
def test_a_node_may_announce_the_size(headers, sizes):
    assert replies.announced_sizes(headers) == sizes


def test_another_size_than_the_envelope_says_is_refused():
    replies.check_size({"Content-Length": "10"}, 10, NODE)
    with pytest.raises(IpfsTooLarge, match="11 bytes where 10"):
        replies.check_size({"Content-Length": "10", "X-Content-Length": "11"}, 10, NODE)
    with pytest.raises(IpfsIncomplete, match="9 bytes where 10"):
        replies.check_size({"Content-Length": "9"}, 10, NODE)


@pytest.mark.parametrize("answer", [b"", b"{}", b"[1]", b'{"Hash": null}', b'{"Hash": "Qm"}', b"[" * 10_000])
def test_an_answer_without_a_cid_of_our_form_is_no_answer(answer):
    with pytest.raises(IpfsError):
        replies.added_cid(answer)


def test_the_cid_that_was_added_is_read():
    assert replies.added_cid(json.dumps({"Hash": CID, "Size": "3"}).encode()) == CID


@pytest.mark.parametrize("name", ["Content-Length", "X-Content-Length"])
def test_a_size_of_thousands_of_digits_is_too_large(name):
    with pytest.raises(IpfsTooLarge):
        replies.check_size({name: "9" * 5000}, 1234, NODE)
