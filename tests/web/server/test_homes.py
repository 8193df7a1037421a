"""What a page is about to send is written down by the server, and what it has uploaded is kept by as many homes as the
list of the server says, each seen to by the server.
"""

import http.client
import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from radiogram.devnet.kubo import local_ipfs
from radiogram.ipfs.cid import cid_bytes
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.pins import Pins
from radiogram.sends import PAGES, read_sends
from tests.flows.conftest import write_key
from tests.ipfs.conftest import closed_url  # noqa: F401 - a fixture
from tests.web.conftest import stop
from tests.web.server.asker import MISSING, Asker


@pytest.fixture(scope="module")
def partner(tmp_path_factory):
    """Another node, which has no connection to the site's."""
    with local_ipfs(tmp_path_factory.mktemp("partner")) as running:
        yield running


@pytest.fixture(scope="module")
def list_homes(tmp_path_factory):
    """list_homes(url): environment with a list of one home beside the node, both wanted."""
    folder = tmp_path_factory.mktemp("homes")

    def write(url, pins=2, patience=2):
        path = folder / f"homes-{len(list(folder.iterdir()))}.toml"
        write_key(
            path, f'pins = {pins}\npatience = {patience}\n[[home]]\nname = "partner"\nkind = "kubo"\nurl = "{url}"\n'
        )
        return {"RADIOGRAM_HOMES": str(path)}

    return write


@pytest.fixture(scope="module")
def keeping(start_site, list_homes, partner):
    """What asks a site with the partner's node."""
    process, said = start_site(**list_homes(partner.api, patience=60))
    assert said["homes"] == {"keep": "./keep", "wanted": 2}
    yield Asker(said["url"])
    stop(process)


def named(asker, *files):
    """Ciphertexts, and a key packet behind them."""
    cids = [json.loads(asker.upload(data).body) for data in files]
    return [{"cid": each["cid"], "size": None if number else each["size"]} for number, each in enumerate(cids)]


def message(**changes):
    """One that a page is about to send."""
    addresses = {"sender": "0x" + "22" * 20, "recipient": "0x" + os.urandom(20).hex()}
    return addresses | {"since": 3, "envelope": "0x02" + os.urandom(153).hex()} | changes


def written(devnet, said):
    """What the state folder has of it."""
    found = read_sends(devnet.home).history.attempts
    return [each for each in found if each.sealed and "0x" + each.sealed.envelope.hex() == said["envelope"]]


def keep(asker, files, said=None, **headers):
    question = {"files": files, "message": message() if said is None else said}
    body = files if isinstance(files, bytes) else json.dumps(question)
    usual = {"Origin": asker.origin, "Content_Type": "application/json"}
    return asker.ask("POST", "/keep", body, **usual | headers)


def test_what_was_uploaded_is_with_the_partner_when_the_last_line_says_so(keeping, partner):
    files = named(keeping, os.urandom(3_000_000), os.urandom(1700))
    said = keep(keeping, files)
    assert (said.status, said.headers["Cache-Control"]) == (200, "no-store")
    lines = [json.loads(each) for each in said.body.splitlines()]
    assert lines[-1] == {"held": 2, "wanted": 2, "missing": [], "kept": True}
    assert all("kept" not in each for each in lines[:-1])
    pins = Pins(Endpoint.parse(partner.api))
    assert all(pins.is_pinned(cid_bytes(each["cid"])) for each in files)


def test_a_home_that_is_away_is_named_and_nothing_of_where_it_is(start_site, list_homes, closed_url):  # noqa: F811
    process, said = start_site(**list_homes(closed_url, patience=8))
    asker = Asker(said["url"])
    answer = keep(asker, named(asker, os.urandom(1000)))
    stop(process)
    assert json.loads(answer.body.splitlines()[-1]) == {"held": 1, "wanted": 2, "missing": ["partner"], "kept": False}
    assert closed_url.encode() not in answer.body
    assert closed_url not in json.dumps(said)


def test_a_server_that_waits_for_a_home_ends_when_it_is_told_to(start_site, list_homes, closed_url):  # noqa: F811
    process, said = start_site(**list_homes(closed_url, patience=1000))
    asker = Asker(said["url"])
    connection = http.client.HTTPConnection(asker.host, timeout=30)
    body = json.dumps({"files": named(asker, os.urandom(1000)), "message": message()})
    connection.request("POST", "/keep", body, {"Origin": asker.origin, "Content-Type": "application/json"})
    assert json.loads(connection.getresponse().readline())["held"] == 0
    stop(process)
    connection.close()


