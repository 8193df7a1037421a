"""`--pins`: a study is sent only when as many homes keep it as are wanted, and the same command again goes on."""

import ape
import pytest

from radiogram.devnet.kubo import local_ipfs
from radiogram.ipfs.cid import cid_bytes
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.pins import Pins
from radiogram.outgoing.uploads import read_history
from tests.flows.conftest import write_key
from tests.ipfs.conftest import closed_url  # noqa: F401 - a fixture


# chain_isolation: it changes nothing on the chain, and lasts while that is isolated.
@ape.fixture(scope="module", chain_isolation=False)
def partner(tmp_path_factory):
    """Another node, which has no connection to the clinic's."""
    with local_ipfs(tmp_path_factory.mktemp("partner")) as running:
        yield running


@pytest.fixture
def kept(partner):
    """kept(sent): whether the partner's node keeps study and key packet of it."""
    pins = Pins(Endpoint.parse(partner.api))
    return lambda sent: all(
        pins.is_pinned(cid_bytes(sent[name])) and pins.blocks(cid_bytes(sent[name]))
        for name in ("cid", "packet_cid")
        if sent[name]
    )


@pytest.fixture
def list_homes(apart):
    """list_homes(url, …): writes the list; each is a Kubo, called home 1 and so on."""

    def write(*urls, pins=1, patience=3):
        homes = [f'[[home]]\nname = "home {n}"\nkind = "kubo"\nurl = "{url}"\n' for n, url in enumerate(urls, 1)]
        write_key(apart.home / "homes.toml", f"pins = {pins}\npatience = {patience}\n" + "".join(homes))

    return write


@pytest.fixture
def hybrid(apart, person):
    """Somebody whose card promises more than a public key."""
    apart.json("create_key", person.key_file.with_name("new.txt"), "--yes", RADIOGRAM_KEY_FILE_PASSPHRASE="")
    return person.key_file.with_name("new.card.json")


def test_a_study_and_its_key_packet_are_with_a_partner_before_they_are_sent(
    apart, list_homes, partner, kept, xray, hybrid
):
    list_homes(partner.api, patience=30)
    sent = apart.json("send_image", xray, "--to", hybrid, "--pins", 2)
    assert sent["packet_cid"]
    assert kept(sent)


def test_without_a_setting_no_other_home_is_asked(apart, list_homes, partner, kept, xray, person):
    list_homes(partner.api)
    assert not kept(apart.json("send_image", xray, "--to", person.public_key))


def test_where_a_home_is_away_nothing_is_sent_and_the_same_again_goes_on_without_uploading(
    apart,
    list_homes,
    partner,
    kept,
    xray,
    person,
    closed_url,  # noqa: F811
):
    command = ("send_image", xray, "--to", person.public_key)
    list_homes(closed_url, pins=2)
    line = apart.refusal(*command)
    assert "Error: not sent: after " in line
    assert f"only 1 of 2 homes hold it; home 1: {closed_url} can't be reached" in line
    assert "run the same command again" in line
    assert apart.count(person.address) == 0
    [attempt] = read_history(apart.home / "outgoing").attempts

    list_homes(partner.api, pins=2, patience=30)
    sent = apart.json(*command)
    assert (sent["was_begun"], cid_bytes(sent["cid"])) == (True, attempt.sealed.cid)
    assert kept(sent)
    assert apart.count(person.address) == 1


def test_what_is_not_kept_is_not_finished_by_outgoing_either(
    apart,
    list_homes,
    partner,
    kept,
    xray,
    person,
    closed_url,  # noqa: F811
):
    list_homes(closed_url, pins=2)
    apart.refusal("send_image", xray, "--to", person.public_key)
    done = apart.run("outgoing", "--go-on")
    assert done.returncode == 1
    assert f"home 1: {closed_url} can't be reached" in done.stdout
    assert apart.count(person.address) == 0
    list_homes(partner.api, pins=2, patience=30)
    [row] = apart.json("outgoing", "--go-on")["outgoing"]
    assert row["state"].startswith("sent, as message 0")
    assert kept(row | {"packet_cid": None})


def test_each_study_of_a_list_is_kept_by_as_many_homes(apart, list_homes, partner, kept, xray, person, tmp_path):
    list_homes(partner.api, patience=30)
    listed = tmp_path / "list.csv"
    listed.write_text(f"study,recipient\n{xray},{person.public_key}\n")
    assert kept(apart.json("send_image", "--batch", listed, "--pins", 2))


def test_of_a_list_what_is_not_kept_is_named_and_not_sent(apart, list_homes, xray, person, tmp_path, closed_url):  # noqa: F811
    list_homes(closed_url)
    listed = tmp_path / "list.csv"
    listed.write_text(f"study,recipient\n{xray},{person.public_key}\n")
    done = apart.run("send_image", "--batch", listed, "--pins", 2)
    assert done.returncode == 1
    assert "NOT SENT: after " in done.stdout
    assert f"home 1: {closed_url} can't be reached" in done.stdout
    assert apart.count(person.address) == 0


def test_more_homes_than_there_are_is_refused_before_anything_is_uploaded(apart, list_homes, partner, xray, person):
    list_homes(partner.api)
    line = apart.refusal("send_image", xray, "--to", person.public_key, "--pins", 3)
    assert "3 homes are to keep what is sent, and there are 2: set up more of them in homes.toml" in line
    assert read_history(apart.home / "outgoing").attempts == []


@pytest.mark.parametrize("host", ["localhost", "[::1]"])
def test_the_own_node_by_another_name_is_no_second_home(apart, list_homes, xray, person, host):
    list_homes(apart.node["ipfs_api"].replace("127.0.0.1", host), pins=2)
    line = apart.refusal("send_image", xray, "--to", person.public_key)
    assert "2 homes are to keep what is sent, and there is 1" in line


def test_a_list_that_others_may_read_is_refused(apart, list_homes, partner, xray, person):
    list_homes(partner.api)
    (apart.home / "homes.toml").chmod(0o644)
    line = apart.refusal("send_image", xray, "--to", person.public_key)
    assert f"others may read {apart.home / 'homes.toml'}: run `chmod 600" in line


def test_another_list_can_be_named(apart, tmp_path, xray, person):
    line = apart.refusal("send_image", xray, "--to", person.public_key, RADIOGRAM_HOMES=str(tmp_path / "none.toml"))
    assert "none.toml can't be read: No such file" in line


def test_on_a_terminal_it_says_what_it_waits_for(apart, list_homes, xray, person, closed_url):  # noqa: F811
    list_homes(closed_url, patience=3)
    command = ("send_image", xray, "--to", person.public_key, "--yes", "--pins", 2)
    terminal = apart.terminal(*command, dimensions=(40, 200))
    terminal.expect(f"Waiting for homes: 1 of 2 homes hold it; home 1: {closed_url} can't be reached")
    terminal.expect("Error: not sent")
    terminal.close()
    assert apart.count(person.address) == 0
