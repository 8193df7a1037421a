"""Bad input: one line that says what to do, exit status 1, nothing left behind."""

import json

import pytest
from eth_account import Account

from radiogram.devnet.ganache import local_chain
from radiogram.formats.key_file import encode_key_file
from tests.flows.conftest import PASSPHRASE, write_key

HYBRID = "06" + "11" * 64
WORDS = "abandon " * 23 + "art"
OFF_CURVE = "02" + "00" * 31 + "05"


@pytest.fixture(scope="module")
def message(devnet, patient, tmp_path_factory):
    """The index of a message to the patient, of a file of that name."""
    image = tmp_path_factory.mktemp("message") / "CT_small.dcm"
    image.write_bytes(b"not looked at here")
    return devnet.json("send_image", image, "--to", patient.public_key)["index"]


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("Bed 9", "'Bed 9' is no key, no address and no file, and no label of your register: see `contacts list`"),
        (WORDS, "that is a key file, which opens images"),
        (encode_key_file(WORDS, PASSPHRASE, 4).decode(), "that is a key file, which opens images"),
        (OFF_CURVE, "is not on the curve secp256k1"),
        (HYBRID, "is not a public key"),
        ("0x" + "ab" * 32, "the length of a private key"),
        ("0x90F79bf6EB2c4f870365E785982E1f101E93b907", "wrong sign"),
        ("0x90F79bf6EB2c4f870365E785982E1f101E93b906", "has no key on record"),
        ("patient.eth", "no ENS name"),
        ("no/such/card.json", "does not exist"),
    ],
)
def test_what_names_no_recipient_is_refused(devnet, xray, to, words):
    assert words in devnet.refusal("send_image", xray, "--to", to)


@pytest.mark.parametrize("command", [("send_image", "{image}", "--to"), ("contacts", "add"), ("retract", 0, "--of")])
def test_a_key_file_in_place_of_a_card_is_told_to_be_one(devnet, xray, person, command):
    line = devnet.refusal(*(str(each).format(image=xray) for each in command), person.key_file)
    told, hint = f"Error: {person.key_file} is a key file, which opens images: ", "never hand it over, the key card "
    assert line.startswith(told + hint)


def test_a_missing_recipient_is_refused(devnet, xray):
    assert "--to is missing" in devnet.refusal("send_image", xray)


def test_a_missing_image_is_refused(devnet, patient):
    assert "PATH is missing" in devnet.refusal("send_image", "--to", patient.public_key)


def test_a_file_that_does_not_exist_is_refused(devnet, tmp_path, patient):
    line = devnet.refusal("send_image", tmp_path / "nothing.dcm", "--to", patient.public_key)
    assert "nothing.dcm does not exist" in line


def test_an_empty_folder_is_refused(devnet, tmp_path, patient):
    (tmp_path / "empty").mkdir()
    assert "is empty" in devnet.refusal("send_image", tmp_path / "empty", "--to", patient.public_key)


def test_an_unreadable_file_is_refused(devnet, patient):
    line = devnet.refusal("send_image", "/proc/self/mem", "--to", patient.public_key)
    assert "/proc/self/mem can't be read" in line


def test_a_network_that_does_not_exist_is_refused(devnet):
    assert "no connection to ethereum:nowhere" in devnet.refusal("inbox", "--network", "ethereum:nowhere")


def test_a_network_that_is_named_by_half_is_told_how_networks_are_named(devnet):
    line = devnet.refusal("inbox", "--network", "sepolia")
    assert "no connection to sepolia" in line
    assert "write ECOSYSTEM:NETWORK:PROVIDER, as ethereum:sepolia:node" in line


def test_a_chain_without_the_contract_is_refused(devnet, tmp_path, patient):
    with local_chain(tmp_path / "other") as url:
        line = devnet.refusal("inbox", "--of", patient.address, "--network", url)
    assert "there is no inbox contract at" in line
    assert "ape run deploy" in line


@pytest.mark.fault("No chain answers", "a closed port", "one line")
def test_a_chain_that_does_not_answer_is_refused(devnet, patient):
    line = devnet.refusal("inbox", "--of", patient.address, "--network", "http://127.0.0.1:9")
    assert "no connection to http://127.0.0.1:9" in line


def test_an_account_that_does_not_exist_is_refused(devnet, xray, patient):
    line = devnet.refusal("send_image", xray, "--to", patient.public_key, "--account", "nobody")
    assert "there is no account 'nobody'" in line


