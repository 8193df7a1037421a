"""A clinic's IPFS node behind credentials: its technologist adds, its patients read from its gateway."""

import json

import pytest

from radiogram.ipfs.cid import cid_text
from radiogram.ipfs.unixfs import CidBuilder
from tests.ipfs.conftest import SENDER_TOKEN, base, drain, guarded, hostile, reply  # noqa: F401 - fixtures


@pytest.fixture
def sender(guarded):  # noqa: F811
    return {"RADIOGRAM_IPFS_API": guarded.api, "RADIOGRAM_IPFS_AUTH": f"bearer:{SENDER_TOKEN}"}


def test_an_add_only_token_sends_and_a_gateway_alone_retrieves(devnet, guarded, sender, xray, patient, tmp_path):  # noqa: F811
    sent = devnet.json("send_image", xray, "--to", patient.public_key, **sender)
    devnet.json("retrieve_image", sent["index"], "--out", tmp_path / "out", RADIOGRAM_IPFS_GATEWAY=guarded.gateway)
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()


def test_credentials_may_be_in_a_file_for_its_owner_alone(devnet, guarded, xray, patient, tmp_path):  # noqa: F811
    file = tmp_path / "auth"
    file.write_text(f"bearer:{SENDER_TOKEN}\n")
    environment = {"RADIOGRAM_IPFS_API": guarded.api, "RADIOGRAM_IPFS_AUTH_FILE": str(file)}
    file.chmod(0o644)
    line = devnet.refusal("send_image", xray, "--to", patient.public_key, **environment)
    assert "chmod 600" in line
    file.chmod(0o600)
    assert devnet.json("send_image", xray, "--to", patient.public_key, **environment)["cid"]


def test_a_wrong_token_is_refused_without_showing_it_and_nothing_is_sent(devnet, sender, xray, patient):
    before = devnet.count(patient.address)
    wrong = sender | {"RADIOGRAM_IPFS_AUTH": "bearer:not-this-one"}
    line = devnet.refusal("send_image", xray, "--to", patient.public_key, **wrong)
    assert "RADIOGRAM_IPFS_AUTH" in line
    assert "not-this-one" not in line
    assert devnet.count(patient.address) == before


def test_a_study_that_the_gateway_does_not_have_is_refused_and_writes_nothing(devnet, guarded, xray, patient, tmp_path):  # noqa: F811
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]  # to the local node
    line = devnet.refusal("retrieve_image", index, "--out", tmp_path / "out", RADIOGRAM_IPFS_GATEWAY=guarded.gateway)
    assert "does not have this file" in line
    assert not (tmp_path / "out").exists()


def test_a_study_comes_from_whichever_of_several_gateways_is_honest(devnet, hostile, xray, patient, tmp_path):  # noqa: F811
    sent = devnet.json("send_image", xray, "--to", patient.public_key)
    page = hostile(lambda handler: reply(handler, 200, b"<html>Buy our service</html>"))
    missing = hostile(lambda handler: reply(handler, 404))
    gateways = f"{page.url} {missing.url} {devnet.node['ipfs_gateway']}"
    devnet.json("retrieve_image", sent["index"], "--out", tmp_path / "out", RADIOGRAM_IPFS_GATEWAY=gateways)
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()
    line = devnet.refusal(
        *("retrieve_image", sent["index"], "--out", tmp_path / "other"),
        RADIOGRAM_IPFS_GATEWAY=f"{page.url} {missing.url}",
    )
    assert f"{page.url} has 28 bytes where {sent['ciphertext_bytes']} were expected" in line
    assert not (tmp_path / "other").exists()


@pytest.mark.fault("A node names a file of its own for an upload", "a server on loopback", "one line; nothing is sent")
def test_nothing_is_sent_where_a_node_names_another_file(devnet, hostile, xray, patient):  # noqa: F811
    other = cid_text(CidBuilder().cid())
    answer = json.dumps({"Hash": other}).encode()
    node = hostile(lambda handler: (drain(handler), reply(handler, 200, answer)))
    before = devnet.count(patient.address)
    line = devnet.refusal("send_image", xray, "--to", patient.public_key, "--yes", RADIOGRAM_IPFS_API=node.url)
    assert other in line
    assert "use another node" in line
    assert devnet.count(patient.address) == before
