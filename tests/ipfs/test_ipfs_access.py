"""Addresses and credentials: who is asked, with what, and that nobody else gets to see it."""

import io
import logging
import os
import pickle
import traceback

import pytest
import requests
import urllib3

from radiogram.cli.environment import named_ipfs
from radiogram.errors import IpfsError, IpfsRefused
from radiogram.formats.key_reference import raw_cid
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Credentials, Endpoint

from .conftest import CLINIC_SECRET, SENDER_TOKEN, reply

SENDER = f"bearer:{SENDER_TOKEN}"
CLINIC = f"basic:clinic:{CLINIC_SECRET}"
MIB = 1 << 20


IMAGE = [bytes(5 * MIB)]


def test_an_add_only_token_adds_and_a_recipient_reads_from_the_gateway(guarded):
    sender = named_ipfs({"RADIOGRAM_IPFS_API": guarded.api, "RADIOGRAM_IPFS_AUTH": SENDER})
    recipient = named_ipfs({"RADIOGRAM_IPFS_GATEWAY": guarded.gateway})
    image = os.urandom(2 * MIB)
    added = sender.add([image])
    with recipient.open(added.cid, added.size) as reader:
        assert reader.read() == image


def test_an_add_only_token_does_not_read_from_the_rpc(guarded):
    sender = Ipfs(guarded.api, credentials=Credentials.parse(SENDER))
    added = sender.add(IMAGE)
    with pytest.raises(IpfsRefused), sender.open(added.cid, added.size):
        pytest.fail("was opened")


def test_a_user_and_secret_add_and_read(guarded):
    clinic = Ipfs(guarded.api, credentials=Credentials.parse(CLINIC))
    added = clinic.add(IMAGE)
    with clinic.open(added.cid, added.size) as reader:
        assert reader.read() == bytes(5 * MIB)


def test_a_user_and_secret_may_stand_in_the_url(guarded):
    clinic = Ipfs(guarded.api.replace("//", f"//clinic:{CLINIC_SECRET}@"))
    assert clinic.add(IMAGE).size == 5 * MIB
    assert CLINIC_SECRET not in repr(clinic.api)


@pytest.mark.parametrize("credentials", [None, "bearer:wrong-token", "basic:clinic:wrong-secret"])
@pytest.mark.parametrize("size", [0, 1, 40 * MIB])
def test_wrong_credentials_are_refused(guarded, credentials, size):
    stranger = Ipfs(guarded.api, credentials=credentials and Credentials.parse(credentials))
    with pytest.raises(IpfsRefused, match=r"credentials \(HTTP 40[13]\)"):
        stranger.add([bytes(size)])


def test_check_tells_whether_the_node_knows_the_credentials(guarded):
    Ipfs(guarded.api, credentials=Credentials.parse(SENDER)).check()
    with pytest.raises(IpfsRefused):
        Ipfs(guarded.api, credentials=Credentials.parse("bearer:wrong-token")).check()


def test_no_secret_shows_anywhere(guarded, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    environ = {"RADIOGRAM_IPFS_API": guarded.api, "RADIOGRAM_IPFS_AUTH": f"basic:clinic:{CLINIC_SECRET}x"}
    ipfs = named_ipfs(environ)
    with pytest.raises(IpfsRefused) as raised:
        ipfs.add(IMAGE)
    shown = [
        repr(ipfs),
        repr(ipfs.api),
        str(ipfs.api.credentials),
        repr(vars(ipfs)),
        "".join(traceback.format_exception(raised.value)),
        caplog.text,
        *capfd.readouterr(),
    ]
    assert not any(CLINIC_SECRET in text or "Y2xpbmlj" in text for text in shown)


def test_a_node_that_echoes_a_secret_does_not_bring_it_into_a_message(hostile):
    server = hostile(lambda handler: reply(handler, 500, handler.headers["Authorization"].encode()))
    for text in (SENDER, CLINIC):
        ipfs = Ipfs(server.url, credentials=Credentials.parse(text))
        with pytest.raises(IpfsError) as raised, ipfs.open(b"\x01\x55\x12\x20" + bytes(32), 1):
            pytest.fail("was opened")
        told = server.seen[-1][1]["Authorization"].split()[1]
        assert told not in str(raised.value)


def test_credentials_are_not_stored():
    with pytest.raises(TypeError):
        pickle.dumps(Credentials.parse(SENDER))


@pytest.mark.parametrize(
    "message", ["user:s3cret@node.example", "http://user:s3cret@node.example/?x", "ftp://u:s3cret@h"]
)
def test_a_wrong_address_is_refused_without_its_secret(message):
    with pytest.raises(IpfsError) as raised:
        Ipfs(message)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "address", ["http://node.example:5001", "/dns/node.example/tcp/5001", "/ip4/192.0.2.1/tcp/5001/http"]
)
def test_credentials_do_not_cross_a_network_unencrypted(address):
    with pytest.raises(IpfsError, match="https"):
        Ipfs(address, credentials=Credentials.parse(SENDER))
    Ipfs(address)


