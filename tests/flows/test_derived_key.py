"""A key that the account derives from its own signature: registered once, made again whenever a message is opened."""

import json
import re
import subprocess

from eth_account import Account

from radiogram.formats.derived_key import derive_key
from radiogram.formats.public_key import fingerprint, public_key_of
from tests.flows.conftest import PASSPHRASE, ROOT


def derived_from(person) -> bytes:
    account = Account.from_key(person.private_key)
    return derive_key(account.address, lambda message: bytes(account.sign_message(message).signature))


def test_the_derived_key_is_registered_and_told_in_words(apart, patient):
    done = apart.run("register_key", "--derived")
    public_key = public_key_of(derived_from(patient))
    assert done.returncode == 0
    assert "0x" + public_key.hex() in done.stdout
    assert " ".join(fingerprint(public_key)) in done.stdout
    assert derived_from(patient).hex() not in done.stdout + done.stderr


def test_what_was_sealed_to_the_derived_key_opens_with_the_account_alone(apart, xray, patient, tmp_path):
    apart.json("register_key", "--derived")
    sent = apart.json("send_image", xray, "--to", patient.address)
    apart.json("retrieve_image", "--out", tmp_path / "out")
    (message,) = apart.json("inbox", "--open")["messages"]
    assert sent["recipient_public_key"] == "0x" + public_key_of(derived_from(patient)).hex()
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()
    assert (message["key_version"], message["problem"], message["files"]) == (1, None, 1)


def test_messages_of_every_key_of_an_account_open_beside_each_other(apart, xray, patient):
    apart.json("send_image", xray, "--to", patient.public_key)
    for option in ((), ("--derived",)):
        apart.json("register_key", *option)
        apart.json("send_image", xray, "--to", patient.address, "--again")
    messages = apart.json("inbox", "--open")["messages"]
    assert [(each["key_version"], each["problem"]) for each in messages] == [(2, None), (1, None), (0, None)]


def test_a_message_sealed_to_the_derived_key_is_handed_on(apart, xray, patient, stranger):
    apart.json("register_key", "--derived")
    apart.json("send_image", xray, "--to", patient.address)
    assert apart.json("share_image", "0", "--to", stranger.public_key)["recipient"] == stranger.address


def test_a_message_sealed_to_a_key_file_is_refused_without_that_file(apart, xray, patient, tmp_path):
    apart.json("register_key", "--new-key", tmp_path / "key", RADIOGRAM_KEY_FILE_PASSPHRASE="")
    apart.json("send_image", xray, "--to", patient.address)
    line = apart.refusal("retrieve_image", "--out", tmp_path / "out")
    assert "sealed to the key registered as version 1" in line
    apart.json("retrieve_image", "--out", tmp_path / "out", "--key-file", tmp_path / "key")


def test_an_account_of_apes_derives_with_its_passphrase(apart, xray, tmp_path, technologist):
    key = b"\x07" * 32
    account = Account.from_key(key)
    folder = tmp_path / "ape" / "accounts"
    folder.mkdir(parents=True)
    (folder / "mine.json").write_text(json.dumps(Account.encrypt(key, PASSPHRASE, iterations=2)))
    environment = {"APE_DATA_FOLDER": str(tmp_path / "ape"), "APE_ACCOUNTS_mine_PASSPHRASE": PASSPHRASE}
    act = tmp_path / "act.json"
    apart.json("register_key", "--derived", "--account", "mine", "--sign-only", act, **environment)
    apart.json("relay", act)
    apart.json("send_image", xray, "--to", account.address)
    apart.json("retrieve_image", "--account", "mine", "--out", tmp_path / "out", **environment)
    assert (tmp_path / "out" / "CT_small.dcm").read_bytes() == xray.read_bytes()


def test_two_sources_of_a_key_are_refused(apart):
    assert "one key at a time" in apart.refusal("register_key", "--derived", "--public-key", "02" + "11" * 32)


def test_what_recover_md_says_makes_the_same_key_without_this_software():
    page = (ROOT / "docs" / "recover.md").read_text()
    request, program = re.search(r'(\{"types".*?\}\})\n\n.*?node -e \'\n(.*?)\'', page, re.S).groups()
    for vector in json.loads((ROOT / "tests/vectors/wallet_key.json").read_text())["derive"]:
        if vector["number"] == 1:
            assert json.loads(request.replace("YOUR_ADDRESS", vector["account"])) == vector["typed_data"]
            done = subprocess.run(
                ["node", "-e", program], input=vector["signature"], capture_output=True, text=True, check=True
            )
            assert "0x" + done.stdout.strip() == vector["private_key"]
