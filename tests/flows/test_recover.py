"""What docs/recover.md says, done word for word: nothing of radiogram opens anything here."""

import os
import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from radiogram.devnet.program import find_program
from radiogram.formats.key_card import encode_card
from radiogram.formats.seed import keys_of_words, new_seed_words
from radiogram.ipfs.cid import cid_bytes
from radiogram.ipfs.client import Ipfs
from tests.flows.conftest import ROOT

TEXT = (ROOT / "docs" / "recover.md").read_text()
PAGE = TEXT.partition("## If your wallet derives the key")[0]
ON_A_STICK = TEXT.partition("## If you have the study on a stick")[2].partition("\n## ")[0]


def commands_of(page: str) -> str:
    return "\n".join(textwrap.dedent(block) for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", page, re.M))


COMMANDS = commands_of(PAGE)


def script(**values: str) -> str:
    """The page's commands, all of them, with these values of its variables. The two libraries are this project's."""
    commands, count = re.subn(r"^npm install eciesjs@0.5 @scure/base@2$", "", COMMANDS, flags=re.M)
    assert count == 1
    for name, value in values.items():
        commands, count = re.subn(rf"^{name}=.*$", f"{name}={value}", commands, flags=re.M)
        assert count == 1, f"the page sets {name} {count} times"
    return commands


@pytest.fixture
def recover(devnet, need, age, tmp_path, patient):
    """recover(sent, damage="…") runs the page as the patient, with one more command once the study is unpacked.

    With `words` the patient has a seed, otherwise the private key of an account.
    """
    need("cast", source="Foundry: https://getfoundry.sh")
    for tool in ("curl", "node"):
        need(tool)
    need("sha256sum", "coreutils")

    def run(sent: dict, damage: str = "", words: str = "", packet: str = "") -> subprocess.CompletedProcess[str]:
        if words:
            (tmp_path / "words.txt").write_text(words + "\n")
        else:
            (tmp_path / "private-key.txt").write_text(patient.private_key)
        commands = script(
            RPC=devnet.node["chain"],
            GATEWAY=devnet.node["ipfs_gateway"],
            INBOX=sent["inbox"],
            ADDRESS=sent["recipient"],
            INDEX=str(sent["index"]),
        )
        unpacked = "tar -xf study.tar\n"
        fetched = '-o packet.age "$GATEWAY/ipfs/$(cat packet-cid.txt)"\n'
        assert commands.count(unpacked) == commands.count(fetched) == 1
        commands = commands.replace(unpacked, unpacked + damage).replace(fetched, fetched + packet)
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "NODE_PATH": str(ROOT / "web" / "node_modules")},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def sent(devnet, xray, patient):
    return devnet.json("send_image", xray, "--to", patient.public_key)


def test_a_study_is_recovered_with_stock_tools_alone(sent, recover, tmp_path, xray, technologist):
    done = recover(sent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{sent['index'] + 1}\n")
    assert (tmp_path / "cid.txt").read_text() == sent["cid"]
    assert (tmp_path / "files" / "CT_small.dcm").read_bytes() == xray.read_bytes()
    assert "files/CT_small.dcm: OK" in done.stdout
    assert f"Validation succeeded. Address {technologist.address} signed this message." in done.stdout


@pytest.fixture
def owner(tmp_path):
    """The words of a seed, the card of its keys, and what is sent to it."""
    words = new_seed_words()
    (tmp_path / "card.json").write_bytes(encode_card(keys_of_words(words).public()))
    return words, tmp_path / "card.json"


def test_a_quantum_safe_study_is_recovered_from_24_words_with_stock_tools_alone(
    devnet, owner, recover, tmp_path, xray, technologist
):
    words, card = owner
    sent = devnet.json("send_image", xray, "--to", card)
    assert sent["quantum_safe"]
    done = recover(sent, words=words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "packet-cid.txt").read_text() == sent["packet_cid"]
    assert (tmp_path / "cid.txt").read_text() == sent["cid"]
    assert (tmp_path / "files" / "CT_small.dcm").read_bytes() == xray.read_bytes()
    assert f"Validation succeeded. Address {technologist.address} signed this message." in done.stdout


def test_another_key_packet_than_the_one_that_is_named_is_found(devnet, owner, recover, xray):
    words, card = owner
    sent = devnet.json("send_image", xray, "--to", card)
    done = recover(sent, words=words, packet="printf x >> packet.age\n")
    assert done.returncode
    assert "packet.age is not the key packet that is named" in done.stderr


def test_a_file_that_is_not_what_was_sent_is_found(sent, recover):
    done = recover(sent, damage="printf x >> files/CT_small.dcm\n")
    assert done.returncode
    assert "files/CT_small.dcm: FAILED" in done.stdout


def test_a_list_that_the_sender_did_not_sign_is_found(sent, recover):
    done = recover(sent, damage="echo >> manifest.json\n")
    assert done.returncode
    assert "files/CT_small.dcm: OK" in done.stdout
    assert "did not sign this message" in done.stdout + done.stderr


def test_what_is_on_a_stick_takes_the_place_of_a_gateway(devnet, owner, tmp_path, xray):
    sent = devnet.json("send_image", xray, "--to", owner[1], "--to-car", tmp_path / "study.car")
    node = Ipfs(devnet.node["ipfs_api"], devnet.node["ipfs_gateway"])
    for name, cid in (("packet-cid.txt", "packet_cid"), ("cid.txt", "cid")):
        (tmp_path / name).write_text(sent[cid])
    environment = {"PATH": f"{Path(find_program('ipfs')).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    command = ["bash", "-euo", "pipefail", "-c", commands_of(ON_A_STICK)]
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    for name, cid in (("packet.age", "packet_cid"), ("study.age", "cid")):
        assert (tmp_path / name).read_bytes() == node.read(cid_bytes(sent[cid]), 1 << 20)
