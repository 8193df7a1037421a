"""A study that travels as a CAR file: written by either side, opened without IPFS, put onto another node."""

import os
from pathlib import Path

import pexpect
import pytest
from pydicom.data import get_testdata_file

from radiogram.devnet.kubo import local_ipfs
from radiogram.ipfs.client import Ipfs
from tests.flows.ape_run import introduce
from tests.flows.conftest import PREAMBLE_BYTES
from tests.flows.test_quantum_safe import Owner
from tests.ipfs.conftest import hostile, reply  # noqa: F401 - a fixture

IMAGE = Path(get_testdata_file("CT_small.dcm", download=False))


@pytest.fixture(scope="module")
def owner(tmp_path_factory):
    """Somebody to whom one study was sent, with a file of it."""
    return Owner(tmp_path_factory.mktemp("owner") / "keys")


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "CT_small.dcm"
    path.write_bytes(os.urandom(PREAMBLE_BYTES) + IMAGE.read_bytes()[PREAMBLE_BYTES:])
    return path


@pytest.fixture(scope="module")
def sent(devnet, image, owner, tmp_path_factory):
    """A message, and its file."""
    car = tmp_path_factory.mktemp("stick") / "study.car"
    return devnet.json("send_image", image, "--to", owner.card, "--to-car", car) | {"file": car}


@pytest.fixture
def asked(hostile):  # noqa: F811
    """Environment in which every question to IPFS is heard; and what was heard."""
    server = hostile(lambda handler: reply(handler, 500))
    return {"RADIOGRAM_IPFS_API": server.url, "RADIOGRAM_IPFS_GATEWAY": server.url}, server.seen


def test_a_study_opens_from_its_file_and_no_ipfs_node_is_asked(devnet, image, owner, sent, asked, tmp_path):
    environment, heard = asked
    out = tmp_path / "out"
    received = devnet.json("retrieve_image", *owner.opens, "--offline", sent["file"], "--out", out, **environment)
    assert (received["cid"], received["quantum_safe"]) == (sent["cid"], True)
    assert (out / image.name).read_bytes() == image.read_bytes()
    assert heard == []


def test_a_study_is_exported_from_its_file_and_no_ipfs_node_is_asked(devnet, owner, sent, asked, tmp_path):
    environment, heard = asked
    out = tmp_path / "study.zip"
    exported = devnet.json("export_image", *owner.opens, "--offline", sent["file"], "--out", out, **environment)
    assert (exported["cid"], exported["dicom_files"], out.is_file()) == (sent["cid"], 1, True)
    assert heard == []


def test_either_side_writes_the_same_file_later(devnet, owner, sent, tmp_path):
    index = sent["index"]
    later = [tmp_path / "sender.car", tmp_path / "recipient.car"]
    for car, whose in zip(later, (("--of", owner.card), owner.opens), strict=True):
        written = devnet.json("car", index, *whose, "--to-car", car)
        assert written == {name: sent[name] for name in ("cid", "packet_cid", "ciphertext_bytes")} | {
            "car": str(car),
            "car_bytes": sent["file"].stat().st_size,
            "car_blocks": 2,
        }
        assert car.read_bytes() == sent["file"].read_bytes()


def test_a_command_that_is_run_again_writes_the_file_and_sends_nothing(devnet, image, owner, sent, tmp_path):
    again = devnet.json("send_image", image, "--to", owner.card, "--to-car", tmp_path / "again.car")
    assert (again["was_sent"], again["index"]) == (True, sent["index"])
    assert (tmp_path / "again.car").read_bytes() == sent["file"].read_bytes()


def test_another_node_keeps_what_it_got_from_the_file(devnet, image, owner, sent, tmp_path):
    with local_ipfs(tmp_path / "home") as node:
        kept = devnet.json("car", "--from-car", sent["file"], RADIOGRAM_IPFS_API=node.api)
        assert [each["cid"] for each in kept["files"]] == [sent["cid"], sent["packet_cid"]]
        assert (kept["node"], kept["car"], kept["blocks_left_out"]) == (node.api, str(sent["file"]), 0)
        opened = ("retrieve_image", *owner.opens, "--out", tmp_path / "out")
        devnet.json(*opened, RADIOGRAM_IPFS_API=node.api)
        assert Ipfs(node.api).check()
    assert (tmp_path / "out" / image.name).read_bytes() == image.read_bytes()


def test_the_file_of_another_message_is_refused_and_nothing_is_written(devnet, xray, owner, sent, person, tmp_path):
    other = tmp_path / "other.car"
    devnet.json("send_image", xray, "--to", person.public_key, "--to-car", other)
    opened = ("retrieve_image", sent["index"], *owner.opens, "--out", tmp_path / "out")
    said = devnet.refusal(*opened, "--offline", other)
    assert "other.car does not have the block baf" in said
    assert said.endswith("take this message's file, or name the message that it is of")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda car: car[:-100], "is cut short"),
        (lambda car: car + bytes(512), "is padded with zeros"),
        (lambda car: car[:3000] + bytes([car[3000] ^ 1]) + car[3001:], "has other bytes than those with that CID"),
        (lambda _: b"<html>", "is not a CAR file"),
    ],
    ids=["cut", "padded", "damaged", "a page"],
)
def test_a_bad_file_is_refused_in_one_line_and_nothing_is_written(devnet, owner, sent, tmp_path, damage, said):
    bad = tmp_path / "bad.car"
    bad.write_bytes(damage(sent["file"].read_bytes()))
    opened = ("retrieve_image", sent["index"], *owner.opens, "--out", tmp_path / "out")
    assert said in devnet.refusal(*opened, "--offline", bad)
    assert not (tmp_path / "out").exists()


def test_no_file_is_replaced_and_no_folder_made_and_nothing_is_sent_then(devnet, xray, person, tmp_path):
    (tmp_path / "there.car").write_bytes(b"precious")
    send = ("send_image", xray, "--to", person.public_key, "--to-car")
    assert "is there already" in devnet.refusal(*send, tmp_path / "there.car")
    assert "can't be written: No such file" in devnet.refusal(*send, tmp_path / "stick" / "study.car")
    assert (tmp_path / "there.car").read_bytes() == b"precious"
    assert devnet.count(person.address) == 0


def test_what_was_sent_is_said_where_the_file_cannot_be_written(devnet, xray, person, tmp_path):
    car = tmp_path / "study.car"
    terminal = devnet.terminal(
        *("send_image", xray, "--to", person.public_key, "--to-car", car), dimensions=(50, 300), TERM="dumb"
    )
    introduce(terminal, person.key_words)
    terminal.expect(r"Send 1 file.*\?")
    car.write_bytes(b"another's")
    terminal.sendline("y")
    terminal.expect("- for no")
    terminal.sendline("-")
    terminal.expect(f"is not replaced: choose another name; but message 0 is in the inbox of {person.address}")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 1
    assert devnet.count(person.address) == 1
    assert car.read_bytes() == b"another's"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("car", "0"), "name the file: --to-car"),
        (("car", "--to-car", "a.car", "--from-car", "b.car"), "name the file: --to-car"),
        (("car", "0", "--from-car", "a.car"), "leave out INDEX"),
        (("car", "--from-car", "a.car"), "there is no file a.car"),
        (("send_image", "--batch", "list.csv", "--to-car", "a.car"), "--to-car is for one study"),
    ],
)
def test_what_does_not_go_together_is_refused(devnet, arguments, said):
    assert said in devnet.refusal(*arguments)
