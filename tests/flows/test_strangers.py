"""Messages of senders whom nobody knows: nothing of them is fetched, nor tried with a key, before it is asked for."""

import json
import time

import pexpect
import pytest
from eth_account import Account

from radiogram.formats.key_reference import KeyReference, raw_cid
from radiogram.ipfs.cid import cid_text
from tests.flows.conftest import PASSPHRASE, Person, Scripts, write_key
from tests.ipfs.conftest import hostile, reply  # noqa: F401 - fixtures
from tests.web.postbox import Postbox
from tests.web.wallet import Chain

FROM_STRANGER = ("--account", "2")
UNOPENED = "not opened: its sender is not known here"


def send(scripts, image, person, *options, **environment) -> int:
    return scripts.json("send_image", image, "--to", person.public_key, *options, **environment)["index"]


# ---- whose inbox


def test_with_a_key_file_the_inbox_is_the_keys_own(devnet, xray, person, tmp_path):
    send(devnet, xray, person)
    received = devnet.json("retrieve_image", *person.opens, "--out", tmp_path / "out")
    assert received["index"] == 0
    assert devnet.json("inbox", "--open", *person.opens)["recipient"] == person.address
    assert devnet.json("history", *person.opens)["account"] == person.address


def test_an_account_that_is_named_comes_before_the_key_files(devnet, person, patient):
    listed = devnet.json("inbox", "--open", *person.opens, "--account", "1")
    assert listed["recipient"] == patient.address


def test_keys_that_the_local_networks_patient_has_registered_open_their_inbox(apart, xray, patient, tmp_path):
    apart.json("register_key", "--new-key", tmp_path / "new.txt", RADIOGRAM_KEY_FILE_PASSPHRASE="")
    apart.json("send_image", xray, "--to", tmp_path / "new.card.json")
    listed = apart.json("inbox", "--open", "--key-file", tmp_path / "new.txt")
    assert (listed["recipient"], listed["messages"][0]["problem"]) == (patient.address, None)


# ---- retrieve


def test_the_newest_of_a_known_sender_is_retrieved_and_strangers_are_named(devnet, xray, person, tmp_path):
    first = send(devnet, xray, person)
    second = send(devnet, xray, person, *FROM_STRANGER)
    done = devnet.run("retrieve_image", *person.opens, "--out", tmp_path / "out")
    assert f"Message {first} from" in done.stdout
    assert done.stderr == (
        f"Passed over 1 newer message of senders who are not known here: {second}; name one to open it\n"
    )


def test_where_there_are_strangers_messages_alone_the_index_is_asked_for_and_is_consent(
    devnet, xray, person, stranger, tmp_path
):
    index = send(devnet, xray, person, *FROM_STRANGER)
    arguments = ("retrieve_image", *person.opens, "--out", tmp_path / "out")
    line = devnet.refusal(*arguments)
    assert line == (
        f"Error: message {index} is from {stranger.address}, who is not known here, and is not opened unasked: "
        "name its INDEX to open it"
    )
    assert devnet.refusal(*arguments, "--yes") == line
    assert not (tmp_path / "out").exists()
    assert devnet.json("retrieve_image", index, *arguments[1:])["sender"] == stranger.address


@pytest.mark.parametrize(("answer", "is_there"), [("y", True), ("n", False), ("", False)])
def test_on_a_terminal_it_is_asked_whether_to_open_a_strangers(
    devnet, xray, person, stranger, tmp_path, answer, is_there
):
    send(devnet, xray, person, *FROM_STRANGER, "--label", "St Anne Hospital")
    terminal = devnet.terminal("retrieve_image", *person.opens, "--out", tmp_path / "out", dimensions=(24, 200))
    terminal.expect(r"Open it\? \[y/N\]: ")
    assert f"is from {stranger.address}, who is not known here, sent" in terminal.before
    assert "St Anne" not in terminal.before
    terminal.sendline(answer)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (terminal.exitstatus == 0, (tmp_path / "out" / "CT_small.dcm").exists()) == (is_there, is_there)
    assert ("stopped: nothing was opened" in terminal.before) == (not is_there)


def test_a_sender_who_was_approved_is_known_until_the_approval_is_revoked(apart, xray, patient, stranger, tmp_path):
    send(apart, xray, patient, *FROM_STRANGER)
    apart.json("approve_sender", stranger.address)
    assert apart.json("retrieve_image", "--out", tmp_path / "out")["sender"] == stranger.address
    apart.json("approve_sender", stranger.address, "--revoke")
    assert "is not known here" in apart.refusal("retrieve_image", "--out", tmp_path / "again")