def test_what_was_not_uploaded_here_is_kept_by_nobody_and_written_down_nowhere(keeping, partner, devnet):
    meant = message()
    said = keep(keeping, [{"cid": MISSING, "size": 5}], meant)
    assert said.refusal == (409, "this site's IPFS node does not keep it: upload it again")
    assert written(devnet, meant) == []
    assert not Pins(Endpoint.parse(partner.api)).is_pinned(cid_bytes(MISSING))


@pytest.mark.parametrize(
    "files",
    [
        b"",
        b"{",
        b"[]",
        b'{"files": {}}',
        [],
        ["x"],
        [{"cid": MISSING}],
        [{"cid": MISSING, "size": -1}],
        [{"cid": MISSING, "size": True}],
        [{"cid": MISSING, "size": "5"}],
        [{"cid": MISSING, "size": 1e300}],
        [{"cid": "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", "size": 5}],
        [{"cid": 5, "size": 5}],
        [{"cid": f"bafybei{MISSING[7:]}", "size": None}],
        [{"cid": MISSING, "size": 5}] * 2,
        [{"cid": MISSING, "size": None}] * 2,
        b" " * 9000,
    ],
    ids=range(17),
)
def test_what_names_no_message_s_files_is_refused(keeping, files):
    assert keep(keeping, files).refusal[0] == 400


@pytest.mark.parametrize(
    "said",
    [
        "x",
        {},
        message(sender=None),
        message(sender="0x22"),
        message(recipient=f"0x{'zz' * 20}"),
        message(since=-1),
        message(since=True),
        message(since=1 << 39),
        message(envelope="0x"),
        message(envelope="0x2"),
        message(envelope=2),
        message(envelope="02" * 2049),
    ],
    ids=range(12),
)
def test_what_is_no_message_is_refused(keeping, said):
    assert keep(keeping, [{"cid": MISSING, "size": 5}], said).refusal[0] == 400


def test_no_other_page_and_no_form_may_ask(keeping):
    ask = partial(keep, keeping, [{"cid": MISSING, "size": 5}])
    for foreign in ({"Origin": "https://evil.example"}, {"Origin": None}, {"Sec_Fetch_Site": "cross-site"}):
        assert ask(**foreign).refusal[0] == 403
    assert ask(Content_Type="text/plain").refusal[0] == 415
    assert keeping.ask("GET", "/keep").status == 404


def test_a_site_without_a_list_writes_down_what_is_about_to_be_sent_too(asker, devnet):
    meant, files = message(), named(asker, os.urandom(1000), os.urandom(1700))
    said = keep(asker, files, meant)
    assert json.loads(said.body.splitlines()[-1]) == {"held": 1, "wanted": 1, "missing": [], "kept": True}
    [found] = written(devnet, meant)
    assert (found.begun.sender, found.begun.recipient.lower(), found.begun.since) == (
        meant["sender"],
        meant["recipient"],
        meant["since"],
    )
    assert found.cids == tuple(cid_bytes(each["cid"]) for each in files)
    assert found.sealed.ciphertext_bytes == files[0]["size"] == 1000


def test_two_pages_that_say_the_same_at_once_have_it_written_down_once(asker, devnet):
    meant, files = message(), named(asker, os.urandom(1000))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: keep(asker, files, meant), range(4)))
    assert [each.status for each in answers] == [200] * 4
    assert len(written(devnet, meant)) == 1


def test_where_it_can_t_be_written_down_nothing_is_to_be_sent(start_site, devnet, tmp_path):
    for nodes in ("ganache", "ipfs"):
        (tmp_path / nodes).symlink_to(devnet.home / nodes)
    (tmp_path / PAGES).touch()
    process, said = start_site(RADIOGRAM_HOME=str(tmp_path))
    asker = Asker(said["url"])
    answer = keep(asker, named(asker, b"x"))
    stop(process)
    assert answer.refusal == (507, "this site can't write down what is about to be sent: tell whoever runs it")


def test_a_gateway_alone_takes_nothing_and_keeps_no_list(start_site, devnet):
    process, said = start_site(RADIOGRAM_IPFS_GATEWAY=devnet.node["ipfs_gateway"])
    answer = keep(Asker(said["url"]), [{"cid": MISSING, "size": 5}])
    stop(process)
    assert (said["homes"], answer.status) == (None, 405)


def test_a_list_of_too_few_homes_is_refused_before_the_site_is_served(devnet, built, list_homes, partner):
    said = devnet.refusal("web", "--port", 0, "--folder", built, **list_homes(partner.api, pins=3))
    assert "3 homes are to keep what is sent, and there are 2" in said