def test_a_missing_ipfs_binary_is_refused(devnet, tmp_path, xray, patient):
    environment = {"IPFS_BIN": "/nowhere/ipfs", "RADIOGRAM_HOME": str(tmp_path / "home")}
    line = devnet.refusal("send_image", xray, "--to", patient.public_key, **environment)
    assert "/nowhere/ipfs" in line
    assert "make setup" in line


@pytest.mark.fault("No IPFS node answers", "a closed port", "one line; nothing is sent")
def test_an_ipfs_node_that_does_not_answer_is_refused_before_anything_is_sent(devnet, xray, patient):
    before = devnet.count(patient.address)
    environment = {"RADIOGRAM_IPFS_API": "/ip4/127.0.0.1/tcp/9"}
    line = devnet.refusal("send_image", xray, "--to", patient.public_key, "--json", **environment)
    assert "127.0.0.1:9" in line
    assert devnet.count(patient.address) == before


def test_too_little_ether_is_refused_before_anything_is_uploaded(devnet, tmp_path, xray, patient):
    accounts = tmp_path / "ape" / "accounts"
    accounts.mkdir(parents=True)
    (accounts / "poor.json").write_text(json.dumps(Account.encrypt(b"\x07" * 32, PASSPHRASE, iterations=2)))
    environment = {"APE_DATA_FOLDER": str(tmp_path / "ape"), "APE_ACCOUNTS_poor_PASSPHRASE": PASSPHRASE}
    environment["RADIOGRAM_IPFS_API"] = "/ip4/127.0.0.1/tcp/9"  # would be refused too, but later
    line = devnet.refusal("send_image", xray, "--to", patient.public_key, "--account", "poor", **environment)
    assert "has 0 ETH, and the fee is about 0.000" in line


@pytest.mark.parametrize("index", ["999999", str(2**70)])
def test_an_index_out_of_range_is_refused(devnet, message, index):
    assert f"has no message {index}: its indices are 0 to" in devnet.refusal("retrieve_image", index)


def test_an_empty_inbox_is_refused(devnet):
    assert "is empty" in devnet.refusal("retrieve_image", "--account", "9")


def test_a_wrong_private_key_is_refused_and_writes_nothing(devnet, message, tmp_path, patient, stranger):
    write_key(tmp_path / "key.hex", stranger.private_key)
    line = devnet.refusal(
        *("retrieve_image", message, "--key-file", tmp_path / "key.hex", "--of", patient.address),
        *("--out", tmp_path / "out", "--json"),
    )
    assert "this private key does not open the message" in line
    assert not (tmp_path / "out").exists()


def test_a_wrong_passphrase_is_refused(devnet, message, tmp_path, patient):
    write_key(tmp_path / "key.json", json.dumps(Account.encrypt(patient.private_key, PASSPHRASE, iterations=2)))
    arguments = ("retrieve_image", message, "--key-file", tmp_path / "key.json")
    assert "the passphrase does not fit" in devnet.refusal(*arguments, RADIOGRAM_KEY_FILE_PASSPHRASE="wrong")


def test_a_keystore_without_a_passphrase_is_refused_off_the_terminal(devnet, message, tmp_path, patient):
    write_key(tmp_path / "key.json", json.dumps(Account.encrypt(patient.private_key, PASSPHRASE, iterations=2)))
    line = devnet.refusal("retrieve_image", message, "--key-file", tmp_path / "key.json")
    assert "needs a passphrase" in line


def test_a_key_file_that_does_not_exist_is_refused(devnet, message, tmp_path):
    assert "No such file" in devnet.refusal("retrieve_image", message, "--key-file", tmp_path / "nothing")


def test_a_file_of_the_same_name_is_not_overwritten(devnet, message, tmp_path):
    (tmp_path / "CT_small.dcm").write_bytes(b"old")
    line = devnet.refusal("retrieve_image", message, "--out", tmp_path)
    assert "CT_small.dcm is there already" in line
    assert "--overwrite" in line
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir() if p.is_file()] == [("CT_small.dcm", b"old")]


def test_an_output_folder_that_is_a_file_is_refused(devnet, message, tmp_path):
    (tmp_path / "out").write_bytes(b"")
    assert "choose another --out" in devnet.refusal("retrieve_image", message, "--out", tmp_path / "out")
