"""`ape run web`: what it serves, and to whom; what it passes on to the chain and to IPFS, and what it refuses."""

import gzip
import http.client
import json
import re
import signal
import socket
import subprocess
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests

from radiogram.server.json_rpc import MAX_BATCH, MAX_QUESTION, METHODS
from tests.ipfs.conftest import (
    SENDER_TOKEN,
    base,  # noqa: F401 - a fixture
    drain,
    guarded,  # noqa: F401
    reply,
)
from tests.web.conftest import ROOT, stop
from tests.web.server.asker import MISSING, Asker, call, form, hang_up_while, upload_head

# ---- pages


# ---- who may ask


# ---- the chain


def test_a_read_is_answered_by_the_chain(asker):
    found = asker.rpc(call())
    assert found.headers["Content-Type"] == "application/json"
    assert json.loads(found.body) == {"jsonrpc": "2.0", "id": 1, "result": "0x539"}


def test_a_batch_is_answered_whole(asker):
    said = json.loads(asker.rpc([call(number=7), call("eth_blockNumber", number=8)]).body)
    assert [each["id"] for each in said] == [7, 8]


@pytest.mark.parametrize(
    "method",
    [
        "eth_sendRawTransaction",
        "eth_sendTransaction",
        "eth_accounts",
        "eth_sign",
        "personal_sign",
        "eth_newFilter",
        "evm_increaseTime",
        "evm_setAccountBalance",
        "anvil_setBalance",
        "hardhat_reset",
        "miner_stop",
        "debug_traceTransaction",
        "admin_peers",
        "ETH_CHAINID",
        "eth_chainId ",
    ],
)
def test_what_does_not_only_read_is_refused(asker, method):
    assert method not in METHODS
    status, line = asker.rpc(call(method)).refusal
    assert (status, repr(method) in line) == (400, True)
    assert asker.rpc([call(), call(method)]).status == 400


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        "null",
        "[]",
        '"eth_chainId"',
        "{}",
        '{"jsonrpc": "2.0", "method": "eth_chainId"}',
        '{"jsonrpc": "2.0", "id": null, "method": "eth_chainId"}',
        '{"jsonrpc": "1.0", "id": 1, "method": "eth_chainId"}',
        '{"jsonrpc": "2.0", "id": 1, "method": ["eth_chainId"]}',
        '{"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": {"to": "0x"}}',
        '{"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [NaN]}',
        '[[{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}]]',
        "[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_call_is_refused(asker, said):
    assert asker.rpc(said).refusal[0] == 400


def test_the_last_of_two_methods_counts_for_check_and_chain_alike(asker):
    said = '{"jsonrpc": "2.0", "id": 1, "method": "eth_accounts", "method": "eth_chainId"}'
    assert json.loads(asker.rpc(said).body)["result"] == "0x539"
    said = '{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "method": "eth_accounts"}'
    assert asker.rpc(said).status == 400


def test_a_batch_that_is_too_long_is_refused(asker):
    assert asker.rpc([call()] * MAX_BATCH).status == 200
    assert asker.rpc([call()] * (MAX_BATCH + 1)).refusal[0] == 400


def test_a_question_that_is_too_large_is_refused(asker):
    assert asker.rpc(call("eth_call", "x" * MAX_QUESTION)).refusal[0] == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_question_that_a_plain_form_could_send_is_refused(asker, kind):
    assert asker.rpc(call(), Content_Type=kind).refusal[0] == 415


def test_a_compressed_question_is_refused(asker):
    assert asker.rpc(gzip.compress(b"{}"), Content_Encoding="gzip").refusal[0] == 415


# ---- uploads


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


@pytest.fixture(scope="module")
def small(start_site):
    """A site that takes a thousand bytes."""
    process, said = start_site("--max-upload", "1kB")
    yield Asker(said["url"])
    stop(process)


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
    def answer(handler):
        drain(handler)
        reply(handler, 200, json.dumps({"Hash": MISSING}).encode())

    node = hostile(answer)
    asker = Asker(serve(RADIOGRAM_IPFS_API=node.url, RADIOGRAM_IPFS_AUTH="bearer:only-for-the-node"))
    found = asker.upload(b"x", Cookie="a=b", Referer=asker.url, User_Agent="browser", Authorization="Bearer mine")
    assert json.loads(found.body) == {"cid": MISSING, "size": 1}
    path, headers = node.seen[0]
    assert path == "/api/v0/add?cid-version=1&raw-leaves=true&chunker=size-1048576&pin=true&quieter=true"
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


def test_an_add_only_token_uploads_and_its_gateway_reads(serve, guarded):  # noqa: F811
    asker = Asker(
        serve(
            RADIOGRAM_IPFS_API=guarded.api,
            RADIOGRAM_IPFS_AUTH=f"bearer:{SENDER_TOKEN}",
            RADIOGRAM_IPFS_GATEWAY=guarded.gateway,
        )
    )
    cid = json.loads(asker.upload(b"guarded").body)["cid"]
    assert asker.ask("GET", f"/ipfs/{cid}").body == b"guarded"


def test_a_wrong_token_is_refused_without_showing_it(serve, guarded):  # noqa: F811
    asker = Asker(serve(RADIOGRAM_IPFS_API=guarded.api, RADIOGRAM_IPFS_AUTH="bearer:not-this-one"))
    for body in (b"x", b"x" * 5_000_000):
        status, line = asker.upload(body).refusal
        assert (status, "RADIOGRAM_IPFS_AUTH" in line, "not-this-one" in line) == (502, True, False)


