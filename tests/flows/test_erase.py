"""`ape run erase`: what a message led to is gone from the sender's node, or one line says why not."""

import hashlib
import json
import os
import signal

import ape
import pexpect
import pytest
import requests
from eth_account import Account
from eth_account.messages import encode_defunct

from radiogram.formats.key_file import read_keys
from radiogram.ipfs.cid import cid_bytes
from radiogram.ipfs.endpoint import Endpoint
from radiogram.ipfs.pins import Pins
from tests.flows.conftest import PASSPHRASE, Scripts, start_devnet
from tests.ipfs.conftest import SENDER_TOKEN, Hostile, base, guarded, reply  # noqa: F401 - fixtures

FILE_BYTES = 3_000_000  # three blocks and their root
ACT = ["changed", "tx_hash", "gas_used", "fee_wei", "fee_money"]


# chain_isolation: they change nothing on the chain that Ape's plugin isolates, and last while it does.
@ape.fixture(scope="module", chain_isolation=False)
def clinic(tmp_path_factory):
    """A devnet of its own: nothing but what these tests send is on its node."""
    scripts = Scripts(tmp_path_factory.mktemp("clinic") / "home")
    process, scripts.node = start_devnet(scripts)
    yield scripts
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


@pytest.fixture
def pins(clinic):
    return Pins(Endpoint.parse(clinic.node["ipfs_api"]))


def write_image(folder):
    path = folder / "image.bin"
    path.write_bytes(os.urandom(FILE_BYTES))
    return path


@pytest.fixture
def image(tmp_path):
    return write_image(tmp_path)


@pytest.fixture
def sent(clinic, image, patient):
    return clinic.json("send_image", image, "--to", patient.public_key)


@ape.fixture(scope="module", chain_isolation=False)
def standing(clinic, patient, tmp_path_factory):
    """A message that no test erases."""
    return clinic.json("send_image", write_image(tmp_path_factory.mktemp("standing")), "--to", patient.public_key)


class Erased:
    """A message that was erased, and what the command said."""

    def __init__(self, clinic, patient, folder):
        self.image, self.receipt = write_image(folder), folder / "receipt.json"
        self.sent = clinic.json("send_image", self.image, "--to", patient.public_key)
        pins = Pins(Endpoint.parse(clinic.node["ipfs_api"]))
        self.blocks = pins.blocks(cid_bytes(self.sent["cid"]))
        self.arguments = ("erase", self.sent["index"], "--of", self.sent["recipient"], "--receipt")
        self.done = clinic.json(*self.arguments, self.receipt)


@ape.fixture(scope="module", chain_isolation=False)
def erased(clinic, patient, tmp_path_factory):
    return Erased(clinic, patient, tmp_path_factory.mktemp("erased"))


@pytest.fixture
def receipt(tmp_path):
    return tmp_path / "receipt.json"


@pytest.fixture
def erase(clinic, receipt):
    """The command for a message, with a receipt in a folder of the test's."""
    return lambda sent: ("erase", sent["index"], "--of", sent["recipient"], "--receipt", receipt)


def is_gone(pins, blocks):
    return not any(pins.holds(block) for block in blocks)


def status_of(clinic, sent):
    return next(
        each["status"]
        for each in clinic.json("inbox", "--of", sent["recipient"])["messages"]
        if each["index"] == sent["index"]
    )


def signer_of(receipt):
    """As docs/format.md has it."""
    value = json.loads(receipt.read_bytes())
    signature = value.pop("signature")
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    digest = hashlib.sha256(canonical).hexdigest()
    text = f"Radiogram: I deleted what this receipt says.\nReceipt SHA-256: {digest}"
    return Account.recover_message(encode_defunct(text=text), signature=signature)


# ---- what is done


def test_what_was_sent_is_gone_from_the_node_and_taken_back(clinic, erased, pins, tmp_path):
    names = ["network", "receipt", "signed", "sender", "recipient", "index", "deleted", "kept", *ACT]
    assert list(erased.done) == names
    assert len(erased.blocks) == 4
    assert is_gone(pins, erased.blocks)
    assert not pins.is_pinned(cid_bytes(erased.sent["cid"]))
    assert status_of(clinic, erased.sent) == "retracted"
    done = clinic.run("retrieve_image", erased.sent["index"], "--out", tmp_path / "out")
    assert (done.returncode, "does not have this file" in done.stderr) == (1, True)


