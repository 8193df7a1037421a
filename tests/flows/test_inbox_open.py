"""The list that a recipient's key opens: what each message holds, without fetching it."""

import json
import re
from datetime import UTC, datetime, timedelta

import pexpect
import pytest
import requests
from eth_account import Account

from radiogram.formats.public_key import fingerprint
from tests.flows.conftest import PASSPHRASE, Scripts, write_key
from tests.flows.images import GRACE, write_image


@pytest.fixture
def scripts(devnet, tmp_path):
    """Scripts for a recipient of their own on the devnet, whose inbox is empty."""
    account = Account.create()
    folder = tmp_path / "ape" / "accounts"
    folder.mkdir(parents=True)
    (folder / "me.json").write_text(json.dumps(Account.encrypt(account.key, PASSPHRASE, iterations=2)))
    made = Scripts(devnet.home, APE_DATA_FOLDER=str(tmp_path / "ape"), APE_ACCOUNTS_me_PASSPHRASE=PASSPHRASE)
    made.address, made.key_file, made.accounts = account.address, tmp_path / "key.hex", folder
    write_key(made.key_file, account.key.hex())
    made.public_key = "0x" + Account.from_key(account.key)._key_obj.public_key.to_compressed_bytes().hex()
    made.me = ("--account", "me")
    return made


@pytest.fixture
def grace(tmp_path):
    return write_image(tmp_path / "ct" / "IM0", **GRACE)


def opened(scripts: Scripts, *arguments: object, **environment: str) -> list[dict]:
    return scripts.json("inbox", "--open", *scripts.me, *arguments, **environment)["messages"]


def on_a_terminal(scripts: Scripts, columns: int, *arguments: object) -> str:
    child = scripts.terminal("inbox", "--open", *scripts.me, *arguments, dimensions=(50, columns), TERM="xterm")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    return child.before


