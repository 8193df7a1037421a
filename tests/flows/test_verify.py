"""`verify`: that a folder holds what was signed, whoever was given it."""

import json
import re
import zipfile

import pytest
from eth_account import Account
from eth_utils.crypto import keccak
from web3 import HTTPProvider, Web3

from radiogram.formats.clinic_card import new_clinic_card
from radiogram.formats.kept_manifest import FOLDER
from radiogram.formats.public_key import public_key_of
from tests.contract.solc import compile_file
from tests.flows.conftest import PASSPHRASE, Scripts
from tests.flows.test_share import DOCTOR, DOCTORS
from tests.vectors.clinic import signed
from tests.web.postbox import Postbox
from tests.web.wallet import Chain


@pytest.fixture
def received(devnet, xray, patient, tmp_path):
    """A folder with one image of the technologist's."""
    (xray.parent / "letter.pdf").write_bytes(b"%PDF")
    index = devnet.json("send_image", xray.parent, "--to", patient.public_key, "--label", "Klinik")["index"]
    devnet.json("retrieve_image", index, "--out", tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def offline(tmp_path):
    """Commands of somebody else's, without a chain or an IPFS node."""
    return Scripts(tmp_path / "elsewhere")


def test_a_folder_that_was_received_holds_what_was_signed(received, offline, technologist):
    done = offline.run("verify", received)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert re.fullmatch(rf"{received}  2 files, 39\.\d kB: exactly what was signed, and nothing besides", first)
    assert second.endswith(
        f": the signature gives {technologist.address}, and who made it claims to be “Klinik”. "
        "That may be anybody: nothing here says whose it is"
    )
    assert not offline.home.exists()


def test_the_fields_of_verify(received, offline, technologist):
    told = offline.json("verify", received)
    assert list(told) == ["folder", "files", "bytes", "studies"]
    (study,) = told["studies"]
    names = "created files bytes signed_by signer_name unknown_signer sender_label"
    assert " ".join(study) == names
    assert (told["files"], study["files"], told["bytes"]) == (2, 2, study["bytes"])
    assert (study["signed_by"], study["unknown_signer"]) == (None, technologist.address)
    assert study["sender_label"] == "Klinik"


def test_a_signer_whom_ape_knows_is_called_by_the_users_own_name(received, devnet, technologist, tmp_path):
    accounts = tmp_path / "ape" / "accounts"
    accounts.mkdir(parents=True)
    keystore = Account.encrypt(technologist.private_key, PASSPHRASE, iterations=2)
    (accounts / "hospital.json").write_text(json.dumps(keystore))
    named = Scripts(devnet.home, APE_DATA_FOLDER=str(tmp_path / "ape"))
    said = named.run("verify", received).stdout
    assert f": signed by hospital ({technologist.address})\n" in said
    assert "Klinik" not in said


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda folder: (folder / "study/letter.pdf").write_bytes(b"%pdf"), "study/letter.pdf is not what was signed"),
        (lambda folder: (folder / "study" / "letter.pdf").unlink(), "study/letter.pdf is missing"),
        (lambda folder: (folder / "more.txt").write_bytes(b""), "more.txt is not in the manifest: nobody signed it"),
    ],
)
def test_what_differs_is_named_in_one_line(received, offline, change, why):
    change(received)
    assert offline.refusal("verify", received).startswith(f"Error: {why}")


def test_the_manifest_is_for_nobody_else_to_read(received):
    modes = {oct(path.stat().st_mode)[-3:] for path in (received / FOLDER).iterdir()}
    assert (modes, oct((received / FOLDER).stat().st_mode)[-3:]) == ({"600"}, "700")


def test_a_study_that_was_retrieved_again_is_verified(received, devnet, offline):
    for path in (received / "study").iterdir():
        path.unlink()
    devnet.json("retrieve_image", "--out", received)
    devnet.json("retrieve_image", "--out", received, "--overwrite")
    assert offline.run("verify", received).returncode == 0


@pytest.mark.parametrize("name", ["disc", "disc.zip"])
def test_an_export_holds_what_was_signed(received, devnet, offline, technologist, tmp_path, name):
    told = devnet.json("export_image", "--out", tmp_path / name)
    assert told["is_signed"] is True
    folder = tmp_path / name
    if name.endswith("zip"):
        folder = tmp_path / "unpacked"
        with zipfile.ZipFile(tmp_path / name) as archive:
            archive.extractall(folder)
    assert "  MANIFEST    the sender's list of these files" in (folder / "README.TXT").read_text()
    (study,) = offline.json("verify", folder)["studies"]
    assert (study["files"], study["unknown_signer"]) == (2, technologist.address)
    (folder / "OTHER" / "study" / "letter.pdf").write_bytes(b"%pdf")
    assert "OTHER/study/letter.pdf is not what was signed" in offline.refusal("verify", folder)


def test_an_export_that_had_to_change_a_file_has_no_manifest(devnet, xray, patient, offline, tmp_path):
    xray.write_bytes(xray.read_bytes()[132:])  # without its preamble
    index = devnet.json("send_image", xray, "--to", patient.public_key)["index"]
    told = devnet.json("export_image", index, "--out", tmp_path / "disc")
    assert (told["dicom_files"], told["is_signed"]) == (1, False)
    assert not list((tmp_path / "disc").glob("MANIFEST*"))
    assert "has no manifest beside its files" in offline.refusal("verify", tmp_path / "disc")