def test_the_receipt_says_what_was_and_was_not_done_and_is_signed_by_the_sender(clinic, erased, technologist, patient):
    said, sent = json.loads(erased.receipt.read_text()), erased.sent
    assert list(said) == [
        *("format", "version", "made_at", "chain_id", "inbox", "sender", "recipient", "index", "cursor", "sent_at"),
        *("retracted_by", "deleted", "kept", "stays", "not_known", "signature"),
    ]
    assert (said["sender"], said["recipient"], said["index"]) == (technologist.address, patient.address, sent["index"])
    assert said["retracted_by"] == erased.done["tx_hash"]
    assert said["deleted"] == [
        {"node": clinic.node["ipfs_api"], "cid": sent["cid"], "holds": "study", "blocks": 4, "found": 4}
    ]
    assert said["kept"] == []
    assert signer_of(erased.receipt) == technologist.address


def test_a_receipt_that_was_changed_is_signed_by_somebody_else(erased, receipt, technologist):
    receipt.write_text(erased.receipt.read_text().replace('"found": 4', '"found": 3'))
    assert signer_of(receipt) != technologist.address


def test_a_person_is_told_what_was_done_and_what_not(clinic, sent, erase, receipt):
    said = clinic.run(*erase(sent)).stdout.splitlines()
    assert said[0] == f"Erased message {sent['index']} to {sent['recipient']}, as far as it can be done from here"
    node = clinic.node["ipfs_api"]
    assert said[1] == f"Deleted the study {sent['cid']}: 4 blocks, and {node} has none of it now"
    assert said[2].startswith("Not deleted: the message and its envelope on the chain. Not known: copies elsewhere")
    assert said[3] == f"The receipt is in {receipt}"
    assert said[4].startswith("Fee 0.")


def test_the_key_packet_of_a_quantum_safe_message_goes_too(clinic, tmp_path, image, erase, pins):
    file, passphrase = tmp_path / "new.txt", {"RADIOGRAM_KEY_FILE_PASSPHRASE": PASSPHRASE}
    clinic.json("register_key", "--new-key", file, "--account", "5", **passphrase)
    assert read_keys(file, lambda: PASSPHRASE).hybrid_secret
    sent = clinic.json("send_image", image, "--to", tmp_path / "new.card.json")
    done = clinic.json(*erase(sent))
    assert [(each["holds"], each["cid"]) for each in done["deleted"]] == [
        ("study", sent["cid"]),
        ("key packet", sent["packet_cid"]),
    ]
    assert is_gone(pins, map(cid_bytes, (sent["cid"], sent["packet_cid"])))


def test_what_was_erased_is_no_fault_to_the_doctor(clinic, erased):
    checks = {each["name"]: each for each in json.loads(clinic.run("doctor", "--json").stdout)["checks"]}
    assert {checks[name]["state"] for name in ("sent", "uploads", "pins", "orphans", "debris")} == {"ok"}


def test_the_same_images_can_be_sent_again_after_they_were_erased(clinic, erased, patient, tmp_path):
    again = clinic.json("send_image", erased.image, "--to", patient.public_key)
    assert (again["was_sent"], again["cid"] != erased.sent["cid"]) == (False, True)
    clinic.json("retrieve_image", again["index"], "--out", tmp_path / "out")


# ---- what stays


def test_a_study_that_was_handed_on_stays_until_that_message_is_erased_too(
    clinic, sent, erase, receipt, pins, stranger, tmp_path
):
    shared = clinic.json("share_image", sent["index"], "--to", stranger.public_key)
    said = clinic.run(*erase(sent)).stdout
    assert f"Kept the study {sent['cid']}: message {shared['index']} to {stranger.address} needs it too" in said
    assert stranger.address not in receipt.read_text()
    [kept] = json.loads(receipt.read_text())["kept"]
    assert kept == {"cid": sent["cid"], "holds": "study", "other_messages": 1, "uploaded_by_sender": True}
    assert pins.is_pinned(cid_bytes(sent["cid"]))
    clinic.json("retrieve_image", shared["index"], "--account", "2", "--out", tmp_path / "out")

    blocks = pins.blocks(cid_bytes(sent["cid"]))
    receipt.unlink()
    clinic.json(*erase(shared), "--account", "1")
    assert is_gone(pins, blocks)


