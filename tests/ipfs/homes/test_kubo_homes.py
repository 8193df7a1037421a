"""Nodes as homes: what counts as kept, how it is sent to a node that has it not, and how long is waited."""

import json
import os
import re
import threading
import time
from pathlib import Path

import pytest
import requests
from ape_ganache.program import wait_until

from radiogram.errors import (
    HomesError,
    IpfsError,
    IpfsIncomplete,
    IpfsMismatch,
    IpfsNotFound,
    IpfsRefused,
    IpfsUnreachable,
)
from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.client import Ipfs
from radiogram.ipfs.endpoint import Credentials
from radiogram.ipfs.homes.home import Origin
from radiogram.ipfs.homes.keeping import count_places, keep, look
from radiogram.ipfs.homes.kubo import KuboHome
from radiogram.ipfs.homes.place import Place
from tests.ipfs.conftest import CLINIC_SECRET, SENDER_TOKEN, body_of, passed_on, reply

from ..test_pins import block_file
from .conftest import add
from .engines import Kubo, swarm_key

LEAF_BYTES = 1 << 20
ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 3.0  # seconds, of tests in which it runs out


def rpc(node, name, **arguments):
    assert requests.post(f"{node.api.url}/api/v0/{name}", params=arguments, timeout=30).ok


def names(places):
    return {place.url for place in places}


# ---- what counts


def test_a_node_that_has_pinned_all_of_it_keeps_it(own, files):
    for file in files:
        Place(own).check(file)


def test_a_node_that_never_had_it_does_not(partner, files):
    with pytest.raises(IpfsNotFound, match="has not pinned it"):
        Place(partner).check(files[0])


def test_a_node_that_has_it_and_may_delete_it_does_not(own, files):
    rpc(own, "pin/rm", arg=cid_text(files[0].cid))
    with pytest.raises(IpfsNotFound, match="has not pinned it"):
        Place(own).check(files[0])


def test_a_node_that_has_lost_one_block_does_not(base, own, files):
    block_file(base / "own", LEAF_BYTES).unlink()
    with pytest.raises(IpfsIncomplete):
        Place(own).check(files[0])


def test_a_node_that_sends_other_bytes_does_not(hostile, own, files):
    """One that says of all that it has it pinned and whole."""

    def answer(handler):
        if "block/get" in handler.path:
            return reply(handler, 200, os.urandom(1000))
        said = requests.post(f"{own.api.url}{handler.path}", timeout=30)
        return reply(handler, said.status_code, said.content)

    with pytest.raises(IpfsMismatch):
        Place(Ipfs(hostile(answer).url)).check(files[0])


def test_a_gateway_keeps_what_its_node_has(partner):
    for file in add(partner):
        Place(Ipfs(None, partner.gateway.url)).check(file)


def test_a_gateway_does_not_keep_what_its_node_never_had(partner, files):
    for file in files:
        with pytest.raises(IpfsNotFound):
            Place(Ipfs(None, partner.gateway.url)).check(file)


def test_of_a_node_that_lets_itself_be_added_to_alone_the_gateway_tells(guarded, files, own):
    token = Credentials.parse(f"bearer:{SENDER_TOKEN}")
    home = KuboHome("guarded", Ipfs(guarded.api, guarded.gateway, token))
    home.ask(files[0], Origin(own))
    home.check(home.places[0], files[0])
    with pytest.raises(IpfsNotFound):
        home.check(home.places[0], files[1])
    blind = KuboHome("guarded", Ipfs(guarded.api, None, token))
    with pytest.raises(IpfsError, match="refuses these credentials"):
        blind.check(blind.places[0], files[0])


def test_a_node_that_is_named_twice_is_one_home(own_home, own):
    assert count_places([own_home, KuboHome("the same", Ipfs(own.api.url + "/"))]) == 1


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.2", "[::1]", "[0::1]"])
def test_a_node_of_this_computer_is_one_home_however_its_host_is_written(own_home, own, host):
    assert count_places([own_home, KuboHome("the same", Ipfs(own.api.url.replace("127.0.0.1", host)))]) == 1


@pytest.mark.parametrize(("first", "second"), [("[2001:db8::1]", "[2001:DB8:0::1]"), ("ipfs.example", "ipfs.example.")])
def test_another_node_is_one_home_however_its_address_is_written(first, second):
    assert count_places([KuboHome(host, Ipfs(f"https://{host}:5001")) for host in (first, second)]) == 1