@pytest.mark.parametrize("address", ["https://node.example", "/dns/node.example/tcp/443/https", "http://[::1]:5001"])
def test_credentials_go_over_https_or_to_this_machine(address):
    Ipfs(address, credentials=Credentials.parse(SENDER))


def test_credentials_of_the_rpc_are_not_for_the_gateway(hostile, guarded):
    gateway = hostile(lambda handler: reply(handler, 200, b"1"))
    ipfs = Ipfs(guarded.api, gateway.url, Credentials.parse(CLINIC))
    with ipfs.open(raw_cid(b"1"), 1) as reader:
        reader.read()
    assert "Authorization" not in gateway.seen[0][1]


GATEWAY = "https://user:secret@gateway.example"
CID = raw_cid(b"1")
OWN_HOST = f"https://{cid_text(CID)}.ipfs.gateway.example"


@pytest.fixture
def gateway(monkeypatch):
    """A gateway at the network's edge that redirects its path, and answers anywhere else; lists what it was sent."""
    requests_seen = []

    def start(*targets: str) -> list[tuple[str, str | None]]:
        redirects = list(targets)

        def send(_, request, **__):
            requests_seen.append((request.url, request.headers.get("Authorization")))
            response = requests.Response()
            response.request, response.url = request, request.url
            response.raw = urllib3.HTTPResponse(io.BytesIO(b"1"), preload_content=False)
            response.status_code = 301 if redirects else 200
            if redirects:
                response.headers["Location"] = redirects.pop(0)
            return response

        monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
        return requests_seen

    return start


def test_a_gateway_may_move_a_cid_to_its_own_host_name_which_gets_no_credentials(gateway):
    seen = gateway(f"{OWN_HOST}/")
    with Ipfs(gateway=GATEWAY).open(CID, 1) as reader:
        assert reader.read() == b"1"
    assert [(url, bool(header)) for url, header in seen] == [
        (f"https://gateway.example:443/ipfs/{cid_text(CID)}", True),
        (f"{OWN_HOST}/", False),
    ]


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/",
        OWN_HOST.replace("https", "http"),
        f"{OWN_HOST}:8443/",
        f"{OWN_HOST}.elsewhere.example/",
        OWN_HOST.replace("//", "//user:secret@"),
        "https://other.ipfs.gateway.example/",
        "/elsewhere",
        "https://[",
        "https://x:port/",
        "",
    ],
)
def test_a_gateway_may_not_send_us_anywhere_else(gateway, target):
    seen = gateway(target)
    with pytest.raises(IpfsError), Ipfs(gateway=GATEWAY).open(CID, 1):
        pytest.fail("was opened")
    assert len(seen) == 1


def test_a_gateway_may_not_send_us_on_and_on(gateway):
    seen = gateway(f"{OWN_HOST}/", f"{OWN_HOST}/again")
    with pytest.raises(IpfsError, match="twice"), Ipfs(gateway=GATEWAY).open(CID, 1):
        pytest.fail("was opened")
    assert len(seen) == 2


