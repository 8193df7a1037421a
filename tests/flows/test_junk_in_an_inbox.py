"""An inbox into which anybody has thrown junk: what is good in it is listed and retrieved all the same."""

import ecies
import pytest
from ecies.config import Config

from radiogram.formats import envelope
from radiogram.formats.key_reference import Context, KeyReference, raw_cid
from tests.flows.conftest import Person
from tests.web.postbox import Postbox
from tests.web.wallet import Chain

CONFIG = Config(is_ephemeral_key_compressed=True, is_hkdf_key_compressed=True, symmetric_nonce_length=12)


@pytest.fixture
def postbox(devnet, technologist):
    """Of a sender who is known: what strangers send is not even tried (test_strangers.py)."""
    return Postbox(Chain(devnet.node["chain"]), devnet.node, technologist)


@pytest.fixture
def junk(postbox, patient, technologist):
    """Three messages: to another key, with a CID of zeros, and of arbitrary bytes; in this order."""

    def send() -> None:
        context = Context(postbox.chain_id, postbox.node["inbox"], postbox.sender.address, patient.address)
        postbox.deliver(patient.address, postbox.seal(technologist, KeyReference(bytes(32), 1, raw_cid(b""))))
        plaintext = b"\x01" + context.digest() + bytes(32) + bytes(8) + bytes(36)
        postbox.deliver(patient.address, ecies.encrypt(patient.public_key[2:], plaintext, CONFIG))
        postbox.deliver(patient.address, b"\x02" + bytes(range(153)))

    return send


@pytest.mark.fault("The newest messages are junk", "sealed zeros, other keys", "the newest that opens is retrieved")
def test_the_newest_message_that_opens_is_retrieved_and_those_passed_over_are_named(
    devnet, junk, xray, patient, tmp_path
):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    junk()
    done = devnet.run("retrieve_image", "--out", tmp_path / "out")
    assert (done.returncode, (tmp_path / "out" / "CT_small.dcm").read_bytes()) == (0, xray.read_bytes())
    assert f"Message {index} from" in done.stdout
    assert done.stderr == (
        "Passed over 3 newer messages that this key does not open: "
        f"{index + 3} (sealed to another key), {index + 2} (not a message of Radiogram's), "
        f"{index + 1} (sealed to another key)\n"
    )


def test_of_many_that_are_passed_over_five_are_named(devnet, junk, xray, patient, tmp_path):
    devnet.json("send_image", xray, "--to", patient.public_key)
    junk()
    junk()
    said = devnet.run("export_image", "--out", tmp_path / "disc").stderr
    assert said.startswith("Passed over 6 newer messages that this key does not open: ")
    assert (said.count("("), said.endswith(", …\n")) == (5, True)


def test_a_message_that_is_named_is_not_passed_over(devnet, junk, xray, patient, tmp_path):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    junk()
    line = devnet.refusal("retrieve_image", index + 1, "--out", tmp_path / "out")
    assert "this private key does not open the message" in line


def test_where_none_opens_the_newest_says_why(apart, devnet, xray, tmp_path):
    other = Person("5c" * 32)
    for _ in range(2):
        apart.json("send_image", xray, "--to", other.public_key)
    line = apart.refusal("retrieve_image", "--of", other.address, "--out", tmp_path / "out")
    assert "this private key does not open the message" in line


def test_images_that_are_not_to_be_had_now_are_waited_for_and_not_passed_over(devnet, postbox, xray, patient, tmp_path):
    devnet.json("send_image", xray, "--to", patient.public_key)
    postbox.send(patient, KeyReference(bytes(32), 300, raw_cid(b"on a node that is off")))
    line = devnet.refusal("retrieve_image", "--out", tmp_path / "out")
    assert "does not have" in line
    context = Context(postbox.chain_id, postbox.node["inbox"], postbox.sender.address, patient.address)
    named = envelope.PacketReference(raw_cid(b"on a node that is off"))
    postbox.deliver(patient.address, envelope.seal(named, bytes.fromhex(patient.public_key[2:]), context))
    said = devnet.run("retrieve_image", "--out", tmp_path / "out").stderr
    assert "(needs the key file with the 24 words)" in said


def test_the_list_shows_junk_beside_what_is_good(devnet, junk, xray, patient):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    junk()
    listed = {each["index"]: each["problem"] for each in devnet.json("inbox", "--open")["messages"]}
    assert [listed[index + number] for number in range(4)] == [
        None,
        "sealed to another key",
        "not a message of Radiogram's",
        "sealed to another key",
    ]