def test_an_unsigned_study_is_nobodys(devnet, xray, patient, technologist, offline, tmp_path):
    postbox = Postbox(Chain(devnet.node["chain"]), devnet.node, technologist)
    postbox.send(patient, postbox.add(xray, signature=b""))
    devnet.json("retrieve_image", "--out", tmp_path / "out")
    assert "is not signed" in offline.refusal("verify", tmp_path / "out")
    assert devnet.json("export_image", "--out", tmp_path / "disc")["is_signed"] is False


def test_a_study_whose_signature_gives_no_account_is_retrieved_and_nobodys(
    devnet, xray, patient, technologist, offline, card, tmp_path
):
    postbox = Postbox(Chain(devnet.node["chain"]), devnet.node, technologist)
    postbox.send(patient, postbox.add(xray, signature=b"\x11" * 64 + b"\x1f"))
    told = devnet.json("retrieve_image", "--out", tmp_path / "out")
    assert (told["signed_by"], told["unknown_signer"]) == (None, None)
    assert "gives no account" in offline.refusal("verify", tmp_path / "out")
    assert "has not signed these files" in offline.refusal("verify", tmp_path / "out", "--card", card)


def test_a_study_that_was_handed_on_keeps_who_signed_it(received, devnet, technologist, offline, tmp_path):
    index = devnet.json("inbox")["messages"][0]["index"]
    devnet.json("share_image", index, "--to", DOCTOR.public_key)
    devnet.json("retrieve_image", *DOCTORS, "--out", tmp_path / "doctors")
    (study,) = offline.json("verify", tmp_path / "doctors")["studies"]
    assert study["unknown_signer"] == technologist.address


def test_what_was_received_is_sent_on_without_its_manifest(received, devnet, patient, tmp_path):
    sent = devnet.json("send_image", received, "--to", patient.public_key)
    assert {each["path"] for each in sent["files"]} == {"out/study/CT_small.dcm", "out/study/letter.pdf"}


# ---- with the clinic's card


@pytest.fixture
def card(devnet, tmp_path):
    devnet.json("clinic_card", tmp_path / "card.json", "--label", "St Anne Hospital", "--account", "0")
    return tmp_path / "card.json"


def test_with_the_clinics_card_it_is_said_that_the_clinic_has_signed(received, offline, card, technologist):
    said = offline.run("verify", received, "--card", card).stdout
    assert said.endswith(f": signed by St Anne Hospital ({technologist.address})\n")
    (study,) = offline.json("verify", received, "--card", card)["studies"]
    assert (study["signed_by"], study["signer_name"]) == (technologist.address, "St Anne Hospital")
    assert study["unknown_signer"] is None
    assert not offline.home.exists()


def test_another_clinics_card_refuses(received, offline, devnet, stranger, tmp_path):
    devnet.json("clinic_card", tmp_path / "other.json", "--label", "Other", "--account", "2")
    line = offline.refusal("verify", received, "--card", tmp_path / "other.json")
    assert line.startswith(
        f"Error: Other ({stranger.address}) has not signed these files: their signature is another's"
    )


def test_a_card_that_its_account_has_not_signed_refuses(received, offline, card):
    card.write_text(card.read_text().replace("St Anne", "Saint Anne"))
    assert "the clinic's card is not signed by its account" in offline.refusal("verify", received, "--card", card)


@pytest.fixture
def wallet(devnet, technologist):
    """An account that is a contract (tests/contract/contracts/Wallet.sol), and takes what the technologist signs."""
    init = compile_file("Wallet.sol")["Wallet"]["bytecode"] + technologist.address[2:].zfill(64)
    web3 = Web3(HTTPProvider(devnet.node["chain"]))
    sent = web3.eth.send_transaction({"from": technologist.address, "data": init, "gas": 1_000_000})
    made = web3.eth.wait_for_transaction_receipt(sent)

    def refuse() -> int:
        """From the next block on; the last one before."""
        before = web3.eth.block_number
        call = {"from": technologist.address, "to": made["contractAddress"], "data": keccak(text="refuse()")[:4]}
        web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(call | {"gas": 100_000}))
        return before

    return made["contractAddress"], refuse


def test_an_account_that_is_a_contract_is_asked_as_of_a_block(received, devnet, technologist, wallet, tmp_path):
    address, refuse = wallet
    unsigned = new_clinic_card("Wallet", address, public_key_of(b"\x07" * 32))
    file = tmp_path / "wallet.json"
    file.write_bytes(signed(unsigned, bytes.fromhex(technologist.private_key)).to_bytes())
    network = ("--network", "ethereum:local:ganache")
    assert "is not signed by its account" in devnet.refusal("verify", received, "--card", file)
    (study,) = devnet.json("verify", received, "--card", file, *network)["studies"]
    assert (study["signed_by"], study["signer_name"]) == (address, "Wallet")
    before = refuse()
    assert "is not signed by its account" in devnet.refusal("verify", received, "--card", file, *network)
    assert devnet.json("verify", received, "--card", file, *network, "--block", before)["studies"] == [study]