def test_an_approval_that_has_ended_makes_nobody_known(apart, xray, patient, stranger, tmp_path):
    send(apart, xray, patient, *FROM_STRANGER)
    approval = ["address", "uint40"], [stranger.address, int(time.time()) - 1]
    Postbox(Chain(apart.node["chain"]), apart.node, stranger).transact(
        patient, "approveSender(address,uint40)", *approval
    )
    assert "is not known here" in apart.refusal("retrieve_image", "--out", tmp_path / "out")


def test_a_sender_to_whom_the_user_gave_a_name_is_known(devnet, xray, person, stranger, tmp_path):
    accounts = tmp_path / "ape" / "accounts"
    accounts.mkdir(parents=True)
    (accounts / "clinic.json").write_text(json.dumps(Account.encrypt(stranger.private_key, PASSPHRASE, iterations=2)))
    named = Scripts(devnet.home, APE_DATA_FOLDER=str(tmp_path / "ape"))
    send(devnet, xray, person, *FROM_STRANGER)
    assert named.json("retrieve_image", *person.opens, "--out", tmp_path / "out")["sender"] == stranger.address


def test_what_one_sends_to_oneself_is_no_strangers(devnet, xray, tmp_path):
    doctor = Person("4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356")  # test account 7
    before = devnet.json("inbox", "--of", doctor.address)["count"]
    index = send(devnet, xray, doctor, "--account", "7")
    assert index == before
    write_key(tmp_path / "key.hex", doctor.private_key)
    received = devnet.json("retrieve_image", "--key-file", tmp_path / "key.hex", "--out", tmp_path / "out")
    assert received["index"] == index


def test_an_export_takes_no_strangers_message_unasked(devnet, xray, person, tmp_path):
    send(devnet, xray, person, *FROM_STRANGER)
    assert "is not known here" in devnet.refusal("export_image", *person.opens, "--out", tmp_path / "disc")


# ---- the list


def test_the_list_opens_known_senders_messages_and_says_which_are_not(devnet, xray, person):
    send(devnet, xray, person)
    send(devnet, xray, person, *FROM_STRANGER, "--label", "St Anne Hospital")
    newer, older = devnet.json("inbox", "--open", *person.opens)["messages"]
    assert (older["problem"], older["files"]) == (None, 1)
    assert (newer["problem"], newer["files"], newer["sender_label"], newer["cid"]) == (UNOPENED, None, None, None)
    said = devnet.run("inbox", "--open", *person.opens).stdout
    assert f"({UNOPENED})" in said
    assert said.endswith("\n1 message of senders who are not known here: --all opens them too\n")
    assert "St Anne" not in said


def test_the_list_opens_strangers_messages_when_told_to(devnet, xray, person):
    send(devnet, xray, person, *FROM_STRANGER)
    (message,) = devnet.json("inbox", "--open", "--all", *person.opens)["messages"]
    assert (message["problem"], message["files"]) == (None, 1)
    assert "--all opens" not in devnet.run("inbox", "--open", "--all", *person.opens).stdout


def test_all_belongs_to_the_opened_list(devnet):
    assert "--all belongs to --open" in devnet.refusal("inbox", "--all")


def test_a_strangers_cid_is_asked_for_by_nobody_but_who_wants_it(devnet, person, stranger, hostile, tmp_path):  # noqa: F811
    asked = []

    def count(handler):
        asked.append(handler.path)
        reply(handler, 404, b"")

    gateway = {"RADIOGRAM_IPFS_GATEWAY": hostile(count).url}
    beacon = raw_cid(b"who looks at this?")
    Postbox(Chain(devnet.node["chain"]), devnet.node, stranger).send(person, KeyReference(bytes(32), 300, beacon))
    devnet.json("inbox", "--open", *person.opens, **gateway)
    devnet.refusal("retrieve_image", *person.opens, "--out", tmp_path / "out", **gateway)
    devnet.run("doctor", *person.opens, "--out", tmp_path / "out", **gateway)
    assert not [path for path in asked if cid_text(beacon) in path]
    devnet.json("inbox", "--open", "--all", *person.opens, **gateway)
    assert [path for path in asked if cid_text(beacon) in path]