def plain(screen: str) -> list[str]:
    """The lines of a screen, without colours."""
    return [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", line).rstrip() for line in screen.split("\n")]


# ---- what a row says


def test_the_fields_of_an_opened_message(scripts, grace, technologist):
    sent = scripts.json("send_image", grace, "--to", scripts.public_key, "--label", "Klinik")
    listed = scripts.json("inbox", "--open", *scripts.me)
    (message,) = listed["messages"]
    assert list(listed) == ["recipient", "count", "messages"]
    public = ["index", "mailbox", "name", "sender", "sent_at", "key_version", "status"]
    added = [
        "new",
        "sender_name",
        "sender_checked",
        "problem",
        "quantum_safe",
        "cid",
        "ciphertext_bytes",
        "plaintext_bytes",
        "files",
        "created",
    ]
    claimed = ["sender_label", "manifest_signed_by", "manifest_unknown_signer", "studies"]
    assert list(message) == [*public, *added, *claimed]
    assert (message["new"], message["problem"], message["sender_label"]) == (True, None, "Klinik")
    assert [message[name] for name in ("cid", "ciphertext_bytes", "plaintext_bytes")] == [
        sent[name] for name in ("cid", "ciphertext_bytes", "plaintext_bytes")
    ]
    assert (message["manifest_signed_by"], message["manifest_unknown_signer"]) == (technologist.address, None)
    assert message["studies"][0]["patient"]["name"] == "Okafor^Grace"


def test_without_a_terminal_each_message_is_one_line_of_plain_text(scripts, grace):
    scripts.json("send_image", grace, "--to", scripts.public_key, "--label", "Klinik")
    lines = scripts.run("inbox", "--open", *scripts.me).stdout.splitlines()
    assert lines[0] == f"Inbox of {scripts.address}, 1 message, 1 new, newest first"
    words = " ".join(fingerprint(bytes.fromhex(scripts.public_key[2:])))
    assert lines[1] == f"Words of your public key, for a sender to compare: {words}"
    assert " ".join(lines[2].split()) == "Index From Sent (UTC) Patient Study Images Size Status Quantum-safe"
    assert re.fullmatch(
        r" +0 +new +0xf39F…2266, calls itself “Klinik” +\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d +"
        r"OKAFOR, Grace, born 14-Mar-1962 +CT · 20-Nov-2026 · Thorax native +1 series, 1 image +39\.2 kB +sent +no *",
        lines[3],
    )
    assert len(lines) == 4


def test_a_sender_that_ape_knows_is_shown_by_the_users_own_name_for_it(scripts, grace, technologist):
    keystore = Account.encrypt(technologist.private_key, PASSPHRASE, iterations=2)
    (scripts.accounts / "hospital.json").write_text(json.dumps(keystore))
    scripts.json("send_image", grace, "--to", scripts.public_key, "--label", "Somebody else")
    said = scripts.run("inbox", "--open", *scripts.me).stdout
    assert "hospital (0xf39F…2266)" in said
    assert "Somebody else" not in said


def test_a_study_handed_on_does_not_lend_its_makers_label_to_who_handed_it_on(scripts, devnet, grace, patient):
    index = devnet.json("send_image", grace, "--to", patient.public_key, "--label", "Klinik")["index"]
    devnet.json("share_image", index, "--to", scripts.public_key)
    said = scripts.run("inbox", "--open", *scripts.me).stdout
    assert "0x7099…79C8, says that it is from “Klinik”" in said


def test_a_message_without_dicom_shows_the_names_of_its_files(scripts, tmp_path):
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        (tmp_path / "letters" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "letters" / name).write_bytes(b"%PDF")
    scripts.json("send_image", tmp_path / "letters", "--to", scripts.public_key)
    said = scripts.run("inbox", "--open", *scripts.me).stdout
    assert re.search(r"letters/a\.pdf, letters/b\.pdf and 1 more file +3 files +12 bytes +sent", said)


@pytest.mark.parametrize("columns", [40, 132])
def test_wide_characters_keep_the_columns_and_no_line_is_wider_than_the_terminal(scripts, tmp_path, columns):
    from rich.cells import cell_len

    attributes = GRACE | {"PatientName": "Yamada^Tarou=山田^太郎", "SpecificCharacterSet": ["", "ISO 2022 IR 87"]}
    scripts.json("send_image", write_image(tmp_path / "1", **attributes), "--to", scripts.public_key)
    lines = plain(on_a_terminal(scripts, columns))
    table = lines[[line.startswith("Words of") for line in lines].index(True) + 1 :]
    assert all(word in " ".join(table) for word in ("YAMADA,", "山田", "太郎"))
    assert max(cell_len(line) for line in table) <= columns


def test_a_patients_name_with_brackets_is_no_markup(scripts, tmp_path):
    image = write_image(tmp_path / "1", **(GRACE | {"PatientName": "[red]Roe[/red]^:smile:"}))
    scripts.json("send_image", image, "--to", scripts.public_key)
    assert "[RED]ROE[/RED], :smile:" in scripts.run("inbox", "--open", *scripts.me).stdout


# ---- new messages


def test_a_message_is_new_until_the_list_has_been_looked_at(scripts, grace):
    scripts.json("send_image", grace, "--to", scripts.public_key)
    first, second = on_a_terminal(scripts, 160), on_a_terminal(scripts, 160)
    scripts.json("send_image", grace, "--to", scripts.public_key, "--again")
    assert "\x1b[1mnew" in first
    assert "0 new, newest first" in second
    assert [message["new"] for message in opened(scripts)] == [True, False]


def test_neither_the_public_list_nor_json_nor_a_narrowed_one_counts_as_a_look(scripts, grace):
    scripts.json("send_image", grace, "--to", scripts.public_key)
    scripts.run("inbox", *scripts.me)
    opened(scripts)
    scripts.run("inbox", "--open", "--since", "1d", *scripts.me)
    assert [message["new"] for message in opened(scripts)] == [True]


def test_an_acknowledged_message_is_not_new(devnet, xray, patient):
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    devnet.json("acknowledge", index)
    assert [devnet.json("inbox", "--open")["messages"][0][name] for name in ("new", "status")] == [
        False,
        "acknowledged",
    ]


def test_a_damaged_note_of_looks_hinders_nothing(scripts, grace):
    scripts.json("send_image", grace, "--to", scripts.public_key)
    (scripts.home / "inbox-looks.json").write_text("[" * 5000)
    assert scripts.run("inbox", "--open", *scripts.me).returncode == 0
    assert [message["new"] for message in opened(scripts)] == [False]


# ---- narrowing


def test_since_leaves_out_what_is_older(scripts, grace):
    scripts.json("send_image", grace, "--to", scripts.public_key)
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    today = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%d}"
    assert [len(opened(scripts, "--since", when)) for when in (tomorrow, today, "7d")] == [0, 1, 1]