def test_nodes_at_other_hosts_or_ports_are_several_homes(own_home):
    urls = ["http://localhost:1", "http://10.0.0.1:5001", "http://10.0.0.2:5001", "http://ipfs.example:5001"]
    assert count_places([own_home, *(KuboHome(url, Ipfs(url)) for url in urls)]) == 5


# ---- having it kept


def test_a_partner_s_node_gets_it_though_it_can_t_reach_ours(own, own_home, partner_home, files):
    kept = keep(files, [own_home, partner_home], 2, Origin(own), patience=30)
    assert names(kept) == {own.api.url, partner_home.where.url}
    assert [seen.trouble for seen in look([partner_home], files)] == [None]


def test_a_node_that_has_it_unpinned_pins_it(partner, partner_home, own):
    files = add(partner)
    rpc(partner, "pin/rm", arg=cid_text(files[0].cid))
    keep(files, [partner_home], 1, Origin(own), patience=30)  # ours never had it
    assert Place(partner).pins.is_pinned(files[0].cid)


def test_our_own_node_gets_back_what_it_has_lost(own, own_home, partner, partner_home, files):
    keep(files, [partner_home], 1, Origin(own), patience=30)
    Place(own).pins.remove(files[0].cid)
    keep(files, [own_home, partner_home], 2, Origin(partner), patience=30)
    Place(own).check(files[0])


def test_credentials_reach_the_home_and_nobody_is_told_them(own, guarded, files):
    right, wrong = (
        KuboHome("guarded", Ipfs(guarded.api, credentials=Credentials.parse(f"basic:clinic:{secret}")))
        for secret in (CLINIC_SECRET, "another-secret")
    )
    with pytest.raises(HomesError) as refused:
        keep(files, [wrong], 1, Origin(own), patience=30)
    assert "guarded: " + guarded.api + " refuses these credentials" in str(refused.value)
    assert "another-secret" not in str(refused.value)
    keep(files, [right], 1, Origin(own), patience=30)


# ---- waiting


def test_a_home_that_is_away_is_waited_for_and_then_named(own, own_home, files, closed_url):
    away, told = KuboHome("partner", Ipfs(closed_url)), []
    with pytest.raises(HomesError) as short:
        keep(files, [own_home, away], 2, Origin(own), patience=PATIENCE, told=told.append)
    assert f"only 1 of 2 homes hold it; partner: {closed_url} can't be reached" in str(short.value)
    assert (short.value.held, short.value.missing) == (1, ("partner",))
    assert str(told[-1]).startswith(f"1 of 2 homes hold it; partner: {closed_url} can't be reached")


def test_enough_homes_are_enough_though_another_is_away(own, own_home, partner_home, files, closed_url):
    away = KuboHome("third", Ipfs(closed_url))
    assert len(keep(files, [away, own_home, partner_home], 2, Origin(own), patience=30)) == 2


def test_a_home_that_says_nothing_has_its_time_and_no_more(own, own_home, files, hostile):
    silent = KuboHome("silent", Ipfs(hostile(lambda handler: handler.rfile.read()).url, timeout=0.5))
    with pytest.raises(HomesError, match=r"silent: .* does not answer in time"):
        keep(files, [own_home, silent], 2, Origin(own), patience=PATIENCE)


def test_a_home_that_has_not_answered_when_time_is_up_is_named_too(own, own_home, files, hostile):
    url, told = hostile(lambda handler: handler.rfile.read()).url, []
    slow = KuboHome("slow", Ipfs(url, timeout=20 * PATIENCE))
    with pytest.raises(HomesError, match=f"only 1 of 2 homes hold it; slow: {url} has not answered yet") as short:
        keep(files, [own_home, slow], 2, Origin(own), patience=PATIENCE, told=told.append)
    assert short.value.missing == ("slow",)
    assert told[-1].held == 1


def test_what_no_home_has_can_t_be_kept_and_the_node_without_it_is_named(own, partner_home, files):
    Place(own).pins.remove(files[0].cid)
    with pytest.raises(HomesError, match=f"partner: {own.api.url} does not have this file"):
        keep(files, [partner_home], 1, Origin(own), patience=PATIENCE)


def test_looking_changes_nothing_and_says_what_each_lacks(own_home, partner_home, files, closed_url):
    homes = [own_home, partner_home, KuboHome("away", Ipfs(closed_url))]
    seen = {each.home.name: each.trouble for each in look(homes, files)}
    assert seen["own node"] is None
    assert isinstance(seen["partner"], IpfsNotFound)
    assert isinstance(seen["away"], IpfsUnreachable)
    assert look([partner_home], files)[0].trouble