def test_a_site_with_a_gateway_alone_takes_no_uploads(serve, devnet):
    asker = Asker(serve(RADIOGRAM_IPFS_GATEWAY=devnet.node["ipfs_gateway"]))
    assert json.loads(asker.ask("GET", "/site.json").body)["upload"] is None
    assert asker.upload(b"x").refusal[0] == 404


# ---- files from IPFS


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


def test_a_file_that_is_not_there_is_not_found(asker):
    assert asker.ask("GET", f"/ipfs/{MISSING}").refusal[0] == 404


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


# ---- the command


def test_it_says_where_the_pages_are_and_stops_with_its_signal(devnet, built):
    command = ["ape", "run", "web", "--port", "0", "--folder", str(built)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=devnet.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    said = ""
    while "Ctrl-C" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    _, beside = process.communicate(timeout=60)
    assert (process.returncode, beside) == (130, "Stopping.\n")
    assert re.search(r"^Send images +http://127\.0\.0\.1:\d+/send\.html$", said, re.M)
    assert re.search(r"^Patient +0x70997970C51812dc3A010C7d01b50e0d17dc79C8 \(test account 1\)$", said, re.M)


def test_nothing_that_was_asked_is_printed(start_site, capfd):
    process, said = start_site()
    asker = Asker(said["url"])
    asker.ask("GET", "/none?patient=OKAFOR")
    asker.ask("GET", f"/ipfs/{MISSING}")
    asker.upload(b"x", b"y")
    cid = json.loads(asker.upload(b"x" * 20_000_000).body)["cid"]
    hang_up_while(asker, f"GET /ipfs/{cid} HTTP/1.1\r\nHost: {asker.host}\r\n\r\n".encode())
    hang_up_while(asker, upload_head(asker, 5_000_000) + form(b"z" * 4_000_000))
    hang_up_while(asker, b"no request\r\n\r\n")
    stop(process)
    assert (process.stdout.read(), capfd.readouterr().err) == ("", "Stopping.\n")


def test_it_ends_while_an_upload_and_a_page_are_under_way(start_site):
    process, said = start_site()
    host = urlsplit(said["url"]).netloc
    with socket.create_connection(host.split(":")) as waiting, socket.create_connection(host.split(":")) as uploading:
        waiting.sendall(b"GET / HTTP/1.1\r\n")
        uploading.sendall(
            f"POST /upload HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nContent-Length: 99999\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode()
            + form(b"x" * 5000)[:3000]
        )
        time.sleep(0.3)
        stop(process)


def test_pages_that_are_not_built_are_one_line(devnet, tmp_path):
    assert devnet.refusal("web", "--folder", tmp_path) == "Error: the pages are not built: make setup"


def test_a_port_that_is_taken_is_one_line(devnet, built, site):
    port = urlsplit(site).port
    line = devnet.refusal("web", "--folder", built, "--port", port)
    assert (
        line
        == f"Error: can't listen on 127.0.0.1:{port}: Address already in use; name another --port (0: any) or --host"
    )


def test_a_host_that_others_reach_needs_to_be_asked_for(devnet, built):
    line = devnet.refusal("web", "--folder", built, "--port", 0, "--host", "0.0.0.0")  # noqa: S104
    assert "--open-to-network" in line


def test_an_open_host_warns_and_answers_to_its_own_addresses_and_the_name_it_is_known_as(serve, capfd):
    asker = Asker(serve("--host", "0.0.0.0", "--open-to-network", "--known-as", "images.example"))  # noqa: S104
    port = urlsplit(asker.url).port
    assert "WARNING: whoever reaches" in capfd.readouterr().err
    for host, status in {
        f"127.0.0.1:{port}": 200,
        "images.example": 200,
        "other.example": 421,
        f"0.0.0.0:{port}": 421,
    }.items():
        assert asker.ask("GET", "/", Host=host).status == status
    assert asker.rpc(call(), Host="images.example", Origin="https://images.example").status == 200


def test_a_name_that_is_an_address_is_one_line(devnet, built):
    line = devnet.refusal("web", "--folder", built, "--port", 0, "--known-as", "https://images.example/")
    assert line == "Error: --known-as 'https://images.example/' is no host name: leave out https:// and the path"


@pytest.mark.parametrize("size", ["", "0", "x", "-1", "1.5GB", "4TB", "٣"])
def test_a_size_that_is_none_is_refused(devnet, built, size):
    done = devnet.run("web", "--folder", built, "--port", 0, "--max-upload", size)
    assert (done.returncode, "is no size" in done.stderr) == (2, True)


@pytest.mark.parametrize("text", ["", "[]", '{"0x12": "St Anne"}', '{"0x70997970C51812dc3A010C7d01b50e0d17dc79C8": 1}'])
def test_a_file_of_names_that_is_none_is_one_line(devnet, built, tmp_path, text):
    file = tmp_path / "senders.json"
    file.write_text(text)
    assert str(file) in devnet.refusal("web", "--folder", built, "--port", 0, "--senders", file)


def test_another_chain_is_served_through_ape_s_provider(serve):
    asker = Asker(serve("--network", "ethereum:local:foundry", "--name", "Anvil"))
    assert json.loads(asker.ask("GET", "/site.json").body)["name"] == "Anvil"
    assert json.loads(asker.rpc(call("net_version")).body)["result"] == "31337"
