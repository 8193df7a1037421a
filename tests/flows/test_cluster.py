"""A clinic whose homes are the nodes of an IPFS Cluster: sending, a node that dies unnoticed, repairing, erasing."""

import json

import pytest

from radiogram.ipfs.cid import cid_bytes
from radiogram.ipfs.pins import Pins
from tests.flows.conftest import write_key
from tests.ipfs.conftest import base  # noqa: F401 - a fixture
from tests.ipfs.homes.conftest import engines, three  # noqa: F401 - fixtures


@pytest.fixture
def clinic(apart, three):  # noqa: F811
    """It adds to the first node."""
    nodes = ", ".join(f'"{node.api}"' for node in three.nodes)
    home = (
        f'[[home]]\nname = "cluster"\nkind = "cluster"\nurl = "{three.peers[0].rest}"\nnodes = [{nodes}]\ncopies = 3\n'
    )
    write_key(apart.home / "homes.toml", "pins = 3\n" + home)
    apart.environment["RADIOGRAM_IPFS_API"] = three.nodes[0].api
    return apart


@pytest.fixture
def sent(clinic, xray, person):
    return clinic.json("send_image", xray, "--to", person.public_key)


def test_a_node_that_dies_unnoticed_is_named_and_what_it_kept_is_kept_again_once_it_is_back(clinic, three, sent):  # noqa: F811
    assert clinic.run("pins").returncode == 0
    three.nodes[2].kill()
    done = clinic.run("pins")
    assert done.returncode == 1
    assert f"  cluster: {three.nodes[2].api} can't be reached" in done.stdout
    assert ": 2 of 3, " in done.stdout
    three.start()
    Pins(three.nodes[2].client.api).remove(cid_bytes(sent["cid"]))
    assert clinic.run("pins").returncode == 1
    said = clinic.json("pins", "--repair")
    assert (said["short"], said["studies"][0]["was_repaired"]) == (0, True)


def test_an_erased_study_is_gone_from_every_node_and_the_cluster_does_not_bring_it_back(clinic, three, sent, tmp_path):  # noqa: F811
    receipt = tmp_path / "receipt.json"
    done = clinic.json("erase", sent["index"], "--of", sent["recipient"], "--receipt", receipt)
    assert [each["node"] for each in done["deleted"]] == [node.api for node in three.nodes]
    not_known = json.loads(receipt.read_text())["not_known"]
    assert not_known[0] == f"what {three.peers[0].rest} keeps, which was told to keep it no longer"
    assert not any(Pins(node.client.api).holds(cid_bytes(sent["cid"])) for node in three.nodes)
    assert three.home().status(cid_bytes(sent["cid"])) == ""