@pytest.mark.parametrize("status", [408, 504])
def test_a_home_that_did_not_find_one_file_in_time_is_asked_for_the_next(own, hostile, status):
    """As gateways and the proxies before them say of what they lack."""
    (lacking, _), files = add(own), add(own)

    def answer(handler):
        return reply(handler, status) if cid_text(lacking.cid) in handler.path else passed_on(handler, own.api.url)

    home, away = KuboHome("partner", Ipfs(hostile(answer).url)), {}
    [seen] = look([home], [lacking], away)
    assert f"did not find it in time (HTTP {status})" in seen.trouble.message
    assert [seen.trouble for seen in look([home], files, away)] == [None]


def test_a_home_that_says_nothing_is_not_asked_for_the_next(own, hostile, files):
    server = hostile(lambda handler: handler.rfile.read())
    home, away = KuboHome("silent", Ipfs(server.url, timeout=0.5)), {}
    for _ in range(2):
        [seen] = look([home], files, away)
        assert "does not answer in time" in seen.trouble.message
    assert len(server.seen) == 1


def test_a_home_that_is_known_to_be_away_is_neither_asked_nor_waited_for(own, own_home, partner_home, files, hostile):
    server = hostile(lambda handler: handler.rfile.read())
    silent, away = KuboHome("silent", Ipfs(server.url, timeout=0.5)), {}
    look([silent], files, away)
    kept = keep(files, [own_home, silent, partner_home], 2, Origin(own), patience=30, away=away)
    assert names(kept) == {own.api.url, partner_home.where.url}
    with pytest.raises(HomesError, match="only 1 of 2 homes hold it"):
        keep(files, [own_home, silent], 2, Origin(own), patience=float("inf"), away=away)
    assert len(server.seen) == 1


def test_until_quiet_no_home_is_still_being_sent_it_when_enough_have_it(own, own_home, partner, files, hostile):
    begun, ended = threading.Event(), threading.Event()

    def quick(handler):
        if "/add?" in handler.path:
            begun.wait(30)
        passed_on(handler, partner.api.url)

    def slow(handler):
        if "/add?" not in handler.path:
            return reply(handler, 404)
        begun.set()
        wait_until(lambda: not look([KuboHome("partner", partner)], files)[0].trouble, 30)
        body_of(handler)
        time.sleep(0.5)  # in which whoever does not wait goes on
        ended.set()
        return reply(handler, 500, b"not now")

    homes = [own_home, *(KuboHome(each.__name__, Ipfs(hostile(each).url)) for each in (quick, slow))]
    keep(files, homes, 2, Origin(own), patience=30, until_quiet=True)
    assert ended.is_set()


# ---- what docs/homes.md says a partner must allow


@pytest.fixture(scope="module")
def allowing(base):
    """A partner's node that allows the paths which the page names: those to keep, and those to erase besides."""
    page = (ROOT / "docs" / "homes.md").read_text()
    keeping = json.loads(re.search(r"```json\n(.*?)```", page, re.S)[1])["clinic"]["AllowedPaths"]
    said = re.search(r"With `/api/v0/(pin/rm)`, `(dag/get)`, `(block/stat)` and `(block/rm)` besides", page)
    node = Kubo(base / "allowing", swarm_key())
    config = json.loads((node.repo / "config").read_text())
    config["API"]["Authorizations"] = {
        "keeps": {"AuthSecret": "bearer:keeps", "AllowedPaths": keeping},
        "erases": {
            "AuthSecret": "bearer:erases",
            "AllowedPaths": keeping + [f"/api/v0/{each}" for each in said.groups()],
        },
    }
    (node.repo / "config").write_text(json.dumps(config))
    node.start()
    yield lambda token: Ipfs(node.api, credentials=Credentials.parse(f"bearer:{token}"))
    node.end()


def test_the_paths_that_the_page_names_are_enough_to_keep_and_those_besides_to_erase(own, allowing, files):
    keep(files, [KuboHome("partner", allowing("keeps"))], 1, Origin(own), patience=30)
    with pytest.raises(IpfsRefused):
        Place(allowing("keeps")).pins.remove(files[0].cid)
    pins = Place(allowing("erases")).pins
    pins.remove(files[0].cid)
    assert not pins.holds(files[0].cid)