def test_from_leaves_out_other_senders_by_address_or_alias(scripts, grace, technologist, stranger):
    scripts.json("send_image", grace, "--to", scripts.public_key)
    scripts.json("send_image", grace, "--to", scripts.public_key, "--account", "2")
    found = [[m["index"] for m in opened(scripts, "--from", who)] for who in (stranger.address, "0", "me")]
    assert found == [[1], [0], []]


def test_the_public_list_is_narrowed_too(scripts, grace, stranger):
    scripts.json("send_image", grace, "--to", scripts.public_key)
    narrowed = scripts.json("inbox", *scripts.me, "--from", stranger.address)
    assert (narrowed["count"], narrowed["messages"]) == (0, [])


def test_a_narrowed_list_with_nothing_in_it_says_so(scripts):
    assert "has no such message" in scripts.run("inbox", *scripts.me, "--since", "1d").stdout


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "7", "-1d", "99999d99", ""])
def test_a_date_that_is_none_is_refused(devnet, text):
    assert "is not a date: write it as 2026-11-01, or as 7d" in devnet.refusal("inbox", "--since", text)


def test_a_sender_that_nobody_knows_is_refused(devnet):
    assert "there is no account 'nobody'" in devnet.refusal("inbox", "--from", "nobody")


# ---- keys


def test_a_key_file_opens_the_list(devnet, scripts, grace):
    scripts.json("send_image", grace, "--to", scripts.public_key)
    listed = devnet.json("inbox", "--open", "--of", scripts.address, "--key-file", scripts.key_file)
    assert listed["messages"][0]["problem"] is None


def test_the_public_list_takes_no_key(devnet, scripts):
    assert "--key-file belongs to --open" in devnet.refusal("inbox", "--key-file", scripts.key_file)


# ---- messages that do not open


def test_another_persons_key_lists_all_and_opens_nothing(devnet, scripts, grace):
    scripts.json("send_image", grace, "--to", scripts.public_key)
    (message,) = devnet.json("inbox", "--open", "--of", scripts.address)["messages"]
    assert message["problem"] == "sealed to another key"
    assert [message[name] for name in ("cid", "files", "studies")] == [None] * 3


def test_a_message_that_was_taken_back_is_not_opened(scripts, grace):
    scripts.json("send_image", grace, "--to", scripts.public_key)
    scripts.json("retract", "0", "--of", scripts.address)
    (message,) = opened(scripts)
    assert (message["status"], message["problem"], message["cid"]) == ("retracted", "taken back by its sender", None)
    assert message["new"] is False


def test_what_ipfs_does_not_have_now_is_said_beside_what_it_has(scripts, devnet, grace, tmp_path):
    gone = scripts.json("send_image", grace, "--to", scripts.public_key)
    other = write_image(tmp_path / "other" / "IM0", **GRACE, InstanceNumber=2)
    scripts.json("send_image", other, "--to", scripts.public_key)
    for command, options in (("pin/rm", {}), ("block/rm", {"force": "true"})):
        url = f"{devnet.node['ipfs_api']}/api/v0/{command}"
        assert requests.post(url, params={"arg": gone["cid"], **options}, timeout=30).ok
    newer, older = opened(scripts)
    assert (newer["problem"], newer["files"]) == (None, 1)
    assert (older["problem"], older["files"]) == ("not reachable now", None)
    assert older["ciphertext_bytes"] > 0


def test_a_node_that_does_not_answer_leaves_the_list_standing(scripts, grace):
    scripts.json("send_image", grace, "--to", scripts.public_key)
    (message,) = opened(scripts, RADIOGRAM_IPFS_API="/ip4/127.0.0.1/tcp/9")
    assert message["problem"] == "not reachable now"