def test_a_study_of_somebody_else_s_that_was_handed_on_stays(clinic, sent, erase, receipt, pins, stranger, tmp_path):
    """Of another computer, on the same node."""
    patients = Scripts(tmp_path / "home")
    patients.home.mkdir(mode=0o700)
    for part in ("ganache", "ipfs"):
        (patients.home / part).symlink_to(clinic.home / part)
    shared = patients.json("share_image", sent["index"], "--to", stranger.public_key)
    done = patients.json(*erase(shared), "--account", "1")
    assert done["deleted"] == []
    assert [(each["other_messages"], each["uploaded_by_sender"]) for each in done["kept"]] == [(0, False)]
    assert pins.is_pinned(cid_bytes(sent["cid"]))
    assert status_of(clinic, shared) == "retracted"


# ---- going on


class Failing(Hostile):
    """The clinic's node, but for one method, which fails."""

    def __init__(self, api, method):
        def answer(handler):
            if f"/{method}?" in handler.path:
                return reply(handler, 500, b'{"Message": "not now"}')
            said = requests.post(f"{api}{handler.path}", timeout=30)
            return reply(handler, said.status_code, said.content)

        super().__init__(answer)


@pytest.mark.fault("Erasing is interrupted", "the IPFS node fails at a step", "the next run goes on")
@pytest.mark.parametrize("method", ["pin/rm", "block/rm"])
def test_an_erasure_that_failed_half_way_is_gone_on_with(clinic, sent, erase, receipt, pins, method):
    blocks = pins.blocks(cid_bytes(sent["cid"]))
    failing = Failing(clinic.node["ipfs_api"], method)
    try:
        assert "not now" in clinic.refusal(*erase(sent), RADIOGRAM_IPFS_API=failing.url)
    finally:
        failing.stop()
    assert not receipt.exists()
    assert status_of(clinic, sent) == "sent"
    clinic.json(*erase(sent))
    assert is_gone(pins, blocks)
    assert status_of(clinic, sent) == "retracted"


def test_once_more_finds_nothing_left_to_do_and_says_so(clinic, erased, receipt, technologist):
    done = clinic.json(*erased.arguments, receipt)
    assert [(each["blocks"], each["found"]) for each in done["deleted"]] == [(1, 0)]
    assert [done[name] for name in ACT] == [False, None, 0, 0, None]
    assert signer_of(receipt) == technologist.address


def test_what_the_doctor_finds_of_a_half_done_erasure_it_deletes(clinic, sent, erase, pins):
    failing = Failing(clinic.node["ipfs_api"], "pin/rm")
    try:
        clinic.refusal(*erase(sent), RADIOGRAM_IPFS_API=failing.url)
    finally:
        failing.stop()
    checks = {each["name"]: each for each in json.loads(clinic.run("doctor", "--json", "--repair").stdout)["checks"]}
    assert (checks["orphans"]["repaired"], checks["orphans"]["items"]) == (True, [sent["cid"]])
    assert not pins.is_pinned(cid_bytes(sent["cid"]))


# ---- refusals


def test_only_the_sender_can_erase(clinic, standing, erase, technologist, pins):
    line = clinic.refusal(*erase(standing), "--account", "2")
    assert f"only its sender can erase what a message leads to, and this one is from {technologist.address}" in line
    assert pins.is_pinned(cid_bytes(standing["cid"]))


def test_what_was_sent_from_another_computer_is_not_known(clinic, standing, erase, tmp_path, pins):
    elsewhere = Scripts(tmp_path / "home")
    elsewhere.home.mkdir(mode=0o700)
    for part in ("ganache", "ipfs"):
        (elsewhere.home / part).symlink_to(clinic.home / part)
    line = elsewhere.refusal(*erase(standing))
    assert f"the journal does not know what message {standing['index']} to {standing['recipient']} leads to" in line
    assert pins.is_pinned(cid_bytes(standing["cid"]))


