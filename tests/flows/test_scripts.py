"""The commands as users run them: options, output, what comes of them."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pexpect
import pytest
from eth_account import Account

from tests.flows.ape_run import introduce
from tests.flows.conftest import PASSPHRASE, ROOT, ColdScripts, Scripts, write_key

ISO_8601_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\+00:00|Z)")


def test_a_study_goes_from_technologist_to_patient_in_separate_processes_with_nothing_started_by_hand(
    tmp_path, xray, technologist, patient
):
    scripts = ColdScripts(tmp_path / "home")
    deployed = scripts.json("deploy")
    sent = scripts.json("send_image", xray, "--to", patient.public_key)
    listed = scripts.json("inbox")
    received = scripts.json("retrieve_image", "--out", tmp_path / "out")

    assert deployed["inbox"] == sent["inbox"]
    assert [message["sender"] for message in listed["messages"]] == [technologist.address]
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()
    assert received["cid"] == sent["cid"]
    assert not list((tmp_path / "home").glob("*/note.json"))  # nothing is left running


def test_four_sends_of_one_account_at_once_all_arrive(tmp_path, xray, patient):
    scripts = Scripts(tmp_path / "home")
    with ThreadPoolExecutor() as pool:
        command = ("send_image", xray, "--to", patient.public_key)
        sent = list(pool.map(lambda label: scripts.json(*command, "--label", label), "ABCD"))
    assert sorted(each["index"] for each in sent) == [0, 1, 2, 3]


def test_deploying_again_changes_nothing(devnet):
    again = devnet.json("deploy")
    assert (again["deployed"], again["inbox"], again["fee_wei"]) == (False, devnet.node["inbox"], 0)


@pytest.mark.parametrize("network", ["ethereum:local:ganache", "ethereum:local", "::ganache"])
def test_the_local_network_is_one_however_it_is_spelt(devnet, network):
    assert devnet.json("deploy", "--network", network)["deployed"] is False


def test_the_fields_of_send_image(devnet, xray, technologist, patient):
    sent = devnet.json("send_image", xray, "--to", patient.public_key)
    fields = "network inbox sender recipient recipient_public_key index mailbox quantum_safe cid packet_cid"
    fields += " tx_hash gas_used fee_wei fee_money was_begun was_sent in_register"
    assert " ".join(sent) == f"{fields} plaintext_bytes ciphertext_bytes files"
    assert (sent["sender"], sent["recipient"]) == (technologist.address, patient.address)
    assert sent["recipient_public_key"] == patient.public_key
    assert sent["plaintext_bytes"] == xray.stat().st_size < sent["ciphertext_bytes"]
    assert sent["cid"].startswith("baf")
    assert (sent["quantum_safe"], sent["packet_cid"]) == (False, None)
    assert re.fullmatch("0x[0-9a-f]{64}", sent["tx_hash"])
    assert 0 < sent["gas_used"] < sent["fee_wei"]
    assert [(file["path"], file["bytes"]) for file in sent["files"]] == [("CT_small.dcm", xray.stat().st_size)]


def test_the_fields_of_inbox(devnet, xray, technologist, patient):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    listed = devnet.json("inbox")
    newest = listed["messages"][0]
    assert list(listed) == ["recipient", "count", "messages"]
    assert (listed["recipient"], listed["count"]) == (patient.address, index + 1)
    assert [message["index"] for message in listed["messages"]] == list(range(index, -1, -1))
    public = ["index", "mailbox", "name", "sender", "sent_at", "key_version", "status"]
    assert list(newest) == [*public, "sender_name", "sender_checked"]
    assert (newest["sender"], newest["key_version"], newest["status"]) == (technologist.address, 0, "sent")
    assert ISO_8601_UTC.fullmatch(newest["sent_at"])
    assert abs(datetime.fromisoformat(newest["sent_at"]) - datetime.now(UTC)) < timedelta(minutes=5)


def test_the_fields_of_retrieve_image(devnet, xray, technologist, patient, tmp_path):
    sent = devnet.json("send_image", xray, "--to", patient.public_key)
    received = devnet.json("retrieve_image", sent["index"], "--out", tmp_path / "out")
    assert list(received) == [
        *(
            "index",
            "mailbox",
            "sender",
            "sender_name",
            "sender_checked",
            "sender_label",
            "sent_at",
            "quantum_safe",
            "cid",
            "signed_by",
            "unknown_signer",
            "out",
            "files",
        )
    ]
    assert received["quantum_safe"] is False
    assert (received["index"], received["sender"]) == (sent["index"], technologist.address)
    assert ISO_8601_UTC.fullmatch(received["sent_at"])
    assert received["out"] == str(tmp_path / "out")
    assert received["files"] == [
        {"path": str(tmp_path / "out" / "CT_small.dcm")} | {k: sent["files"][0][k] for k in ("bytes", "sha256")}
    ]


def test_a_folder_and_a_file_arrive_as_one_message(devnet, tmp_path, xray, patient):
    (xray.parent / "deeper").mkdir()
    (xray.parent / "deeper" / "report.pdf").write_bytes(b"%PDF")
    (tmp_path / "note.txt").write_text("Grüße")
    before = devnet.count(patient.address)
    devnet.json("send_image", xray.parent, tmp_path / "note.txt", "--to", patient.public_key)
    devnet.json("retrieve_image", "--out", tmp_path / "out")
    found = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").glob("[!.]*/**/*") if p.is_file()}
    found |= {p.name for p in (tmp_path / "out").iterdir() if p.is_file()}
    assert found == {"study/CT_small.dcm", "study/deeper/report.pdf", "note.txt"}
    assert devnet.count(patient.address) == before + 1


@pytest.mark.parametrize("form", ["compressed", "uncompressed", "bare", "key card"])
def test_every_form_of_the_patients_public_key_is_taken(devnet, tmp_path, xray, patient, form):
    key = Account.from_key(patient.private_key)._key_obj.public_key
    card = tmp_path / "card.json"
    card.write_text(json.dumps({"address": patient.address, "public_key": patient.public_key}))
    text = {
        "compressed": key.to_compressed_bytes().hex(),
        "uncompressed": "04" + key.to_bytes().hex(),
        "bare": "0x" + key.to_bytes().hex(),
        "key card": card,
    }[form]
    assert devnet.json("send_image", xray, "--to", text)["recipient"] == patient.address


def test_a_message_to_a_person_lands_in_no_other_inbox(devnet, xray, patient, stranger):
    before = devnet.count(stranger.address)
    devnet.json("send_image", xray, "--to", patient.public_key)
    assert devnet.count(stranger.address) == before


def test_the_sender_may_be_another_account(devnet, xray, patient, stranger):
    assert devnet.json("send_image", xray, "--to", patient.public_key, "--account", "2")["sender"] == stranger.address


def test_a_key_file_opens_in_place_of_the_account(devnet, tmp_path, xray, patient):
    devnet.json("send_image", xray, "--to", patient.public_key)
    write_key(tmp_path / "key.hex", patient.private_key)
    devnet.json("retrieve_image", "--key-file", tmp_path / "key.hex", "--out", tmp_path / "out")
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()


def test_a_v3_keystore_opens_with_its_passphrase_from_the_environment(devnet, tmp_path, xray, patient):
    devnet.json("send_image", xray, "--to", patient.public_key)
    write_key(tmp_path / "key.json", json.dumps(Account.encrypt(patient.private_key, PASSPHRASE, iterations=2)))
    arguments = ("retrieve_image", "--key-file", tmp_path / "key.json", "--out", tmp_path / "out")
    devnet.json(*arguments, RADIOGRAM_KEY_FILE_PASSPHRASE=PASSPHRASE)
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()


def test_files_are_overwritten_when_asked(devnet, tmp_path, xray, patient):
    devnet.json("send_image", xray, "--to", patient.public_key)
    (tmp_path / "CT_small.dcm").write_bytes(b"old")
    devnet.json("retrieve_image", "--out", tmp_path, "--overwrite")
    assert (tmp_path / "CT_small.dcm").read_bytes() == xray.read_bytes()


def test_a_person_is_told_what_was_sent_and_what_it_cost(devnet, xray, patient):
    said = devnet.run("send_image", xray, "--to", patient.public_key).stdout
    assert patient.address in said
    assert re.search(r"^Fee +0\.\d+ ETH \([\d,]+ gas\)", said, re.M)


def test_on_a_terminal_send_image_asks_for_the_image_and_the_public_key(devnet, xray, patient):
    arguments = ["run", "send_image"]
    terminal = pexpect.spawn("ape", arguments, cwd=str(ROOT), env=devnet.environment, timeout=60, encoding="utf-8")
    terminal.expect("Image or study folder")
    terminal.sendline(str(xray))
    terminal.expect("Patient's key card, or public key")
    terminal.sendline(patient.public_key)
    introduce(terminal, patient.key_words)
    terminal.expect(r"Send .* for a fee of about .* ETH\?")
    terminal.sendline("y")
    terminal.expect(r"Sent 1 file")
    terminal.expect("Keep this key in your register")
    terminal.sendline("-")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def test_on_a_terminal_a_no_sends_nothing(devnet, xray, patient):
    before = devnet.count(patient.address)
    terminal = devnet.terminal("send_image", xray, "--to", patient.public_key)
    introduce(terminal, patient.key_words)
    terminal.expect(r"ETH\?")
    terminal.sendline("n")
    terminal.expect("nothing was sent")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert (terminal.exitstatus, devnet.count(patient.address)) == (1, before)


def test_the_state_folder_is_for_its_owner_alone(devnet):
    assert oct(devnet.home.stat().st_mode)[-3:] == "700"


@pytest.mark.parametrize("script", ["deploy", "send_image", "inbox", "retrieve_image", "share_image", "devnet", "demo"])
def test_every_script_explains_itself(devnet, script):
    said = devnet.run(script, "--help").stdout
    assert all(option in said for option in ("--network", "--account", "--json", "--yes"))


def test_the_demo_tells_the_whole_story(devnet, tmp_path):
    told = devnet.json("demo", "--out", tmp_path)
    assert (told["wrong_key_refused"], told["same"]) == (True, True)
    assert Path(told["file"]).stat().st_size == 6_196_600
    assert Path(told["preview"]).read_bytes().startswith(b"\x89PNG")


def test_nothing_is_written_to_the_project_but_the_state_folder(tmp_path, xray, patient):
    """Without RADIOGRAM_HOME, that is .radiogram; with it, nothing at all."""
    others = {".build", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"}  # which come by tests and checks
    scripts = Scripts(tmp_path / "home")
    before = {entry.name for entry in os.scandir(ROOT)}
    scripts.json("send_image", xray, "--to", patient.public_key)
    assert {entry.name for entry in os.scandir(ROOT)} - before <= others