def test_credentials_of_other_tools_are_not_sent(hostile, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = hostile(lambda handler: reply(handler, 500))
    with pytest.raises(IpfsError), Ipfs(server.url).open(b"\x01\x55\x12\x20" + bytes(32), 1):
        pytest.fail("was opened")
    with pytest.raises(IpfsError):
        Ipfs(server.url).add(IMAGE)
    assert all("Authorization" not in headers for _, headers in server.seen)


def test_a_node_on_this_machine_is_not_asked_through_a_proxy(node, monkeypatch, closed_url):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, closed_url)
    ipfs = Ipfs(node.api, node.gateway)
    added = ipfs.add(IMAGE)
    with ipfs.open(added.cid, added.size) as reader:
        assert reader.read(1) == b"\x00"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604, 0o601])
def test_a_credentials_file_that_others_may_use_is_refused(tmp_path, mode):
    file = tmp_path / "auth"
    file.write_text(SENDER)
    file.chmod(mode)
    with pytest.raises(IpfsError, match="chmod 600") as raised:
        named_ipfs({"RADIOGRAM_IPFS_API": "https://node.example", "RADIOGRAM_IPFS_AUTH_FILE": str(file)})
    assert SENDER_TOKEN not in str(raised.value)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_credentials_file_of_ones_own_is_read(tmp_path, guarded, mode):
    file = tmp_path / "auth"
    file.write_text(SENDER + "\n")
    file.chmod(mode)
    environ = {"RADIOGRAM_IPFS_API": guarded.api, "RADIOGRAM_IPFS_AUTH_FILE": str(file)}
    assert named_ipfs(environ).add(IMAGE).size == 5 * MIB


@pytest.mark.parametrize(
    "environ",
    [
        {"RADIOGRAM_IPFS_AUTH_FILE": "/nonexistent/auth"},
        {"RADIOGRAM_IPFS_AUTH": SENDER, "RADIOGRAM_IPFS_AUTH_FILE": "auth"},
        {"RADIOGRAM_IPFS_AUTH": SENDER_TOKEN},
        {"RADIOGRAM_IPFS_AUTH": "bearer:"},
        {"RADIOGRAM_IPFS_AUTH": f"basic:{SENDER_TOKEN}"},
        {"RADIOGRAM_IPFS_AUTH": f"digest:a:{SENDER_TOKEN}"},
        {"RADIOGRAM_IPFS_AUTH": f"bearer:{SENDER_TOKEN}\r\nX-Other: 1"},
    ],
)
def test_credentials_that_make_no_sense_are_refused_without_being_shown(environ):
    with pytest.raises(IpfsError) as raised:
        named_ipfs({"RADIOGRAM_IPFS_API": "https://node.example", **environ})
    assert SENDER_TOKEN not in str(raised.value)


def test_credentials_without_an_rpc_are_an_error_and_not_forgotten():
    with pytest.raises(IpfsError, match="RADIOGRAM_IPFS_API"):
        named_ipfs({"RADIOGRAM_IPFS_AUTH": SENDER})


def test_an_environment_that_names_no_node_is_none():
    assert named_ipfs({}) is None
    assert named_ipfs({"RADIOGRAM_IPFS_API": "", "RADIOGRAM_IPFS_GATEWAY": ""}) is None


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("/ip4/127.0.0.1/tcp/5001", "http://127.0.0.1:5001"),
        ("/ip6/::1/tcp/5001/http", "http://[::1]:5001"),
        ("/dns/node.example/tcp/443/https", "https://node.example:443"),
        ("/dns4/node.example/tcp/443/tls/http", "https://node.example:443"),
        ("https://node.example", "https://node.example:443"),
        ("https://knöten.example", "https://xn--knten-kua.example:443"),
        ("http://node.example:8080/some/prefix/", "http://node.example:8080/some/prefix"),
        ("https://user:secret@node.example:5001", "https://node.example:5001"),
    ],
)
def test_an_address_is_a_url_or_a_multiaddr(address, url):
    assert Endpoint.parse(address).url == url


@pytest.mark.parametrize(
    "address",
    [
        "",
        "node.example",
        "ftp://node.example",
        "http://",
        "http://node.example:99999",
        "/ip4/127.0.0.1",
        "/unix/x",
        "http://h/?a=1",
        "http://[::1",
    ],
)
def test_anything_else_is_no_address(address):
    with pytest.raises(IpfsError):
        Endpoint.parse(address)