def test_a_receipt_is_never_overwritten(clinic, standing, erase, receipt, pins):
    receipt.write_text("mine")
    assert "is there already, and is not replaced" in clinic.refusal(*erase(standing))
    assert receipt.read_text() == "mine"
    assert pins.is_pinned(cid_bytes(standing["cid"]))


def test_a_receipt_that_could_not_be_written_is_refused_before_anything_is_deleted(clinic, standing, tmp_path, pins):
    nowhere = tmp_path / "nowhere" / "receipt.json"
    line = clinic.refusal("erase", standing["index"], "--of", standing["recipient"], "--receipt", nowhere)
    assert f"{nowhere} can't be written: No such file or directory" in line
    assert pins.is_pinned(cid_bytes(standing["cid"]))
    assert status_of(clinic, standing) == "sent"


def test_where_the_receipt_can_no_longer_be_written_it_says_that_it_was_erased(clinic, sent, erase, receipt):
    terminal = clinic.terminal(*erase(sent), dimensions=(40, 300))
    terminal.expect(r"Go on\?")
    receipt.write_text("another's")
    terminal.sendline("y")
    terminal.expect("is not replaced: choose another name; but it was erased: run it again for a receipt")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 1
    assert status_of(clinic, sent) == "retracted"


def test_a_node_that_has_nothing_of_it_is_not_the_one_that_is_meant(clinic, devnet, standing, erase, receipt):
    line = clinic.refusal(*erase(standing), RADIOGRAM_IPFS_API=devnet.node["ipfs_api"])
    assert "this IPFS node has nothing of what message" in line
    assert not receipt.exists()
    assert status_of(clinic, standing) == "sent"


def test_a_gateway_deletes_nothing(clinic, standing, erase):
    line = clinic.refusal(*erase(standing), RADIOGRAM_IPFS_GATEWAY=clinic.node["ipfs_gateway"])
    assert "a gateway deletes nothing: set RADIOGRAM_IPFS_API" in line


def test_credentials_for_adding_alone_delete_nothing(clinic, guarded, standing, erase):  # noqa: F811
    node = {"RADIOGRAM_IPFS_API": guarded.api, "RADIOGRAM_IPFS_AUTH": f"bearer:{SENDER_TOKEN}"}
    assert "refuses these credentials" in clinic.refusal(*erase(standing), **node)
    assert status_of(clinic, standing) == "sent"


def test_a_block_that_something_else_has_pinned_is_named_and_nothing_is_taken_back(clinic, sent, erase, receipt, pins):
    leaf = pins.blocks(cid_bytes(sent["cid"]))[0]
    pins._ask("pin/add", _text(leaf), recursive="false")
    line = clinic.refusal(*erase(sent))
    assert f"1 of 4 blocks of {sent['cid']} are still on the node " in line
    assert ", where something else has pinned them" in line
    assert status_of(clinic, sent) == "sent"
    assert not receipt.exists()
    pins._ask("pin/rm", _text(leaf), recursive="false")


def test_on_a_terminal_it_says_what_will_happen_and_a_no_changes_nothing(clinic, standing, erase, receipt, pins):
    terminal = clinic.terminal(*erase(standing), dimensions=(40, 200))
    terminal.expect(f"Erase message {standing['index']} to {standing['recipient']}:")
    terminal.expect(f"- delete the study {standing['cid']} from {clinic.node['ipfs_api']}")
    terminal.expect(r"- mark it as retracted on the chain, for a fee of about 0\.\d+ ETH")
    terminal.expect(r"Go on\?")
    terminal.sendline("n")
    terminal.expect("stopped")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 1
    assert pins.is_pinned(cid_bytes(standing["cid"]))
    assert status_of(clinic, standing) == "sent"
    assert not receipt.exists()


def test_what_somebody_took_back_meanwhile_is_not_said_to_be_taken_back_by_it(clinic, sent, erase, receipt):
    terminal = clinic.terminal(*erase(sent), dimensions=(40, 200))
    terminal.expect(r"Go on\?")
    clinic.json("retract", sent["index"], "--of", sent["recipient"])
    terminal.sendline("y")
    terminal.expect("The receipt is in")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert json.loads(receipt.read_text())["retracted_by"] is None


def _text(cid):
    from radiogram.ipfs.cid import cid_text

    return cid_text(cid)
